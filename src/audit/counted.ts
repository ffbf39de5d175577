// What counters of rules tell of a cause: packets have met them.

import type { Finding, FoundRule } from './finding.ts'

/** A line of evidence about `rules`, which stand before it or are named; none where the text has no counters (`iptables-save` without `-c`). */
export function countedWords(rules: readonly FoundRule[], named?: string): readonly string[] {
  const counters = rules.flatMap(({ counters }) => counters ?? [])
  if (counters.length === 0) return []
  const packets = counters.reduce((sum, one) => sum + BigInt(one.packets), 0n)
  const what = named === undefined ? (rules.length === 1 ? 'it has' : 'they have') : `${named} have`
  return [
    packets === 0n
      ? `${what} not counted one packet`
      : `${what} counted ${packets} ${packets === 1n ? 'packet' : 'packets'}`,
  ]
}

/** The rules of the node that a finding is about. */
export function foundRulesOf(finding: Finding): readonly FoundRule[] {
  switch (finding.kind) {
    case 'rule-changed':
    case 'rule-extra':
    case 'rule-moved':
    case 'rule-duplicated':
    case 'foreign-in-chain':
      return [finding.found]
    case 'chain-left-over':
    case 'chain-unreferenced':
    case 'hook-not-first':
    case 'hook-not-last':
      return finding.rules
    default:
      return []
  }
}
