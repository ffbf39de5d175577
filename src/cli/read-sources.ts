// Paths that a user gives -> source files.

import { readdirSync, realpathSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Report } from '../diagnostics/diagnostic.ts'
import type { SourceFile } from '../diagnostics/source.ts'
import { decodeText } from './decode-text.ts'
import { comparingBudget, type ComparingBudget, type Exclusion, ExclusionError, exclusionOf } from './excluded-files.ts'
import type { Io } from './io.ts'
import { optimiseLess } from './optimise-less.ts'
import { FileError, readBytes } from './read-bytes.ts'

export const RESOURCE_FILE = /\.(ya?ml|json)$/i

/** Settings of a folder; where resources are read, it is none of them. */
export const CONFIG_FILE = 'calitables.yaml'

/** Folders in folders, of the one that was given. */
const MOST_FOLDERS = 64

/** Name of standard input in messages. */
export const STANDARD_INPUT = '-'

export interface SourceOptions {
  /** Files, folders, or `-` for standard input. */
  readonly paths: readonly string[]
  /** Also the folders inside folders. */
  readonly recursive: boolean
  /** Patterns of files in folders that are not read. */
  readonly exclude?: readonly string[]
  /** Is told of each file that is left out, and why. */
  readonly onSkipped?: (path: string, why: string) => void
  /** Is told where one of `paths` itself cannot be read; what lies in a folder is another matter. */
  readonly onUnread?: () => void
}

/** All files in the order given, those of a folder in byte order of name; what cannot be read is reported. */
export async function readSources(
  { paths, recursive, exclude = [], onSkipped = () => undefined, onUnread = () => undefined }: SourceOptions,
  io: Io,
  report: Report,
): Promise<readonly SourceFile[]> {
  const files: SourceFile[] = []
  const seen = new Set<string>()
  const budget = comparingBudget()
  for (const path of withoutRepeats(paths)) {
    const layer = io.layers?.get(path) ?? 0
    const listed = await listFiles(path, { recursive, exclude, onSkipped, budget }, report)
    if (listed === undefined) onUnread()
    for (const file of listed ?? []) {
      // Two links to one file are one file.
      const real = file === STANDARD_INPUT ? file : realPathOf(file)
      if (seen.has(real)) continue
      seen.add(real)
      const source = await readSource(file, io, report)
      if (source !== undefined) files.push(layer === 0 ? source : { ...source, layer })
      // Bytes that are no text are a finding of a file that is there.
      else if (file === path && report.diagnostics.at(-1)?.code === 'unreadable-file') onUnread()
    }
  }
  await optimiseLess(files)
  return files
}

/** One file, or standard input for `-`. */
export async function readSource(path: string, io: Io, report: Report): Promise<SourceFile | undefined> {
  try {
    return decodeText(path, await readBytes(path, io.readInput), report)
  } catch (error) {
    report.error('unreadable-file', `cannot read \`${path}\`: ${reason(error)}`)
    return undefined
  }
}

/** Of the paths that were given, the one by which a file was found. */
export function rootOf(name: string, paths: readonly string[]): string {
  const file = resolve(name)
  return paths.find(path => file === resolve(path) || file.startsWith(join(resolve(path), '/'))) ?? name
}

/** Paths of settings may name one folder a thousand times, by as many links. */
function withoutRepeats(paths: readonly string[]): readonly string[] {
  const byPlace = new Map<string, string>()
  for (const path of paths) {
    const place = path === STANDARD_INPUT ? path : realPathOf(path)
    if (!byPlace.has(place)) byPlace.set(place, path)
  }
  return [...byPlace.values()]
}

function realPathOf(file: string): string {
  try {
    return realpathSync(file)
  } catch {
    return file
  }
}

interface FolderView {
  /** How many folders it lies in, of those that are read. */
  readonly depth: number
  readonly recursive: boolean
  readonly exclusion: Exclusion
  readonly onSkipped: (path: string, why: string) => void
}

type FolderOptions = Required<Pick<SourceOptions, 'recursive' | 'exclude' | 'onSkipped'>> & {
  readonly budget: ComparingBudget
}

/** Undefined, with a message, where the path cannot be read. */
async function listFiles(path: string, options: FolderOptions, report: Report): Promise<readonly string[] | undefined> {
  if (path === STANDARD_INPUT) return [path]
  try {
    if (!statSync(path).isDirectory()) return [path]
    const before = report.diagnostics.length
    const view = { ...options, depth: 0, exclusion: exclusionOf(options.exclude, path, options.budget) }
    const found = await listFolder(path, view, new Set(), report)
    if (found.length === 0 && report.diagnostics.length === before) {
      report.error(
        'empty-input',
        `\`${path}\` has no files that end in .yaml, .yml or .json`,
        undefined,
        options.recursive ? undefined : 'look into its folders too: -R',
      )
    }
    return found
  } catch (error) {
    report.error('unreadable-file', `cannot read \`${path}\`: ${reason(error)}`)
    return undefined
  }
}

/** @param visited real paths of the folders that have been looked into: links may lead back to one of them */
async function listFolder(
  folder: string,
  outer: FolderView,
  visited: Set<string>,
  report: Report,
): Promise<readonly string[]> {
  const real = realpathSync(folder)
  if (visited.has(real)) return []
  visited.add(real)
  if (outer.depth > MOST_FOLDERS) throw new FileError(`it lies more than ${MOST_FOLDERS} folders deep`)
  const view = { ...outer, depth: outer.depth + 1, exclusion: await outer.exclusion.inside(folder) }
  const { recursive, exclusion, onSkipped } = view
  const files: string[] = []
  const entries = readdirSync(folder, { withFileTypes: true })
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name)
    const isResource = RESOURCE_FILE.test(entry.name) && entry.name !== CONFIG_FILE
    try {
      if (exclusion.excludes(path)) {
        if (isResource) onSkipped(path, 'excluded')
        continue
      }
      const target = entry.isSymbolicLink() ? statSync(path) : entry
      if (target.isDirectory()) {
        if (!recursive) continue
        if (exclusion.excludes(`${path}/`)) onSkipped(path, 'excluded')
        else for (const file of await listFolder(path, view, visited, report)) files.push(file)
      } else if (isResource && target.isFile()) {
        files.push(path)
      } else if (isResource) {
        // Reading a pipe would wait for somebody to write to it.
        report.error('unreadable-file', `cannot read \`${path}\`: it is a pipe, socket or device`)
      }
    } catch (error) {
      if (error instanceof ExclusionError) throw error
      if (isResource || entry.isDirectory())
        report.error(
          'unreadable-file',
          `cannot read \`${path}\`: ${entry.isSymbolicLink() ? 'it is a link, and ' : ''}${reason(error)}`,
        )
    }
  }
  return files
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder',
  EACCES: 'permission denied',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of the path is not a folder',
  ELOOP: 'links lead in a circle',
  ENAMETOOLONG: 'the name is too long',
  EPERM: 'that is not permitted',
  EROFS: 'the file system is read-only',
  ENOSPC: 'there is no space left',
  EXDEV: 'it is on another file system',
  EAGAIN: 'it has nothing to read now',
  EIO: 'the device fails',
  ENXIO: 'it is a socket',
  ERR_FS_FILE_TOO_LARGE: 'it is larger than 2 GiB',
  ERR_STRING_TOO_LONG: 'it is larger than 512 MiB',
  ERR_ENCODING_INVALID_ENCODED_DATA: 'it is larger than 512 MiB',
}

/**
 * Why a file cannot be read or written, as the system or the one who looked at it says.
 * @throws anything else again: a bug of ours is no fault of a file
 */
export function reason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  // A RangeError says that there is not memory enough.
  if (code === undefined && !(error instanceof FileError) && !(error instanceof RangeError)) throw error
  return REASONS[code ?? ''] ?? message
}
