// Chains of policies, profiles and policy groups. They return; what the mark then means is for the endpoint chain.
//
//   -A cali-pi-gnp/web -m comment --comment "GlobalNetworkPolicy web ingress" -p tcp --jump MARK --set-mark 0x10000/0x10000
//   -A cali-pi-gnp/web -m mark --mark 0x10000/0x10000 --jump RETURN
//   -A cali-pi-gnp/web -p udp --jump MARK --set-mark 0x40000/0x40000
//   -A cali-pi-gnp/web -m mark --mark 0x40000/0x40000 --jump DROP

import type { Release } from '../../calico/releases/release.ts'
import { chainName } from '../../calico/names.ts'
import { policyChainName, policyTitle } from '../../calico/policy-names.ts'
import type { Direction } from '../../model/ast/policy.ts'
import type { PlannedPolicy, PlannedProfile, PlannedRule, PolicyGroup } from '../../model/plan.ts'
import type { Origin } from '../../model/origin.ts'
import type { Chain, Rule } from '../../model/ruleset.ts'
import { jump, markIsClear, markIsNotClear, type RenderContext } from '../context.ts'
import { combine } from '../../calico/marks.ts'
import { renderPolicyRule } from '../rules/policy-rule.ts'
import { type RuleOwner } from '../rules/rule-owner.ts'

export function profileChainName(name: string, direction: Direction): string {
  return chainName(direction === 'ingress' ? 'profileIngress' : 'profileEgress', name)
}

export function renderPolicyChain(policy: PlannedPolicy, direction: Direction, context: RenderContext): Chain {
  const { release } = context
  const whole: Origin = { kind: 'policy', policy: policy.id, direction, location: policy.location }
  return {
    name: policyChainName(policy.id, direction, release),
    rules: assembleRules(
      policy[direction],
      { kind: 'policy', policy },
      direction,
      `${policyTitle(policy.id, release)} ${direction}`,
      whole,
      context,
    ),
    origin: whole,
  }
}

export function renderProfileChain(profile: PlannedProfile, direction: Direction, context: RenderContext): Chain {
  const { name, location } = profile
  const whole: Origin = { kind: 'profile', profile: name, direction, ...(location === undefined ? {} : { location }) }
  const rules = profile.isMissing ? [DENY_ALL] : profile[direction]
  return {
    name: profileChainName(name, direction),
    rules: assembleRules(
      rules,
      { kind: 'profile', name, profile },
      direction,
      `Profile ${name} ${direction}`,
      whole,
      context,
    ),
    origin: whole,
  }
}

const ANYTHING: PlannedRule['source'] = {
  nets: [],
  notNets: [],
  ports: [],
  notPorts: [],
  namedPortSets: [],
  notNamedPortSets: [],
  ipSets: [],
  notIpSets: [],
  servicePortSets: [],
}

/** A profile that an endpoint lists and that does not exist denies everything. */
const DENY_ALL: PlannedRule = { action: 'Deny', source: ANYTHING, destination: ANYTHING, annotations: [], index: 0 }

function assembleRules(
  plannedRules: readonly PlannedRule[],
  owner: RuleOwner,
  direction: Direction,
  chainComment: string,
  whole: Origin,
  context: RenderContext,
): readonly Rule[] {
  const rules: Rule[] = plannedRules.flatMap(plannedRule => {
    const comments = plannedRule.annotations.map(([key, value]) => `${key}=${value}`)
    const origin = ruleOrigin(plannedRule, owner, direction, whole)
    return renderPolicyRule(plannedRule, owner, direction, context).map(rule =>
      formatted({ ...rule, comments, origin }, context),
    )
  })
  // The end of a chain returns anyway.
  while (!context.release.keepsTrailingReturns && rules.at(-1)?.target?.kind === 'return') rules.pop()
  const [first = { comments: [], matches: [], origin: whole }, ...rest] = rules
  return [{ ...first, comments: [...first.comments, chainComment] }, ...rest]
}

/** Nothing but annotations and the log prefix can bring percent signs into a rule. */
function formatted(rule: Rule, { release }: RenderContext): Rule {
  if (!release.manglesPercentSigns) return rule
  const prefix = rule.target?.kind === 'log' ? rule.target.prefix : ''
  return [prefix, ...rule.comments].some(text => text.includes('%')) ? { ...rule, isFormatted: true } : rule
}

function ruleOrigin({ index, location }: PlannedRule, owner: RuleOwner, direction: Direction, whole: Origin): Origin {
  if (owner.kind === 'policy') {
    return {
      kind: 'policyRule',
      policy: owner.policy.id,
      direction,
      index,
      location: location ?? owner.policy.location,
    }
  }
  if (owner.profile.isMissing) return whole
  return { kind: 'profileRule', profile: owner.name, direction, index, ...(location === undefined ? {} : { location }) }
}

/** In a group chain, one rule in five jumps without asking whether there is a verdict yet; before it, those with one return. */
const GROUP_STRIDE = 5

export function renderGroupChain(
  { chainName: name, direction, policies, enforced }: PolicyGroup,
  { marks, release }: RenderContext,
): Chain {
  const verdict = combine(marks.accept, marks.pass)
  const originOf = ({ location }: PlannedPolicy): Origin => ({ kind: 'policyGroup', policies, direction, location })
  const rules = enforced.flatMap((policy, position): readonly Rule[] => {
    const origin = originOf(policy)
    const isUnconditional = position % GROUP_STRIDE === 0
    const call: Rule = {
      comments: [],
      matches: isUnconditional ? [] : [markIsClear(verdict)],
      target: jump(policyChainName(policy.id, direction, release)),
      origin,
    }
    if (!isUnconditional || position === 0) return [call]
    return [
      { comments: ['Return on verdict'], matches: [markIsNotClear(verdict)], target: { kind: 'return' }, origin },
      call,
    ]
  })
  const [first] = enforced
  // INVARIANT: only groups with two or more enforced policies have a chain.
  if (first === undefined) throw new Error('a group chain without policies')
  return { name, rules, origin: originOf(first) }
}

/** What an endpoint chain jumps to for a group: its chain, or straight to the one policy that is enforced. */
export function groupJumps(
  group: PolicyGroup,
  release: Release,
): readonly { readonly chain: string; readonly policies: readonly PlannedPolicy[] }[] {
  const { enforced, direction } = group
  if (enforced.length > 1) return [{ chain: group.chainName, policies: enforced }]
  return enforced.map(policy => ({ chain: policyChainName(policy.id, direction, release), policies: [policy] }))
}
