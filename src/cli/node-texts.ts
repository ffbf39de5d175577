// Text of nodes for --rules and --sets: of one node, or `NODE=FILE` of several; of one back end of iptables or of both.

import type { Report } from '../diagnostics/diagnostic.ts'
import type { SourceFile } from '../diagnostics/source.ts'
import type { IpVersion } from '../net/cidr.ts'
import type { KernelIpSet, KernelTable, KernelTables } from '../netfilter/kernel-tables.ts'
import { backendOf, ipVersionOf, otherBackendOf, readKernelTables } from '../reader/read-kernel-tables.ts'
import type { TraceNote } from '../trace/way.ts'
import { findLoop } from '../walk/find-loop.ts'
import type { Io } from './io.ts'
import { readSource } from './read-sources.ts'
import { addTo } from '../text/group-by.ts'

export interface NodeText {
  readonly tables: ReadonlyMap<IpVersion, KernelTables>
  readonly notes: readonly TraceNote[]
}

export interface TextOptions {
  readonly rules?: readonly string[]
  readonly sets?: readonly string[]
  readonly ipv6?: true
  /** Rules are only put into words: chains that they lead to may be missing. */
  readonly isExcerpt?: true
}

/** `w1=w1.save` -> the node's name and the path; undefined for a path alone. */
export function nodeOfOption(text: string): { readonly node: string; readonly path: string } | undefined {
  const groups = /^(?<node>[a-z0-9]([-a-z0-9.]*[a-z0-9])?)=(?<path>.+)$/.exec(text)?.groups
  return groups === undefined ? undefined : { node: groups['node'] ?? '', path: groups['path'] ?? '' }
}

/** The text of one node, for commands that look at one only. */
export async function readNode(
  options: TextOptions,
  io: Io,
  report: Report,
): Promise<ReadonlyMap<IpVersion, KernelTables>> {
  const [first] = (await readNodeTexts(options, io, report)).values()
  return first?.tables ?? new Map()
}

/** By name of the node; under the empty name the text of which nobody says whose it is. */
export async function readNodeTexts(
  { rules = [], sets = [], ipv6, isExcerpt }: TextOptions,
  io: Io,
  report: Report,
): Promise<ReadonlyMap<string, NodeText>> {
  const setFiles = await readFiles(sets, io, report)
  const ipSets = new Map([...setFiles].map(([node, texts]) => [node, readSets(texts, report)]))
  const files = await readFiles(rules, io, report)
  for (const [node, [first]] of setFiles) {
    if (files.size === 0 || files.has(node)) continue
    const whose = node === '' ? 'of no node in particular' : `of node \`${node}\``
    const message = `\`--sets\` gives \`${first?.name ?? ''}\` ${whose}, and \`--rules\` gives none of it`
    report.error('bad-value', message, undefined, 'name the node before both: --rules NODE=FILE --sets NODE=FILE')
  }
  return new Map(
    [...files].map(([node, texts]) => [
      node,
      {
        tables: readTables(texts, ipSets.get(node) ?? new Map<string, KernelIpSet>(), { ipv6, isExcerpt }, report),
        notes: backendNotes(node, texts),
      },
    ]),
  )
}

/** The files of each node by its name. */
async function readFiles(
  options: readonly string[],
  io: Io,
  report: Report,
): Promise<ReadonlyMap<string, SourceFile[]>> {
  const files = new Map<string, SourceFile[]>()
  for (const [node, path] of options.map(splitOption)) {
    const file = await readSource(path, io, report)
    if (file === undefined || isRepeated(file, node, files, report)) continue
    addTo(files, node, file)
  }
  return files
}

/** Sets of one node; several files may hold different ones. */
function readSets(files: readonly SourceFile[], report: Report): ReadonlyMap<string, KernelIpSet> {
  const found = new Map<string, KernelIpSet>()
  for (const ipset of files) {
    for (const [name, set] of readKernelTables({ ipset, ipVersion: 4 }, report).ipSets) {
      if (found.has(name))
        report.error('bad-value', `\`${ipset.name}\` has the set \`${name}\`, which another file has too`)
      found.set(name, set)
    }
  }
  return found
}

/** Reports a text that was given before: of one node, or for another one. */
function isRepeated(
  file: SourceFile,
  node: string,
  before: ReadonlyMap<string, readonly SourceFile[]>,
  report: Report,
): boolean {
  for (const [other, files] of before) {
    const same = files.find(({ text }) => text.trim() !== '' && text === file.text)
    if (same === undefined) continue
    const isHere = node === other
    const what = same.name === file.name ? 'is given twice' : `is the same text as \`${same.name}\``
    const whose = isHere ? ': it has text which another file has too' : `: of node \`${other}\` and of node \`${node}\``
    const message = `\`${file.name}\` ${what}${whose}`
    if (isHere) report.error('bad-value', message, undefined, 'leave one of them out')
    else report.warn('bad-value', message, undefined, 'no two nodes print exactly the same')
    return isHere
  }
  return false
}

function splitOption(text: string): readonly [node: string, path: string] {
  const named = nodeOfOption(text)
  return named === undefined ? ['', text] : [named.node, named.path]
}

/** Tables of each IP version for which there is text; several files may hold different tables, or those of both back ends. */
function readTables(
  files: readonly SourceFile[],
  ipSets: ReadonlyMap<string, KernelIpSet>,
  { ipv6, isExcerpt }: { readonly [option in 'ipv6' | 'isExcerpt']: true | undefined },
  report: Report,
): ReadonlyMap<IpVersion, KernelTables> {
  const found = new Map<IpVersion, KernelTable[]>()
  const owners = new Set<string>()
  for (const file of files) {
    const ipVersion = ipVersionOf(file) ?? (ipv6 === true ? 6 : 4)
    const known = found.get(ipVersion) ?? []
    found.set(ipVersion, known)
    for (const table of readKernelTables({ iptables: file, ipVersion, isExcerpt }, report).tables) {
      const loop = findLoop(table)
      if (loop !== undefined) {
        const place = loop.origin.kind === 'read' ? { ...loop.origin.place, file } : undefined
        report.error('bad-value', `chain \`${loop.name}\` leads back to itself, which the kernel refuses`, place)
      }
      const owner = `${ipVersion} ${backendOf(file)} ${table.name}`
      if (owners.has(owner)) {
        const what = `table ${table.name} of IPv${ipVersion}`
        report.error('bad-value', `\`${file.name}\` has ${what}, which another file has too`)
      } else known.push(table)
      owners.add(owner)
    }
  }
  return new Map([...found].map(([ipVersion, tables]) => [ipVersion, { ipVersion, tables, ipSets }]))
}

/** iptables-save prints one back end and only mentions the other one. */
function backendNotes(node: string, files: readonly SourceFile[]): readonly TraceNote[] {
  const read = new Set(files.map(file => `${ipVersionOf(file) ?? 4} ${backendOf(file)}`))
  return files.flatMap((file): readonly TraceNote[] => {
    const tool = otherBackendOf(file)
    if (tool === undefined) return []
    const other = tool.includes('legacy') ? 'legacy' : 'nft'
    if (read.has(`${tool.startsWith('ip6') ? 6 : 4} ${other}`)) return []
    const whose = node === '' ? 'the node' : `node ${node}`
    const text = `${whose} has rules in the other back end too, which the kernel asks as well: give what \`${tool}\` prints with --rules`
    return [{ kind: 'other-backend', text }]
  })
}
