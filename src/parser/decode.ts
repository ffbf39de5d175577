// Plain value -> typed value by a schema; every zod issue becomes a diagnostic. The only place where zod's issues become words.

import * as z from 'zod'
import { type Diagnostic, type Fix, type Place, placeDiagnostic, Report } from '../diagnostics/diagnostic.ts'
import { orList } from '../text/wording.ts'
import { PathMap } from '../diagnostics/path-map.ts'
import { formatPath, type Location, type Path } from '../diagnostics/source.ts'
import { describe, type Fault } from './fields.ts'
import { shapeAt } from '../hints/field-case.ts'
import { failsafePorts, missingHelp, namespaceHelp, unknownFieldHelp, wrongTypeHelp } from '../hints/field-advice.ts'
import { flowText } from '../hints/shape-rewrites.ts'
import { quoteScalar } from '../hints/quote-scalar.ts'
import { withOtherQuotes } from '../hints/mend-selector.ts'
import { straighten } from '../hints/shape-hints.ts'
import { readBy } from './quick-schema.ts'
import { faultOf, soundParts } from './sound-parts.ts'
import { valueAt } from './value-at.ts'

/**
 * Decodes `value`, which stands at `location`. Undefined when it does not fit; unknown fields alone are reported and
 * then left out, so that the rest can still be checked.
 */
export function decode<T>(schema: z.ZodType<T>, value: unknown, location: Location, report: Report): T | undefined {
  return decodeWith(schema, value, location, report, read => read)
}

/**
 * Decodes as `decode`, and hands the value to `read` with the location to find parts of it by, which may have had to be put right.
 * Of a value that does not fit, `read` gets the parts that do, so that what it reports of them is said in the same run; the answer
 * is undefined all the same, unless fields that do not exist are all that is wrong.
 */
export function decodeWith<T, R>(
  schema: z.ZodType<T>,
  value: unknown,
  location: Location,
  report: Report,
  read: (value: T, location: Location, report: Report) => R,
): R | undefined {
  const first = readBy(schema, value)
  if (first.success) return read(first.data, location, report)
  const straight = straighten(value, location, report)
  const place = straight === undefined ? location : movedLocation(location, straight.origin, report)
  const whole = straight === undefined ? value : straight.value
  const { data, error } = straight === undefined ? first : readBy(schema, whole)
  if (error === undefined) return read(data, place, report)
  for (const issue of error.issues) reportIssue(schema, issue, whole, place, report)
  const parts = soundParts(schema, whole, error.issues)
  if (parts === undefined) return undefined
  const own = new Report({ sources: report.sources })
  const moved = movedLocation(place, parts.origin, report)
  const result = read(parts.value, moved, own)
  const isSound = ({ place: of }: Diagnostic<Place>): boolean => {
    if (of === undefined || !('path' in of)) return false
    const path = [...of.path.slice(location.path.length), ...(of.entry === undefined ? [] : [of.entry])]
    return !parts.isTouched(parts.origin(path))
  }
  report.take(own.diagnostics.filter(isSound).map(diagnostic => placeDiagnostic(diagnostic, report.sources)))
  return error.issues.every(({ code }) => code === 'unrecognized_keys') ? result : undefined
}

/** A location whose parts are found where they stood before the value was put right. */
export function movedLocation(
  { document: id, path: base }: Location,
  origin: (path: Path) => Path,
  report: Report,
): Location {
  const document = report.sources.document(id)
  const isInside = (path: Path): boolean => base.every((step, index) => path[index] === step)
  const writtenPath = (path: Path): Path => (isInside(path) ? [...base, ...origin(path.slice(base.length))] : path)
  return {
    document: report.sources.add({
      file: document.file,
      start: document.start,
      end: document.end,
      dash: document.dash,
      locate: (path, target) => document.locate(writtenPath(path), target),
      pathAt: offset => document.pathAt(offset),
      writtenPath,
    }),
    path: base,
  }
}

/** A value of which parts may not fit. */
export interface Parts<T> {
  /** What does not fit is undefined, whatever the type says; items of lists keep their places. */
  readonly value: T
  /** Nothing is wrong, or nothing but fields that do not exist. */
  readonly isWhole: boolean
  /** Where parts of the value are found, which may have had to be put right. */
  readonly location: Location
  /** What stands at the path, or around it, does not fit, and has been reported. */
  readonly isBroken: (path: Path) => boolean
}

/** Decodes as far as it goes, so that the rest can still be checked; undefined for what is no mapping at all. */
export function decodeParts<T>(
  schema: z.ZodType<T>,
  value: unknown,
  location: Location,
  report: Report,
): Parts<T> | undefined {
  const result = readBy(schema, value)
  if (result.success) return { value: result.data, isWhole: true, location, isBroken: () => false }
  const straight = straighten(value, location, report)
  if (straight === undefined) return readParts(schema, value, result.error, location, report)
  const moved = movedLocation(location, straight.origin, report)
  const { data, error } = readBy(schema, straight.value)
  // What was put right is not what the user wrote: it is checked, and goes no further.
  if (error === undefined) return { value: data, isWhole: false, location: moved, isBroken: () => false }
  const parts = readParts(schema, straight.value, error, moved, report)
  return parts === undefined ? undefined : { ...parts, isWhole: false }
}

function readParts<T>(
  schema: z.ZodType<T>,
  value: unknown,
  { issues }: z.ZodError,
  location: Location,
  report: Report,
): Parts<T> | undefined {
  for (const issue of issues) reportIssue(schema, issue, value, location, report)
  const faulty = issues.filter(({ code }) => code !== 'unrecognized_keys').map(({ path }) => path as Path)
  if (faulty.some(path => path.length === 0)) return undefined
  // Zod gives up the value at the first issue; what it has read until then is in the payload of its own run.
  const { value: read } = schema._zod.run({ value, issues: [] }, { async: false }) as z.core.ParsePayload
  const parts = structuredClone(read)
  const broken = new PathMap<true>()
  for (const path of faulty) {
    blank(parts, path)
    broken.set(path, true)
  }
  return {
    value: parts as T,
    isWhole: faulty.length === 0,
    location,
    isBroken: path => broken.along(path).length > 0,
  }
}

function blank(root: unknown, path: Path): void {
  const parent = valueAt(root, path.slice(0, -1))
  const last = path.at(-1)
  if (typeof parent !== 'object' || parent === null || last === undefined) return
  ;(parent as Record<string | number, unknown>)[last] = undefined
}

function reportIssue(
  schema: z.ZodType,
  issue: z.core.$ZodIssue,
  root: unknown,
  location: Location,
  report: Report,
): void {
  const path = issue.path as Path
  const place = (extra: Path = []): Location => ({
    document: location.document,
    path: [...location.path, ...path, ...extra],
  })
  const value = valueAt(root, path)
  const name = formatPath(path)
  switch (issue.code) {
    case 'unrecognized_keys':
      for (const key of issue.keys) {
        report.error(
          'unknown-field',
          `unknown field \`${key}\`${name === '' ? '' : ` in \`${name}\``}`,
          {
            ...place([key]),
            target: 'key',
          },
          unknownFieldHelp(Object.keys(shapeAt(schema, path) ?? {}), key, valueAt(value, [key])),
        )
      }
      return
    case 'custom': {
      const fault = faultOf(issue)
      if (fault === undefined) break
      const { code, message, help, within, replacement, words } = fault
      const fix =
        replacement === undefined
          ? selectorFix(fault, value, place(), report)
          : { title: `write \`${replacement}\``, edits: [{ place: place(), text: replacement }] }
      const where = within === undefined ? place() : { ...place(), within }
      if (value === undefined && words.length > 0) {
        const entries = words.slice(0, 2).map(word => `${String(path.at(-1))}: ${word}`)
        report.error('missing-field', `\`${name}\` is missing`, where, `write ${orList(entries)}`)
        return
      }
      const known = namespaceHelp(path, value) ?? help ?? wrongTypeHelp(path, value)
      const advice = { help: known ?? (code === 'missing-field' ? missingHelp(path) : undefined), fix }
      const isUnquoted = code === 'wrong-type' && help === undefined && message.startsWith('expected text')
      const quoted = isUnquoted ? quoteScalar(value, where, report) : {}
      // A sentence about the field, or what is wrong with what stands in it.
      const colon = message.startsWith('is missing') ? '' : ':'
      report.error(code, `\`${name}\`${colon} ${message}`, where, quoted.fix === undefined ? advice : quoted)
      return
    }
    case 'invalid_type': {
      const wanted = WANTED[issue.expected] ?? issue.expected
      if (value === undefined || value === null) {
        const needed = issue.expected === 'nonoptional' ? '' : `; ${wanted} is needed`
        report.error('missing-field', `\`${name}\` is missing${needed}`, place())
      } else {
        const help = issue.expected === 'array' ? listHelp(value, path) : wrongTypeHelp(path, value, issue.expected)
        const what = name === '' ? '' : `\`${name}\`: `
        report.error('wrong-type', `${what}expected ${wanted}, found ${describe(value)}`, place(), help)
      }
      return
    }
  }
  report.error('bad-value', `\`${name}\`: ${issue.message}`, place())
}

/** Only where the selector stands in the text as it is, on one line. */
function selectorFix({ selector }: Fault, value: unknown, place: Location, { sources }: Report): Fix | undefined {
  if (selector === undefined || typeof value !== 'string') return undefined
  const { file, start, end } = sources.spanOf(place)
  const written = file.text.slice(start, end)
  const quote = /^(["'])[^]*\1$/.exec(written)?.[1] ?? ''
  if (written !== `${quote}${value}${quote}`) return undefined
  // Without quotes, YAML would take it for a tag.
  if (quote === '' && selector.startsWith('!'))
    return { title: `write \`${selector}\``, edits: [{ place, text: JSON.stringify(selector) }] }
  const text = withOtherQuotes(selector, quote)
  return { title: `write \`${text}\``, edits: [{ place, text: `${quote}${text}${quote}` }] }
}

function listHelp(value: unknown, path: Path): string {
  if (typeof value === 'string' && /^(?:from|to)$/.test(String(path.at(-1)))) return 'leave it out for anybody'
  if (typeof value === 'string' && /^none$/i.test(value)) return 'write [] for none'
  if (typeof value === 'object' && value !== null && Object.keys(value).length === 0)
    return 'write `[]`, or leave it out'
  if (typeof value === 'object') return 'put "- " in front of the first field'
  const ports = /^failsafe/.test(String(path.at(-1))) ? failsafePorts(value) : undefined
  if (ports !== undefined) return `write ${flowText(ports)}`
  if (/^(?:in|e)gress$/.test(String(path.at(-1)))) return 'write a list of rules; `[]` is none'
  const isPlain = typeof value !== 'string' || /^[A-Za-z0-9./_-]+$/.test(value)
  return `write [${isPlain ? String(value) : JSON.stringify(value)}]`
}

const WANTED: Readonly<Record<string, string>> = {
  object: 'a mapping',
  array: 'a list',
  record: 'a mapping',
  string: 'text',
  number: 'a number',
  boolean: 'true or false',
}
