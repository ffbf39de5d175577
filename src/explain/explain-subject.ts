// What can be asked about -> its explanation. Answers come from the ruleset and the plan; undefined means "no such thing".

import { chainName, formatPolicyId } from '../calico/names.ts'
import type { Marks } from '../calico/marks.ts'
import type { Location } from '../diagnostics/source.ts'
import { isStaged } from '../calico/version.ts'
import type { Policy } from '../model/ast/policy.ts'
import type { NodePlan } from '../model/plan.ts'
import type { Origin, Ruleset } from '../model/ruleset.ts'
import { explainMark, marksOfPlan } from './describe-marks.ts'
import type { DescribeContext } from './describe-match.ts'
import { policyName } from './describe-origin.ts'
import { describeContext, explainChain, explainSet, type Explanation, marksIn, setsIn } from './explanation.ts'
import type { FoundEndpoint } from './names.ts'
import { type IndexedChain, indexRules, type PrintedRule, type RulePrinter, selectRules } from './rule-index.ts'
import { excerptOf } from './source-excerpt.ts'

export interface Explainer {
  readonly plan: NodePlan
  readonly ruleset: Ruleset
  readonly chains: readonly IndexedChain[]
  readonly context: DescribeContext
  readonly marks: Marks
}

export function createExplainer(plan: NodePlan, ruleset: Ruleset, printer: RulePrinter): Explainer {
  const marks = marksOfPlan(plan)
  return { plan, ruleset, chains: indexRules(ruleset, printer), context: describeContext(ruleset, marks), marks }
}

function explanation(
  explainer: Explainer,
  subject: string,
  chains: readonly IndexedChain[],
  more: Partial<Explanation> = {},
): Explanation {
  const rules = chains.flatMap(chain => chain.rules)
  return {
    subject,
    notes: [],
    chains: chains.map(chain => explainChain(chain, explainer.chains, explainer.context)),
    sets: setsIn(rules, explainer.context),
    marks: marksIn(rules, explainer.marks),
    ...more,
  }
}

export function explainChainNamed(name: string, explainer: Explainer): Explanation | undefined {
  const chains = explainer.chains.filter(chain => chain.name === name)
  if (chains.length === 0) return undefined
  const origin = chains[0]?.origin
  const location = origin !== undefined && 'location' in origin ? origin.location : undefined
  const notes = chains.every(({ rules }) => rules.length === 0)
    ? ['The chain is empty: packets come straight back.']
    : []
  const source = location === undefined ? {} : { source: excerptOf(location) }
  return explanation(explainer, `chain ${name}`, chains, { notes, ...source })
}

/** @param hash with or without `cali:` in front */
export function explainRuleHash(hash: string, explainer: Explainer): Explanation | undefined {
  const bare = hash.replace(/^cali:/, '')
  const chains = selectRules(explainer.chains, rule => rule.hash === bare)
  return chains.length === 0 ? undefined : explanation(explainer, `rule cali:${bare}`, chains)
}

export function explainSetNamed(name: string, explainer: Explainer): Explanation | undefined {
  const set = explainer.context.sets.get(name)
  if (set === undefined) return undefined
  const chains = selectRules(explainer.chains, ({ rule }) =>
    rule.matches.some(match => match.kind === 'ipSet' && match.set === name),
  )
  const notes = chains.length === 0 ? ['No rule of this ruleset names it.'] : []
  return explanation(explainer, `set ${name}`, chains, { notes, sets: [explainSet(set)], marks: [] })
}

/** The bits of a mark, and the rules that set, clear or test any of them. */
export function explainMarkValue(mark: number, explainer: Explainer): Explanation {
  const touches = ({ rule }: PrintedRule): boolean => {
    const masks = rule.matches.flatMap(match =>
      match.kind === 'mark' || match.kind === 'markClear' ? [match.mask] : [],
    )
    if (rule.target?.kind === 'setMark' || rule.target?.kind === 'clearMark') masks.push(rule.target.mask)
    return masks.some(mask => (mask & mark) !== 0)
  }
  return explanation(explainer, `mark 0x${mark.toString(16)}`, selectRules(explainer.chains, touches), {
    sets: [],
    marks: explainMark(mark, explainer.marks),
  })
}

export function explainPolicy(policy: Policy, explainer: Explainer): Explanation {
  const { id, tier, order, types, selector, location } = policy
  const chains = selectRules(explainer.chains, ({ rule }) => concerns(rule.origin, policy))
  const notes = [
    `In tier ${tier}, ${order === undefined ? 'without order: after all policies that have one' : `order ${order}`}; for ${types.join(' and ')}.`,
    `It selects ${selector.canonical}.`,
  ]
  if (isStaged(id.kind)) notes.push('It is staged: never enforced, so it makes no rules.')
  else if (chains.length === 0) notes.push('It selects no endpoint of this node, so it makes no rules here.')
  else notes.push(...silentRules(policy, chains, explainer))
  return explanation(explainer, policyName(id), chains, { notes, source: excerptOf(location) })
}

/** Rules that exist in the input and not in this IP version. */
function silentRules(policy: Policy, chains: readonly IndexedChain[], { ruleset }: Explainer): readonly string[] {
  return (['ingress', 'egress'] as const).flatMap(direction => {
    const name = chainName(direction === 'ingress' ? 'policyIngress' : 'policyEgress', formatPolicyId(policy.id))
    const chain = chains.find(found => found.name === name)
    if (chain === undefined) return []
    const made = new Set(
      chain.rules.flatMap(({ rule: { origin } }) => (origin.kind === 'policyRule' ? [origin.index] : [])),
    )
    return policy[direction].flatMap((_, index) =>
      made.has(index) ? [] : [`Its ${direction} rule ${index + 1} makes no IPv${ruleset.ipVersion} rules.`],
    )
  })
}

function concerns(origin: Origin, { id }: Policy): boolean {
  const isSame = (other: Policy['id']): boolean =>
    other.kind === id.kind && other.namespace === id.namespace && other.name === id.name
  switch (origin.kind) {
    case 'policy':
    case 'policyRule':
      return isSame(origin.policy)
    case 'policyGroup':
      return origin.policies.some(isSame)
    default:
      return false
  }
}

/** The chains of an endpoint, whole, and the dispatch rules that lead there. */
export function explainEndpoint(found: FoundEndpoint, explainer: Explainer): Explanation {
  const { endpoint, name, interfaceNames } = found
  const isOwn = (origin: Origin | undefined): boolean =>
    (origin?.kind === 'endpoint' || origin?.kind === 'tier') &&
    interfaceNames.includes(origin.endpoint.interfaceName) &&
    (origin.kind === 'tier' || origin.location === endpoint.location)
  const chains = explainer.chains.flatMap(chain => {
    if (isOwn(chain.origin)) return [chain]
    return selectRules([chain], ({ rule }) => isOwn(rule.origin))
  })
  const notes =
    interfaceNames.length > 0
      ? [`Interface ${interfaceNames.join(', ')} of node ${endpoint.node}.`]
      : [
          endpoint.node === explainer.plan.nodeName
            ? 'It has no chains: it governs no interface of the node.'
            : `It is on node ${endpoint.node}, so node ${explainer.plan.nodeName} has no chains for it.`,
        ]
  return explanation(explainer, name, chains, { notes, source: excerptOf(endpoint.location) })
}

/** The rules that a line of the input makes: of the narrowest piece of it that has any. */
export function explainLine(file: string, line: number, explainer: Explainer): Explanation | undefined {
  const locations = new Map<string, Location>()
  const isInFile = ({ document }: Location): boolean =>
    document.file.name === file || document.file.name.endsWith(`/${file}`)
  const keyOf = ({ document, path }: Location): string => `${document.file.name} ${document.start} ${path.join(' ')}`
  for (const { rules } of explainer.chains) {
    for (const { rule } of rules) {
      const location = 'location' in rule.origin ? rule.origin.location : undefined
      if (location !== undefined && isInFile(location)) locations.set(keyOf(location), location)
    }
  }
  const offset = (location: Location): number => nthLineStart(location.document.file.text, line)
  // Only the last document that starts before the line can hold it: no other is parsed for its positions.
  const starts = [...locations.values()].filter(location => location.document.start <= offset(location))
  const last = Math.max(...starts.map(({ document }) => document.start))
  const holding = starts
    .filter(({ document }) => document.start === last)
    .map(location => ({ location, excerpt: excerptOf(location) }))
    .filter(({ excerpt }) => excerpt.line <= line && line <= excerpt.endLine)
    .sort((a, b) => a.excerpt.endLine - a.excerpt.line - (b.excerpt.endLine - b.excerpt.line))
  const [narrowest] = holding
  if (narrowest === undefined) return undefined
  const { document, path } = narrowest.location
  // A resource as a whole takes in what its parts make.
  const isWithin = (other: Location): boolean =>
    other.document === document && path.every((step, index) => step === other.path[index])
  const chains = selectRules(explainer.chains, ({ rule: { origin } }) => {
    const location = 'location' in origin ? origin.location : undefined
    return location !== undefined && isWithin(location)
  })
  return explanation(explainer, `${narrowest.excerpt.file}:${line}`, chains, { source: narrowest.excerpt })
}

function nthLineStart(text: string, line: number): number {
  let start = 0
  for (let n = 1; n < line; n++) {
    const next = text.indexOf('\n', start)
    if (next < 0) return text.length
    start = next + 1
  }
  return start
}
