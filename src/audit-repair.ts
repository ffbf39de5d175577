// Repairs of a node, each tried on the node's text before anybody sees it.

import { auditVersion } from './audit/audit-version.ts'
import { afterRestore, afterSets } from './audit/apply-restore.ts'
import { type Repair, repairCommands } from './audit/repair-commands.ts'
import { Report } from './diagnostics/diagnostic.ts'
import type { IpVersion } from './net/cidr.ts'
import type { AuditedTables, NodeAudit } from './node-audit.ts'
import { readKernelTables } from './reader/read-kernel-tables.ts'

export interface CheckedRepair extends Repair {
  readonly ipVersion: IpVersion
  readonly backend: string | undefined
  /** Differences that an audit still finds afterwards. */
  readonly left: number
}

/** Of each IP version that needs one. */
export function repairsOf({ versions }: NodeAudit, hasSets: boolean): readonly CheckedRepair[] {
  return versions.filter(({ audit }) => audit.findings.length > 0).map(one => repairOf(one, hasSets))
}

function repairOf({ found, wanted, audit }: AuditedTables, hasSets: boolean): CheckedRepair {
  const repair = repairCommands(wanted, found.tables, audit)
  const { ipVersion } = audit
  const text = afterRestore(found.tables, repair.rules)
  const iptables = { name: 'repaired', text }
  const { tables } = readKernelTables({ iptables, ipVersion }, new Report())
  const ipSets = afterSets(found.tables.ipSets, `${repair.sets}${repair.leftOver}`)
  const { findings } = auditVersion(wanted, { ipVersion, tables, ipSets }, hasSets)
  return { ...repair, ipVersion, backend: found.backend, left: findings.length }
}

/** As a shell script: the commands with their texts. It is printed and never run here. */
export function printRepairs(repairs: readonly CheckedRepair[]): string {
  return repairs.map(printRepair).join('')
}

function printRepair({ ipVersion, backend, left, sets, rules, leftOver }: CheckedRepair): string {
  const tool = `${ipVersion === 4 ? 'iptables' : 'ip6tables'}${backend === undefined ? '' : `-${backend}`}-restore`
  const here = (command: string, text: string): string => (text === '' ? '' : `${command} <<'END'\n${text}END\n`)
  const checked =
    left === 0
      ? 'tried on the text of the node: afterwards an audit finds nothing'
      : `tried on the text of the node: afterwards an audit still finds ${left} differences`
  return [
    `# IPv${ipVersion}: ${checked}\n`,
    here('ipset restore', sets),
    here(`${tool} --noflush`, rules),
    here('ipset restore', leftOver),
  ].join('')
}
