// Tier order and policy order, with all ties (felix/calc/policy_sorter.go).

import { policyTieBreak } from '../calico/policy-names.ts'
import type { Release } from '../calico/releases/release.ts'
import type { Policy } from '../model/ast/policy.ts'
import type { Tier } from '../model/ast/resources.ts'
import type { OrderedTier } from '../model/plan.ts'
import { compareBytes } from '../text/bytes.ts'
import { groupBy } from '../text/group-by.ts'

/** Policies by tier, both in the order in which packets meet them. */
export function orderPolicies(
  policies: readonly Policy[],
  tiers: ReadonlyMap<string, Tier>,
  release: Release,
): readonly OrderedTier[] {
  return [...groupBy(policies, ({ tier }) => tier)]
    .map(([name, list]): OrderedTier => {
      const tier = tiers.get(name)
      return { name, ...(tier === undefined ? {} : { tier }), policies: sortPolicies(list, release) }
    })
    .sort(compareTiers)
}

/** Declared tiers first, then those with an order, then by order, then by name. */
function compareTiers(a: OrderedTier, b: OrderedTier): number {
  if ((a.tier === undefined) !== (b.tier === undefined)) return a.tier === undefined ? 1 : -1
  return compareOrders(a.tier?.order, b.tier?.order) || compareBytes(a.name, b.name)
}

function sortPolicies(policies: readonly Policy[], release: Release): readonly Policy[] {
  return policies
    .map(policy => ({ policy, key: policyTieBreak(policy.id, release) }))
    .sort((a, b) => compareOrders(a.policy.order, b.policy.order) || compareBytes(a.key, b.key))
    .map(({ policy }) => policy)
}

/** Lower first; absent after every number. */
function compareOrders(a = Infinity, b = Infinity): number {
  return a === b ? 0 : a < b ? -1 : 1
}
