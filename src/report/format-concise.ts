// Findings for scripts and logs, one line each.

import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { formatLine } from '../diagnostics/format.ts'
import { lineFinder } from '../diagnostics/lines.ts'

/** `file:line:column: error: message (help) [code]` */
export function formatConcise(diagnostics: readonly Diagnostic[]): string {
  const findLine = lineFinder()
  return diagnostics.map(diagnostic => `${formatLine(diagnostic, findLine)}\n`).join('')
}
