// The lines around a place, with line numbers and the place underlined.

import { nextLine } from '../diagnostics/lines.ts'
import { RUNNER_COMMAND } from '../text/steering.ts'
import { printable } from '../text/printable.ts'
import { graphemes, graphemeWidth } from './display-width.ts'
import type { Place } from './places.ts'

const TAB_WIDTH = 4

/** Of a long line this many columns are shown; what stands further away becomes `…`. */
const WINDOW = 100

/** Columns in front of the place that are kept when a long line is cut. */
const LEAD = 40

const LINES_BEFORE = 2
const LINES_AFTER = 1

export interface Frame {
  readonly place: Place
  /** Says something about the place, behind the underline. */
  readonly label?: string | undefined
  readonly mark: '^' | '-'
  /** Width of the line numbers. */
  readonly gutter: number
  readonly paint: { readonly line: (text: string) => string; readonly mark: (text: string) => string }
}

/** Width that the line numbers of a frame need. */
export function gutterWidth({ line }: Place): number {
  return String(line + LINES_AFTER).length
}

/**
 * ```
 *  5 | spec:
 *  6 |   slector: all()
 *    |   ^^^^^^^ label
 *  7 |   order: 10
 * ```
 * A place of several lines is underlined on the first of them. Nothing in the input can break out of its line.
 */
export function codeFrame({ place, label, mark, gutter, paint }: Frame): readonly string[] {
  const { text } = place.file
  const blank = paint.line(`${' '.repeat(gutter + 2)}|`)
  const row = (number: number, shown: string): string => {
    const head = paint.line(` ${String(number).padStart(gutter)} |`)
    return shown === '' ? head : `${head} ${shown}`
  }
  const lines: string[] = [blank]
  const start = place.start - (place.column - 1)
  for (const [number, from] of linesBefore(text, start, place.line)) {
    lines.push(row(number, cut(lineAt(text, from), 0).before))
  }
  const line = lineAt(text, start)
  const end = place.endLine === place.line ? place.endColumn - 1 : line.length
  const { before, marked, after } = cut(line, place.column - 1, Math.min(end, line.length))
  lines.push(row(place.line, before + marked.text + after))
  const underline = paint.mark(
    mark.repeat(Math.max(1, marked.width)) + (label === undefined ? '' : ` ${printable(label)}`),
  )
  lines.push(`${blank} ${' '.repeat(displayWidth(before))}${underline}`)
  let next = nextLine(text, start)
  for (let i = 1; i <= LINES_AFTER && next < text.length; i++) {
    lines.push(row(place.line + i, cut(lineAt(text, next), 0).before))
    next = nextLine(text, next)
  }
  return lines.map(shown => shown.trimEnd())
}

/** Line numbers and offsets of the lines before the one that starts at `start`. */
function linesBefore(text: string, start: number, line: number): readonly (readonly [number, number])[] {
  const lines: (readonly [number, number])[] = []
  for (let i = 1; i <= LINES_BEFORE && line - i > 0; i++) {
    const end = (lines[0]?.[1] ?? start) - 1
    lines.unshift([line - i, end === 0 ? 0 : text.lastIndexOf('\n', end - 1) + 1])
  }
  return lines
}

/** Without its end, CRLF too. */
function lineAt(text: string, start: number): string {
  const newline = text.indexOf('\n', start)
  const end = newline < 0 ? text.length : newline
  return text.slice(start, end > start && text.charCodeAt(end - 1) === 13 ? end - 1 : end)
}

interface CutLine {
  readonly before: string
  readonly marked: { readonly text: string; readonly width: number }
  readonly after: string
}

/** A line as it is shown, parted at the place from `start` to `end`; without a place all of it is `before`. */
function cut(line: string, start: number, end?: number): CutLine {
  // Far from the place nothing is looked at: a line may be the whole file.
  const low = Math.max(0, start - WINDOW)
  const high = Math.min(line.length, Math.max(start, end ?? 0) + WINDOW, start + 4 * WINDOW)
  const cells = toCells(line.slice(low, high), low)
  const target = cells.find(cell => cell.end > start)?.column ?? cells.at(-1)?.endColumn ?? 0
  const total = cells.at(-1)?.endColumn ?? 0
  const isLong = low > 0 || high < line.length || total > WINDOW
  const first = isLong && target > LEAD ? target - LEAD : 0
  const shown = isLong ? cells.filter(cell => cell.column >= first && cell.endColumn <= first + WINDOW) : cells
  const head = shown[0] !== undefined && shown[0].start > 0 ? '…' : ''
  const tail = shown.at(-1) !== undefined && (shown.at(-1)?.end ?? 0) < line.length ? '…' : ''
  if (end === undefined) return { before: textOf(shown) + tail, marked: { text: '', width: 0 }, after: '' }
  const marked = shown.filter(cell => cell.end > start && cell.start < Math.max(end, start))
  const isBefore = shown.filter(cell => cell.end <= start)
  const isAfter = shown.slice(isBefore.length + marked.length)
  return {
    before: head + textOf(isBefore),
    marked: { text: textOf(marked), width: marked.reduce((sum, { column, endColumn }) => sum + endColumn - column, 0) },
    after: textOf(isAfter) + tail,
  }
}

function textOf(cells: readonly Cell[]): string {
  return cells.map(({ text }) => text).join('')
}

/** What is shown of one character of a line: offsets in the line, columns on the screen. */
interface Cell {
  readonly text: string
  readonly start: number
  readonly end: number
  readonly column: number
  readonly endColumn: number
}

function toCells(text: string, offset: number): readonly Cell[] {
  const cells: Cell[] = []
  let start = offset
  let column = 0
  for (const grapheme of graphemes(text)) {
    // `##[error]` is a command to GitHub; `printable` cannot see it in single characters.
    const at = start - offset
    const isCommand = grapheme === '#' && text.slice(at - 1, at + 5).search(RUNNER_COMMAND) === 0
    const isTab = grapheme === '\t'
    const shown = isTab ? ' '.repeat(TAB_WIDTH - (column % TAB_WIDTH)) : isCommand ? '\\u{23}' : printable(grapheme)
    const width = shown === grapheme ? graphemeWidth(grapheme) : displayWidth(shown)
    const end = start + grapheme.length
    cells.push({ text: shown, start, end, column, endColumn: column + width })
    start = end
    column += width
  }
  return cells
}

function displayWidth(text: string): number {
  return graphemes(text).reduce((sum, grapheme) => sum + graphemeWidth(grapheme), 0)
}
