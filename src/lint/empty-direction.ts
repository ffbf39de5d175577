// `types: [Ingress, Egress]` with rules for one of the two: the other denies everything, which is easily overlooked.

import type { Report } from '../diagnostics/diagnostic.ts'
import type { Resource } from '../model/ast/resources.ts'
import { ofSpec, policiesOf, typeName, typesField } from './policies.ts'
import { DIRECTIONS } from '../model/ast/policy.ts'

export function noteEmptyDirections(resources: readonly Resource[], report: Report): void {
  const passing = new Set<string>()
  for (const resource of resources)
    if (resource.kind === 'tier' && resource.defaultAction === 'Pass') passing.add(resource.name)
  for (const policy of policiesOf(resources)) {
    if (policy.types.length < 2 || policy.doNotTrack || policy.preDNAT || passing.has(policy.tier)) continue
    const empty = DIRECTIONS.filter(direction => policy[direction].length === 0)
    const [direction] = empty
    // No rules at all is how everything is denied on purpose.
    if (direction === undefined || empty.length > 1) continue
    const other = direction === 'ingress' ? 'egress' : 'ingress'
    report.note(
      'empty-direction',
      `the policy has the type \`${typeName(direction)}\` and no ${direction} rules: it denies all ${direction} that no other policy allows`,
      ofSpec(policy, typesField(policy)),
      `write \`${typesField(policy)}: [${typeName(other)}]\` where only ${other} is meant`,
    )
  }
}
