// The tables that a node would have were everything put right: what the effect of its differences is measured against.

import type { Chain, KernelChainHooks, Rule, Ruleset } from '../model/ruleset.ts'
import {
  KERNEL_CHAINS,
  type KernelChain,
  type KernelIpSet,
  type KernelTable,
  type KernelTables,
} from '../netfilter/kernel-tables.ts'
import { leadOf } from '../netfilter/chain-outline.ts'
import { type Finding, isSetFinding, type VersionAudit } from './finding.ts'
import { isCalicoChain } from '../calico/read-chain-name.ts'
import { createOwners, isCalicosRule, isCalicoSet, isClusterOwner } from './owners.ts'

/**
 * Calico's chains, hooks and sets as compiled, rules of others as they are. Rules in Calico's way go behind its hooks when they are
 * part of every cluster (kube-proxy's), and away when they are not; policies of chains are ACCEPT. What is right already is the very
 * same value as before, so that only what differs has to be looked at.
 *
 * @param hasSets whether the sets of the node are known; where they are not, they are taken to be right
 */
export function repairedTables(
  wanted: Ruleset,
  found: KernelTables,
  { findings }: VersionAudit,
  hasSets: boolean,
): KernelTables {
  const isCluster = createOwners(found)
  const names = [...found.tables.map(({ name }) => name), ...wanted.tables.map(({ name }) => name)]
  const tables = [...new Set(names)].map((name): KernelTable => {
    const old = found.tables.find(table => table.name === name)
    const fresh = wanted.tables.find(table => table.name === name)
    const own = findings.filter(one => !isSetFinding(one) && one.table === name)
    const differs = new Set(own.flatMap(one => (isSetFinding(one) ? [] : [one.chain])))
    const stay = new Set(fresh?.chains.map(chain => chain.name))
    const inWay = rulesInWay(own, rule => isClusterOwner(isCluster(rule)), old)
    return {
      name,
      kernelChains: KERNEL_CHAINS[name].map(chain => {
        const there = old?.kernelChains.find(one => one.name === chain)
        if (there !== undefined && !differs.has(chain)) return withoutGone(there, stay)
        return kernelChain(
          chain,
          there,
          fresh?.hooks.find(one => one.chain === chain),
          inWay,
        )
      }),
      userChains: userChains(old, fresh?.chains ?? [], differs, stay),
    }
  })
  return { ipVersion: found.ipVersion, tables, ipSets: sets(wanted, found, findings, hasSets) }
}

function kernelChain(
  name: KernelChain['name'],
  there: KernelChain | undefined,
  hooks: KernelChainHooks | undefined,
  inWay: ReadonlySet<Rule>,
): KernelChain {
  const foreign = (there?.rules ?? []).filter(rule => !isCalicosRule(rule) && !inWay.has(rule))
  const { inserts = [], appends = [], insertMode = 'insert' } = hooks ?? {}
  const rules = insertMode === 'insert' ? [...inserts, ...foreign, ...appends] : [...foreign, ...inserts, ...appends]
  const origin = there?.origin ?? { kind: 'calicoDefault', because: `the kernel's own chain ${name}` }
  return { name, policy: 'ACCEPT', rules, origin }
}

/** Rules that stand before or behind Calico's and belong to nothing that every cluster has. */
function rulesInWay(
  findings: readonly Finding[],
  isOfCluster: (rule: Rule) => boolean,
  table: KernelTable | undefined,
): ReadonlySet<Rule> {
  const inWay = new Set<Rule>()
  for (const finding of findings) {
    if (finding.kind !== 'hook-not-first' && finding.kind !== 'hook-not-last') continue
    const rules = table?.kernelChains.find(({ name }) => name === finding.chain)?.rules ?? []
    for (const { number } of finding.rules) {
      const rule = rules[number - 1]
      if (rule !== undefined && !isOfCluster(rule)) inWay.add(rule)
    }
  }
  return inWay
}

function userChains(
  old: KernelTable | undefined,
  wanted: readonly Chain[],
  differs: ReadonlySet<string>,
  stay: ReadonlySet<string>,
): ReadonlyMap<string, Chain> {
  const foreign = [...(old?.userChains ?? [])]
    .filter(([name]) => !isCalicoChain(name))
    .map(([name, chain]) => [name, withoutGone(chain, stay)] as const)
  const own = wanted.map(chain => {
    const there = old?.userChains.get(chain.name)
    return [chain.name, there === undefined || differs.has(chain.name) ? chain : there] as const
  })
  return new Map([...foreign, ...own])
}

/** A chain of others without its rules that lead to a chain of Calico's which is not to be there: it could not be removed otherwise. */
function withoutGone<T extends { readonly rules: readonly Rule[] }>(chain: T, stay: ReadonlySet<string>): T {
  const rules = chain.rules.filter(rule => !leadsToGone(rule, stay))
  return rules.length === chain.rules.length ? chain : { ...chain, rules }
}

/** Whether a rule leads to a chain of Calico's that is none of those that stay. */
export function leadsToGone(rule: Rule, stay: ReadonlySet<string>): boolean {
  const chain = leadOf(rule)
  return chain !== undefined && isCalicoChain(chain) && !stay.has(chain)
}

function sets(
  wanted: Ruleset,
  found: KernelTables,
  findings: readonly Finding[],
  hasSets: boolean,
): ReadonlyMap<string, KernelIpSet> {
  const differs = new Set(findings.flatMap(one => (isSetFinding(one) ? [one.set] : [])))
  const foreign = [...found.ipSets].filter(([name]) => !isCalicoSet(name))
  const own = wanted.ipSets.map(set => {
    const there = found.ipSets.get(set.name)
    return [set.name, !hasSets || there === undefined || differs.has(set.name) ? set : there] as const
  })
  return new Map([...foreign, ...own])
}

/** Tables whose sets nobody knows, with those that they should have. */
export function withSetsOf(found: KernelTables, repaired: KernelTables): KernelTables {
  return { ...found, ipSets: repaired.ipSets }
}
