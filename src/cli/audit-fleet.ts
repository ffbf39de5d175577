// calitables audit --nodes: every node of a folder in one run, one after another; only what is said of each is kept.

import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { reportOf } from '../audit-report.ts'
import { formatFleet, groupFleet } from '../audit/format-fleet.ts'
import type { AuditReport } from '../audit/report.ts'
import { ClusterRules } from '../cluster-rules.ts'
import { Report } from '../diagnostics/diagnostic.ts'
import { auditNode } from '../node-audit.ts'
import { readNodeState } from '../node-text.ts'
import { printableJson } from '../text/printable.ts'
import { EXIT_FAILED, EXIT_NO, EXIT_OK } from './exit-codes.ts'
import { type InputOptions, readInput } from './input-options.ts'
import type { Io } from './io.ts'
import { writeDiagnostics, writeSkipped } from './messages.ts'
import { readNodeFiles } from './node-files.ts'
import { reason } from './read-sources.ts'

export interface FleetOptions extends InputOptions {
  readonly nodes: string
  readonly output?: string
}

export async function auditFleet(options: FleetOptions, io: Io): Promise<number> {
  if (options.output !== undefined && options.output !== 'text' && options.output !== 'json') {
    await io.writeError('error: with --nodes the formats are text and json\n')
    return EXIT_FAILED
  }
  const input = await readInput(options, io)
  if (input === undefined) return EXIT_FAILED
  const cluster = new ClusterRules(input)
  const report = new Report()
  const entries = await nodeEntries(options.nodes, report)
  const known = new Set(cluster.nodes())
  for (const { node, path } of entries) {
    if (known.size > 0 && !known.has(node)) {
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
  const reports: AuditReport[] = []
  for (const [index, { node, path }] of entries.entries()) {
    if (io.isErrorTerminal && io.isQuiet !== true) await io.writeError(`${index + 1} of ${entries.length}: ${node}\n`)
    const audited = await auditOne(cluster, node, path, options, io)
    if (audited === undefined) return EXIT_FAILED
    reports.push(audited)
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
  readonly path: string
}

async function nodeEntries(folder: string, report: Report): Promise<readonly NodeEntry[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true })
    return entries
      .filter(entry => entry.isDirectory() || /\.(tar|tgz|tar\.gz)$/i.test(entry.name))
      .map(({ name }) => ({ node: name.replace(/\.(tar|tgz|tar\.gz)$/i, ''), path: join(folder, name) }))
      .sort((a, b) => (a.node < b.node ? -1 : 1))
  } catch (error) {
    report.error('unreadable-file', `cannot read \`${folder}\`: ${reason(error)}`)
    return []
  }
}

async function auditOne(
  cluster: ClusterRules,
  node: string,
  path: string,
  options: FleetOptions,
  io: Io,
): Promise<AuditReport | undefined> {
  const report = new Report()
  const files = await readNodeFiles([path], 'rules', io, report)
  const hasSets = files.some(({ kind }) => kind === 'sets')
  const state = readNodeState(files, hasSets, report)
  if (state.versions.length === 0 && !report.hasErrors) {
    report.error('iptables-syntax', `there are no rules of iptables in \`${path}\``)
  }
  if (report.hasErrors) {
    await writeDiagnostics(report.placed(), io)
    return undefined
  }
  const host = state.host.length > 0 ? state.host : undefined
  const isReleaseGiven = options.calicoVersion !== undefined
  const result = auditNode({ cluster, node, state, host, isReleaseGiven })
  if (!result.ok) {
    await writeDiagnostics(result.diagnostics, io)
    return undefined
  }
  return reportOf(result.audit)
}
