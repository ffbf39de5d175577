// `calitables.yaml`: what a folder's owner wants of every run -> values, each checked at its place.

import { findRelease } from '../calico/releases/releases.ts'
import { DIAGNOSTIC_CODES } from '../diagnostics/codes.ts'
import type { Report } from '../diagnostics/diagnostic.ts'
import { at, type Location, type SourceFile } from '../diagnostics/source.ts'
import { readDocuments } from '../documents/documents.ts'
import { didYouMean } from '../text/did-you-mean.ts'
import { configFileSchema } from './config-file-schema.ts'
import { releaseNamed } from './choose-release.ts'
import { decodeParts } from './decode.ts'
import type { PlacedText } from './felix-environment/read-file.ts'

export interface ConfigFile {
  /** Files and folders, from the folder of the file on. */
  readonly paths: readonly string[]
  readonly recursive: boolean
  readonly exclude: readonly string[]
  readonly node?: string | undefined
  /** Files, from the folder of the file on. */
  readonly host: readonly string[]
  /** `NAME=VALUE`, or `none`. */
  readonly env: readonly PlacedText[]
  /** Files, from the folder of the file on. */
  readonly envFile: readonly string[]
  readonly release?: string | undefined
  /** A format; commands that do not have it keep their own. */
  readonly output?: string | undefined
  /** `CODE=SEVERITY` */
  readonly severity: readonly string[]
  readonly ignore: readonly IgnoredCode[]
}

export interface IgnoredCode {
  readonly code: string
  readonly reason: string
  /** The last day on which it holds: `2027-01-31`. */
  readonly until?: string | undefined
}

const NOTHING: ConfigFile = {
  paths: [],
  recursive: false,
  exclude: [],
  host: [],
  env: [],
  envFile: [],
  severity: [],
  ignore: [],
}

/** Undefined, with errors, for a file of which something cannot be taken. One that is empty, or all comments, sets nothing. */
export function readConfigFile(file: SourceFile, report: Report): ConfigFile | undefined {
  const before = report.diagnostics.length
  const [document, ...more] = readDocuments(file, report)
  if (document === undefined) return report.hasErrorsSince(before) ? undefined : NOTHING
  const location: Location = { document: report.sources.add(document.source), path: [] }
  const { value } = document
  if (typeof value === 'object' && value !== null && 'kind' in value) {
    report.error('bad-value', 'these are resources, and no settings', location, 'give files of resources with `-f`')
    return undefined
  }
  if (more.length > 0) report.error('bad-value', 'a configuration is one document', location)
  const parts = decodeParts(configFileSchema(), value, location, report)
  if (parts === undefined) return undefined
  const { value: read, isBroken } = parts
  const { severity = {}, ignore = [], release } = read
  if (release !== undefined && !isBroken(['release'])) {
    const place = at(location, 'release')
    const isNumber =
      typeof value === 'object' && value !== null && 'release' in value && value.release === Number(release)
    // Without quotes 3.30 is a number, and its last digit is gone.
    if (isNumber && findRelease(release) === undefined && findRelease(`${release}0`) !== undefined)
      report.error(
        'unknown-release',
        `YAML takes \`${release}0\` for the number \`${release}\``,
        place,
        `put it in quotes: "${release}0"`,
      )
    else releaseNamed(release, report, place, 'release:')
  }
  for (const [code, wanted] of Object.entries(severity)) {
    if (isBroken(['severity', code])) continue
    checkCode(code, at(location, 'severity', code), report)
    if (!['error', 'warning', 'note'].includes(wanted))
      report.error(
        'bad-value',
        `unknown severity \`${wanted}\``,
        at(location, 'severity', code),
        'write error, warning or note',
      )
  }
  for (const [index, item] of ignore.entries()) {
    const { code, until } = item ?? {}
    if (code !== undefined) checkCode(code, at(location, 'ignore', index, 'code'), report)
    if (until !== undefined && !isDate(until))
      report.error(
        'bad-value',
        `\`${until}\` is not a date`,
        at(location, 'ignore', index, 'until'),
        'write year, month and day: 2027-01-31',
      )
  }
  if (report.hasErrorsSince(before)) return undefined
  const severities = Object.entries(severity).map(([code, wanted]) => `${code}=${wanted}`)
  const { paths = [], recursive = false, exclude = [], host = [], envFile = [], node, output } = read
  const env = (read.env ?? []).map((text, index) => ({
    text,
    place: report.sources.spanOf(at(location, 'env', index)),
  }))
  return { paths, recursive, exclude, host, env, envFile, node, release, output, severity: severities, ignore }
}

function checkCode(code: string, place: Location, report: Report): void {
  if (Object.hasOwn(DIAGNOSTIC_CODES, code)) return
  const meant = didYouMean(code, Object.keys(DIAGNOSTIC_CODES))
  report.error(
    'bad-value',
    `there is no code \`${code}\``,
    place,
    meant === undefined ? undefined : `did you mean \`${meant}\`?`,
  )
}

function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false
  const time = Date.parse(`${text}T00:00:00Z`)
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text)
}
