// Rules for a direction that `types` does not have: Calico takes them and never uses them.

import type { Report } from '../diagnostics/diagnostic.ts'
import type { Resource } from '../model/ast/resources.ts'
import { ofSpec, policiesOf, typeName, typesField } from './policies.ts'
import { DIRECTIONS } from '../model/ast/policy.ts'

export function warnOfUnusedRules(resources: readonly Resource[], report: Report): void {
  for (const policy of policiesOf(resources)) {
    for (const direction of DIRECTIONS) {
      if (policy[direction].length === 0 || policy.types.includes(direction)) continue
      const type = typeName(direction)
      const field = typesField(policy)
      report.warn(
        'unused-rules',
        `the ${direction} rules are never used: \`${field}\` does not have \`${type}\``,
        ofSpec(policy, direction),
        `add \`${type}\` to \`${field}\`, or remove the rules`,
      )
    }
  }
}
