// Findings for scripts and logs, one line each.

import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { formatDiagnostic } from '../diagnostics/format.ts'

/** `file:line:column: error: message (help) [code]` */
export function formatConcise(diagnostics: readonly Diagnostic[]): string {
  return diagnostics.map(diagnostic => `${formatDiagnostic(diagnostic)}\n`).join('')
}
