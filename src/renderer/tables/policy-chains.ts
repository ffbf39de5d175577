// Chains of policies, groups and profiles, offered to every table that may jump to them. Each is rendered once.

import { policyChainName } from '../../calico/policy-names.ts'
import { type Direction, DIRECTIONS } from '../../model/ast/policy.ts'
import { allHostEndpoints, type PlannedTier, type PolicyGroup } from '../../model/plan.ts'
import type { Chain } from '../../model/ruleset.ts'
import { renderGroupChain, renderPolicyChain, renderProfileChain } from '../chains/policy-chain.ts'
import type { RenderContext } from '../context.ts'

export interface PolicyChains {
  /** For raw and mangle as well as filter. */
  readonly policies: readonly Chain[]
  readonly profilesIngress: readonly Chain[]
  readonly profilesEgress: readonly Chain[]
  /** Chains of policies that ask to be programmed on every node. */
  readonly forced: ReadonlySet<string>
}

export function renderPolicyChains(context: RenderContext): PolicyChains {
  const { plan, release } = context
  const profiles = (direction: Direction): readonly Chain[] =>
    plan.profiles.map(profile => renderProfileChain(profile, direction, context))
  const needed = release.forcesAssumedPolicies ? plan.policies.filter(({ isAssumedNeeded }) => isAssumedNeeded) : []
  return {
    policies: [
      ...plan.policies.flatMap(policy => DIRECTIONS.map(direction => renderPolicyChain(policy, direction, context))),
      ...groupsWithChain(context).map(group => renderGroupChain(group, context)),
    ],
    profilesIngress: profiles('ingress'),
    profilesEgress: profiles('egress'),
    forced: new Set(needed.flatMap(({ id }) => DIRECTIONS.map(direction => policyChainName(id, direction, release)))),
  }
}

function groupsWithChain({ plan }: RenderContext): readonly PolicyGroup[] {
  const tiers: readonly PlannedTier[] = [
    ...plan.workloads.flatMap(workload => workload.tiers),
    ...allHostEndpoints(plan).flatMap(host => Object.values(host.tiers).flat()),
  ]
  const groups = new Map<string, PolicyGroup>()
  for (const { ingress, egress } of tiers) {
    for (const group of [...ingress, ...egress]) if (group.enforced.length > 1) groups.set(group.chainName, group)
  }
  return [...groups.values()]
}
