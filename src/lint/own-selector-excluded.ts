// A rule for a destination of ingress, or a source of egress, that the policy's own selector excludes: it never applies.

import type { Report } from '../diagnostics/diagnostic.ts'
import { at } from '../diagnostics/source.ts'
import type { Resource } from '../model/ast/resources.ts'
import { contradictionOf } from '../selector/contradiction.ts'
import { DIRECTIONS, policiesOf } from './policies.ts'

/** A policy that applies to forwarded packets sees those of others, which the selector says nothing of. */
export function warnOfOwnSelectorExcluded(resources: readonly Resource[], report: Report): void {
  for (const policy of policiesOf(resources)) {
    if (policy.applyOnForward || policy.preDNAT || policy.doNotTrack) continue
    for (const direction of DIRECTIONS) {
      const side = direction === 'ingress' ? 'destination' : 'source'
      for (const rule of policy[direction]) {
        const own = rule[side].selector
        if (own === undefined || rule.location === undefined) continue
        const both = { kind: 'and', operands: [policy.selector.selector, own.selector] } as const
        if (contradictionOf(both) === undefined || contradictionOf(own.selector) !== undefined) continue
        report.warn(
          'own-selector-excluded',
          `the ${side} of ${direction === 'ingress' ? 'an ingress' : 'an egress'} rule is what the policy selects, and its selector excludes this one: the rule never applies`,
          { ...at(rule.location, side, 'selector'), target: 'key' },
          direction === 'ingress'
            ? 'write what packets come from under `source`, or select these endpoints in the policy'
            : 'write where packets go under `destination`, or select these endpoints in the policy',
        )
      }
    }
  }
}
