// calitables audit --nodes: every node of a folder in one run, one after another; only what is said of each is kept.

import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { reportOf } from '../audit-report.ts'
import { formatFleet, groupFleet } from '../audit/format-fleet.ts'
import type { AuditReport } from '../audit/report.ts'
import { ClusterRules } from '../cluster-rules.ts'
import { Report } from '../diagnostics/diagnostic.ts'
import { auditNode } from '../node-audit.ts'
import { type NodeFile, readNodeState } from '../node-text.ts'
import { printableJson } from '../text/printable.ts'
import type { HostFiles } from '../reader/parse-host.ts'
import { EXIT_FAILED, EXIT_NO, EXIT_OK } from './exit-codes.ts'
import { factsFound } from './host-options.ts'
import { type InputOptions, readInput } from './input-options.ts'
import type { Io } from './io.ts'
import { refuse, writeDiagnostics, writeNote, writeSkipped } from './messages.ts'
import { nodesOfArchive, readNodeFiles } from './node-files.ts'
import { readBytes } from './read-bytes.ts'
import { reason } from './read-sources.ts'

export interface FleetOptions extends InputOptions {
  readonly nodes: string
  readonly output?: string
}

export async function auditFleet(options: FleetOptions, io: Io): Promise<number> {
  if (options.output !== undefined && options.output !== 'text' && options.output !== 'json')
    return refuse('usage-conflict', 'with --nodes the formats are text and json', io)
  const input = await readInput(options, io)
  if (input === undefined) return EXIT_FAILED
  const cluster = new ClusterRules(input)
  const report = new Report()
  const entries = await nodeEntries(options.nodes, io, report)
  const known = new Set(cluster.nodes())
  for (const { node, path, mayHaveNone } of entries) {
    if (known.size > 0 && !known.has(node) && !mayHaveNone) {
      report.error(
        'unknown-node',
        `\`${path}\` is named like no node of the input`,
        undefined,
        'name each folder like its node',
      )
    }
  }
  if (entries.length === 0 && !report.hasErrors)
    report.error('empty-input', `\`${options.nodes}\` has no folder of a node`)
  if (report.hasErrors) {
    await writeDiagnostics(report.placed(), io)
    return EXIT_FAILED
  }
  const facts = await factsFound(
    input,
    [...new Set([...known, ...entries.map(({ node }) => node)])],
    cluster.resources(),
    io,
  )
  const reports: AuditReport[] = []
  for (const [index, entry] of entries.entries()) {
    if (io.isErrorTerminal && io.isQuiet !== true)
      await io.writeError(`${index + 1} of ${entries.length}: ${entry.node}\n`)
    const audited = await auditOne(cluster, entry, facts.get(entry.node), options, io)
    if (audited === undefined) return EXIT_FAILED
    if (audited === 'nothing saved') await writeNote(`there are no rules in \`${entry.path}\`: left out`, io)
    else reports.push(audited)
  }
  await writeSkipped(cluster.skipped(), io)
  const isSame = reports.every(one => one.isSame)
  await io.writeOut(
    options.output === 'json'
      ? printableJson({ version: 1, isSame, groups: groupFleet(reports), nodes: reports })
      : formatFleet(reports),
  )
  return isSame ? EXIT_OK : EXIT_NO
}

interface NodeEntry {
  readonly node: string
  /** For messages. */
  readonly path: string
  /** `calicoctl cluster diags` has folders of nodes of which it got logs alone. */
  readonly mayHaveNone: boolean
  readonly read: (io: Io, report: Report) => Promise<readonly NodeFile[]> | readonly NodeFile[]
}

/** Folders and archives named like nodes; or what `calicoctl cluster diags` writes, unpacked or not. */
async function nodeEntries(given: string, io: Io, report: Report): Promise<readonly NodeEntry[]> {
  try {
    if ((await stat(given)).isFile()) {
      const nodes = nodesOfArchive(given, await readBytes(given, io.readInput))
      return byName(
        [...nodes].map(([node, files]) => ({ node, path: `${given}:${node}`, mayHaveNone: true, read: () => files })),
      )
    }
    const entries = await readdir(given, { withFileTypes: true })
    const isBundle = entries.some(entry => entry.isDirectory() && entry.name === 'nodes')
    const folder = isBundle ? join(given, 'nodes') : given
    const nodes = (isBundle ? await readdir(folder, { withFileTypes: true }) : entries)
      .filter(entry => entry.isDirectory() || ARCHIVE.test(entry.name))
      .map(({ name }): NodeEntry => {
        const [node, path] = [name.replace(ARCHIVE, ''), join(folder, name)]
        return {
          node,
          path,
          mayHaveNone: isBundle,
          read: (io, report) => readNodeFiles([path], 'rules', io, report, node),
        }
      })
    return byName(nodes)
  } catch (error) {
    report.error('unreadable-file', `cannot read \`${given}\`: ${reason(error)}`)
    return []
  }
}

const ARCHIVE = /\.(tar|tgz|tar\.gz)$/i

function byName(entries: readonly NodeEntry[]): readonly NodeEntry[] {
  return [...entries].sort((a, b) => (a.node < b.node ? -1 : 1))
}

async function auditOne(
  cluster: ClusterRules,
  { node, path, read, mayHaveNone }: NodeEntry,
  found: HostFiles | undefined,
  options: FleetOptions,
  io: Io,
): Promise<AuditReport | 'nothing saved' | undefined> {
  const report = new Report()
  const files = await read(io, report)
  const hasSets = files.some(({ kind }) => kind === 'sets')
  const state = readNodeState(files, hasSets, report)
  if (state.versions.length === 0 && !report.hasErrors) {
    if (mayHaveNone) return 'nothing saved'
    report.error(
      'iptables-syntax',
      `there are no rules of iptables in \`${path}\``,
      undefined,
      'give what `iptables-save` prints on the node',
    )
  }
  if (report.hasErrors) {
    await writeDiagnostics(report.placed(), io)
    return undefined
  }
  const host = state.host.length > 0 ? state.host : found
  const isReleaseGiven = options.calicoVersion !== undefined
  const result = auditNode({ cluster, node, state, host, isReleaseGiven })
  if (!result.ok) {
    await writeDiagnostics(result.diagnostics, io)
    return undefined
  }
  return reportOf(result.audit)
}
