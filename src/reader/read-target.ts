// What follows `-j`: a chain of the table, or one of the targets that say how they are read; anything else is not known here.

import type { Target } from '../model/ruleset.ts'
import type { Option, Word } from '../netfilter/option.ts'
import { TARGETS } from '../netfilter/target-table.ts'

const READERS = new Map(Object.values(TARGETS).flatMap(({ read }) => Object.entries(read)))

/**
 * Targets of netfilter after which a packet goes on, with mark and addresses as they were (iptables-extensions(8)). LOG and
 * NFLOG are here for options that are not known above.
 */
const CONTINUING = new Set(
  'LOG NFLOG ULOG AUDIT TRACE DSCP TOS TTL HL ECN TCPMSS TCPOPTSTRIP CHECKSUM CLASSIFY CONNSECMARK CT IDLETIMER LED'
    .concat(' RATEEST SECMARK SET TEE')
    .split(' '),
)

/** @param text the words from `-j` on @param isChain is that the name of a chain of this table? */
export function readTarget(
  name: string,
  options: readonly Option[],
  text: string,
  isChain: (name: string) => boolean,
): Target {
  const unknown: Target = { kind: 'unknown', text, continues: CONTINUING.has(name) }
  if (isChain(name)) return options.length === 0 ? { kind: 'jump', chain: name } : { ...unknown, continues: false }
  const byName = new Map<string, Word | undefined>()
  for (const { name: option, negated, arguments: words } of options) {
    if (negated || byName.has(option) || words.length > 1) return unknown
    byName.set(option, words[0])
  }
  return READERS.get(name)?.(byName) ?? unknown
}

/** A target of which it is known what it does. */
export function isKnownTarget(name: string): boolean {
  return READERS.has(name)
}

/** A name as netfilter gives to targets: a jump to a chain that is not there has another. */
export function isTargetName(name: string): boolean {
  return READERS.has(name) || /^[A-Z][A-Z0-9_]*$/.test(name)
}
