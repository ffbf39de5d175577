// Diagnostics as text.

import { printable } from '../text/printable.ts'
import type { Diagnostic } from './diagnostic.ts'
import { lineAndColumn, type SourceFile, spanOf } from './source.ts'

/** `file:line:column: error: message (help) [code]`, on one line. */
export function formatDiagnostic({ severity, code, message, place, help }: Diagnostic): string {
  const text = `${printable(help === undefined ? message : `${message} (${help})`)} [${code}]`
  if (place === undefined) return `${severity}: ${text}`
  const { file, start } = spanOf(place)
  const { line, column } = lineAndColumn(file, start)
  return `${shownName(file)}:${line}:${column}: ${severity}: ${text}`
}

/** A file's name for the start of a line, where GitHub would take `::error::` for a command. */
export function shownName({ name }: SourceFile): string {
  const shown = printable(name)
  return /^\s*::/.test(shown) ? `./${shown}` : shown
}
