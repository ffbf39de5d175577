// Audits of many nodes: those that are alike together, the odd ones first.

import { widest } from '../text/columns.ts'
import { listed } from '../text/listed.ts'
import { printable } from '../text/printable.ts'
import { wrap } from '../text/wrap.ts'
import type { AuditReport } from './report.ts'

/** Nodes of which an audit says the same. */
export interface FleetGroup {
  readonly nodes: readonly string[]
  readonly isSame: boolean
  readonly release: string
  /** The first cause of each; one for all where the kinds are the same. */
  readonly cause: string | undefined
  readonly counts: AuditReport['counts']
}

export function groupFleet(reports: readonly AuditReport[]): readonly FleetGroup[] {
  const groups = new Map<string, { readonly first: AuditReport; readonly nodes: string[] }>()
  for (const report of reports) {
    const key = keyOf(report)
    const known = groups.get(key)
    if (known === undefined) groups.set(key, { first: report, nodes: [report.node] })
    else known.nodes.push(report.node)
  }
  return [...groups.values()]
    .map(({ first, nodes }) => ({
      nodes,
      isSame: first.isSame,
      release: first.release,
      cause: first.causes[0]?.title,
      counts: first.counts,
    }))
    .sort((a, b) => Number(a.isSame) - Number(b.isSame) || a.nodes.length - b.nodes.length)
}

/** Names of a node's own chains and addresses differ from node to node: what is found is told by its kind; whose a text is, by name. */
function keyOf({ isSame, release, causes, counts }: AuditReport): string {
  const told = causes.map(({ kind, title }) => (kind === 'wrong-node' ? title : kind))
  return JSON.stringify([isSame, release, told, counts])
}

export function formatFleet(reports: readonly AuditReport[]): string {
  const groups = groupFleet(reports)
  const different = reports.filter(({ isSame }) => !isSame).length
  const lines = [
    `${reports.length} ${reports.length === 1 ? 'node' : 'nodes'}: ${reports.length - different} same, ${different} different`,
    ...groups.flatMap(({ nodes, isSame, release, cause }) => [
      '',
      ...wrap(`${isSame ? 'same' : 'different'}, Calico ${release}: ${listed(nodes, MOST_NAMES)}`, ''),
      ...(cause === undefined ? [] : wrap(`cause${nodes.length > 1 ? `, of ${nodes[0] ?? ''}` : ''}: ${cause}`, '  ')),
    ]),
    ...(reports.every(({ counts }) => Object.keys(counts).length === 0) ? [] : ['', ...table(reports)]),
  ]
  return `${lines.map(printable).join('\n')}\n`
}

const MOST_NAMES = 10

/** Nodes by kinds of differences; nodes that are the same are left out. */
function table(reports: readonly AuditReport[]): readonly string[] {
  const odd = reports.filter(({ isSame }) => !isSame)
  const kinds = [...new Set(odd.flatMap(({ counts }) => Object.keys(counts)))].sort()
  const rows = [
    ['node', ...kinds],
    ...odd.map(({ node, counts }) => {
      const byKind: Readonly<Record<string, number>> = counts
      return [node, ...kinds.map(kind => String(byKind[kind] ?? 0))]
    }),
  ]
  const widths = rows[0]?.map((_, column) => widest(rows.map(row => row[column] ?? ''))) ?? []
  return rows.map(row =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  '),
  )
}
