// Texts that the parser takes no name for: words of the API, durations, modes. They are no secret, and stay as they were written.

import { Report } from '../diagnostics/diagnostic.ts'
import type { Path, SourceFile } from '../diagnostics/source.ts'
import { printYaml } from '../migrate/print-yaml.ts'
import { parseResources, type ParseOptions } from '../parser/parse-resources.ts'
import { isMapping } from './redact-values.ts'
import type { Json } from './replacements.ts'

const NO_SOURCE = { text: '', sourcePath: (path: Path) => path }

/** A resource as YAML. */
export function printResource(resource: Json): string {
  return printYaml(resource, NO_SOURCE)
}

/** What may be a word; a key, a hash or a text of somebody's own is not put back. */
const WORD = /^[A-Za-z][A-Za-z0-9-]{0,31}$/

/**
 * A resource whose names were replaced, with the words put back in whose place the parser refuses what is there now: it would have
 * taken any name.
 */
export function withWords(resource: Json, replaced: Json, release: string): Json {
  const before = new Set(refusedPaths(resource, release).map(path => path.join('/')))
  let mended = replaced
  for (;;) {
    const words = refusedPaths(mended, release).flatMap(path => {
      const word = valueAt(resource, path)
      const isLost = typeof word === 'string' && WORD.test(word) && word !== valueAt(mended, path)
      return isLost && !before.has(path.join('/')) ? [{ path, word }] : []
    })
    if (words.length === 0) return mended
    for (const { path, word } of words) mended = withValue(mended, path, word)
  }
}

/** Reads one text as if there were no other. @param release empty: the newest, or what it says itself */
export function parseAlone(file: SourceFile, release: string, report: Report, visit?: ParseOptions['visit']): void {
  parseResources([file], report, { calicoVersion: release === '' ? undefined : release, visit })
}

/** Where errors of one resource by itself stand. */
function refusedPaths(resource: Json, release: string): readonly Path[] {
  const report = new Report()
  parseAlone({ name: '', text: printResource(resource) }, release, report)
  return report.diagnostics.flatMap(({ severity, place }) => {
    if (severity !== 'error' || place === undefined || !('document' in place)) return []
    return [report.sources.document(place.document).pathAt(report.sources.spanOf(place).start)]
  })
}

function valueAt(value: Json | undefined, [step, ...rest]: Path): Json | undefined {
  if (step === undefined) return value
  if (typeof step === 'number')
    return Array.isArray(value) ? valueAt((value as readonly Json[])[step], rest) : undefined
  return isMapping(value) && Object.hasOwn(value, step) ? valueAt(value[step], rest) : undefined
}

/** @param path of something that is there */
function withValue(value: Json, [step, ...rest]: Path, text: string): Json {
  if (step === undefined) return text
  if (Array.isArray(value))
    return (value as readonly Json[]).map((item, index) => (index === step ? withValue(item, rest, text) : item))
  if (!isMapping(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, own]) => [key, key === step ? withValue(own, rest, text) : own] as const),
  )
}
