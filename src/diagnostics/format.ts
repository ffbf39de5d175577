// Diagnostics as text.

import { printable } from '../text/printable.ts'
import type { Diagnostic } from './diagnostic.ts'
import { lineAndColumn, spanOf } from './source.ts'

/** `file:line:column: error: message (help)`, on one line. */
export function formatDiagnostic({ severity, message, place, help }: Diagnostic): string {
  const text = printable(help === undefined ? message : `${message} (${help})`)
  if (place === undefined) return `${severity}: ${text}`
  const { file, start } = spanOf(place)
  const { line, column } = lineAndColumn(file, start)
  return `${printable(file.name)}:${line}:${column}: ${severity}: ${text}`
}
