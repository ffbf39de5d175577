// Causes that concern a whole table: its rules were flushed, or everything of Calico's in it is gone.

import { isCalicoChain } from '../calico/read-chain-name.ts'
import type { IpVersion } from '../net/cidr.ts'
import { ruleCountOf } from '../netfilter/chain-outline.ts'
import { hasCalicoChain, type KernelTable, type KernelTables } from '../netfilter/kernel-tables.ts'
import { groupBy } from '../text/group-by.ts'
import { type Cause, REPAIRS } from './cause.ts'
import { type Finding, isSetFinding } from './finding.ts'

/** A table of one IP version, with what was found in it. */
interface Hit {
  readonly ipVersion: IpVersion
  readonly table: KernelTable
  /** All of the node's, of this IP version. */
  readonly tables: readonly KernelTable[]
  readonly findings: readonly Finding[]
}

/** All rules of a table are gone, the chains are not. */
export function flushedTables(all: readonly KernelTables[], left: readonly Finding[]): readonly Cause[] {
  const flushed = hitTables(all, left, ({ table, findings }) => {
    const chains = [...table.kernelChains, ...table.userChains.values()]
    return findings.length > 0 && hasCalicoChain(table) && chains.every(chain => ruleCountOf(chain) === 0)
  })
  return flushed.map(([name, hits]): Cause => {
    const commands = hits.map(({ ipVersion }) => `\`${ipVersion === 4 ? 'iptables' : 'ip6tables'} -t ${name} -F\``)
    const others = hits.flatMap(({ table }) => [...table.userChains.keys()]).filter(chain => !isCalicoChain(chain))
    const evidence = [
      ...hits.map(
        ({ ipVersion, table }) => `IPv${ipVersion}: the table has ${table.userChains.size} chains and not one rule`,
      ),
      ...(others.length === 0 ? [] : [`chains of others are empty, too: ${others.slice(0, 3).join(', ')}`]),
      REPAIRS,
    ]
    const title = `table ${name} of ${versionsOf(hits)} was flushed, as by ${commands.join(' and ')}`
    return { kind: 'table-flushed', title, evidence, findings: hits.flatMap(({ findings }) => findings), orElse: [] }
  })
}

/** Nothing of Calico's is left in a table, chains included: flushed and deleted, or written over by another program's text. */
export function lostTables(all: readonly KernelTables[], left: readonly Finding[]): readonly Cause[] {
  const lost = hitTables(
    all,
    left,
    ({ table, findings }) => findings.some(({ kind }) => kind === 'chain-missing') && !hasCalicoChain(table),
  )
  return lost.map(([name, hits]): Cause => {
    const evidence = [
      ...hits.flatMap(remains),
      `as by \`iptables -t ${name} -F\` and \`-X\`, or by \`iptables-restore\` of a text without it`,
      REPAIRS,
    ]
    const title = `everything of Calico's was deleted from table ${name} of ${versionsOf(hits)}, and other tables still have it`
    return { kind: 'table-flushed', title, evidence, findings: hits.flatMap(({ findings }) => findings), orElse: [] }
  })
}

/** Tables by name, each of the IP versions in which it is what is asked for. */
function hitTables(
  all: readonly KernelTables[],
  left: readonly Finding[],
  isHit: (hit: Hit) => boolean,
): readonly (readonly [name: string, hits: readonly Hit[]])[] {
  const hits = all.flatMap(({ ipVersion, tables }) =>
    tables.map((table): Hit => {
      const findings = left.filter(one => !isSetFinding(one) && one.ipVersion === ipVersion && one.table === table.name)
      return { ipVersion, table, tables, findings }
    }),
  )
  return [...groupBy(hits.filter(isHit), ({ table }) => table.name)]
}

function versionsOf(hits: readonly Hit[]): string {
  return hits.map(({ ipVersion }) => `IPv${ipVersion}`).join(' and ')
}

/** What a table has, nothing of it Calico's. */
function remains({ ipVersion, table, tables }: Hit): readonly string[] {
  const rules = table.kernelChains.flatMap(chain => chain.rules).length
  const others = [...table.userChains.keys()]
  const more =
    others.length === 0 ? 'no other chains' : `${others.length} chains of others, as ${others.slice(0, 3).join(', ')}`
  return [
    `IPv${ipVersion}: no chain of Calico's is left; the kernel's own chains have ${rules} rules, and there are ${more}`,
    ...canaryWords(table, tables),
  ]
}

/** kubelet and kube-proxy keep an empty chain in each table that they use, look whether it is there, and write it again. */
const CANARY = /^KUBE-[A-Z]+-CANARY$/

function canaryWords({ userChains }: KernelTable, all: readonly KernelTable[]): readonly string[] {
  const own = [...userChains.keys()].filter(name => CANARY.test(name))
  const verb = (names: readonly string[]): string => `${names.join(' and ')} ${names.length === 1 ? 'is' : 'are'}`
  if (own.length > 0) return [`${verb(own)} there: whoever keeps that has written it since, and Felix has not`]
  const elsewhere = all.flatMap(table => [...table.userChains.keys()].filter(name => CANARY.test(name)))
  const names = [...new Set(elsewhere)]
  return names.length === 0
    ? []
    : [`${verb(names)} in other tables, and gone from this one: nobody has looked after it since`]
}
