// Where a packet enters, and what the walk must be told of the node it passes.

import type { LocalAddresses } from '../netfilter/moving-packet.ts'
import type { Packet } from '../netfilter/packet.ts'
import { PROTOCOL_NUMBERS } from '../net/protocol.ts'

/** What conntrack makes of the packet, unless it is not tracked at all. */
export type ConnectionState = 'NEW' | 'ESTABLISHED' | 'RELATED' | 'INVALID'

/** Where routing sends a packet: to the node itself, or out through an interface. */
export type Route = { readonly kind: 'local' } | { readonly kind: 'out'; readonly interfaceName: string }

export interface Rewrite {
  readonly address?: string
  readonly port?: number
}

export interface Journey {
  readonly packet: Packet
  /** Interface by which it arrives; absent for what the node itself sends. */
  readonly inInterface?: string
  readonly state: ConnectionState
  /** Overrules the routing of destinations that are not the node's own. */
  readonly outInterface?: string
  /**
   * The new destination that somebody else than the rules at hand gives the connection, kube-proxy for example: made after
   * the nat table's rules, unless they have changed the destination already.
   */
  readonly dnat?: Rewrite
  /** Whether answers to the source would leave by the interface that the packet came in by; taken for true when left out. */
  readonly hasReversePath?: boolean
  /** The packet's mark when it enters; 0 when left out. */
  readonly mark?: number
}

/** What the node's kernel knows besides rules and sets. */
export interface NodeView extends LocalAddresses {
  /** The routing decision for a destination; asked again when the destination has changed. */
  readonly route: (destination: string) => Route
}

/**
 * Multicast listener and neighbour messages (not redirects) are never tracked, whatever the rules say
 * (net/netfilter/nf_conntrack_proto_icmpv6.c: noct_valid_new).
 */
export function isNeverTracked({ ipVersion, protocol, icmpType = 0 }: Packet): boolean {
  if (ipVersion !== 6 || protocol !== PROTOCOL_NUMBERS.icmpv6) return false
  return (icmpType >= 130 && icmpType <= 136) || icmpType === 143
}
