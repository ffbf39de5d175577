// What somebody saved on a node, wherever it lies: files, a folder of them, or the archive that `calicoctl node diags` writes.

import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Report } from '../diagnostics/diagnostic.ts'
import type { SourceFile } from '../diagnostics/source.ts'
import { type NodeFile, type NodeFileKind, nodeFileKind } from '../node-text.ts'
import { sortOfText } from '../reader/text-sort.ts'
import { decodeText } from './decode-text.ts'
import type { Io } from './io.ts'
import { readBytes } from './read-bytes.ts'
import { reason } from './read-sources.ts'
import { isArchive, readTar } from './tar-files.ts'

/** Text of tools is not larger; what is else in a bundle is not looked at. */
const MOST_DEPTH = 6

/**
 * Files given one by one, each of the kind that its option says; folders and archives by what is in them.
 * @param kind what a single file holds, whatever it looks like
 */
export async function readNodeFiles(
  paths: readonly string[],
  kind: NodeFileKind,
  io: Io,
  report: Report,
): Promise<readonly NodeFile[]> {
  const files: NodeFile[] = []
  for (const path of paths) {
    try {
      const isFolder = path !== '-' && (await stat(path)).isDirectory()
      if (isFolder) {
        files.push(...(await readNodeFolder(path, io, report)))
        continue
      }
      const bytes = await readBytes(path, io.readInput)
      if (isArchive(path, bytes)) files.push(...filesOfArchive(path, bytes))
      else {
        const file = decodeText(path, bytes, report)
        if (file !== undefined) files.push({ kind: nodeFileKind(file) ?? kind, file })
      }
    } catch (error) {
      report.error('unreadable-file', `cannot read \`${path}\`: ${reason(error)}`)
    }
  }
  return files
}

/** Everything in a folder and its folders that a tool on a node prints. */
export async function readNodeFolder(folder: string, io: Io, report: Report, depth = 0): Promise<readonly NodeFile[]> {
  const found: SourceFile[] = []
  const inner: NodeFile[] = []
  const entries = await readdir(folder, { withFileTypes: true })
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) {
      if (depth < MOST_DEPTH) inner.push(...(await readNodeFolder(path, io, report, depth + 1)))
      continue
    }
    if (!entry.isFile()) continue
    try {
      const bytes = await readBytes(path, io.readInput)
      if (isArchive(path, bytes)) inner.push(...filesOfArchive(path, bytes))
      else found.push(...decoded(path, bytes))
    } catch (error) {
      report.error('unreadable-file', `cannot read \`${path}\`: ${reason(error)}`)
    }
  }
  return [...withKinds(found), ...inner]
}

function filesOfArchive(path: string, bytes: Uint8Array): readonly NodeFile[] {
  return withKinds(readTar(bytes).flatMap(file => decoded(`${path}:${file.name}`, file.bytes)))
}

/** What is no text is nothing that we look for. */
function decoded(name: string, bytes: Uint8Array): readonly SourceFile[] {
  const file = decodeText(name, bytes, new Report())
  return file === undefined ? [] : [file]
}

/** A bundle has the same rules as a list and as text for restoring: the latter says more. */
function withKinds(files: readonly SourceFile[]): readonly NodeFile[] {
  const known = files.flatMap(file => {
    const kind = nodeFileKind(file)
    return kind === undefined ? [] : [{ kind, file }]
  })
  const sorts = new Set(known.map(({ file }) => sortOfText(file.text)))
  const isWorse = ({ text }: SourceFile): boolean => {
    const sort = sortOfText(text)
    return (
      (sort === 'iptables-list' && sorts.has('iptables-save')) || (sort === 'ipset-list' && sorts.has('ipset-save'))
    )
  }
  return known.filter(({ file }) => !isWorse(file))
}
