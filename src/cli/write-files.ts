// Writes several files so that either all of them change or none.

import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Every file is written under another name first and renamed only when all are there.
 * @throws when a file cannot be written; then nothing has changed
 */
export async function writeFiles(
  folder: string,
  files: ReadonlyMap<string, string>,
  stale: readonly string[],
): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (const name of [...files.keys(), ...stale]) await refuseFolder(join(folder, name))
  const temporary = (name: string): string => join(folder, `.${name}.${process.pid}.tmp`)
  try {
    for (const [name, text] of files) await writeFile(temporary(name), text)
  } catch (error) {
    for (const name of files.keys()) await rm(temporary(name), { force: true })
    throw error
  }
  for (const name of files.keys()) await rename(temporary(name), join(folder, name))
  for (const name of stale) await rm(join(folder, name), { force: true })
}

async function refuseFolder(path: string): Promise<void> {
  const isFolder = await stat(path).then(
    entry => entry.isDirectory(),
    () => false,
  )
  if (isFolder) throw new Error(`\`${path}\` is a folder`)
}
