// All kinds of matches, and what is asked of any of them.

import type { Match } from '../model/ruleset.ts'
import type { MatchFacets, MatchOf } from './match-facets.ts'
import { accounting } from './matches/accounting.ts'
import { addressType } from './matches/address-type.ts'
import { connectionLimit } from './matches/connection-limit.ts'
import { conntrackState } from './matches/conntrack-state.ts'
import { icmp } from './matches/icmp.ts'
import { inInterface, notInInterface, notOutInterface, outInterface } from './matches/interface.ts'
import { ipSet } from './matches/ip-set.ts'
import { limit } from './matches/limit.ts'
import { mark, markClear } from './matches/mark.ts'
import { net } from './matches/net.ts'
import { destinationPort, ports } from './matches/ports.ts'
import { protocol } from './matches/protocol.ts'
import { recent } from './matches/recent.ts'
import { reversePathFails } from './matches/reverse-path.ts'
import { statistic } from './matches/statistic.ts'
import { tcpFlags } from './matches/tcp-flags.ts'
import { unknown } from './matches/unknown.ts'
import { unlistedInterfaces } from './matches/unlisted-interfaces.ts'
import type { MatchContext, MovingPacket } from './moving-packet.ts'
import type { Outcome } from './outcome.ts'

export const MATCHES: { readonly [K in Match['kind']]: MatchFacets<MatchOf<K>> } = {
  mark,
  markClear,
  inInterface,
  outInterface,
  notInInterface,
  notOutInterface,
  reversePathFails,
  addressType,
  conntrackState,
  protocol,
  net,
  ipSet,
  ports,
  destinationPort,
  icmp,
  limit,
  tcpFlags,
  connectionLimit,
  statistic,
  recent,
  accounting,
  unlistedInterfaces,
  unknown,
}

/** What is known of the kind of this match. */
export function facetsOf(match: Match): MatchFacets<Match> {
  return MATCHES[match.kind] as MatchFacets<Match>
}

/** One match as Felix writes it. */
export function printMatch(match: Match): string {
  return facetsOf(match).print(match)
}

/** Whether one match of a rule fits a packet. */
export function evaluateMatch(match: Match, moving: MovingPacket, context: MatchContext): Outcome {
  return facetsOf(match).evaluate(match, moving, context)
}
