// Policy groups: neighbours in a tier and direction that are for the same endpoints, so that one chain can serve them all.

import { policyGroupChainName } from '../calico/policy-names.ts'
import type { Release } from '../calico/releases/release.ts'
import type { Direction, Policy } from '../model/ast/policy.ts'
import type { PlannedPolicy, PolicyGroup } from '../model/plan.ts'

/** Cuts lists of policies into groups; equal groups of different endpoints are one object. */
export class PolicyGrouper {
  readonly #planned: ReadonlyMap<Policy, PlannedPolicy>
  readonly #release: Release
  /** By first policy of the group. */
  readonly #known = new Map<Policy, { readonly policies: readonly Policy[]; readonly group: PolicyGroup }[]>()

  /** @param planned the policies that are enforced; staged ones are not among them */
  constructor(planned: ReadonlyMap<Policy, PlannedPolicy>, release: Release) {
    this.#planned = planned
    this.#release = release
  }

  /** Staged policies take part in groups like any other, though nothing jumps to them. */
  group(policies: readonly Policy[], direction: Direction): readonly PolicyGroup[] {
    const groups: PolicyGroup[] = []
    let current: Policy[] = []
    for (const policy of policies) {
      const [first] = current
      if (first !== undefined && !this.#areTogether(first, policy)) {
        groups.push(this.#make(current, direction))
        current = []
      }
      current.push(policy)
    }
    if (current.length > 0) groups.push(this.#make(current, direction))
    return groups
  }

  #areTogether(first: Policy, policy: Policy): boolean {
    return this.#release.policyGroups !== 'none' && first.selector.canonical === policy.selector.canonical
  }

  #make(policies: readonly Policy[], direction: Direction): PolicyGroup {
    const [first] = policies
    // INVARIANT: groups are never empty.
    if (first === undefined) throw new Error('empty policy group')
    let known = this.#known.get(first)
    if (known === undefined) this.#known.set(first, (known = []))
    const same = known.find(entry => entry.group.direction === direction && areSame(entry.policies, policies))
    if (same !== undefined) return same.group
    const ids = policies.map(({ id }) => id)
    const described = { tier: first.tier, canonicalSelector: first.selector.canonical, direction, policies: ids }
    const group: PolicyGroup = {
      chainName: policies.length < 2 ? '' : policyGroupChainName(described, this.#release),
      direction,
      policies: ids,
      enforced: policies.flatMap(policy => this.#planned.get(policy) ?? []),
    }
    known.push({ policies, group })
    return group
  }
}

function areSame(a: readonly Policy[], b: readonly Policy[]): boolean {
  return a.length === b.length && a.every((policy, index) => policy === b[index])
}
