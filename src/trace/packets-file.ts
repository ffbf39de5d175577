// A file of packets: CSV with a header, or one JSON object a line.

import type { Report } from '../diagnostics/diagnostic.ts'
import type { SourceFile, Span } from '../diagnostics/source.ts'
import { orList } from '../text/wording.ts'
import { didYouMean } from '../text/did-you-mean.ts'
import { type PacketRequest, REQUEST_FIELDS, type RequestPlace } from './request-fields.ts'

const EXPECTATIONS = ['accept', 'drop', 'reject', 'no connection', 'unknown'] as const

export type Expectation = (typeof EXPECTATIONS)[number]

export interface PacketLine {
  readonly request: PacketRequest
  readonly expect?: Expectation
  readonly place: RequestPlace
  /** From 1. */
  readonly number: number
}

const COLUMNS: readonly string[] = [...REQUEST_FIELDS, 'expect']

/** A line that counts: not empty, and no comment. */
export interface Line {
  /** Without blanks around it. */
  readonly text: string
  readonly place: Span
  /** From 1; lines that do not count are counted. */
  readonly number: number
}

/** The lines of a text, one by one, whoever has it: a file may be larger than what fits into memory. */
export interface LineSource {
  readonly name: string
  readonly lines: () => Iterable<Line>
}

/**
 * The packets of a file, each as it is come to: files may have millions of lines. Empty lines and lines that start with `#` are
 * left out; JSON where the first other line starts with `{`.
 */
export function* readPackets(source: LineSource, report: Report): Generator<PacketLine> {
  let reader: LineReader | undefined
  const told = new Set<string>()
  for (const line of source.lines()) {
    if (reader === undefined) {
      if (!line.text.startsWith('{')) {
        reader = csvReader(line, report)
        if (reader === undefined) return
        continue
      }
      reader = jsonReader(report)
    }
    const { read, ofField } = reader
    const values = read(line)
    if (values === undefined) continue
    const { number } = line
    const { file, start, end } = line.place
    const place = { file, start, end, ofField: (field: string) => ofField(line, field) }
    for (const key of Object.keys(values)) {
      if (COLUMNS.includes(key) || told.has(key)) continue
      told.add(key)
      report.error('unknown-field', `unknown field \`${key}\``, place.ofField(key), helpFor([key]))
    }
    const { expect = '', ...request } = values
    const expectation = expect === '' ? undefined : readExpectation(expect, place.ofField('expect'), report)
    yield expectation === undefined ? { request, place, number } : { request, place, number, expect: expectation }
  }
  if (reader === undefined) report.error('empty-input', `\`${source.name}\` has no packets`)
}

/** Words that others have for these fields. */
const OTHER_WORDS: ReadonlyMap<string, string> = new Map([
  ['source', 'from'],
  ['src', 'from'],
  ['destination', 'to'],
  ['dst', 'to'],
  ['dest', 'to'],
  ['destport', 'dport'],
  ['srcport', 'sport'],
  ['protocol', 'proto'],
  ['destination-port', 'dport'],
  ['source-port', 'sport'],
  ['expected', 'expect'],
  ['verdict', 'expect'],
])

function helpFor(unknown: readonly string[]): string {
  const meant = unknown.flatMap(word => {
    const found = OTHER_WORDS.get(word.toLowerCase().replaceAll(/[ _]/g, '-')) ?? didYouMean(word, COLUMNS)
    return found === undefined ? [] : [unknown.length === 1 ? `\`${found}\`` : `\`${found}\` for \`${word}\``]
  })
  const fields = `the fields are ${orList(COLUMNS, 'and')}`
  return meant.length === 0 ? fields : `did you mean ${meant.join(', ')}? ${fields}`
}

/** One verdict a line, for the packets of another file in their order. */
export function* readExpectations(source: LineSource, report: Report): Generator<Expectation | undefined> {
  for (const { text, place } of source.lines()) yield readExpectation(text, place, report)
}

function readExpectation(text: string, place: Span, report: Report): Expectation | undefined {
  const found = EXPECTATIONS.find(expectation => expectation === text.trim().toLowerCase())
  if (found === undefined)
    report.error('bad-value', `\`${text}\` is not a verdict`, place, `write ${orList(EXPECTATIONS)}`)
  return found
}

/** Of a text that is there as a whole. */
export function linesOfText(file: SourceFile): LineSource {
  return { name: file.name, lines: () => linesIn(file) }
}

function* linesIn(file: SourceFile): Generator<Line> {
  const { text: whole } = file
  let number = 0
  for (let start = 0; start < whole.length;) {
    const newline = whole.indexOf('\n', start)
    const end = newline < 0 ? whole.length : newline
    number++
    const text = countingText(whole.slice(start, end))
    if (text !== undefined) yield { text, place: { file, start, end }, number }
    start = end + 1
  }
}

/** Undefined for a line that does not count. A byte order mark is a blank, too. */
export function countingText(line: string): string | undefined {
  const text = line.trim()
  return text === '' || text.startsWith('#') ? undefined : text
}

type Values = Readonly<Record<string, string>>

/** One way to write packets. */
interface LineReader {
  /** Undefined, with errors reported, where the line cannot be read. */
  readonly read: (line: Line) => Values | undefined
  /** Where a field stands on a line; the line, where it has none. */
  readonly ofField: (line: Line, field: string) => Span
}

/** Of the lines after the header; undefined, with errors reported, where the header is none. */
function csvReader(header: Line, report: Report): LineReader | undefined {
  const columns = splitCsv(header.text)
  const unknown = columns.filter(column => !COLUMNS.includes(column))
  if (unknown.length > 0) {
    const what = `unknown ${unknown.length === 1 ? 'column' : 'columns'} ${orList(unknown, 'and')}`
    report.error('unknown-field', what, cellPlace(header, columns.indexOf(unknown[0] ?? '')), helpFor(unknown))
    return undefined
  }
  const read = (line: Line): Values | undefined => {
    const cells = splitCsv(line.text)
    if (cells.length > columns.length) {
      const message = `${cells.length} values, but the header names ${columns.length} columns`
      report.error('bad-value', message, cellPlace(line, columns.length))
      return undefined
    }
    const values: Record<string, string> = {}
    for (const [index, column] of columns.entries()) {
      const cell = cells[index] ?? ''
      if (cell !== '') values[column] = cell
    }
    return values
  }
  return { read, ofField: (line, field) => cellPlace(line, columns.indexOf(field)) }
}

const QUOTED_CELL = /^\s*"((?:[^"]|"")*)"\s*(,|$)/
const PLAIN_CELL = /^([^,]*)(,|$)/

/** Values may stand in double quotes, with `""` for a quote inside them. */
function splitCsv(line: string): readonly string[] {
  if (!line.includes('"')) return line.split(',').map(cell => cell.trim())
  const cells: string[] = []
  let rest = line
  for (;;) {
    const quoted = QUOTED_CELL.exec(rest)
    const [whole = '', cell = '', separator = ''] = quoted ?? PLAIN_CELL.exec(rest) ?? []
    cells.push(quoted === null ? cell.trim() : cell.replaceAll('""', '"'))
    if (separator === '') return cells
    rest = rest.slice(whole.length)
  }
}

/** The line, where it has no such cell, or only what was read of it is known. */
function cellPlace({ place }: Line, index: number): Span {
  const { file, end } = place
  let { start } = place
  for (let at = 0; index >= 0 && start < end; at++) {
    const rest = file.text.slice(start, end)
    const [whole = ''] = QUOTED_CELL.exec(rest) ?? PLAIN_CELL.exec(rest) ?? []
    if (at === index) {
      const cell = whole.replace(/,$/, '')
      const text = cell.trim()
      const first = start + cell.indexOf(text)
      return text === '' ? place : { file, start: first, end: first + text.length }
    }
    start += whole.length
  }
  return place
}

/** One object a line; numbers and truth values stand for their text. */
function jsonReader(report: Report): LineReader {
  const read = (line: Line): Values | undefined => {
    let value: unknown
    try {
      value = JSON.parse(line.text)
    } catch {
      value = undefined
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      report.error('wrong-type', 'expected one JSON object on the line', line.place)
      return undefined
    }
    const entries: [string, string][] = []
    for (const [key, field] of Object.entries(value)) {
      if (field === null) continue
      if (typeof field === 'string' || typeof field === 'number' || typeof field === 'boolean') {
        entries.push([key, String(field)])
      } else report.error('wrong-type', `\`${key}\`: expected text or a number`, keyPlace(line, key))
    }
    return Object.fromEntries(entries)
  }
  return { read, ofField: keyPlace }
}

/** The key of a JSON object; the line, where it is written otherwise. */
function keyPlace({ place }: Line, key: string): Span {
  const { file, start, end } = place
  const written = JSON.stringify(key)
  const at = file.text.slice(start, end).indexOf(written)
  return at < 0 ? place : { file, start: start + at, end: start + at + written.length }
}
