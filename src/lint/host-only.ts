// Policies for host endpoints that select none: `preDNAT`, `doNotTrack` and `applyOnForward` mean nothing to workloads.

import type { Report } from '../diagnostics/diagnostic.ts'
import type { Policy } from '../model/ast/policy.ts'
import type { Resource } from '../model/ast/resources.ts'
import { Matcher } from './endpoints.ts'
import { ofSpec, policiesOf } from './policies.ts'

/** Only where the input has pods that are selected: an input of policies alone says nothing of what they select. */
export function warnOfHostOnly(resources: readonly Resource[], report: Report): void {
  const policies = policiesOf(resources).filter(policy => policy.preDNAT || policy.doNotTrack || policy.applyOnForward)
  if (policies.length === 0) return
  const matcher = new Matcher(resources)
  for (const policy of policies) {
    const { selector } = policy.selector
    if (policy.doNotTrack && isOnlyForWildcards(policy, matcher)) {
      report.warn(
        'host-only',
        'the policy has no effect: Felix leaves `doNotTrack` out for host endpoints with `interfaceName: "*"`, and the selector matches no other',
        ofSpec(policy, 'doNotTrack'),
        'make host endpoints that name their interface, or remove the field',
      )
      continue
    }
    if (matcher.hosts(selector).length > 0 || matcher.hasOthers(selector) !== true) continue
    const flag = policy.preDNAT ? 'preDNAT' : policy.doNotTrack ? 'doNotTrack' : 'applyOnForward'
    report.warn(
      'host-only',
      flag === 'applyOnForward'
        ? '`applyOnForward` means nothing here: the selector matches workloads and no host endpoint'
        : `the policy has no effect: with \`${flag}\` it is for host endpoints, and the selector matches only workloads`,
      ofSpec(policy, flag),
      'select host endpoints by their labels, or remove the field',
    )
  }
}

/** Whether all host endpoints that it selects, of which there are some, are for all interfaces of their node. */
export function isOnlyForWildcards({ selector }: Policy, matcher: Matcher): boolean {
  const hosts = matcher.hosts(selector.selector)
  return hosts.length > 0 && hosts.every(({ interfaceName }) => interfaceName === '*')
}
