// Causes that concern a whole table: its rules were flushed, or everything of Calico's in it is gone.

import { isCalicoChain } from '../calico/read-chain-name.ts'
import { ruleCountOf } from '../netfilter/chain-outline.ts'
import type { KernelTable, KernelTables } from '../netfilter/kernel-tables.ts'
import { type Cause, REPAIRS } from './cause.ts'
import { type Finding, isSetFinding } from './finding.ts'

/** All rules of a table are gone, the chains are not. */
export function flushedTables(all: readonly KernelTables[], left: readonly Finding[]): readonly Cause[] {
  const flushed = all.flatMap(({ ipVersion, tables }) =>
    tables.flatMap(table => {
      const chains = [...table.kernelChains, ...table.userChains.values()]
      const findings = left.filter(one => !isSetFinding(one) && one.ipVersion === ipVersion && one.table === table.name)
      const isFlushed =
        findings.length > 0 &&
        [...table.userChains.keys()].some(isCalicoChain) &&
        chains.every(chain => ruleCountOf(chain) === 0)
      return isFlushed ? [{ ipVersion, table, findings }] : []
    }),
  )
  return [...new Set(flushed.map(({ table }) => table.name))].map((name): Cause => {
    const of = flushed.filter(({ table }) => table.name === name)
    const versions = of.map(({ ipVersion }) => `IPv${ipVersion}`).join(' and ')
    const commands = of.map(({ ipVersion }) => `\`${ipVersion === 4 ? 'iptables' : 'ip6tables'} -t ${name} -F\``)
    const others = of.flatMap(({ table }) => [...table.userChains.keys()]).filter(chain => !isCalicoChain(chain))
    const evidence = [
      ...of.map(
        ({ ipVersion, table }) => `IPv${ipVersion}: the table has ${table.userChains.size} chains and not one rule`,
      ),
      ...(others.length === 0 ? [] : [`chains of others are empty, too: ${others.slice(0, 3).join(', ')}`]),
      REPAIRS,
    ]
    const title = `table ${name} of ${versions} was flushed, as by ${commands.join(' and ')}`
    return { kind: 'table-flushed', title, evidence, findings: of.flatMap(({ findings }) => findings), orElse: [] }
  })
}

/** Nothing of Calico's is left in a table, chains included: flushed and deleted, or written over by another program's text. */
export function lostTables(all: readonly KernelTables[], left: readonly Finding[]): readonly Cause[] {
  const lost = all.flatMap(({ ipVersion, tables }) =>
    tables.flatMap(table => {
      const findings = left.filter(one => !isSetFinding(one) && one.ipVersion === ipVersion && one.table === table.name)
      const isLost =
        findings.some(({ kind }) => kind === 'chain-missing') && ![...table.userChains.keys()].some(isCalicoChain)
      return isLost ? [{ ipVersion, table, findings, canary: canaryWords(table, tables) }] : []
    }),
  )
  return [...new Set(lost.map(({ table }) => table.name))].map((name): Cause => {
    const of = lost.filter(({ table }) => table.name === name)
    const versions = of.map(({ ipVersion }) => `IPv${ipVersion}`).join(' and ')
    const evidence = of.flatMap(({ ipVersion, table, canary }) => {
      const rules = table.kernelChains.flatMap(chain => chain.rules).length
      const others = [...table.userChains.keys()]
      const more =
        others.length === 0
          ? 'no other chains'
          : `${others.length} chains of others, as ${others.slice(0, 3).join(', ')}`
      return [
        `IPv${ipVersion}: no chain of Calico's is left; the kernel's own chains have ${rules} rules, and there are ${more}`,
        ...canary,
      ]
    })
    return {
      kind: 'table-flushed',
      title: `everything of Calico's was deleted from table ${name} of ${versions}, and other tables still have it`,
      evidence: [
        ...evidence,
        `as by \`iptables -t ${name} -F\` and \`-X\`, or by \`iptables-restore\` of a text without it`,
        REPAIRS,
      ],
      findings: of.flatMap(({ findings }) => findings),
      orElse: [],
    }
  })
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
