// Policies and endpoints for the page: in the order in which packets meet them, with the reasons.

import { fullPolicyName } from '../../explain/names.ts'
import { policiesOf, type MetChain } from '../../explain/which.ts'
import { isStaged } from '../../calico/policy-kinds.ts'
import type { Policy } from '../../model/ast/policy.ts'
import type { EndpointView, LabelView, MetView, PolicyView, TierView } from '../view.ts'
import type { Facts } from './facts.ts'
import type { PlaceList } from './places.ts'

export function buildPolicies({ plan }: Facts, places: PlaceList): readonly PolicyView[] {
  return plan.matching.tiers.flatMap(({ name, policies }) =>
    policies.map(policy => ({
      id: fullPolicyName(policy.id),
      title: titleOf(policy),
      tier: name,
      orderText: orderText(policy),
      ...(policy.order === undefined ? {} : { order: policy.order }),
      flags: (['doNotTrack', 'preDNAT', 'applyOnForward'] as const).filter(flag => policy[flag]),
      isStaged: isStaged(policy.id.kind),
      place: places.add(policy.location),
    })),
  )
}

export function buildTiers({ plan }: Facts): readonly TierView[] {
  return plan.matching.tiers.map(({ name, tier }) => ({
    name,
    defaultAction: tier?.defaultAction ?? 'Deny',
    isWritten: tier?.location !== undefined,
  }))
}

function titleOf({ id: { kind, namespace, name } }: Policy): string {
  return `${kind} ${namespace === '' ? name : `${namespace}/${name}`}`
}

function orderText({ order, id }: Policy): string {
  if (id.kind === 'KubernetesNetworkPolicy') return 'order 1000, as every Kubernetes policy'
  return order === undefined ? 'no order: after all that have one' : `order ${order}`
}

export function buildEndpoints({ endpoints }: Facts, places: PlaceList): readonly EndpointView[] {
  return endpoints.map((found): EndpointView => {
    const { endpoint, name, interfaceNames } = found
    const addresses = endpoint.kind === 'workloadEndpoint' ? endpoint.addresses : endpoint.expectedIps
    const isHere = interfaceNames.length > 0
    return {
      id: name,
      kind: endpoint.kind === 'workloadEndpoint' ? 'pod' : 'host',
      interfaceNames,
      addresses: addresses.map(({ text }) => text),
      isHere,
      place: isHere ? places.add(endpoint.location) : places.addDocument(endpoint.location),
    }
  })
}

/** What one endpoint meets, with the reasons; worked out for the endpoint that somebody looks at. */
export function buildMet(id: string, { plan, endpoints, explainSelection, sources }: Facts): readonly MetView[] {
  const found = endpoints.find(({ name, interfaceNames }) => name === id && interfaceNames.length > 0)
  return found === undefined ? [] : policiesOf(found, plan, explainSelection, sources).map(viewChain)
}

function viewChain({ chainType, direction, tiers, profiles }: MetChain): MetView {
  return {
    chainType,
    direction,
    profiles,
    tiers: tiers.map(({ name, order, defaultAction, policies }) => ({
      name,
      orderText: order === undefined ? 'no order: after all tiers that have one' : `order ${order}`,
      defaultAction,
      policies: policies.map((policy, index) => ({
        id: policy.policy,
        why: whyHere(policy, policies[index - 1]),
        reasons: policy.reasons,
      })),
    })),
  }
}

type Met = MetChain['tiers'][number]['policies'][number]

/** Why a policy stands behind the one before it: order, or what breaks a tie. */
function whyHere({ order, isOrderImplied }: Met, before: Met | undefined): string {
  const own =
    order === undefined
      ? 'it has no order'
      : `its order is ${order}${isOrderImplied ? ' (every Kubernetes policy has that)' : ''}`
  if (before === undefined) return `first in its tier: ${own}`
  if (before.order === order) return `${own}, as has the one before it: kind, namespace and name break the tie`
  return order === undefined ? `${own}: those come last` : `${own}, and the one before it has ${before.order ?? 'none'}`
}

/** Labels that endpoints and namespaces have, for completion. */
export function buildLabels({ plan }: Facts): readonly LabelView[] {
  const found = new Map<string, Set<string>>()
  const add = (labels: Readonly<Record<string, string>>): void => {
    for (const [key, value] of Object.entries(labels)) {
      const values = found.get(key)
      if (values === undefined) found.set(key, new Set([value]))
      else values.add(value)
    }
  }
  for (const { labels } of [...plan.matching.workloadEndpoints, ...plan.matching.hostEndpoints]) add(labels)
  for (const labels of Object.values(plan.matching.profileLabels)) add(labels)
  return [...found]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, values]) => ({ key, values: [...values].sort().slice(0, 40) }))
}
