// Which policies select which endpoints of the node.

import type { HostEndpoint, Labels, WorkloadEndpoint } from '../model/ast/endpoint.ts'
import type { Policy } from '../model/ast/policy.ts'
import { collectLabels, LabelIndex } from './label-index.ts'
import type { Labelled } from './label-postings.ts'
import type { PlanWork } from './plan-work.ts'

export type LocalEndpoint = WorkloadEndpoint | HostEndpoint

export interface PolicyMatches {
  /** Policies that select an endpoint of the node, or say that every node needs them; in the order given. */
  readonly active: readonly Policy[]
  /** The active policies that select an endpoint, in the order given. */
  readonly byEndpoint: ReadonlyMap<LocalEndpoint, readonly Policy[]>
}

/** @throws PlanTooLarge */
export function matchEndpoints(
  policies: readonly Policy[],
  endpoints: readonly LocalEndpoint[],
  profileLabels: ReadonlyMap<string, Labels>,
  work: PlanWork,
): PolicyMatches {
  const labels = new Set<string>()
  for (const { selector } of policies) collectLabels(selector.selector, labels)
  const items = endpoints.map((endpoint): Labelled & { readonly endpoint: LocalEndpoint } => ({
    labels: endpoint.labels,
    parents: endpoint.profiles,
    endpoint,
  }))
  const index = new LabelIndex(items, profileLabels, labels, work)
  const matches = new Map<string, readonly LocalEndpoint[]>()
  const byEndpoint = new Map<LocalEndpoint, Policy[]>(endpoints.map(endpoint => [endpoint, []]))
  const active = policies.filter(policy => {
    const { selector, canonical } = policy.selector
    let selected = matches.get(canonical)
    if (selected === undefined) {
      selected = index.match(selector).map(({ endpoint }) => endpoint)
      matches.set(canonical, selected)
    }
    work.placePolicies(selected.length)
    for (const endpoint of selected) byEndpoint.get(endpoint)?.push(policy)
    return selected.length > 0 || policy.isAssumedNeeded
  })
  return { active, byEndpoint }
}
