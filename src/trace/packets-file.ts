// A file of packets: CSV with a header, or one JSON object a line.

import type { Report } from '../diagnostics/diagnostic.ts'
import type { SourceFile, Span } from '../diagnostics/source.ts'
import { orList } from '../diagnostics/wording.ts'
import { type PacketRequest, REQUEST_FIELDS } from './packet-request.ts'

export const EXPECTATIONS = ['accept', 'drop', 'reject', 'unknown'] as const

export type Expectation = (typeof EXPECTATIONS)[number]

export interface PacketLine {
  readonly request: PacketRequest
  readonly expect?: Expectation
  readonly place: Span
}

const COLUMNS: readonly string[] = [...REQUEST_FIELDS, 'expect']

interface Line {
  readonly text: string
  readonly place: Span
}

/** Empty lines and lines that start with `#` are left out; JSON where the first other line starts with `{`. */
export function readPackets(file: SourceFile, report: Report): readonly PacketLine[] {
  const lines = linesOf(file)
  const [first, ...rest] = lines
  if (first === undefined) {
    report.error('empty-input', `\`${file.name}\` has no packets`)
    return []
  }
  const rows = first.text.startsWith('{')
    ? lines.map(line => ({ line, values: readJson(line, report) }))
    : readCsv(first, rest, report)
  return rows.flatMap(({ line: { place }, values }) => {
    if (values === undefined) return []
    for (const key of Object.keys(values)) {
      if (!COLUMNS.includes(key)) report.error('unknown-field', `unknown field \`${key}\``, place, HELP_COLUMNS)
    }
    const { expect = '', ...request } = values
    const expectation = expect === '' ? undefined : readExpectation(expect, place, report)
    return [{ request, place, ...(expectation === undefined ? {} : { expect: expectation }) }]
  })
}

const HELP_COLUMNS = `the fields are ${orList(COLUMNS, 'and')}`

/** One verdict a line, for the packets of another file in their order. */
export function readExpectations(file: SourceFile, report: Report): readonly (Expectation | undefined)[] {
  return linesOf(file).map(({ text, place }) => readExpectation(text, place, report))
}

function readExpectation(text: string, place: Span, report: Report): Expectation | undefined {
  const found = EXPECTATIONS.find(expectation => expectation === text.trim().toLowerCase())
  if (found === undefined)
    report.error('bad-value', `\`${text}\` is not a verdict`, place, `write ${orList(EXPECTATIONS)}`)
  return found
}

function linesOf(file: SourceFile): readonly Line[] {
  const lines: Line[] = []
  let start = 0
  for (const raw of file.text.replace(/^\ufeff/, ' ').split('\n')) {
    const text = raw.trim()
    if (text !== '' && !text.startsWith('#')) lines.push({ text, place: { file, start, end: start + raw.length } })
    start += raw.length + 1
  }
  return lines
}

type Values = Readonly<Record<string, string>>

function readCsv(
  header: Line,
  rows: readonly Line[],
  report: Report,
): readonly { readonly line: Line; readonly values: Values | undefined }[] {
  const columns = splitCsv(header.text)
  const unknown = columns.filter(column => !COLUMNS.includes(column))
  for (const column of unknown) {
    report.error('unknown-field', `unknown column \`${column}\``, header.place, HELP_COLUMNS)
  }
  if (unknown.length > 0) return []
  return rows.map(line => {
    const cells = splitCsv(line.text)
    if (cells.length > columns.length) {
      report.error('bad-value', `${cells.length} values, but the header names ${columns.length} columns`, line.place)
      return { line, values: undefined }
    }
    const entries = columns.flatMap((column, index) => {
      const cell = cells[index] ?? ''
      return cell === '' ? [] : [[column, cell] as const]
    })
    return { line, values: Object.fromEntries(entries) }
  })
}

/** Values may stand in double quotes, with `""` for a quote inside them. */
function splitCsv(line: string): readonly string[] {
  const cells: string[] = []
  let rest = line
  for (;;) {
    const quoted = /^\s*"((?:[^"]|"")*)"\s*(,|$)/.exec(rest)
    const plain = /^([^,]*)(,|$)/.exec(rest)
    const [whole = '', cell = '', separator = ''] = quoted ?? plain ?? []
    cells.push(quoted === null ? cell.trim() : cell.replaceAll('""', '"'))
    if (separator === '') return cells
    rest = rest.slice(whole.length)
  }
}

/** Numbers and truth values stand for their text. */
function readJson({ text, place }: Line, report: Report): Values | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    value = undefined
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    report.error('wrong-type', 'expected one JSON object on the line', place)
    return undefined
  }
  const entries: [string, string][] = []
  for (const [key, field] of Object.entries(value)) {
    if (field === null) continue
    if (typeof field === 'string' || typeof field === 'number' || typeof field === 'boolean') {
      entries.push([key, String(field)])
    } else report.error('wrong-type', `\`${key}\`: expected text or a number`, place)
  }
  return Object.fromEntries(entries)
}
