// A node on which everything is as it should be but for one difference: what that difference does by itself is measured on it.

import type { Chain, Rule } from '../model/ruleset.ts'
import { kernelForms } from '../netfilter/kernel-form.ts'
import type { KernelTable, KernelTables } from '../netfilter/kernel-tables.ts'
import { assertNever } from '../text/assert-never.ts'
import { type Finding, isSetFinding, type SetFinding, type WantedRule } from './finding.ts'

/** @returns undefined: the difference is of names and hashes alone, or of what nothing leads to: no packet can meet it */
export function withOneDifference(
  right: KernelTables,
  found: KernelTables,
  finding: Finding,
): KernelTables | undefined {
  if (isSetFinding(finding)) return withSet(right, found, finding)
  const there = found.tables.find(({ name }) => name === finding.table)
  const table = right.tables.find(({ name }) => name === finding.table)
  const changed = table === undefined ? undefined : changeTable(table, there, finding)
  if (changed === undefined) return undefined
  return { ...right, tables: right.tables.map(one => (one === table ? changed : one)) }
}

function withSet(right: KernelTables, found: KernelTables, { kind, set }: SetFinding): KernelTables | undefined {
  const [good, bad] = [right.ipSets.get(set), found.ipSets.get(set)]
  if (kind === 'set-left-over' || good === undefined) return undefined
  // No rule can name a set that is not there: those that would are missing as well, which is told of them.
  const taken = bad ?? { ...good, members: [], exceptions: [] }
  return { ...right, ipSets: new Map(right.ipSets).set(set, taken) }
}

type PlaceFinding = Exclude<Finding, SetFinding>

function changeTable(
  table: KernelTable,
  there: KernelTable | undefined,
  finding: PlaceFinding,
): KernelTable | undefined {
  const { chain: name } = finding
  const base = table.kernelChains.find(chain => chain.name === name)
  const foundChain: Pick<Chain, 'rules'> = there?.kernelChains.find(chain => chain.name === name) ??
    there?.userChains.get(name) ?? { rules: [] }
  if (finding.kind === 'policy-changed') {
    const kernelChains = table.kernelChains.map(one => (one === base ? { ...one, policy: finding.policy } : one))
    return { ...table, kernelChains }
  }
  const before = base?.rules ?? table.userChains.get(name)?.rules
  const rules = before === undefined ? undefined : changeRules(before, foundChain.rules, finding)
  if (rules === undefined) return undefined
  // What a strange rule leads to comes with it.
  const userChains = withCallees(table.userChains, rules, there)
  if (base !== undefined) {
    return {
      ...table,
      userChains,
      kernelChains: table.kernelChains.map(one => (one === base ? { ...one, rules } : one)),
    }
  }
  const chain = table.userChains.get(name)
  return chain === undefined ? undefined : { ...table, userChains: new Map(userChains).set(name, { ...chain, rules }) }
}

function changeRules(
  right: readonly Rule[],
  found: readonly Rule[],
  finding: Exclude<PlaceFinding, { kind: 'policy-changed' }>,
): readonly Rule[] | undefined {
  const list = new RuleList(right, found)
  switch (finding.kind) {
    case 'hashes-differ':
    case 'chain-left-over':
    case 'chain-unreferenced':
      return undefined
    case 'chain-missing':
    case 'chain-flushed':
      return []
    case 'rule-missing':
    case 'hook-missing':
      return list.without(finding.wanted)
    case 'rule-extra':
    case 'foreign-in-chain':
    case 'rule-duplicated':
      return list.with([finding.found.number])
    case 'rule-changed':
    case 'rule-moved': {
      const without = list.without(finding.wanted)
      return new RuleList(without, found).with([finding.found.number])
    }
    case 'hook-not-first':
    case 'hook-not-last':
      return list.with(finding.rules.map(({ number }) => number))
    default:
      return assertNever(finding)
  }
}

interface Form {
  readonly key: string
  readonly rule: Rule
}

/** Rules of a chain, each in the form that the kernel keeps, beside those that the node has. */
class RuleList {
  readonly #forms: readonly Form[]
  readonly #found: readonly Rule[]

  constructor(right: readonly Rule[], found: readonly Rule[]) {
    this.#forms = right.flatMap(formsOf)
    this.#found = found
  }

  without({ key, number }: WantedRule): readonly Rule[] {
    const at = this.#forms[number - 1]?.key === key ? number - 1 : this.#forms.findIndex(form => form.key === key)
    return this.#forms.flatMap(({ rule }, index) => (index === at ? [] : [rule]))
  }

  /** @param numbers of rules of the node, from 1, in order */
  with(numbers: readonly number[]): readonly Rule[] {
    const strange = new Set(numbers.flatMap(number => this.#found[number - 1] ?? []))
    const forms = this.#forms.filter(({ rule }) => !strange.has(rule))
    for (const number of numbers) {
      const rule = this.#found[number - 1]
      if (rule !== undefined) forms.splice(this.#placeOf(number, forms, strange), 0, ...formsOf(rule))
    }
    return forms.map(({ rule }) => rule)
  }

  /** Behind the last rule before it that should be there as well, and behind strange ones that stand there by now. */
  #placeOf(number: number, forms: readonly Form[], strange: ReadonlySet<Rule>): number {
    const before = this.#found.slice(0, number - 1)
    for (let i = before.length - 1; i >= 0; i--) {
      const rule = before[i]
      const key = rule === undefined ? undefined : formsOf(rule)[0]?.key
      if (rule === undefined || key === undefined) continue
      const same = (form: Form): boolean => (strange.has(rule) ? form.rule === rule : form.key === key)
      // Of several alike, the one that as many stand before here as there.
      const nth = before.slice(0, i).filter(other => formsOf(other)[0]?.key === key).length
      const places = forms.flatMap((form, index) => (same(form) ? [index] : []))
      const place = places[Math.min(nth, places.length - 1)]
      if (place !== undefined) return place + 1
    }
    return 0
  }
}

function formsOf(rule: Rule): readonly Form[] {
  const bodies = kernelForms(rule)
  if (bodies.length === 1) return [{ key: JSON.stringify(bodies[0]), rule }]
  return bodies.map(({ matches, target }) => {
    const { target: _, ...rest } = rule
    return {
      key: JSON.stringify({ matches, target }),
      rule: { ...rest, matches, ...(target === undefined ? {} : { target }) },
    }
  })
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
    open.push(...callee.rules)
  }
  return all
}
