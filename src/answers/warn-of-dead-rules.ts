// Says which rules never decide anything, and which could go.

import type { Report } from '../diagnostics/diagnostic.ts'
import { ruleName } from '../words/origin.ts'
import type { PolicyRuleOrigin, PolicyRuleUse, Use } from './dead-rules.ts'

/** Rules named as those that stand before another. */
const MOST_RELATED = 3

export function warnOfDeadRules(uses: readonly PolicyRuleUse[], report: Report): void {
  const told = new Set<string>()
  for (const use of uses) {
    const { origin, today, ever, takenBy } = use
    if (!today.isEntered) {
      warnOfPolicy(use, uses, told, report)
      continue
    }
    if (today.isMet && today.isNeeded) continue
    const name = ruleName(origin)
    const when = isSame(today, ever) ? '' : "with today's pods, "
    const severity = when === '' ? 'warn' : 'note'
    if (today.isMet) {
      report[severity](
        'redundant-rule',
        `${when}nothing would change without \`${name}\`: the other rules of its policy decide its packets alike`,
        origin.location,
        'remove it, or say what it should decide differently',
      )
    } else if (!today.canFit) {
      report[severity](
        'dead-rule',
        `${when}\`${name}\` never matches a packet`,
        origin.location,
        'what it asks for cannot be true together, or nothing has it',
      )
    } else {
      const related = takenBy.slice(0, MOST_RELATED).map(other => ({
        message: `\`${ruleName(other)}\` takes some of them`,
        place: other.location,
      }))
      report[severity](
        'dead-rule',
        `${when}\`${name}\` never decides: ${takenBy.length === 0 ? 'policies' : 'rules'} before it take all packets that it matches`,
        origin.location,
        { help: 'move it up, or remove it', related },
      )
    }
  }
}

/** One message for all rules of a direction, where no packet comes to any of them. */
function warnOfPolicy(
  { origin, ever }: PolicyRuleUse,
  uses: readonly PolicyRuleUse[],
  told: Set<string>,
  report: Report,
): void {
  const key = policyKey(origin)
  if (told.has(key)) return
  told.add(key)
  if (uses.some(other => policyKey(other.origin) === key && other.today.isEntered)) return
  const when = ever.isEntered ? "with today's pods, " : ''
  report[ever.isEntered ? 'note' : 'warn'](
    'dead-policy',
    `${when}no packet comes to the ${origin.direction} rules of this policy`,
    origin.location,
    'a policy or tier before it decides about all packets of the endpoints that it selects',
  )
}

function policyKey({ policy, direction }: PolicyRuleOrigin): string {
  return JSON.stringify([policy, direction])
}

/** Whether what is so today is so whatever labels select. */
function isSame(today: Use, ever: Use): boolean {
  return today.isMet ? !ever.isNeeded : !ever.isMet
}
