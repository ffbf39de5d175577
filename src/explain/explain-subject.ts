// What can be asked about -> its explanation. Answers come from the ruleset and the plan; undefined means "no such thing".

import type { Explainer, RuleExplainer } from './explainer.ts'
import { policyChainName } from '../calico/policy-names.ts'
import { isSamePlace } from '../diagnostics/source.ts'
import { DIRECTIONS, type Policy } from '../model/ast/policy.ts'
import type { PrintedRule } from '../model/rule-backend.ts'
import { locationOf, type Origin } from '../model/origin.ts'
import { explainMark } from '../words/mark.ts'
import { describeMembership, rulesWithSets, setsOfEndpoint } from './describe-membership.ts'
import { policyName } from '../words/origin.ts'
import { describePolicy } from './describe-policy.ts'
import { explainChain, explainSet, type Explanation, marksIn, setsIn } from './explanation.ts'
import type { FoundEndpoint } from './names.ts'
import { type IndexedChain, selectRules } from './rule-index.ts'
import { excerptOf } from './source-excerpt.ts'

export function explanation(
  explainer: RuleExplainer,
  subject: string,
  chains: readonly IndexedChain[],
  more: Partial<Explanation> = {},
): Explanation {
  const rules = chains.flatMap(chain => chain.rules)
  return {
    subject,
    notes: [],
    chains: chains.map(chain => explainChain(chain, explainer.callersOf, explainer.context)),
    sets: setsIn(rules, explainer.context),
    marks: marksIn(rules, explainer.marks),
    ...more,
  }
}

export function explainChainNamed(name: string, explainer: RuleExplainer): Explanation | undefined {
  const chains = explainer.chains.filter(chain => chain.name === name)
  if (chains.length === 0) return undefined
  const location = locationOf(chains[0]?.origin)
  const notes = chains.every(({ rules }) => rules.length === 0)
    ? ['The chain is empty: packets come straight back.']
    : []
  const source = location === undefined ? {} : { source: excerptOf(location, explainer.context.sources) }
  return explanation(explainer, `chain ${name}`, chains, { notes, ...source })
}

/** @param hash with or without `cali:` in front */
export function explainRuleHash(hash: string, explainer: RuleExplainer): Explanation | undefined {
  const bare = hash.replace(/^cali:/, '')
  const chains = selectRules(explainer.chains, rule => rule.hash === bare)
  return chains.length === 0 ? undefined : explanation(explainer, `rule cali:${bare}`, chains)
}

export function explainSetNamed(name: string, explainer: RuleExplainer): Explanation | undefined {
  const set = explainer.context.sets.get(name)
  if (set === undefined) return undefined
  const chains = selectRules(explainer.chains, ({ rule }) =>
    rule.matches.some(match => match.kind === 'ipSet' && match.set === name),
  )
  const explained = explainSet(set)
  const notes = [
    ...(explained.selector === undefined ? [] : [`It is named for the selector ${explained.selector}.`]),
    ...(chains.length === 0 ? ['No rule of this node names it.'] : []),
  ]
  return explanation(explainer, `set ${name}`, chains, { notes, sets: [explained], marks: [] })
}

/** The bits of a mark, and the rules that set, clear or test any of them. */
export function explainMarkValue(mark: number, explainer: RuleExplainer): Explanation {
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
  const { id, location } = policy
  const chains = selectRules(explainer.chains, ({ rule }) => concernsPolicy(rule.origin, policy))
  const own = new Set(DIRECTIONS.map(direction => policyChainName(id, direction, explainer.plan.release)))
  // Its rules come before the jumps that lead to them.
  const ordered = [...chains.filter(({ name }) => own.has(name)), ...chains.filter(({ name }) => !own.has(name))]
  return explanation(explainer, policyName(id), ordered, {
    notes: describePolicy(policy, 'It', explainer),
    source: excerptOf(location, explainer.sources),
  })
}

/** Whether a policy has a part in what caused a rule. */
export function concernsPolicy(origin: Origin, { id }: Policy): boolean {
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
    (origin.kind === 'tier' || isSamePlace(origin.location, endpoint.location))
  const chains = explainer.chains.flatMap(chain => {
    if (isOwn(chain.origin)) return [chain]
    return selectRules([chain], ({ rule }) => isOwn(rule.origin))
  })
  const sets = setsOfEndpoint(endpoint, explainer)
  const { nodeName } = explainer.plan
  // For an endpoint of another node all there is are the rules that its addresses are in a set of.
  const shown = interfaceNames.length > 0 ? chains : rulesWithSets(sets, explainer.chains)
  const notes = [
    ...(interfaceNames.length > 0
      ? [`${name} has interface ${interfaceNames.join(', ')} of node ${endpoint.node}.`]
      : endpoint.node === nodeName
        ? [`${name} has no chains: it governs no interface of the node.`]
        : [`${name} is on node ${endpoint.node}, so node ${nodeName} has no chains for it.`]),
    ...describeMembership('its addresses', sets, explainer),
  ]
  return explanation(explainer, name, shown, { notes, source: excerptOf(endpoint.location, explainer.sources) })
}
