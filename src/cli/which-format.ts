// The lines of calitables which: tiers and policies of a chain, and why a policy selects an endpoint.

import type { Selection } from '../explain/explain-selection.ts'
import type { MetChain } from '../explain/which.ts'

export function formatChain({ interfaceName, chainType, direction, tiers, profiles }: MetChain): readonly string[] {
  const isNormal = chainType === 'normal'
  if (tiers.length === 0 && !isNormal) return []
  const lines = [`${direction}, ${chainType} policy (${interfaceName})`]
  for (const { name, order, defaultAction, policies } of tiers) {
    lines.push(
      `  tier ${name} (${order === undefined ? 'no order: last' : `order ${order}`}, ${endOfTier(chainType, defaultAction)})`,
    )
    for (const { kindAndName, order: own, isOrderImplied, isStaged, place, reasons } of policies) {
      const text = own === undefined ? 'no order: last' : `order ${own}${isOrderImplied ? ', implied' : ''}`
      lines.push(`    ${kindAndName} (${text}${isStaged ? '; staged: not enforced' : ''}) ${place}`)
      for (const line of reasons.map(reason => `      ${reason}`)) lines.push(line)
    }
  }
  if (!isNormal) return lines
  if (tiers.length === 0) lines.push('  no policy')
  const whatIsLeft = tiers.some(({ defaultAction }) => defaultAction === 'Deny') ? ', for what was passed on' : ''
  lines.push(
    profiles.length === 0
      ? `  then no profile: what is not decided is dropped`
      : `  then ${profiles.length === 1 ? 'profile' : 'profiles'} ${profiles.join(', ')}${whatIsLeft}`,
  )
  return lines
}

/** Chains before connection tracking and DNAT never drop at the end of a tier, whatever the tier says. */
function endOfTier(chainType: MetChain['chainType'], defaultAction: string): string {
  const isLasting = chainType === 'normal' || chainType === 'forward'
  return isLasting ? `default action ${defaultAction}` : `${chainType} chains have no default action`
}

export function formatSelection({ matches, reasons }: Selection, name: string): readonly string[] {
  return [`${name}: ${matches ? 'selected' : 'not selected'}`, ...reasons.map(reason => `  ${reason}`)]
}
