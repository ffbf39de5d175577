// Repairs of a node, each tried on the node's text before anybody sees it.

import { auditVersion } from './audit/audit-version.ts'
import { afterRestore, afterSets } from './audit/apply-restore.ts'
import { isCalicoChain } from './calico/read-chain-name.ts'
import { removalCommands, type Repair, repairCommands } from './audit/repair-commands.ts'
import { Report } from './diagnostics/diagnostic.ts'
import type { IpVersion } from './net/cidr.ts'
import type { AuditedTables, NodeAudit } from './node-audit.ts'
import { readKernelTables } from './reader/read-kernel-tables.ts'

export interface CheckedRepair extends Repair {
  readonly ipVersion: IpVersion
  readonly backend: string | undefined
  /** Differences that an audit still finds afterwards; of the other back end chains of Calico's that are still there. */
  readonly left: number
  /** Of the back end that Felix does not work with: rules of others, which stay as they are. */
  readonly others?: number
}

/** Of each IP version that needs one, then of the other back end. */
export function repairsOf({ versions, others }: NodeAudit, hasSets: boolean): readonly CheckedRepair[] {
  return [
    ...versions.filter(({ audit }) => audit.findings.length > 0).map(one => repairOf(one, hasSets)),
    ...others.map(removalOf),
  ]
}

/** Felix does not look after it any more, so everything of Calico's goes. */
function removalOf({ found, audit: { ipVersion } }: AuditedTables): CheckedRepair {
  const rules = removalCommands(found.tables)
  const iptables = { name: 'repaired', text: afterRestore(found.tables, rules) }
  const { tables } = readKernelTables({ iptables, ipVersion }, new Report())
  const chains = tables.flatMap(table => [...table.kernelChains, ...table.userChains.values()])
  const left = chains.filter(({ name }) => isCalicoChain(name)).length
  const others = chains.reduce((sum, chain) => sum + chain.rules.length, 0)
  return { sets: '', rules, leftOver: '', ipVersion, backend: found.backend, left, others }
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

function printRepair(repair: CheckedRepair): string {
  const { ipVersion, backend, sets, rules, leftOver } = repair
  const tool = `${ipVersion === 4 ? 'iptables' : 'ip6tables'}${backend === undefined ? '' : `-${backend}`}-restore`
  const here = (command: string, text: string): string => (text === '' ? '' : `${command} <<'END'\n${text}END\n`)
  return [
    `# IPv${ipVersion}${headOf(repair)}\n`,
    here('ipset restore', sets),
    here(`${tool} --noflush`, rules),
    here('ipset restore', leftOver),
  ].join('')
}

function headOf({ backend, left, others }: CheckedRepair): string {
  if (others === undefined) {
    return left === 0
      ? ': tried on the text of the node: afterwards an audit finds nothing'
      : `: tried on the text of the node: afterwards an audit still finds ${left} differences`
  }
  const stay =
    others === 0
      ? '; IP sets stay, which both back ends share'
      : `; rules of others there stay (${others}), and so do IP sets, which both back ends share`
  const where = backend === undefined ? '' : ` (${backend})`
  const gone = left === 0 ? "no chain of Calico's is there" : `chains of Calico's that are still there: ${left}`
  return `, the other back end${where}: tried on its text: afterwards ${gone}${stay}`
}
