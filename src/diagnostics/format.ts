// Diagnostics as text.

import { printable } from '../text/printable.ts'
import type { Diagnostic } from './diagnostic.ts'
import { Lines } from './lines.ts'
import type { SourceFile } from './source.ts'

/** `file:line:column: error: message (help) [code]`, on one line. */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  return formatWithLines(diagnostic, new Lines())
}

/** The same for many in a row, which share what is known of their files. */
export function formatWithLines({ severity, code, message, place, help }: Diagnostic, lines: Lines): string {
  const text = `${printable(help === undefined ? message : `${message} (${help})`)} [${code}]`
  if (place === undefined) return `${severity}: ${text}`
  const { file, start } = place
  const { line, column } = lines.at(file, start)
  return `${shownName(file)}:${line}:${column}: ${severity}: ${text}`
}

/** A file's name for the start of a line, where GitHub would take `::error::` for a command. */
export function shownName({ name }: SourceFile): string {
  const shown = printable(name)
  return /^\s*::/.test(shown) ? `./${shown}` : shown
}
