// Faults of a text, put into a report: at their place, and no more of them than a person reads.

import type { DiagnosticCode } from '../diagnostics/codes.ts'
import type { Report } from '../diagnostics/diagnostic.ts'
import type { SourceFile, Span } from '../diagnostics/source.ts'

/** What is not text of these tools has a fault in every line. */
const MAX_FAULTS = 50

export interface Line {
  /** Counted from 1. */
  readonly number: number
  /** Offset of its first character in the file. */
  readonly start: number
  /** Without its newline. */
  readonly text: string
  /** Length in the file of a line that was written otherwise: places in it are the whole of it. */
  readonly written?: number
}

/** Whole lines of a file that follow each other. */
export interface LineRun {
  /** Offset of the first one. */
  readonly start: number
  /** Offset behind the newline of the last one. */
  readonly end: number
  /** Number of the first one, counted from 1. */
  readonly number: number
}

const BYTE_ORDER_MARK = '\ufeff'

/** What ends lines of a text: some editors write carriage returns alone. */
export function endOfLines({ text }: SourceFile): '\n' | '\r' {
  return text.includes('\n') || !text.includes('\r') ? '\n' : '\r'
}

/** @param run left out: all of the file, without a byte order mark */
export function* linesOf(file: SourceFile, run?: LineRun): Generator<Line> {
  const { text } = file
  const endOfLine = endOfLines(file)
  const last = run?.end ?? text.length
  let start = run?.start ?? (text.startsWith(BYTE_ORDER_MARK) ? 1 : 0)
  for (let number = run?.number ?? 1; start < last; number++) {
    const newline = text.indexOf(endOfLine, start)
    const end = newline < 0 ? text.length : newline
    yield { number, start, text: text.slice(start, text.charAt(end - 1) === '\r' && end > start ? end - 1 : end) }
    start = end + 1
  }
}

/** Part of a line, the whole line unless said otherwise. */
export function spanIn(file: SourceFile, line: Line, start = 0, end = line.text.length): Span {
  if (line.written !== undefined) return { file, start: line.start, end: line.start + line.written }
  return { file, start: line.start + start, end: line.start + Math.max(end, start) }
}

export class Faults {
  readonly #file: SourceFile
  readonly #code: DiagnosticCode
  readonly #report: Report
  readonly #tool: string
  #count = 0

  /** @param tool the command that prints such text */
  constructor(file: SourceFile, code: DiagnosticCode, report: Report, tool: string) {
    this.#file = file
    this.#code = code
    this.#report = report
    this.#tool = tool
  }

  add(
    line: Line,
    message: string,
    place: { readonly start?: number; readonly end?: number } = {},
    help = `give the lines as \`${this.#tool}\` prints them, none cut or edited`,
  ): void {
    if (++this.#count > MAX_FAULTS) return
    this.#report.error(this.#code, message, spanIn(this.#file, line, place.start, place.end), help)
    if (this.#count === MAX_FAULTS) {
      const rest = spanIn(this.#file, line)
      this.#report.note(this.#code, 'more mistakes of this kind are not shown', rest)
    }
  }
}
