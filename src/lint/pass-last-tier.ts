// `Pass` in the last tier: there is no next one, so profiles decide, and those of namespaces allow everything.

import { DEFAULT_TIER } from '../calico/tiers.ts'
import type { Release } from '../calico/releases/release.ts'
import type { Report } from '../diagnostics/diagnostic.ts'
import { at } from '../diagnostics/source.ts'
import type { Resource } from '../model/ast/resources.ts'
import { Matcher } from './endpoints.ts'
import { isKubernetes, ofSpec, policiesOf } from './policies.ts'
import { DIRECTIONS } from '../model/ast/policy.ts'

/**
 * Not said of Kubernetes' cluster-wide policies, whose tiers hand on to namespaces and their defaults on purpose, nor where
 * nothing stands in Calico's own tier: what comes behind is not in the input then. Nor of untracked and preDNAT policies, behind
 * which the others come.
 */
export function warnOfPassInLastTier(resources: readonly Resource[], report: Report, { builtInTiers }: Release): void {
  const orders = new Map<string, number>(builtInTiers.map(({ name, order }) => [name, order]))
  for (const resource of resources) if (resource.kind === 'tier') orders.set(resource.name, resource.order)
  const policies = policiesOf(resources)
  const matcher = new Matcher(resources)
  let last = -Infinity
  for (const { tier } of policies) last = Math.max(last, orders.get(tier) ?? Infinity)
  const isUsed = policies.some(({ tier }) => tier === DEFAULT_TIER)
  for (const policy of policies) {
    if (isKubernetes(policy.id.kind) || policy.doNotTrack || policy.preDNAT || !isUsed) continue
    const order = orders.get(policy.tier)
    // A tier that is not in the input may stand anywhere.
    if (order === undefined || order < last) continue
    const passing = DIRECTIONS.flatMap(direction => policy[direction]).find(({ action }) => action === 'Pass')
    if (passing === undefined) continue
    const { selector } = policy.selector
    const isForHosts = matcher.hosts(selector).length > 0 && matcher.hasOthers(selector) === false
    report.warn(
      'pass-last-tier',
      `\`${policy.tier}\` is the last tier with policies: what is passed goes to profiles, and ${isForHosts ? 'a host endpoint without profiles drops it' : 'those of namespaces allow everything'}`,
      passing.location === undefined ? ofSpec(policy, 'tier') : at(passing.location, 'action'),
      'write `Allow` or `Deny`, whichever is meant',
    )
  }
}
