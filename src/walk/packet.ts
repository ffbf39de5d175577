// One packet, where it enters, and what the walk must be told of the node it passes.

import type { IpVersion } from '../net/cidr.ts'

/** What is written in the packet's headers. */
export interface Packet {
  readonly ipVersion: IpVersion
  /** Canonical text, as `parseAddress` gives it. */
  readonly source: string
  readonly destination: string
  /** IP protocol number, 0–255. */
  readonly protocol: number
  /** 0–65535; only of protocols that have ports. */
  readonly sourcePort?: number
  readonly destinationPort?: number
  /** 0–255; only of ICMP and ICMPv6. */
  readonly icmpType?: number
  readonly icmpCode?: number
  /** Only of TCP: `SYN`, `ACK` and so on. */
  readonly tcpFlags?: readonly string[]
}

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
export interface NodeView {
  /** The routing decision for a destination; asked again when the destination has changed. */
  readonly route: (destination: string) => Route
  readonly isLocal: (address: string) => boolean
  /** Whether an address is set on an interface; undefined when that is not known. */
  readonly isOnInterface: (address: string, interfaceName: string) => boolean | undefined
}

export const PROTOCOL_NUMBERS = { icmp: 1, tcp: 6, udp: 17, icmpv6: 58, sctp: 132, udplite: 136 } as const

/** Number of a protocol that a rule names or numbers. */
export function protocolNumber(protocol: keyof typeof PROTOCOL_NUMBERS | number): number {
  return typeof protocol === 'number' ? protocol : PROTOCOL_NUMBERS[protocol]
}

/** Whether the first bytes after the IP header are a source and a destination port. */
export function protocolHasPorts(protocol: number): boolean {
  return protocol === 6 || protocol === 17 || protocol === 132 || protocol === 136 || protocol === 33
}

export function isIcmp(protocol: number): boolean {
  return protocol === PROTOCOL_NUMBERS.icmp || protocol === PROTOCOL_NUMBERS.icmpv6
}

/**
 * Multicast listener and neighbour messages (not redirects) are never tracked, whatever the rules say
 * (net/netfilter/nf_conntrack_proto_icmpv6.c: noct_valid_new).
 */
export function isNeverTracked({ ipVersion, protocol, icmpType = 0 }: Packet): boolean {
  if (ipVersion !== 6 || protocol !== PROTOCOL_NUMBERS.icmpv6) return false
  return (icmpType >= 130 && icmpType <= 136) || icmpType === 143
}
