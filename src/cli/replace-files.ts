// Writes over files that were read, all or none.

import { access, chmod, constants, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

export interface Replacement {
  readonly path: string
  /** What was read. */
  readonly before: string
  readonly after: string
}

/**
 * Each file is written beside the old one and renamed when all are there; mode and symbolic links stay.
 * @throws when a file cannot be written, or does not hold what was read; then nothing has changed
 */
export async function replaceFiles(replacements: readonly Replacement[]): Promise<void> {
  const ready: { readonly temporary: string; readonly path: string }[] = []
  try {
    for (const { path: given, before, after } of replacements) {
      const path = await realpath(given)
      await access(path, constants.W_OK)
      // Bytes that are not UTF-8 were read as U+FFFD; writing would make that true.
      if (!(await readFile(path)).equals(Buffer.from(before))) {
        throw new Error(`\`${given}\` is not UTF-8, or has changed since it was read`)
      }
      const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`)
      ready.push({ temporary, path })
      await writeFile(temporary, after)
      await chmod(temporary, (await stat(path)).mode & 0o7777)
    }
  } catch (error) {
    for (const { temporary } of ready) await rm(temporary, { force: true })
    throw error
  }
  for (const { temporary, path } of ready) await rename(temporary, path)
}
