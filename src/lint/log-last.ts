// `Log` as the last rule behind others: it decides nothing, and what gets there falls to the end of the tier.

import type { Report } from '../diagnostics/diagnostic.ts'
import type { Resource } from '../model/ast/resources.ts'
import { ofSpec, policiesOf } from './policies.ts'
import { decidesEverything } from './unreachable-rules.ts'
import { DIRECTIONS } from '../model/ast/policy.ts'

/** A policy of nothing but Log rules is there to log. */
export function noteLogLast(resources: readonly Resource[], report: Report): void {
  for (const policy of policiesOf(resources)) {
    for (const direction of DIRECTIONS) {
      const rules = policy[direction]
      const last = rules.at(-1)
      if (last?.action !== 'Log' || rules.every(({ action }) => action === 'Log')) continue
      // Nothing gets there.
      if (rules.some(decidesEverything)) continue
      report.note(
        'log-last',
        'the last rule logs and decides nothing: what it matches goes on to the next policy and to the end of the tier',
        last.location ?? ofSpec(policy, direction),
        'add a rule `action: Deny` behind it where that is meant',
      )
      break
    }
  }
}
