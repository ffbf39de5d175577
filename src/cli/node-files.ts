// What somebody saved on a node, wherever it lies: files, a folder of them, or the archive that `calicoctl node diags` or
// `calicoctl cluster diags` writes.

import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { Report } from '../diagnostics/diagnostic.ts'
import type { SourceFile } from '../diagnostics/source.ts'
import { hasTableTwice, type NodeFile, type NodeFileKind, nodeFileKind } from '../node-text.ts'
import { sortOfText } from '../reader/text-sort.ts'
import { groupBy, groupByAll } from '../text/group-by.ts'
import { decodeText } from './decode-text.ts'
import type { Io } from './io.ts'
import { readBytes } from './read-bytes.ts'
import { reason } from './read-sources.ts'
import { isArchive, newBudget, readTar, type UnpackBudget } from './tar-files.ts'

/** Folders in folders; what lies deeper is not looked at. */
const MOST_DEPTH = 6

/**
 * Files given one by one, each of the kind that its option says; folders and archives by what is in them.
 * @param kind what a single file holds, whatever it looks like
 * @param node of what several nodes left, as in the archive of `calicoctl cluster diags`, this one's is taken
 */
export async function readNodeFiles(
  paths: readonly string[],
  kind: NodeFileKind,
  io: Io,
  report: Report,
  node?: string,
): Promise<readonly NodeFile[]> {
  const files: NodeFile[] = []
  const reading = { io, report, budget: newBudget() }
  for (const path of paths) {
    try {
      const isFolder = path !== '-' && (await stat(path)).isDirectory()
      if (isFolder) {
        files.push(...ofOneNode(path, await readNodeFolder(path, reading), report, node))
        continue
      }
      const bytes = await readBytes(path, io.readInput)
      if (isArchive(path, bytes)) {
        files.push(...ofOneNode(path, filesOfArchive(path, bytes, reading.budget), report, node))
      } else {
        const file = decodeText(path, bytes, report)
        if (file !== undefined) files.push({ kind: nodeFileKind(file) ?? kind, file })
      }
    } catch (error) {
      report.error('unreadable-file', `cannot read \`${path}\`: ${reason(error)}`)
    }
  }
  return files
}

/** The nodes that left something in an archive of `calicoctl cluster diags`, by name. */
export function nodesOfArchive(path: string, bytes: Uint8Array): ReadonlyMap<string, readonly NodeFile[]> {
  return groupByAll(
    filesOfArchive(path, bytes, newBudget()),
    ({ file }) => CLUSTER_DIAGS.exec(file.name)?.slice(1) ?? [],
  )
}

/** Where `calicoctl cluster diags` puts what it gets of a node. */
const CLUSTER_DIAGS = /\/nodes\/([^/]+)\/[^/]+$/

/** What one node left: text of several states cannot be compared as one. */
function ofOneNode(
  path: string,
  files: readonly NodeFile[],
  report: Report,
  node: string | undefined,
): readonly NodeFile[] {
  const folders = groupBy(files, ({ file }) => dirname(file.name))
  const withRules = [...folders]
    .filter(([, found]) => found.some(({ kind }) => kind === 'rules'))
    .map(([name]) => name)
    .sort()
  if (withRules.length < 2 || !hasTableTwice(files)) return files
  const named = withRules.filter(name => basename(name) === node)
  const [own] = named
  if (own !== undefined && named.length === 1) return folders.get(own) ?? []
  const shown = withRules.slice(0, MOST_SHOWN).map(name => `\`${name}\``)
  const more = withRules.length > shown.length ? ` and ${withRules.length - shown.length} more` : ''
  report.error(
    'bad-value',
    `\`${path}\` has rules in ${withRules.length} folders, which are not of one state of one node: ${shown.join(', ')}${more}`,
    undefined,
    'give one of them with --rules, or name the one that is called like the node with --node; all nodes at once: --nodes',
  )
  return []
}

const MOST_SHOWN = 4

interface Reading {
  readonly io: Io
  readonly report: Report
  readonly budget: UnpackBudget
}

/** Everything in a folder and its folders that a tool on a node prints. */
async function readNodeFolder(folder: string, reading: Reading, depth = 0): Promise<readonly NodeFile[]> {
  const { io, report, budget } = reading
  const found: SourceFile[] = []
  const inner: NodeFile[] = []
  const entries = await readdir(folder, { withFileTypes: true })
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) {
      if (depth < MOST_DEPTH) inner.push(...(await readNodeFolder(path, reading, depth + 1)))
      continue
    }
    if (!entry.isFile()) continue
    try {
      const bytes = await readBytes(path, io.readInput)
      if (isArchive(path, bytes)) inner.push(...filesOfArchive(path, bytes, budget))
      else found.push(...decoded(path, bytes))
    } catch (error) {
      report.error('unreadable-file', `cannot read \`${path}\`: ${reason(error)}`)
    }
  }
  return [...withKinds(found), ...inner]
}

function filesOfArchive(path: string, bytes: Uint8Array, budget: UnpackBudget): readonly NodeFile[] {
  const files = readTar(bytes, budget).flatMap(file => decoded(`${path}:${file.name}`, file.bytes))
  const folders = groupBy(files, ({ name }) => dirname(name))
  return [...folders.values()].flatMap(withKinds)
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
