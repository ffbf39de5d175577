// Where a newer Node keeps what it has compiled of this program: whoever can write there decides what runs, perhaps as root, so
// that Node's own choice, a folder below the one for temporary files, is never taken.

import { lstatSync, mkdirSync, statSync } from 'node:fs'
import * as nodeModule from 'node:module'
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'

/** Since Node 22.1; not known to the types of the oldest Node that we run on. */
interface KeepsCompiledCode {
  readonly enableCompileCache?: (folder: string) => unknown
}

/** Keeps what is loaded from now on, where this Node can and there is a folder for it. */
export function keepCompiledCode(): void {
  const folder = folderForCompiledCode(process.env.XDG_CACHE_HOME, homedir(), process.getuid?.())
  if (folder !== undefined) (nodeModule as KeepsCompiledCode).enableCompileCache?.(folder)
}

/**
 * `calitables` in the user's folder for caches, made if it is not there; undefined unless it is a folder, and no link, that
 * belongs to the user and nobody else can write to. Root in another user's home (as `sudo` leaves it) gets none.
 */
export function folderForCompiledCode(
  caches: string | undefined,
  home: string,
  user: number | undefined,
): string | undefined {
  if (user === undefined) return undefined
  try {
    if (statSync(home).uid !== user) return undefined
    const folder = join(caches !== undefined && isAbsolute(caches) ? caches : join(home, '.cache'), 'calitables')
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const made = lstatSync(folder)
    return made.isDirectory() && made.uid === user && (made.mode & 0o022) === 0 ? folder : undefined
  } catch {
    // A home that is missing or cannot be written to: it goes without.
    return undefined
  }
}
