// One IP version of a node against the rules it should have: chains, hooks, foreign rules.

import type { Chain, KernelChainHooks, Rule, Ruleset } from '../model/ruleset.ts'
import { leadsOf, ruleCountOf } from '../netfilter/chain-outline.ts'
import { kernelForms } from '../netfilter/kernel-form.ts'
import type { KernelChain, KernelTable, KernelTables } from '../netfilter/kernel-tables.ts'
import { type Alignment, alignRules } from './align-rules.ts'
import type { ChainPlace, Finding, FoundRule, Owner, WantedRule, Writer } from './finding.ts'
import { isCalicoChain } from '../calico/read-chain-name.ts'
import { createOwners, isCalicosRule, ownerOfChain } from './owners.ts'
import { type Keyed, leading, wantedHooks, wantedRules } from './wanted-rules.ts'

export interface RuleComparison {
  readonly findings: readonly Finding[]
  readonly chains: number
  readonly rules: number
  /** Rules of others that stand in nobody's way. */
  readonly foreign: ReadonlyMap<Owner, number>
}

/** In the order of the tables, kernel chains before Calico's. */
export function compareRules(wanted: Ruleset, found: KernelTables): RuleComparison {
  const comparer = new Comparer(found)
  for (const name of new Set([...wanted.tables, ...found.tables].map(table => table.name))) {
    const mine = wanted.tables.find(table => table.name === name)
    comparer.compareTable(
      { chains: mine?.chains ?? [], hooks: mine?.hooks ?? [] },
      found.tables.find(table => table.name === name) ?? { name, kernelChains: [], userChains: new Map() },
    )
  }
  return comparer
}

class Comparer implements RuleComparison {
  readonly findings: Finding[] = []
  readonly foreign = new Map<Owner, number>()
  chains = 0
  rules = 0
  readonly #tables: KernelTables
  readonly #ownerOf: (rule: Rule) => Owner

  constructor(tables: KernelTables) {
    this.#tables = tables
    this.#ownerOf = createOwners(tables)
  }

  compareTable(
    wanted: { readonly chains: readonly Chain[]; readonly hooks: readonly KernelChainHooks[] },
    found: KernelTable,
  ): void {
    const placeOf = (chain: string): ChainPlace => ({
      ipVersion: this.#tables.ipVersion,
      table: found.name,
      chain,
    })
    const names = new Set([...wanted.hooks.map(({ chain }) => chain), ...found.kernelChains.map(({ name }) => name)])
    for (const name of names) {
      const hooks = wanted.hooks.find(({ chain }) => chain === name)
      this.#compareHooks(
        placeOf(name),
        hooks,
        found.kernelChains.find(chain => chain.name === name),
      )
    }
    for (const chain of wanted.chains) {
      this.#compareChain(placeOf(chain.name), chain, found.userChains.get(chain.name))
    }
    const known = new Set(wanted.chains.map(({ name }) => name))
    const led = ledTo(found)
    for (const [name, chain] of found.userChains) {
      if (known.has(name)) continue
      if (!isCalicoChain(name)) {
        this.#count(ownerOfChain(name), ruleCountOf(chain))
        continue
      }
      const kind = led.has(name) ? 'chain-left-over' : 'chain-unreferenced'
      this.findings.push({ kind, ...placeOf(name), rules: chain.rules.map(foundRule) })
    }
  }

  #compareChain(place: ChainPlace, chain: Chain, found: Chain | undefined): void {
    const wanted = wantedRules(chain)
    const rules = wanted.map(({ rule }) => rule)
    this.chains++
    this.rules += rules.length
    if (found === undefined) {
      this.findings.push({ kind: 'chain-missing', ...place, wanted: rules, origin: chain.origin })
      return
    }
    if (found.rules.length === 0 && rules.length > 0) {
      this.findings.push({ kind: 'chain-flushed', ...place, wanted: rules, origin: chain.origin })
      return
    }
    const own: Keyed<FoundRule>[] = []
    found.rules.forEach((rule, index) => {
      const read = foundRule(rule, index)
      if (read.hash !== undefined) own.push({ key: keyOf(rule), rule: read })
      else this.findings.push({ kind: 'foreign-in-chain', ...place, found: { ...read, owner: this.#ownerOf(rule) } })
    })
    this.#align(place, wanted, own, 'rule-missing')
  }

  /** @returns the pairs that are the same, by what the node has */
  #align(
    place: ChainPlace,
    wanted: readonly Keyed<WantedRule>[],
    found: readonly Keyed<FoundRule>[],
    missingKind: 'rule-missing' | 'hook-missing',
  ): ReadonlyMap<WantedRule, FoundRule> {
    // Where hooks stand is told by what stands before and behind them.
    const isHook = missingKind === 'hook-missing'
    const alignment = alignRules(wanted, found)
    const { same, changed, moved, duplicated, missing, extra } = alignment
    const writer = writers(alignment)
    const findings: Finding[] = [
      ...missing.map((rule): Finding => ({
        kind: missingKind,
        ...place,
        wanted: rule,
        writer: writer(([one]) => one.number > rule.number),
      })),
      ...changed.map(([one, other]): Finding => {
        return { kind: 'rule-changed', ...place, wanted: one, found: other, isHashKept: one.hash === other.hash }
      }),
      ...(isHook ? [] : moved).map(([one, other]): Finding => ({
        kind: 'rule-moved',
        ...place,
        wanted: one,
        found: other,
        writer: one.hash === other.hash ? 'hand' : 'felix',
      })),
      ...duplicated.map(([one, other]): Finding => ({ kind: 'rule-duplicated', ...place, wanted: one, found: other })),
      ...extra.map((rule): Finding => ({
        kind: 'rule-extra',
        ...place,
        found: rule,
        writer: writer(([, other]) => other.number > rule.number),
      })),
    ]
    const others = same.filter(([one, other]) => one.hash !== other.hash).map(([, other]) => other)
    if (findings.length === 0 && others.length > 0) {
      findings.push({ kind: 'hashes-differ', ...place, rules: others })
    }
    this.findings.push(...findings)
    return new Map([...same, ...moved])
  }

  #compareHooks(place: ChainPlace, hooks: KernelChainHooks | undefined, chain: KernelChain | undefined): void {
    const { inserts, appends } = hooks === undefined ? { inserts: [], appends: [] } : wantedHooks(hooks)
    const read = (chain?.rules ?? []).map((rule, index) => ({ rule, found: foundRule(rule, index) }))
    const own = read
      .filter(({ rule }) => isCalicosRule(rule))
      .map(({ rule, found }) => ({ key: keyOf(rule), rule: found }))
    this.rules += inserts.length + appends.length
    const met = this.#align(place, [...inserts, ...appends], own, 'hook-missing')
    const foreign = read
      .filter(({ rule }) => !isCalicosRule(rule))
      .map(({ rule, found }): FoundRule => ({ ...found, owner: this.#ownerOf(rule) }))
    const isInserted = hooks?.insertMode === 'insert'
    const inWay = new Set<FoundRule>()
    const report = (kind: 'hook-not-first' | 'hook-not-last', hook: WantedRule, all: readonly FoundRule[]): void => {
      if (all.length === 0) return
      for (const rule of all) inWay.add(rule)
      this.findings.push({ kind, ...place, wanted: hook, rules: all })
    }
    const last = inserts.findLast(({ rule }) => met.has(rule))?.rule
    const first = appends.find(({ rule }) => met.has(rule))?.rule
    const numberOf = (hook: WantedRule): number => met.get(hook)?.number ?? 0
    if (last !== undefined) {
      // Appended hooks stand behind whatever was there; only what nobody's program put there is in their way.
      const before = foreign.filter(({ number, owner }) => number < numberOf(last) && (isInserted || owner === 'own'))
      report('hook-not-first', last, before)
      const behind = foreign.filter(({ number }) => !isInserted && number > numberOf(last))
      report('hook-not-last', last, behind)
    }
    if (first !== undefined) {
      const behind = foreign.filter(({ number }) => number > numberOf(first))
      report('hook-not-last', first, behind)
      if (last === undefined && inserts.length === 0) {
        const before = foreign.filter(({ number, owner }) => number < numberOf(first) && owner === 'own')
        report('hook-not-first', first, before)
      }
    }
    for (const rule of foreign) if (!inWay.has(rule)) this.#count(rule.owner ?? 'own', 1)
    if (chain !== undefined && chain.policy !== 'ACCEPT') {
      this.findings.push({ kind: 'policy-changed', ...place, policy: chain.policy })
    }
  }

  #count(owner: Owner, rules: number): void {
    if (rules > 0) this.foreign.set(owner, (this.foreign.get(owner) ?? 0) + rules)
  }
}

/** Who made a difference of a chain, by the rules that stand behind it; where none do, by the others of the chain. */
function writers({
  same,
  changed,
  extra,
}: Alignment): (isBehind: (pair: readonly [WantedRule, FoundRule]) => boolean) => Writer {
  const isKept = ([one, other]: readonly [WantedRule, FoundRule]): boolean => one.hash === other.hash
  const isFelixs = extra.length > 0 || [...same, ...changed].some(pair => !isKept(pair))
  return isBehind => {
    const behind = same.filter(isBehind)
    if (behind.length > 0) return behind.some(isKept) ? 'hand' : 'felix'
    return isFelixs && !changed.some(isKept) ? 'felix' : 'unknown'
  }
}

/** Chains that some rule leads to. */
function ledTo({ kernelChains, userChains }: KernelTable): ReadonlySet<string> {
  const led = new Set<string>()
  for (const chain of [...kernelChains, ...userChains.values()]) for (const name of leadsOf(chain)) led.add(name)
  return led
}

function keyOf(rule: Rule): string {
  return JSON.stringify(kernelForms(rule)[0])
}

function foundRule(rule: Rule, index: number): FoundRule {
  const { origin } = rule
  if (origin.kind !== 'read') throw new Error('an audit looks at rules that were read')
  const { text, place, line, hash, counters } = origin
  return {
    number: index + 1,
    text,
    file: place.file,
    line,
    ...leading(rule),
    ...(hash === undefined ? {} : { hash }),
    ...(counters === undefined ? {} : { counters }),
  }
}
