// Rules behind one that decides about every packet: nothing gets to them.

import type { Report } from '../diagnostics/diagnostic.ts'
import type { Resource } from '../model/ast/resources.ts'
import { ANY_ENTITY, DIRECTIONS, type EntityRule, type PolicyRule } from '../model/ast/policy.ts'
import { isKubernetes, policiesOf } from './policies.ts'

/** Rules of a Kubernetes NetworkPolicy all allow, in any order. */
export function warnOfUnreachableRules(resources: readonly Resource[], report: Report): void {
  for (const policy of policiesOf(resources)) {
    if (isKubernetes(policy.id.kind)) continue
    for (const direction of DIRECTIONS) {
      const rules = policy[direction]
      const index = rules.findIndex(decidesEverything)
      const behind = index < 0 ? [] : rules.slice(index + 1)
      const [deciding, first] = [rules[index], behind[0]]
      if (deciding === undefined || first?.location === undefined) continue
      const what = `rule \`${direction}[${index}]\` ${DECISIONS[deciding.action]} everything: ${
        behind.length === 1
          ? 'the rule behind it is never reached'
          : `the ${behind.length} rules behind it are never reached`
      }`
      const advice = {
        help: 'put the rule for everything last, or remove what stands behind it',
        ...(deciding.location === undefined
          ? {}
          : {
              related: [
                { message: 'the rule for everything', place: { ...deciding.location, target: 'value' } as const },
              ],
            }),
      }
      // What would have been decided alike changes nothing.
      if (behind.every(({ action }) => action === deciding.action))
        report.note('unreachable-rules', what, first.location, advice)
      else report.warn('unreachable-rules', what, first.location, advice)
    }
  }
}

const DECISIONS = { Allow: 'allows', Deny: 'denies', Pass: 'passes', Log: 'logs' } as const

/** No condition and a decision: nothing gets past it. */
export function decidesEverything(rule: PolicyRule): boolean {
  return rule.action !== 'Log' && isForEverything(rule)
}

/** Whatever else a rule has is a criterion, one that is added later too. */
function isForEverything({ action, annotations, location, source, destination, ...criteria }: PolicyRule): boolean {
  const isAny = Object.values(criteria).every(match => match === undefined)
  return isAny && isAnybody(source) && isAnybody(destination)
}

function isAnybody(entity: EntityRule): boolean {
  const { selector, notSelector, service, ...lists } = entity
  const isUnnamed = [selector, notSelector, service].every(match => match === undefined)
  return isUnnamed && (Object.keys(ANY_ENTITY) as (keyof typeof lists)[]).every(field => lists[field].length === 0)
}
