// A node on which everything is as it should be but for one difference: what that difference does by itself is measured on it.

import type { Chain, Rule } from '../model/ruleset.ts'
import type { KernelChain, KernelTable, KernelTables } from '../netfilter/kernel-tables.ts'
import { assertNever } from '../text/assert-never.ts'
import { type Finding, isSetFinding, type SetFinding } from './finding.ts'
import { RuleList } from './rule-list.ts'

/**
 * @returns what makes the tables, as of many differences only some are tried; undefined: the difference is of names and hashes alone,
 * or of what nothing leads to: no packet can meet it
 */
export function withOneDifference(
  right: KernelTables,
  found: KernelTables,
  finding: Finding,
): (() => KernelTables) | undefined {
  if (isSetFinding(finding)) return withSet(right, found, finding)
  const there = found.tables.find(({ name }) => name === finding.table)
  const table = right.tables.find(({ name }) => name === finding.table)
  const change = table === undefined ? undefined : changeTable(table, there, finding)
  if (change === undefined) return undefined
  return () => {
    const changed = change()
    return { ...right, tables: right.tables.map(one => (one === table ? changed : one)) }
  }
}

function withSet(
  right: KernelTables,
  found: KernelTables,
  { kind, set }: SetFinding,
): (() => KernelTables) | undefined {
  const [good, bad] = [right.ipSets.get(set), found.ipSets.get(set)]
  if (kind === 'set-left-over' || good === undefined) return undefined
  // No rule can name a set that is not there: those that would are missing as well, which is told of them.
  const taken = bad ?? { ...good, members: [], exceptions: [] }
  return () => ({ ...right, ipSets: new Map(right.ipSets).set(set, taken) })
}

type PlaceFinding = Exclude<Finding, SetFinding>

function changeTable(
  table: KernelTable,
  there: KernelTable | undefined,
  finding: PlaceFinding,
): (() => KernelTable) | undefined {
  const { chain: name } = finding
  const base = table.kernelChains.find(chain => chain.name === name)
  const withBase = (change: Partial<KernelChain>): KernelTable['kernelChains'] =>
    table.kernelChains.map(one => (one === base ? { ...one, ...change } : one))
  if (finding.kind === 'policy-changed') {
    return () => ({ ...table, kernelChains: withBase({ policy: finding.policy }) })
  }
  const chain = base ?? table.userChains.get(name)
  const foundChain: Pick<Chain, 'rules'> = there?.kernelChains.find(chain => chain.name === name) ??
    there?.userChains.get(name) ?? { rules: [] }
  const change = chain === undefined ? undefined : changeRules(chain.rules, foundChain.rules, finding)
  if (chain === undefined || change === undefined) return undefined
  return () => {
    const rules = change()
    // What a strange rule leads to comes with it.
    const userChains = withCallees(table.userChains, rules, there)
    return base === undefined
      ? { ...table, userChains: new Map(userChains).set(name, { ...chain, rules }) }
      : { ...table, userChains, kernelChains: withBase({ rules }) }
  }
}

function changeRules(
  right: readonly Rule[],
  found: readonly Rule[],
  finding: Exclude<PlaceFinding, { kind: 'policy-changed' }>,
): (() => readonly Rule[]) | undefined {
  switch (finding.kind) {
    case 'hashes-differ':
    case 'chain-left-over':
    case 'chain-unreferenced':
      return undefined
    case 'chain-missing':
    case 'chain-flushed':
      return () => []
    case 'rule-missing':
    case 'hook-missing':
      return () => new RuleList(right, found).without(finding.wanted)
    case 'rule-extra':
    case 'foreign-in-chain':
    case 'rule-duplicated':
      return () => new RuleList(right, found).with([finding.found.number])
    case 'rule-changed':
    case 'rule-moved':
      return () => new RuleList(new RuleList(right, found).without(finding.wanted), found).with([finding.found.number])
    case 'hook-not-first':
    case 'hook-not-last':
      return () => new RuleList(right, found).with(finding.rules.map(({ number }) => number))
    default:
      return assertNever(finding)
  }
}

function withCallees(
  known: ReadonlyMap<string, Chain>,
  rules: readonly Rule[],
  there: KernelTable | undefined,
): ReadonlyMap<string, Chain> {
  const all = new Map(known)
  const open = [...rules]
  for (let rule = open.pop(); rule !== undefined; rule = open.pop()) {
    const { target } = rule
    if (target?.kind !== 'jump' && target?.kind !== 'goto') continue
    const callee = all.has(target.chain) ? undefined : there?.userChains.get(target.chain)
    if (callee === undefined) continue
    all.set(target.chain, callee)
    for (const one of callee.rules) open.push(one)
  }
  return all
}
