// Which packets connection tracking leaves alone, and which of the others the nat table is asked about.

import { ICMP_PROTOCOLS } from '../../netfilter/packet.ts'
import { NEVER_TRACKED } from '../../walk/packet.ts'
import { type Bdd, NONE } from './bdd.ts'
import type { HeaderSets } from './header-sets.ts'
import { STATES } from './packet-space.ts'

export interface TrackingSets {
  /** As `isNeverTracked` has it. */
  readonly never: Bdd
  /** Of tracked packets: those that start a connection. */
  readonly asksNat: Bdd
  /** Of tracked packets: those that may be translated at all. */
  readonly valid: Bdd
}

export function trackingSets(headers: HeaderSets): TrackingSets {
  const { store, ipVersion } = headers.space
  const inState = (...names: readonly string[]): Bdd =>
    headers.states(STATES.flatMap((name, number) => (names.includes(name) ? [number] : [])))
  const messages = headers.portField(
    'destination',
    NEVER_TRACKED.map(({ first, last }) => ({ first: first * 256, last: last * 256 + 255 })),
  )
  return {
    never: ipVersion === 4 ? NONE : store.and(headers.protocols([58]), messages),
    asksNat: store.or(inState('NEW'), store.minus(inState('RELATED'), headers.protocols(ICMP_PROTOCOLS))),
    valid: store.not(inState('INVALID')),
  }
}
