// Which policies govern an endpoint, in the order in which packets meet them, and why one does or does not.

import { isStaged } from '../calico/policy-kinds.ts'
import { isSamePlace } from '../diagnostics/source.ts'
import type { SourceIndex } from '../diagnostics/source-index.ts'
import { type Direction, DIRECTIONS, type Policy } from '../model/ast/policy.ts'
import { allHostEndpoints, type EndpointChainType, type NodePlan, type PlannedTier } from '../model/plan.ts'
import { policyName } from '../words/origin.ts'
import { type ExplainSelection } from './explain-selection.ts'
import { allPolicies, type FoundEndpoint, fullPolicyName } from './names.ts'
import { excerptOf, formatPlace } from './source-excerpt.ts'

export interface MetTier {
  readonly name: string
  /** Absent: after all tiers that have one. */
  readonly order?: number
  readonly defaultAction: string
  readonly policies: readonly MetPolicy[]
}

export interface MetPolicy {
  readonly policy: string
  readonly kindAndName: string
  readonly order?: number
  /** Kubernetes policies have no order of their own. */
  readonly isOrderImplied: boolean
  readonly isStaged: boolean
  readonly place: string
  readonly reasons: readonly string[]
}

export interface MetChain {
  readonly interfaceName: string
  readonly chainType: EndpointChainType
  readonly direction: Direction
  readonly tiers: readonly MetTier[]
  /** In order; only normal chains end in them. */
  readonly profiles: readonly string[]
}

function metTier(
  { name, defaultAction }: PlannedTier,
  order: number | undefined,
  policies: readonly MetPolicy[],
): MetTier {
  return { name, ...(order === undefined ? {} : { order }), defaultAction, policies }
}

/** Chain types in the order in which an incoming packet meets them, each for both directions. */
export function policiesOf(
  found: FoundEndpoint,
  plan: NodePlan,
  explain: ExplainSelection,
  sources: SourceIndex,
): readonly MetChain[] {
  const { endpoint } = found
  const policies = new Map(allPolicies(plan).map(policy => [fullPolicyName(policy.id), policy] as const))
  const tiers = new Map(plan.matching.tiers.map(({ name, tier }) => [name, tier] as const))
  const metPolicy = (id: Policy['id']): MetPolicy => {
    const policy = policies.get(fullPolicyName(id))
    return {
      policy: fullPolicyName(id),
      kindAndName: policyName(id),
      ...(policy?.order === undefined ? {} : { order: policy.order }),
      isOrderImplied: id.kind === 'KubernetesNetworkPolicy' || id.kind === 'StagedKubernetesNetworkPolicy',
      isStaged: isStaged(id.kind),
      place: policy === undefined ? '' : formatPlace(excerptOf(policy.location, sources, 0)),
      reasons: policy === undefined ? [] : explain(policy, found).reasons,
    }
  }
  const met = (
    interfaceName: string,
    chainType: EndpointChainType,
    planned: readonly PlannedTier[],
    profiles: readonly string[],
  ): readonly MetChain[] =>
    DIRECTIONS.map(direction => ({
      interfaceName,
      chainType,
      direction,
      tiers: planned.flatMap((tier): readonly MetTier[] => {
        const list = tier[direction].flatMap(group => group.policies.map(metPolicy))
        return list.length === 0 ? [] : [metTier(tier, tiers.get(tier.name)?.order, list)]
      }),
      profiles,
    }))
  return [
    ...plan.workloads
      .filter(({ location }) => isSamePlace(location, endpoint.location))
      .flatMap(({ interfaceName, tiers: own, profiles }) => met(interfaceName, 'normal', own, profiles)),
    ...allHostEndpoints(plan)
      .filter(({ location }) => isSamePlace(location, endpoint.location))
      .flatMap(({ interfaceName, tiers: own, profiles }) =>
        (['untracked', 'preDNAT', 'normal', 'forward'] as const).flatMap(chainType =>
          met(interfaceName, chainType, own[chainType], chainType === 'normal' ? profiles : []),
        ),
      ),
  ]
}
