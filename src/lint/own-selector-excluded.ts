// A rule for a destination of ingress, or a source of egress, that the policy's own selector excludes: it never applies.

import { METADATA_NAME_LABEL, NAME_LABEL, NAMESPACE_LABEL, NAMESPACE_PREFIX } from '../calico/labels.ts'
import type { Report } from '../diagnostics/diagnostic.ts'
import { at } from '../diagnostics/source.ts'
import { DIRECTIONS, type EntityRule } from '../model/ast/policy.ts'
import type { Resource } from '../model/ast/resources.ts'
import type { Selector } from '../selector/ast.ts'
import { mapLabels } from '../selector/print.ts'
import { contradictionOf } from '../selector/contradiction.ts'
import { policiesOf } from './policies.ts'

/** A policy that applies to forwarded packets sees those of others, which the selector says nothing of. */
export function warnOfOwnSelectorExcluded(resources: readonly Resource[], report: Report): void {
  for (const policy of policiesOf(resources)) {
    if (policy.applyOnForward || policy.preDNAT || policy.doNotTrack) continue
    for (const direction of DIRECTIONS) {
      const side = direction === 'ingress' ? 'destination' : 'source'
      for (const rule of policy[direction]) {
        const { field, own } = choiceOf(rule[side])
        if (own === undefined || rule.location === undefined) continue
        const both = byOneName({ kind: 'and', operands: [policy.selector.selector, own] })
        if (contradictionOf(both) === undefined || contradictionOf(own) !== undefined) continue
        report.warn(
          'own-selector-excluded',
          `the ${side} of ${direction === 'ingress' ? 'an ingress' : 'an egress'} rule is what the policy selects, and its selector excludes this one: the rule never applies`,
          { ...at(rule.location, side, field), target: 'key' },
          direction === 'ingress'
            ? 'write what packets come from under `source`, or select these endpoints in the policy'
            : 'write where packets go under `destination`, or select these endpoints in the policy',
        )
      }
    }
  }
}

/** What a side leaves, and the field that says so. */
function choiceOf({ selector, notSelector }: EntityRule): {
  readonly field: 'selector' | 'notSelector'
  readonly own: Selector | undefined
} {
  if (selector !== undefined || notSelector === undefined) return { field: 'selector', own: selector?.selector }
  return { field: 'notSelector', own: { kind: 'not', operand: notSelector.selector } }
}

/** The name of a namespace has several labels, which always say the same. */
const NAMES_OF_NAMESPACES: readonly string[] = [
  `${NAMESPACE_PREFIX}${NAME_LABEL}`,
  `${NAMESPACE_PREFIX}${METADATA_NAME_LABEL}`,
]

function byOneName(selector: Selector): Selector {
  return mapLabels(selector, label => (NAMES_OF_NAMESPACES.includes(label) ? NAMESPACE_LABEL : label))
}
