// Paths that a user gives -> source files.

import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Report } from '../diagnostics/diagnostic.ts'
import type { SourceFile } from '../diagnostics/source.ts'
import type { Io } from './io.ts'

const RESOURCE_FILE = /\.(ya?ml|json)$/i

/** Name of standard input in messages. */
const STANDARD_INPUT = '-'

export interface SourceOptions {
  /** Files, folders, or `-` for standard input. */
  readonly paths: readonly string[]
  /** Also the folders inside folders. */
  readonly recursive: boolean
}

/** All files in the order given, those of a folder in byte order of name; what cannot be read is reported. */
export async function readSources(
  { paths, recursive }: SourceOptions,
  io: Io,
  report: Report,
): Promise<readonly SourceFile[]> {
  const files: SourceFile[] = []
  const seen = new Set<string>()
  for (const path of paths) {
    for (const file of await listFiles(path, recursive, report)) {
      if (seen.has(file)) continue
      seen.add(file)
      const source = await readSource(file, io, report)
      if (source !== undefined) files.push(source)
    }
  }
  return files
}

/** One file, or standard input for `-`. */
export async function readSource(path: string, io: Io, report: Report): Promise<SourceFile | undefined> {
  try {
    const bytes = path === STANDARD_INPUT ? await io.readInput() : await readFile(path)
    return { name: path, text: new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes) }
  } catch (error) {
    report.error('unreadable-file', `cannot read \`${path}\`: ${reason(error)}`)
    return undefined
  }
}

async function listFiles(path: string, recursive: boolean, report: Report): Promise<readonly string[]> {
  if (path === STANDARD_INPUT) return [path]
  try {
    if (!(await stat(path)).isDirectory()) return [path]
    const found = await listFolder(path, recursive)
    if (found.length === 0) {
      report.error(
        'empty-input',
        `\`${path}\` has no files that end in .yaml, .yml or .json`,
        undefined,
        recursive ? undefined : 'look into its folders too: -R',
      )
    }
    return found
  } catch (error) {
    report.error('unreadable-file', `cannot read \`${path}\`: ${reason(error)}`)
    return []
  }
}

async function listFolder(folder: string, recursive: boolean): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  const lists = await Promise.all(
    entries
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map(async (entry): Promise<readonly string[]> => {
        const path = join(folder, entry.name)
        const isFolder = entry.isDirectory() || (entry.isSymbolicLink() && (await stat(path)).isDirectory())
        if (isFolder) return recursive ? listFolder(path, recursive) : []
        return RESOURCE_FILE.test(entry.name) ? [path] : []
      }),
  )
  return lists.flat()
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder',
  EACCES: 'permission denied',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of the path is not a folder',
}

export function reason(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? ''
  return REASONS[code] ?? (error instanceof Error ? error.message : String(error))
}
