// Diagnostics on standard error: for people on a terminal, one line each elsewhere.

import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { formatConcise } from '../report/format-concise.ts'
import { compareBytes } from '../text/bytes.ts'
import { printable } from '../text/printable.ts'
import { wantsColor } from './color.ts'
import type { Io } from './io.ts'

export async function writeDiagnostics(diagnostics: readonly Diagnostic[], io: Io): Promise<void> {
  if (diagnostics.length === 0) return
  if (io.isErrorTerminal) {
    const { formatPretty } = await import('../report/format-pretty.ts')
    await io.writeError(formatPretty(diagnostics, { color: wantsColor(true, io) }))
  } else await io.writeError(formatConcise(diagnostics))
}

/** "skipped 3 documents that do not change rules: 2 apps/v1 Deployment, 1 v1 ConfigMap" */
export async function writeSkipped(skipped: ReadonlyMap<string, number>, io: Io): Promise<void> {
  if (skipped.size === 0) return
  const total = [...skipped.values()].reduce((sum, count) => sum + count, 0)
  await io.writeError(
    `note: skipped ${total} ${total === 1 ? 'document' : 'documents'} of kinds that do not change rules: ${listKinds(skipped)}\n`,
  )
}

/** "2 apps/v1 Deployment, 1 v1 ConfigMap" */
export function listKinds(counts: ReadonlyMap<string, number>): string {
  return [...counts]
    .sort(([a], [b]) => compareBytes(a, b))
    .map(([kind, count]) => `${count} ${printable(kind)}`)
    .join(', ')
}
