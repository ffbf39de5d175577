// What iptables and ip6tables refuse of a match in its rule, by what the match says of itself.

import { at, type Location } from '../diagnostics/source.ts'
import type { Match } from '../model/ruleset.ts'
import { facetsOf, printMatch } from '../netfilter/match-table.ts'
import { MAX_BURST } from '../netfilter/rate.ts'
import { protocolNumber } from '../net/protocol.ts'
import { type Refusal, type RuleToCheck, setting } from './refusal.ts'

/** Everything that is refused of the matches of one rule. */
export function refusedMatches(toCheck: RuleToCheck): readonly Refusal[] {
  const { matches } = toCheck.rule
  const refusals: Refusal[] = []
  // Every rule of a node comes by here: a counter is what costs least.
  for (let index = 0; index < matches.length; index++) {
    const match = matches[index]
    if (match === undefined) continue
    const { once, tables, protocols, faults } = facetsOf(match).limits
    if (once !== undefined && matches.findIndex(({ kind }) => kind === match.kind) < index) {
      refusals.push({ message: once, help: 'give it once', ...advice(match, toCheck) })
    }
    if (tables?.includes(toCheck.table) === false) {
      const message = `\`${printMatch(match)}\` in the ${toCheck.table} table`
      refusals.push({ message, help: `it works in ${tables.join(' and ')} only` })
    }
    const needed = protocols?.(match)
    if (needed !== undefined && !asksForOne(matches, needed.numbers)) {
      refusals.push({ message: needed.message, help: 'ask for its protocol', ...advice(match, toCheck) })
    }
    for (const fault of faults?.(match, toCheck.ipVersion) ?? []) {
      refusals.push({ ...fault, place: valuePlace(match, toCheck) })
    }
  }
  return refusals
}

function asksForOne(matches: readonly Match[], protocols: readonly number[]): boolean {
  for (const match of matches) {
    if (match.kind === 'protocol' && !match.negated && protocols.includes(protocolNumber(match.protocol))) return true
  }
  return false
}

/** What to write instead, in words of policy. */
function advice({ kind }: Match, toCheck: RuleToCheck): Partial<Refusal> {
  switch (kind) {
    case 'protocol':
      return {
        help: 'a rule has either `protocol` or `notProtocol`: where `protocol` is given, `notProtocol` adds nothing',
        place: ruleField(toCheck, 'notProtocol'),
      }
    case 'icmp':
      return {
        help: `add \`protocol: ${toCheck.ipVersion === 4 ? 'ICMP' : 'ICMPv6'}\` to the rule; for other protocols \`notICMP\` is always true and can go`,
        place: ruleField(toCheck, 'notICMP'),
      }
    case 'ports':
    case 'destinationPort':
      return { help: 'add `protocol: TCP`, `UDP` or `SCTP` to the rule' }
    default:
      return {}
  }
}

/** A field of the policy rule behind an iptables rule. */
function ruleField({ rule }: RuleToCheck, field: string): Location | undefined {
  return rule.origin.kind === 'policyRule' ? at(rule.origin.location, field) : undefined
}

/** The setting behind a value. */
function valuePlace(match: Match, toCheck: RuleToCheck): Location | undefined {
  if (match.kind !== 'limit' || toCheck.rule.target?.kind !== 'log') return undefined
  return setting(toCheck, match.burst > MAX_BURST ? 'logActionRateLimitBurst' : 'logActionRateLimit')
}
