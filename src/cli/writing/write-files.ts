// Writes several files so that all of them change or none: `compile -o`.

import type { Stats } from 'node:fs'
import { lstat, mkdir, readlink, realpath, rename, rm, stat, symlink } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { FileError } from '../read-bytes.ts'
import { createFile, discard, freshName, ignoreMissing, linkOrCopy, removeLeftovers, syncFolder } from './new-file.ts'

/**
 * Writes files to a folder, and removes the stale ones: all of it or nothing, also for who is killed halfway.
 * @throws when a file cannot be written; then nothing has changed
 */
export async function writeFiles(
  folder: string,
  files: ReadonlyMap<string, string>,
  stale: readonly string[],
): Promise<void> {
  const path = resolve(folder)
  if ((await lstat(path).catch(ignoreMissing)) === undefined) return createFolder(path, files)
  if (!(await stat(path)).isDirectory()) throw new FileError('it is no folder')
  const real = await realFolder(path)
  const [only] = files
  // One renaming is all that one file takes, also where there are no links.
  if (only !== undefined && files.size === 1 && stale.length === 0) await swapFile(real, ...only)
  else await swapFiles(real, files, stale)
}

/** @throws for that of devices: `/dev/stdout` is a link there, which a file must not take the place of for the whole machine */
async function realFolder(path: string): Promise<string> {
  const real = await realpath(path)
  if (real === '/dev') throw new FileError('`/dev` is the folder of devices')
  return real
}

async function swapFile(folder: string, name: string, text: string): Promise<void> {
  const path = join(folder, name)
  const old = await inspectOld(path)
  const temporary = join(folder, freshName('file'))
  try {
    await createFile(temporary, text, old.kind === 'file' ? old.stats : undefined)
    await rename(temporary, path)
  } catch (error) {
    await discard(temporary)
    throw error
  }
  await syncFolder(folder)
  await removeLeftovers([path], 'file')
}

/** A folder that is not there yet is written under another name and renamed. */
async function createFolder(path: string, files: ReadonlyMap<string, string>): Promise<void> {
  await makeFolder(dirname(path))
  const parent = await realFolder(dirname(path))
  const temporary = join(parent, freshName('folder'))
  try {
    await mkdir(temporary)
    for (const [name, text] of files) await createFile(join(temporary, name), text)
    await syncFolder(temporary)
    await rename(temporary, join(parent, basename(path)))
  } catch (error) {
    await discard(temporary)
    throw error
  }
  await syncFolder(parent)
  await removeLeftovers([path], 'folder')
}

/** Node's own `recursive` never ends below /proc, where nothing can be made and nothing says so. */
async function makeFolder(path: string): Promise<void> {
  if ((await stat(path).catch(ignoreMissing)) !== undefined) return
  if (dirname(path) !== path) await makeFolder(dirname(path))
  await mkdir(path)
}

/** What stood under a name before. */
type Old = { readonly kind: 'none' } | { readonly kind: 'link'; readonly text: string } | { kind: 'file'; stats: Stats }

/**
 * The files stand in `old/` and `new/` of a folder beside, and `current` is a link to `old`. Each name becomes a link into
 * `current`, which changes no text; then `current` is renamed to lead to `new`, and all texts change at once; then each
 * link gives way to its file. Whoever is killed leaves links that read all old or all new, and the next run starts from them.
 */
async function swapFiles(folder: string, files: ReadonlyMap<string, string>, stale: readonly string[]): Promise<void> {
  const olds = new Map<string, Old>()
  for (const name of [...files.keys(), ...stale]) olds.set(name, await inspectOld(join(folder, name)))
  const beside = join(folder, freshName('swap'))
  const inside = (...names: readonly string[]): string => join(beside, ...names)
  const linked: string[] = []
  try {
    for (const path of [beside, inside('old'), inside('new')]) await mkdir(path)
    for (const [name, old] of olds) {
      if (old.kind === 'file') await linkOrCopy(join(folder, name), inside('old', name))
      if (old.kind === 'link') await symlink(resolve(folder, old.text), inside('old', name))
      const text = files.get(name)
      if (text !== undefined) await createFile(inside('new', name), text, old.kind === 'file' ? old.stats : undefined)
    }
    await symlink('old', inside('current'))
    for (const path of [inside('old'), inside('new'), beside]) await syncFolder(path)
    for (const name of olds.keys()) {
      await symlink(join(basename(beside), 'current', name), inside(name))
      linked.push(name)
      await rename(inside(name), join(folder, name))
    }
    await syncFolder(folder)
    await symlink('new', inside('next'))
    await rename(inside('next'), inside('current'))
    await syncFolder(beside)
    for (const name of olds.keys()) {
      if (files.has(name)) await rename(inside('new', name), join(folder, name))
      else await rm(join(folder, name))
    }
    await syncFolder(folder)
  } catch (error) {
    await putAllBack(linked, olds, folder, beside)
    throw error
  }
  await discard(beside)
  await removeLeftovers(
    [...olds.keys()].map(name => join(folder, name)),
    'swap',
  )
}

async function inspectOld(path: string): Promise<Old> {
  const stats = await lstat(path).catch(ignoreMissing)
  if (stats === undefined) return { kind: 'none' }
  if (stats.isSymbolicLink()) return { kind: 'link', text: await readlink(path) }
  if (!stats.isFile()) throw new FileError(`\`${path}\` is ${stats.isDirectory() ? 'a folder' : 'no regular file'}`)
  return { kind: 'file', stats }
}

/** A name that cannot be put back stays a link into the folder beside, and that stays for it, with the old text. */
async function putAllBack(
  names: readonly string[],
  olds: ReadonlyMap<string, Old>,
  folder: string,
  beside: string,
): Promise<void> {
  let isWhole = true
  try {
    await symlink('old', join(beside, 'back'))
    await rename(join(beside, 'back'), join(beside, 'current'))
  } catch {
    // Before anything was linked there is nothing to turn back.
  }
  for (const name of names) {
    await putBack(name, olds.get(name), folder, beside).catch(() => {
      isWhole = false
    })
  }
  if (isWhole) await discard(beside)
}

async function putBack(name: string, old: Old | undefined, folder: string, beside: string): Promise<void> {
  const path = join(folder, name)
  if (old?.kind === 'file') return rename(join(beside, 'old', name), path)
  if (old?.kind !== 'link') return rm(path, { force: true })
  const again = join(beside, `again-${name}`)
  await symlink(old.text, again)
  await rename(again, path)
}
