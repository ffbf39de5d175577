// What a command read, and what it left out and why, said once at the end.

import type { Resource } from '../model/ast/resources.ts'
import { countRead, formatCounts } from '../report/summary.ts'
import type { Input } from './input-options.ts'
import type { Io } from './io.ts'
import { writeNote, writeSkipped, writeSkippedFiles } from './messages.ts'

interface Read {
  readonly resources: readonly Resource[]
  /** Kinds that were skipped, and how often. */
  readonly skipped: ReadonlyMap<string, number>
}

/** Of one file that was read whole nothing is said: whoever named it knows. */
export async function writeRead({ resources, skipped }: Read, { files, skippedFiles }: Input, io: Io): Promise<void> {
  const isAll = skipped.size === 0 && skippedFiles.length === 0
  if (!isAll || files.length > 1) await writeNote(formatCounts(countRead(resources, files.length)), io)
  await writeLeftOut(skipped, { skippedFiles }, io)
}

/** Documents of kinds that make no rules, and files that were excluded. */
export async function writeLeftOut(
  skipped: ReadonlyMap<string, number>,
  { skippedFiles }: Pick<Input, 'skippedFiles'>,
  io: Io,
): Promise<void> {
  await writeSkipped(skipped, io)
  await writeSkippedFiles(skippedFiles, io)
}
