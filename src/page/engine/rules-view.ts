// Tables, chains and rules for the page: each rule with its text, the place in the input behind it, and whose colour it has.

import { ruleHashes } from '../../calico/rule-hash.ts'
import { printRule, printRuleLine } from '../../backend/iptables/iptables-rule.ts'
import { describeChain } from '../../words/chain.ts'
import { describeOrigin } from '../../words/origin.ts'
import { describeMatch } from '../../words/match.ts'
import { describeSetSource } from '../../words/set.ts'
import { describeTarget } from '../../words/target.ts'
import { markBits } from '../../words/mark.ts'
import { fullPolicyName } from '../../explain/names.ts'
import { leadOf } from '../../netfilter/chain-outline.ts'
import { kernelTablesOf, type KernelTable } from '../../netfilter/kernel-tables.ts'
import { locationOf, type Origin } from '../../model/origin.ts'
import type { Chain, Rule } from '../../model/ruleset.ts'
import type { ChainView, RulesView, RuleView, RuleWords, SetView } from '../view.ts'
import type { Facts } from './facts.ts'
import type { PlaceList } from './places.ts'

export interface RuleTable {
  readonly view: RulesView
  readonly byId: ReadonlyMap<string, Rule>
}

interface Printed {
  readonly texts: readonly string[]
  readonly hashes: readonly string[]
}

/** Chains as they are printed: one that both IP versions have once, and one that an edit leaves as it is hashed no second time. */
export class PrintedChains {
  #byChain = new Map<Chain, Printed>()
  /** A name may have other texts in another table or IP version. */
  #byName = new Map<string, Printed[]>()
  #before = new Map<string, Printed[]>()

  /** What the last version of the input did not ask for is forgotten. */
  startVersion(): void {
    this.#before = this.#byName
    this.#byName = new Map()
    this.#byChain = new Map()
  }

  print(chain: Chain, isKernels: boolean): Printed {
    let printed = this.#byChain.get(chain)
    if (printed === undefined) {
      const { name } = chain
      const texts = chain.rules.map(printRule)
      const known = [...(this.#byName.get(name) ?? []), ...(this.#before.get(name) ?? [])]
      printed = known.find(other => isSameList(other.texts, texts))
      if (printed === undefined) printed = { texts, hashes: isKernels ? [] : ruleHashes(name, texts) }
      this.#byChain.set(chain, printed)
      this.#byName.set(name, [printed, ...(this.#byName.get(name) ?? [])])
    }
    return printed
  }
}

function isSameList(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((text, index) => text === other[index])
}

export function buildRules(facts: Facts, places: PlaceList, printed: PrintedChains): RuleTable {
  const byId = new Map<string, Rule>()
  const { tables } = kernelTablesOf(facts.ruleset)
  const views = tables.map(table => ({
    name: table.name,
    chains: chainsOf(table)
      .filter(({ chain }) => chain.rules.length > 0)
      .map(({ chain, isKernels }) => viewChain(table, chain, isKernels, places, byId, printed)),
  }))
  const view: RulesView = {
    tables: views,
    sets: viewSets(facts),
    marks: markBits(facts.marks).map(({ bit, name, meaning }) => ({ bit, name, meaning })),
    iptables: byId.size,
  }
  return { view, byId }
}

/** The kernel's own chains in hook order, then Calico's in the order in which the rules lead to them. */
function chainsOf(table: KernelTable): readonly { readonly chain: Chain; readonly isKernels: boolean }[] {
  const found = new Map<string, Chain>()
  const open: Chain[] = [...table.kernelChains].reverse()
  const order: { chain: Chain; isKernels: boolean }[] = []
  const kernels = new Set<Chain>(table.kernelChains)
  for (let chain = open.pop(); chain !== undefined; chain = open.pop()) {
    if (found.has(chain.name)) continue
    found.set(chain.name, chain)
    order.push({ chain, isKernels: kernels.has(chain) })
    for (const rule of [...chain.rules].reverse()) {
      const next = table.userChains.get(leadOf(rule) ?? '')
      if (next !== undefined && !found.has(next.name)) open.push(next)
    }
  }
  for (const chain of table.userChains.values()) if (!found.has(chain.name)) order.push({ chain, isKernels: false })
  return order
}

function viewChain(
  table: KernelTable,
  chain: Chain,
  isKernels: boolean,
  places: PlaceList,
  byId: Map<string, Rule>,
  printed: PrintedChains,
): ChainView {
  const id = `${table.name}/${chain.name}`
  const { texts, hashes } = printed.print(chain, isKernels)
  const rules = chain.rules.map((rule, index): RuleView => {
    const ruleId = `${id}/${index}`
    byId.set(ruleId, rule)
    const hash = hashes[index]
    const text = texts[index] ?? ''
    const { origin } = rule
    const location = locationOf(origin)
    const leadsTo = leadOf(rule)
    const policy = policyOf(origin) ?? leadsToPolicy(rule, table)
    return {
      id: ruleId,
      text: hash === undefined ? `-A ${chain.name}${text}` : printRuleLine('-A', chain.name, hash, text),
      ...(location === undefined ? {} : { place: places.add(location) }),
      ...(policy === undefined ? {} : { policy }),
      ...(leadsTo === undefined ? {} : { leadsTo: `${table.name}/${leadsTo}` }),
      sets: rule.matches.flatMap(match => (match.kind === 'ipSet' ? [match.set] : [])),
    }
  })
  return { id, name: chain.name, isKernels, purpose: describeChain(chain.name, table.name), rules }
}

function policyOf(origin: Origin): string | undefined {
  return origin.kind === 'policyRule' || origin.kind === 'policy' ? fullPolicyName(origin.policy) : undefined
}

/** A jump to the chain of one policy has its colour. */
function leadsToPolicy({ target }: Rule, { userChains }: KernelTable): string | undefined {
  if (target?.kind !== 'jump' && target?.kind !== 'goto') return undefined
  const origin = userChains.get(target.chain)?.origin
  return origin?.kind === 'policy' ? fullPolicyName(origin.policy) : undefined
}

function viewSets({ ruleset, plan }: Facts): readonly SetView[] {
  const owners = new Map<string, string>()
  for (const { addresses, namespace, name } of plan.matching.workloadEndpoints) {
    for (const { text } of addresses) if (!owners.has(text)) owners.set(text, `pod/${namespace}/${name}`)
  }
  for (const { expectedIps, name } of plan.matching.hostEndpoints) {
    for (const { text } of expectedIps) if (!owners.has(text)) owners.set(text, `host/${name}`)
  }
  return ruleset.ipSets.map(({ name, type, source, members }) => ({
    name,
    type,
    holds: describeSetSource(source),
    members: members.map(text => ({
      text,
      who: owners.get(text.replace(/[/,].*$/, '')) ?? '',
    })),
  }))
}

export function wordsOf(id: string, rule: Rule, { context }: Facts): RuleWords {
  return {
    id,
    matches: rule.matches.map(match => describeMatch(match, context)),
    target: describeTarget(rule.target, context),
    origin: describeOrigin(rule.origin),
  }
}
