// How files are written. Only this folder creates, changes or removes files. The rules, for folders that strangers may have
// put things into:
// - A new file has a random name that is fresh (O_EXCL), and a link at its last component is never followed (O_NOFOLLOW).
// - Mode and owner are set on the open handle; the file and its folder are synchronized before anything points at it.
// - A file is replaced by renaming, so that a reader finds the whole old one or the whole new one.
// - `check --fix` writes only below the folder that was named: a link that leads out of it is an error (replace-files.ts).
// - `compile -o` changes its files together, by one rename of one link (write-files.ts).
// - When anything fails the old files are put back; what a killed run left is removed by the next run that writes there.

import { constants, type Stats } from 'node:fs'
import { copyFile, type FileHandle, link, lstat, open, readdir, realpath, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/**
 * Text under a name that must be fresh.
 * @param like what it stands in for: its mode, owner and group are kept
 * @returns whether owner and group are those of `like`
 */
export async function createFile(path: string, text: string, like?: Stats): Promise<boolean> {
  const { O_CREAT, O_EXCL, O_WRONLY, O_NOFOLLOW } = constants
  const handle = await open(path, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW, like === undefined ? 0o666 : 0o600)
  try {
    await handle.writeFile(text)
    const keepsOwner = like === undefined || (await keepOwner(handle, like))
    if (like !== undefined) await handle.chmod(like.mode & 0o777)
    await handle.sync()
    return keepsOwner
  } finally {
    await handle.close()
  }
}

async function keepOwner(handle: FileHandle, { uid, gid }: Stats): Promise<boolean> {
  const fresh = await handle.stat()
  if (fresh.uid === uid && fresh.gid === gid) return true
  const change = (user: number, group: number): Promise<boolean> =>
    handle.chown(user, group).then(
      () => true,
      () => false,
    )
  if (await change(uid, gid)) return true
  // Who is in the group may give the file to it; nobody but root may give it to a user.
  return (await change(-1, gid)) && fresh.uid === uid
}

/** A second name where the file system and the owner allow it. */
export async function linkOrCopy(path: string, other: string): Promise<void> {
  await link(path, other).catch(() => copyFile(path, other, constants.COPYFILE_EXCL))
}

/** Makes the names in a folder last. */
export async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY)
  try {
    await handle.sync()
  } catch (error) {
    // Some file systems cannot, and say so.
    if (!['EINVAL', 'ENOTSUP', 'EROFS'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
  } finally {
    await handle.close()
  }
}

/** `file` for one that replaces another, `folder` for a whole new folder, `swap` for what links may lead into. */
type Purpose = 'file' | 'folder' | 'swap'

/** Removes what is only in the way; that it stays is no reason to call the rest a failure. */
export async function discard(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true }).catch(() => undefined)
}

/** A hidden name that nobody can guess, by which a later run knows whose it was. */
export function freshName(purpose: Purpose): string {
  return `.calitables-${purpose}-${process.pid}-${globalThis.crypto.randomUUID().replaceAll('-', '')}`
}

/** Removes what runs that have ended left beside these files. It is no error when that cannot be. */
export async function removeLeftovers(files: readonly string[], purpose: Purpose): Promise<void> {
  for (const folder of new Set(await Promise.all(files.map(file => realpath(dirname(file)).catch(() => '.'))))) {
    for (const name of await readdir(folder).catch(() => [])) {
      const [, found, pid] = /^\.calitables-([a-z]+)-([0-9]{1,10})-[0-9a-f]{32}$/.exec(name) ?? []
      const path = join(folder, name)
      if (found === purpose && !isRunning(Number(pid)) && !(await isOthersFolder(path))) await discard(path)
    }
  }
}

/** To remove a folder takes many steps, and whose it is could put links in between. A file or link goes in one. */
async function isOthersFolder(path: string): Promise<boolean> {
  const stats = await lstat(path).catch(() => undefined)
  return stats?.isDirectory() === true && process.getuid !== undefined && stats.uid !== process.getuid()
}

function isRunning(pid: number): boolean {
  if (pid === process.pid) return false
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** For `catch`: what is not there is undefined. */
export function ignoreMissing(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
}
