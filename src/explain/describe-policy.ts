// A policy in sentences: its place in the order, whom it selects, and why it makes fewer rules than it has.

import { isStaged } from '../calico/policy-kinds.ts'
import type { Direction, EntityRule, Policy, PolicyRule } from '../model/ast/policy.ts'
import type { IpVersion } from '../net/cidr.ts'
import { contradictionOf } from '../selector/contradiction.ts'
import { countHolding } from './explain-selection.ts'
import type { Explainer } from './explainer.ts'
import type { FoundEndpoint } from './names.ts'
import { ruleName } from '../words/origin.ts'
import { describeSelected } from '../words/selector.ts'
import { listed } from '../text/listed.ts'

/** @param who its name, or "It" where that has been said */
export function describePolicy(policy: Policy, who: string, explainer: Explainer): readonly string[] {
  return [describeOrder(policy, who), ...describeSelection(policy, explainer), ...describeSilence(policy, explainer)]
}

/** "It is in tier default with order 1000, as all policies of Kubernetes; for ingress." */
function describeOrder(policy: Policy, who: string): string {
  const { id, tier, order, types, doNotTrack, preDNAT, applyOnForward } = policy
  const isImplied = id.kind === 'KubernetesNetworkPolicy' || id.kind === 'StagedKubernetesNetworkPolicy'
  const place =
    order === undefined
      ? 'without order: behind all policies that have one'
      : `with order ${order}${isImplied ? ', as all policies of Kubernetes' : ''}`
  const when = doNotTrack
    ? ', before connection tracking (doNotTrack)'
    : preDNAT
      ? ', before destinations are changed (preDNAT)'
      : applyOnForward
        ? ', also for what passes through the node (applyOnForward)'
        : ''
  return `${who} is in tier ${tier} ${place}; for ${types.length === 0 ? 'neither direction' : types.join(' and ')}${when}.`
}

const SHOWN = 5

const NO_WORKLOADS = 'Policies with doNotTrack or preDNAT act on host endpoints only'

/** Whom it selects or, where that is nobody of the node, who comes nearest and what stands in the way. */
export function describeSelection(policy: Policy, explainer: Explainer): readonly string[] {
  const { endpoints, explainSelection, plan } = explainer
  const who = describeSelected(policy.selector.selector, 'endpoints')
  const selected = endpoints.filter(endpoint => explainSelection(policy, endpoint).matches)
  const isLocal = ({ endpoint }: FoundEndpoint): boolean => endpoint.node === plan.nodeName
  const local = selected.filter(isLocal)
  const here = local.map(({ name }) => name)
  const elsewhere = selected.length - here.length
  const others =
    elsewhere === 0 ? '' : ` On other nodes it selects ${elsewhere} ${elsewhere === 1 ? 'endpoint' : 'endpoints'}.`
  if (here.length > 0) {
    if ((policy.doNotTrack || policy.preDNAT) && local.every(({ endpoint }) => endpoint.kind === 'workloadEndpoint'))
      return [`It selects ${who}. ${NO_WORKLOADS}, and it selects no host endpoint of this node.`]
    return [`It selects ${who}; on this node ${listed(here, SHOWN)}.${others}`]
  }
  const none = `It selects ${who}; of node ${plan.nodeName} that is no endpoint, so it makes no rules here.${others}`
  if (policy.isAssumedNeeded) {
    return [
      `It selects ${who}; no endpoint of node ${plan.nodeName}. Its chains are there because of performanceHints.`,
    ]
  }
  let nearest: FoundEndpoint | undefined
  let most = -1
  for (const endpoint of endpoints.filter(isLocal)) {
    const holding = countHolding(policy, endpoint, plan)
    if (holding > most) [nearest, most] = [endpoint, holding]
  }
  if (nearest === undefined) return [none]
  const [reason = ''] = explainSelection(policy, nearest).reasons
  if (contradictionOf(policy.selector.selector) !== undefined) return [none, `No labels could help: ${reason}.`]
  return [none, `Nearest is ${nearest.name}: ${reason}.`]
}

/** Rules that the policy has, in one or both directions, and this IP version does not. */
export function describeSilence(
  policy: Policy,
  explainer: Explainer,
  directions: readonly Direction[] = ['ingress', 'egress'],
): readonly string[] {
  const { ipVersion } = explainer.ruleset
  if (isStaged(policy.id.kind)) return ['It is staged: it is never enforced, so it makes no rules.']
  return directions.flatMap(direction =>
    policy[direction].flatMap((rule, index) => {
      const why = whySilent(rule, direction, policy, ipVersion)
      return why === undefined
        ? []
        : [`Its ${ruleName({ direction, index, location: rule.location })} makes no IPv${ipVersion} rules: ${why}.`]
    }),
  )
}

/** Why a rule of an enforced policy makes none of this IP version; undefined when it does. */
export function whySilent(
  rule: PolicyRule,
  direction: Direction,
  { types }: Policy,
  ipVersion: IpVersion,
): string | undefined {
  if (!types.includes(direction)) return `the policy's types leave ${direction} out`
  if (rule.ipVersion !== undefined && rule.ipVersion !== ipVersion) {
    return `it is for IPv${rule.ipVersion} only (by its ipVersion or its protocol)`
  }
  return silentSide(rule.source, 'source', ipVersion) ?? silentSide(rule.destination, 'destination', ipVersion)
}

function silentSide({ nets, notNets }: EntityRule, side: string, ipVersion: IpVersion): string | undefined {
  const other = ipVersion === 4 ? 6 : 4
  const own = notNets.filter(net => net.ipVersion === ipVersion)
  if (nets.length > 0 && nets.every(net => net.ipVersion !== ipVersion)) return `its ${side} nets are all IPv${other}`
  if (notNets.length > 0 && own.length === 0) return `the nets its ${side} must not be in are all IPv${other}`
  if (own.some(({ prefixLength }) => prefixLength === 0))
    return `the nets its ${side} must not be in hold every address`
  return undefined
}
