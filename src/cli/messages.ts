// Diagnostics on standard error: for people on a terminal, one line each elsewhere.

import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { formatConcise } from '../report/format-concise.ts'
import { compareBytes } from '../text/bytes.ts'
import { printable } from '../text/printable.ts'
import { wantsColor } from './color.ts'
import type { Io } from './io.ts'

export async function writeDiagnostics(found: readonly Diagnostic[], io: Io): Promise<void> {
  const diagnostics = withoutNotes(found, io)
  if (diagnostics.length === 0) return
  if (io.isErrorTerminal) {
    const { formatPretty } = await import('../report/format-pretty.ts')
    await io.writeError(formatPretty(diagnostics, { color: wantsColor(true, io) }))
  } else await io.writeError(formatConcise(diagnostics))
}

/** Findings that are shown: with --quiet, those of which something has to be done. */
export function withoutNotes(found: readonly Diagnostic[], io: Io): readonly Diagnostic[] {
  return io.isQuiet === true ? found.filter(({ severity }) => severity !== 'note') : found
}

/** One line that nobody has to read. */
export async function writeNote(text: string, io: Io): Promise<void> {
  if (io.isQuiet !== true) await io.writeError(`note: ${printable(text)}\n`)
}

/** "skipped 3 documents that do not change rules: 2 apps/v1 Deployment, 1 v1 ConfigMap" */
export async function writeSkipped(skipped: ReadonlyMap<string, number>, io: Io): Promise<void> {
  if (skipped.size === 0) return
  const total = [...skipped.values()].reduce((sum, count) => sum + count, 0)
  const documents = total === 1 ? 'document' : 'documents'
  await writeNote(`skipped ${total} ${documents} of kinds that do not change rules: ${listKinds(skipped)}`, io)
}

/** "2 apps/v1 Deployment, 1 v1 ConfigMap" */
export function listKinds(counts: ReadonlyMap<string, number>): string {
  return [...counts]
    .sort(([a], [b]) => compareBytes(a, b))
    .map(([kind, count]) => `${count} ${kind}`)
    .join(', ')
}
