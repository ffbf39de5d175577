// Writes over files that were read: `check --fix`.

import { constants, type Stats } from 'node:fs'
import { access, open, realpath, rename, stat } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { FileError } from '../read-bytes.ts'
import { createFile, discard, freshName, linkOrCopy, removeLeftovers, syncFolder } from './new-file.ts'

/** A file that was read. */
export interface ReadFile {
  readonly path: string
  /** The folder that was named; the file that was named, for itself. */
  readonly root: string
}

export interface Replacement extends ReadFile {
  /** What was read. */
  readonly before: string
  readonly after: string
}

/**
 * Writes over files, all or none.
 * @param visited the files among which a killed run may have left something
 * @returns what the user should know of each file whose owner or whose other names could not be kept
 * @throws when a file cannot be written, leads out of its root, or does not hold what was read; then nothing has changed
 */
export async function replaceFiles(
  replacements: readonly Replacement[],
  visited: readonly ReadFile[],
): Promise<readonly string[]> {
  const notes: string[] = []
  const scratch: string[] = []
  const done: { readonly backup: string; readonly path: string }[] = []
  try {
    const ready: { readonly temporary: string; readonly path: string }[] = []
    for (const replacement of replacements) {
      const { path, old } = await inspectReplaced(replacement)
      const temporary = join(dirname(path), freshName('file'))
      scratch.push(temporary)
      const keepsOwner = await createFile(temporary, replacement.after, old)
      if (!keepsOwner) notes.push(`\`${replacement.path}\` belongs to you now: its owner and group could not be kept`)
      if (old.nlink > 1)
        notes.push(`\`${replacement.path}\` was one of ${old.nlink} names of a file; the others keep the old text`)
      ready.push({ temporary, path })
    }
    for (const { temporary, path } of ready) {
      const backup = join(dirname(path), freshName('file'))
      scratch.push(backup)
      await linkOrCopy(path, backup)
      done.push({ backup, path })
      await rename(temporary, path)
    }
    for (const folder of new Set(ready.map(({ path }) => dirname(path)))) await syncFolder(folder)
  } catch (error) {
    // One that cannot be put back is no reason to leave the others.
    for (const { backup, path } of done.reverse()) await rename(backup, path).catch(() => undefined)
    throw error
  } finally {
    for (const path of scratch) await discard(path)
  }
  const insiders = await Promise.all(visited.map(file => realPathInside(file).catch(() => undefined)))
  await removeLeftovers(
    insiders.filter(path => path !== undefined),
    'file',
  )
  return notes
}

/** @throws when links lead out of the folder that was named */
async function realPathInside({ path: given, root }: ReadFile): Promise<string> {
  const path = await realpath(given)
  const folder = await realpath((await stat(root)).isDirectory() ? root : dirname(root))
  if (path.startsWith(join(folder, '/'))) return path
  throw new FileError(`\`${given}\` is a link that leads out of \`${relative('', folder) || '.'}\``)
}

/** The real path of a file that is to be replaced, and what it is. */
async function inspectReplaced(file: Replacement): Promise<{ path: string; old: Stats }> {
  const { path: given, before } = file
  const path = await realPathInside(file)
  await access(path, constants.W_OK)
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants
  const handle = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
  try {
    const old = await handle.stat()
    // Bytes that are not UTF-8 were read as U+FFFD; writing would make that true.
    if (!old.isFile() || !(await handle.readFile()).equals(Buffer.from(before)))
      throw new FileError(`\`${given}\` is not UTF-8, or has changed since it was read`)
    return { path, old }
  } finally {
    await handle.close()
  }
}

/** What other names a change would cut off, for those who only look. */
export async function describeOtherNames(paths: readonly string[]): Promise<readonly string[]> {
  const notes: string[] = []
  for (const path of paths) {
    const { nlink } = await stat(path)
    if (nlink > 1) notes.push(`\`${path}\` is one of ${nlink} names of a file; the others would keep the old text`)
  }
  return notes
}
