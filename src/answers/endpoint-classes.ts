// Endpoints that meet the same policies in the same order are one class: what one of them shows of rules, all of them show.

import { formatPolicyId } from '../calico/policy-names.ts'
import { type Direction, DIRECTIONS } from '../model/ast/policy.ts'
import {
  allHostEndpoints,
  type NodePlan,
  type PlannedEntity,
  type PlannedHostEndpoint,
  type PlannedPolicy,
  type PlannedTier,
  type PlannedWorkload,
} from '../model/plan.ts'

/** Classes that have been seen, over all nodes of an input. */
export class EndpointClasses {
  readonly #seen = new Set<string>()
  readonly #byOwnAddress = new Map<string, boolean>()

  /** The endpoints of a node that are unlike all that were seen before it. */
  unseen(plan: NodePlan): NodePlan {
    const settings = JSON.stringify([plan.release.name, plan.config])
    const isNew = (keys: readonly string[]): boolean => {
      const fresh = keys.filter(key => !this.#seen.has(key))
      for (const key of fresh) this.#seen.add(key)
      return fresh.length > 0
    }
    return withEndpoints(
      plan,
      workload => isNew(this.#keysOf(workload.tiers, [settings], [plan.nodeName, workload.interfaceName])),
      endpoint =>
        isNew(
          Object.entries(endpoint.tiers).flatMap(([chainType, tiers]) =>
            this.#keysOf(tiers, [settings, chainType], [plan.nodeName, endpoint.interfaceName]),
          ),
        ),
    )
  }

  /** @param own what tells the endpoint from all others, where rules look at its address */
  #keysOf(tiers: readonly PlannedTier[], kind: readonly string[], own: readonly string[]): readonly string[] {
    return DIRECTIONS.flatMap(direction => {
      const met = tiers.map(tier => ({ tier, policies: tier[direction].flatMap(({ enforced }) => enforced) }))
      const policies = met.flatMap(({ policies }) => policies)
      if (policies.length === 0) return []
      const order = met.map(({ tier, policies }) => [
        tier.name,
        tier.defaultAction,
        ...policies.map(({ id }) => formatPolicyId(id)),
      ])
      const isOwn = policies.map(policy => this.#looksAt(policy, direction)).includes(true)
      return [JSON.stringify([...kind, direction, order, isOwn ? own : []])]
    })
  }

  /** Whether rules of a policy that was met look at the address of the endpoint that they are for. */
  looksAtOwnAddress(policy: string, direction: Direction): boolean {
    return this.#byOwnAddress.get(`${policy} ${direction}`) === true
  }

  #looksAt(policy: PlannedPolicy, direction: Direction): boolean {
    const key = `${formatPolicyId(policy.id)} ${direction}`
    let found = this.#byOwnAddress.get(key)
    if (found === undefined) {
      found = policy[direction].some(rule => hasAddresses(direction === 'ingress' ? rule.destination : rule.source))
      this.#byOwnAddress.set(key, found)
    }
    return found
  }
}

function hasAddresses(entity: PlannedEntity): boolean {
  const { nets, notNets, ipSets, notIpSets, namedPortSets, notNamedPortSets, servicePortSets } = entity
  return [nets, notNets, ipSets, notIpSets, namedPortSets, notNamedPortSets, servicePortSets].some(
    list => list.length > 0,
  )
}

/** The plan of a node that had these endpoints only. */
export function withEndpoints(
  plan: NodePlan,
  hasWorkload: (workload: PlannedWorkload) => boolean,
  hasHost: (endpoint: PlannedHostEndpoint) => boolean,
): NodePlan {
  const { wildcardHostEndpoint, ...rest } = plan
  const wildcard = wildcardHostEndpoint !== undefined && hasHost(wildcardHostEndpoint) ? { wildcardHostEndpoint } : {}
  return {
    ...rest,
    ...wildcard,
    workloads: plan.workloads.filter(hasWorkload),
    hostEndpoints: plan.hostEndpoints.filter(hasHost),
  }
}

export function endpointsOf(plan: NodePlan): readonly (PlannedWorkload | PlannedHostEndpoint)[] {
  return [...plan.workloads, ...allHostEndpoints(plan)]
}

/** Every policy that an endpoint meets, in each direction by itself. */
export function policiesMet({ tiers }: PlannedWorkload | PlannedHostEndpoint): readonly PlannedPolicy[] {
  const lists: readonly (readonly PlannedTier[])[] = 'normal' in tiers ? Object.values(tiers) : [tiers]
  return lists.flat().flatMap(({ ingress, egress }) => [...ingress, ...egress].flatMap(({ enforced }) => enforced))
}
