// The policies of an endpoint by tier, for one of its chains, and in each tier by group.

import type { Direction, Policy } from '../model/ast/policy.ts'
import type { EndpointChainType, OrderedTier, PlannedTier } from '../model/plan.ts'
import { groupBy } from '../text/group-by.ts'
import type { PolicyGrouper } from './group-policies.ts'
import type { PlanWork } from './plan-work.ts'
import { actsIn, endsTiers, governs } from './split-by-chain-type.ts'

/** Splits the policies of an endpoint, which come in their final order, into tiers of one chain type. */
export class TierSplitter {
  readonly #tiers: ReadonlyMap<string, OrderedTier>
  readonly #grouper: PolicyGrouper
  readonly #work: PlanWork

  constructor(tiers: readonly OrderedTier[], grouper: PolicyGrouper, work: PlanWork) {
    this.#work = work
    this.#tiers = new Map(tiers.map(tier => [tier.name, tier]))
    this.#grouper = grouper
  }

  /** @throws PlanTooLarge */
  split(policies: readonly Policy[], chainType: EndpointChainType): readonly PlannedTier[] {
    const acting = policies.filter(policy => actsIn(policy, chainType))
    return [...groupBy(acting, ({ tier }) => tier)].flatMap(([name, list]) => {
      const direction = (wanted: Direction): PlannedTier['ingress'] =>
        this.#grouper.group(
          list.filter(policy => governs(policy, wanted, chainType)),
          wanted,
        )
      const ingress = direction('ingress')
      const egress = direction('egress')
      if (ingress.length === 0 && egress.length === 0) return []
      this.#work.placeGroups(ingress.length + egress.length)
      const tier = this.#tiers.get(name)?.tier
      return [
        {
          name,
          defaultAction: endsTiers(chainType) ? (tier?.defaultAction ?? 'Deny') : 'Pass',
          ingress,
          egress,
          ...(tier?.location === undefined ? {} : { location: tier.location }),
        },
      ]
    })
  }
}
