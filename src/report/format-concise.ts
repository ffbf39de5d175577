// Findings for scripts and logs, one line each.

import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { formatWithLines } from '../diagnostics/format.ts'
import { Lines } from '../diagnostics/lines.ts'

/** `file:line:column: error: message (help) [code]` */
export function formatConcise(diagnostics: readonly Diagnostic[]): string {
  const lines = new Lines()
  return diagnostics.map(diagnostic => `${formatWithLines(diagnostic, lines)}\n`).join('')
}
