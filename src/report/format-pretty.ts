// Findings for people: message, the lines in question, help.

import type { Diagnostic, Severity } from '../diagnostics/diagnostic.ts'
import { shownName } from '../diagnostics/format.ts'
import { printable } from '../text/printable.ts'
import { codeFrame, gutterWidth } from './code-frame.ts'
import { type Finding, findPlaces, type Place } from './places.ts'

export interface PrettyOptions {
  /** Whether to write ANSI colours. */
  readonly color: boolean
}

/** SGR parameters. */
const BOLD = '1'
const DIM = '2'
const GREEN = '32'
const BLUE = '34'
const SEVERITY: Readonly<Record<Severity, string>> = { error: '1;31', warning: '1;33', note: '1;36' }

type Paint = (style: string, text: string) => string

/** Each finding as a block, with an empty line between them; ends with a newline unless there are none. */
export function formatPretty(diagnostics: readonly Diagnostic[], { color }: PrettyOptions): string {
  const paint: Paint = (style, text) => (color ? `\u001b[${style}m${text}\u001b[0m` : text)
  return findPlaces(diagnostics)
    .map(finding => `${formatFinding(finding, paint).join('\n')}\n`)
    .join('\n')
}

function formatFinding({ severity, code, message, place, help, related, fix }: Finding, paint: Paint): string[] {
  const style = SEVERITY[severity]
  const lines = [`${paint(style, `${severity}[${code}]`)}${paint(BOLD, `: ${printable(message)}`)}`]
  const gutter = Math.max(1, ...[place, ...related.map(other => other.place)].map(it => (it ? gutterWidth(it) : 1)))
  const line = (text: string): string => paint(BLUE, text)
  const arrow = (where: Place): string =>
    `${' '.repeat(gutter + 1)}${line('-->')} ${shownName(where.file)}:${where.line}:${where.column}`
  if (place !== undefined) {
    const mark = (text: string): string => paint(style, text)
    lines.push(arrow(place), ...codeFrame({ place, label: fix?.title, mark: '^', gutter, paint: { line, mark } }))
  }
  const note = (title: string, text: string): string =>
    `${' '.repeat(gutter + 2)}${line('=')} ${title}${printable(text)}`
  for (const other of related) {
    const mark = (text: string): string => paint(BLUE, text)
    lines.push(note('', `${other.message}:`), arrow(other.place))
    for (const text of codeFrame({ place: other.place, mark: '-', gutter, paint: { line, mark } })) lines.push(text)
  }
  if (help !== undefined) lines.push(note(`${paint(GREEN, 'help:')} `, help))
  if (fix !== undefined && place === undefined) lines.push(note(`${paint(DIM, 'fix:')} `, fix.title))
  return lines
}
