// Two rulesets of the same input: which chains bear another name, and which rules differ apart from such names.

import { diffArrays } from 'diff'
import { printRule } from '../backend/iptables/iptables-rule.ts'
import { formatPolicyId } from '../calico/policy-names.ts'
import type { Chain, IpSet, KernelChainHooks, Rule, Ruleset, TableName } from '../model/ruleset.ts'
import type { IpVersion } from '../net/cidr.ts'

export interface ChainRenamed {
  readonly from: string
  readonly to: string
}

/** Rules of a chain that are no longer there, and those that are there instead, in order; without hashes. */
export interface ChainChanged {
  /** Its name in the later ruleset, or in the earlier one where the later has none. */
  readonly chain: string
  readonly presence: 'both' | 'added' | 'removed'
  readonly tables: readonly TableName[]
  readonly ipVersions: readonly IpVersion[]
  readonly removed: readonly string[]
  readonly added: readonly string[]
}

export interface SetChanged {
  /** Names in the kernel; `from` is absent for a set that is new, `to` for one that is gone. */
  readonly from?: string
  readonly to?: string
  readonly membersRemoved: readonly string[]
  readonly membersAdded: readonly string[]
}

export interface RulesetChanges {
  readonly renamed: readonly ChainRenamed[]
  readonly chains: readonly ChainChanged[]
  readonly sets: readonly SetChanged[]
}

/** @param before and after the rulesets of each IP version */
export function compareRulesets(before: readonly Ruleset[], after: readonly Ruleset[]): RulesetChanges {
  const renamed = new Map<string, ChainRenamed>()
  const chains = new Map<string, ChainChanged>()
  const sets: SetChanged[] = []
  for (const ipVersion of [4, 6] as const) {
    const [old, now] = [before, after].map(all => all.find(ruleset => ruleset.ipVersion === ipVersion))
    const names = newNames(old, now)
    for (const [from, to] of names) if (from !== to) renamed.set(from, { from, to })
    for (const change of changedChains(old, now, names, ipVersion)) mergeChange(chains, change)
    sets.push(...changedSets(old?.ipSets ?? [], now?.ipSets ?? []))
  }
  return { renamed: [...renamed.values()], chains: [...chains.values()], sets }
}

/** What a chain is there for: the same in both rulesets whatever it is called. */
function meaningOf({ name, origin }: Chain): string {
  switch (origin.kind) {
    case 'policy':
      return `policy ${formatPolicyId(origin.policy)} ${origin.direction}`
    case 'policyGroup':
      return `group ${origin.policies.map(formatPolicyId).join(' ')} ${origin.direction}`
    default:
      return name
  }
}

function newNames(old: Ruleset | undefined, now: Ruleset | undefined): ReadonlyMap<string, string> {
  const chainsOf = (ruleset: Ruleset | undefined): readonly Chain[] =>
    ruleset?.tables.flatMap(({ chains }) => chains) ?? []
  const byMeaning = new Map(chainsOf(now).map(chain => [meaningOf(chain), chain.name] as const))
  return new Map(chainsOf(old).map(chain => [chain.name, byMeaning.get(meaningOf(chain)) ?? chain.name] as const))
}

interface Part {
  readonly name: string
  readonly lines: readonly string[]
}

function* changedChains(
  old: Ruleset | undefined,
  now: Ruleset | undefined,
  names: ReadonlyMap<string, string>,
  ipVersion: IpVersion,
): Generator<ChainChanged> {
  for (const table of ['raw', 'mangle', 'nat', 'filter'] as const) {
    const was = new Map(partsOf(old, table, names).map(part => [part.name, part.lines] as const))
    const is = new Map(partsOf(now, table, new Map()).map(part => [part.name, part.lines] as const))
    for (const chain of new Set([...was.keys(), ...is.keys()])) {
      const [oldLines, newLines] = [was.get(chain), is.get(chain)]
      const { removed, added } = differingLines(oldLines ?? [], newLines ?? [])
      if (oldLines !== undefined && newLines !== undefined && removed.length + added.length === 0) continue
      const presence = oldLines === undefined ? 'added' : newLines === undefined ? 'removed' : 'both'
      yield { chain, presence, tables: [table], ipVersions: [ipVersion], removed, added }
    }
  }
}

/** Chains of a table, and the kernel's own with Calico's rules in them. */
function partsOf(ruleset: Ruleset | undefined, wanted: TableName, names: ReadonlyMap<string, string>): readonly Part[] {
  const table = ruleset?.tables.find(({ name }) => name === wanted)
  if (table === undefined) return []
  const line = (rule: Rule): string => printRule(withTarget(rule, names)).trim()
  return [
    ...table.hooks.map(hook => ({ name: hook.chain, lines: hookLines(hook, line) })),
    ...table.chains.map(({ name, rules }) => ({ name: names.get(name) ?? name, lines: rules.map(line) })),
  ]
}

function hookLines(
  { inserts, insertMode, appends }: KernelChainHooks,
  line: (rule: Rule) => string,
): readonly string[] {
  const first = insertMode === 'insert' ? '-I' : '-A'
  return [...inserts.map(rule => `${first} ${line(rule)}`), ...appends.map(rule => `-A ${line(rule)}`)]
}

/** The rule with the new name of the chain that it leads to. */
function withTarget(rule: Rule, names: ReadonlyMap<string, string>): Rule {
  const { target } = rule
  if (target?.kind !== 'jump' && target?.kind !== 'goto') return rule
  return { ...rule, target: { ...target, chain: names.get(target.chain) ?? target.chain } }
}

function differingLines(
  old: readonly string[],
  now: readonly string[],
): { readonly removed: readonly string[]; readonly added: readonly string[] } {
  const parts = diffArrays([...old], [...now])
  return {
    removed: parts.filter(part => part.removed).flatMap(part => part.value),
    added: parts.filter(part => part.added).flatMap(part => part.value),
  }
}

/** One change in several tables or for both IP versions is one change. */
function mergeChange(all: Map<string, ChainChanged>, change: ChainChanged): void {
  const { chain, presence, removed, added } = change
  const key = JSON.stringify([chain, presence, removed, added])
  const known = all.get(key)
  if (known === undefined) {
    all.set(key, change)
    return
  }
  all.set(key, {
    ...known,
    tables: [...new Set([...known.tables, ...change.tables])],
    ipVersions: [...new Set([...known.ipVersions, ...change.ipVersions])],
  })
}

/** Sets are the same where they are made of the same. */
function changedSets(old: readonly IpSet[], now: readonly IpSet[]): readonly SetChanged[] {
  const left = new Map(now.map(set => [JSON.stringify(set.source), set] as const))
  const changes: SetChanged[] = []
  for (const set of old) {
    const key = JSON.stringify(set.source)
    const other = left.get(key)
    left.delete(key)
    const change = {
      from: set.name,
      ...(other === undefined ? {} : { to: other.name }),
      membersRemoved: other === undefined ? [] : set.members.filter(member => !other.members.includes(member)),
      membersAdded: other?.members.filter(member => !set.members.includes(member)) ?? [],
    }
    const isSame = set.name === other?.name && change.membersRemoved.length + change.membersAdded.length === 0
    if (!isSame) changes.push(change)
  }
  return [...changes, ...[...left.values()].map(set => ({ to: set.name, membersRemoved: [], membersAdded: [] }))]
}
