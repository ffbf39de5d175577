// Where a packet enters, and what the walk must be told of the node it passes.

import type { LocalAddresses } from '../netfilter/moving-packet.ts'
import type { Packet } from '../netfilter/packet.ts'
import type { PortRange } from '../net/port.ts'
import { PROTOCOL_NUMBERS } from '../net/protocol.ts'

/** What conntrack makes of the packet, unless it is not tracked at all. */
export type ConnectionState = 'NEW' | 'ESTABLISHED' | 'RELATED' | 'INVALID'

/** Where routing sends a packet: to the node itself, out through an interface, or nowhere. */
export type Route = { readonly kind: 'local' } | OutwardRoute | RefusedRoute

export interface OutwardRoute {
  readonly kind: 'out'
  /** Empty where nobody knows. */
  readonly interfaceName: string
  /** Nobody says so: it was worked out from what is usual. */
  readonly isGuess?: true
  /** Where a guess has more than one answer: the others. Each is followed. */
  readonly others?: readonly Route[]
}

/** What routing does not send on (`ip route add blackhole …`), or has no route for. */
export interface RefusedRoute {
  readonly kind: 'refused'
  readonly how: 'blackhole' | 'unreachable' | 'prohibit' | 'no route'
}

export interface Rewrite {
  readonly address?: string
  readonly port?: number
}

export interface Journey {
  readonly packet: Packet
  /** Interface by which it arrives; absent for what the node itself sends. */
  readonly inInterface?: string
  /** Others that it may arrive by as well, since nobody says which; each is followed. */
  readonly otherInInterfaces?: readonly string[]
  readonly state: ConnectionState
  /** Overrules the routing of destinations that are not the node's own. */
  readonly outInterface?: string
  /**
   * The new destination that somebody else than the rules at hand gives the connection, kube-proxy for example: made after
   * the nat table's rules, unless they have changed the destination already.
   */
  readonly dnat?: Rewrite
  /** Of a later packet: how its connection was translated when it began. */
  readonly connection?: { readonly hasDnat: boolean; readonly hasSnat: boolean }
  /** Whether answers to the source would leave by the interface that the packet came in by; taken for true when left out. */
  readonly hasReversePath?: boolean
  /** The packet's mark when it enters; 0 when left out. */
  readonly mark?: number
}

/** While it is made: what is made for each of a million packets is not spread together, which takes longer than all the rest. */
export type Mutable<Made> = { -readonly [Key in keyof Made]: Made[Key] }

/** What the node's kernel knows besides rules and sets. */
export interface NodeView extends LocalAddresses {
  /** The routing decision for a destination; asked again when the destination has changed. */
  readonly route: (destination: string) => Route
  /** The source that masquerading gives to what leaves by an interface; undefined, or left out, where that is not known. */
  readonly masqueradeAs?: (destination: string, interfaceName: string) => string | undefined
  /** Whether an interface is that of a known workload, which leads nowhere else. Left out: none is. */
  readonly isOfKnownWorkload?: (interfaceName: string) => boolean
}

/** Types of ICMPv6: multicast listener reports, neighbour discovery, and the advertisement and solicitation of multicast routers. */
export const NEVER_TRACKED: readonly PortRange[] = [
  { first: 130, last: 136 },
  { first: 143, last: 143 },
  { first: 151, last: 152 },
]

/**
 * Multicast listener and neighbour messages (not redirects) are never tracked, whatever the rules say
 * (net/netfilter/nf_conntrack_proto_icmpv6.c: noct_valid_new).
 */
export function isNeverTracked({ ipVersion, protocol, icmpType = 0 }: Packet): boolean {
  if (ipVersion !== 6 || protocol !== PROTOCOL_NUMBERS.icmpv6) return false
  return NEVER_TRACKED.some(({ first, last }) => first <= icmpType && icmpType <= last)
}
