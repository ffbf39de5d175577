// Findings as SARIF 2.1.0, for code scanning.

import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { DIAGNOSTIC_CODES, type DiagnosticCode } from '../diagnostics/codes.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { utf8 } from '../text/bytes.ts'
import { sarifText } from '../text/markup.ts'
import { printableJson } from '../text/printable.ts'
import { type Finding, findPlaces, type Place } from './places.ts'
import { pathUri, relativePath } from '../text/relative-path.ts'
import { groupBy } from '../text/group-by.ts'

export interface SarifOptions {
  /** The folder that the names of files are relative to. */
  readonly base: string
  /** Version of calitables. */
  readonly version: string
  /** What docs/diagnostics.md says about a code, as Markdown. */
  readonly explain: (code: DiagnosticCode) => string | undefined
}

export function formatSarif(diagnostics: readonly Diagnostic[], options: SarifOptions): string {
  const codes = [...new Set(diagnostics.map(({ code }) => code))].sort()
  const prints = new Map<string, number>()
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: { name: 'calitables', version: options.version, rules: codes.map(code => ruleOf(code, options)) },
        },
        columnKind: 'utf16CodeUnits',
        results: findPlaces(diagnostics).map(finding => ({
          ruleId: finding.code,
          ruleIndex: codes.indexOf(finding.code),
          level: finding.severity,
          message: { text: messageOf(finding) },
          ...(finding.place === undefined ? {} : { locations: [locationOf(finding.place, options)] }),
          ...(finding.related.length === 0
            ? {}
            : {
                relatedLocations: finding.related.map(({ message, place }) => ({
                  ...locationOf(place, options),
                  message: { text: sarifText(message) },
                })),
              }),
          partialFingerprints: { 'calitables/v1': fingerprint(finding, options, prints) },
          ...(finding.fix === undefined ? {} : { fixes: [fixOf(finding.fix, options)] }),
        })),
      },
    ],
  }
  return printableJson(log)
}

function ruleOf(code: DiagnosticCode, { explain }: SarifOptions): object {
  const text = explain(code)
  return {
    id: code,
    shortDescription: { text: DIAGNOSTIC_CODES[code] },
    help: { text: text ?? DIAGNOSTIC_CODES[code], ...(text === undefined ? {} : { markdown: text }) },
  }
}

function messageOf({ message, help }: Finding): string {
  return sarifText(help === undefined ? message : `${message} (${help})`)
}

function locationOf(place: Place, options: SarifOptions): object {
  return { physicalLocation: { artifactLocation: artifactOf(place, options), region: regionOf(place) } }
}

function artifactOf({ file }: Place, { base }: SarifOptions): object {
  return { uri: pathUri(relativePath(file.name, base)) }
}

function regionOf({ line, column, endLine, endColumn, start, end }: Place): object {
  return {
    startLine: line,
    startColumn: column,
    endLine,
    endColumn,
    charOffset: start,
    charLength: end - start,
  }
}

function fixOf({ title, edits }: NonNullable<Finding['fix']>, options: SarifOptions): object {
  const byFile = groupBy(edits, ({ place }) => place.file.name)
  return {
    description: { text: sarifText(title) },
    artifactChanges: [...byFile.values()].flatMap(list => {
      const [first] = list
      if (first === undefined) return []
      return [
        {
          artifactLocation: artifactOf(first.place, options),
          replacements: list.map(({ place, text }) => ({ deletedRegion: regionOf(place), insertedContent: { text } })),
        },
      ]
    }),
  }
}

/**
 * Stays the same when lines or rules move: made of what is said and of the line it is said about, without numbers of lines
 * and rules. Equal ones in one file are counted through.
 */
function fingerprint({ code, message, place }: Finding, options: SarifOptions, seen: Map<string, number>): string {
  const { file, start, column } = place ?? {}
  const lineStart = (start ?? 0) - ((column ?? 1) - 1)
  const line = file === undefined ? '' : (/[^\n]*/.exec(file.text.slice(lineStart, lineStart + 1000))?.[0] ?? '')
  const name = file === undefined ? '' : relativePath(file.name, options.base)
  const key = JSON.stringify([code, name, message.replace(/\[[0-9]+\]/g, '[]'), line.trim()])
  const count = (seen.get(key) ?? 0) + 1
  seen.set(key, count)
  return `${bytesToHex(sha256(utf8(key))).slice(0, 16)}:${count}`
}
