// Diagnostics as text.

import { printable } from '../text/printable.ts'
import type { Diagnostic } from './diagnostic.ts'
import type { FindLine } from './lines.ts'
import { lineAndColumn, type SourceFile, spanOf } from './source.ts'

/** `file:line:column: error: message (help) [code]`, on one line. */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  return formatLine(diagnostic, lineAndColumn)
}

/** As `formatDiagnostic`, with somebody else's count of lines. */
export function formatLine({ severity, code, message, place, help }: Diagnostic, findLine: FindLine): string {
  const text = `${printable(help === undefined ? message : `${message} (${help})`)} [${code}]`
  if (place === undefined) return `${severity}: ${text}`
  const { file, start } = spanOf(place)
  const { line, column } = findLine(file, start)
  return `${shownName(file)}:${line}:${column}: ${severity}: ${text}`
}

/** A file's name for the start of a line, where GitHub would take `::error::` for a command. */
export function shownName({ name }: SourceFile): string {
  const shown = printable(name)
  return /^\s*::/.test(shown) ? `./${shown}` : shown
}
