// What a match is told to say which packets it fits, all of them at once. Whoever has sets of packets implements it.

import type { PortRange } from '../net/port.ts'
import type { ConntrackState, RuleNet } from '../model/rule-values.ts'
import type { Match, Side } from '../model/ruleset.ts'

/** A set of packets; what the number means only its maker knows. */
export type PacketSet = number

/** Packets that fit, and those of which it cannot be said; none is in both. */
export interface FittingPackets {
  readonly fits: PacketSet
  readonly perhaps: PacketSet
}

/** Sets by what is written in headers. */
export interface HeaderPackets {
  readonly all: PacketSet
  readonly none: PacketSet
  readonly and: (a: PacketSet, b: PacketSet) => PacketSet
  /** Those of `a` that are not in `b`. */
  readonly minus: (a: PacketSet, b: PacketSet) => PacketSet
  /** Nothing is left open; undefined: everything is. */
  readonly known: (fits: PacketSet | undefined, negated?: boolean) => FittingPackets
  readonly protocols: (numbers: readonly number[]) => PacketSet
  /** By the number in the place of the port, whatever the protocol. */
  readonly ports: (side: Side, ranges: readonly PortRange[]) => PacketSet
  /** By type, and code where one is given, whatever the protocol. */
  readonly icmpMessages: (type: number, code: number | undefined) => PacketSet
  /** Of the flags in the mask exactly those named are set, whatever the protocol. */
  readonly tcpFlags: (mask: readonly string[], flags: readonly string[]) => PacketSet
  /** Addresses in one of the nets; undefined where one of them is no net of this IP version. */
  readonly nets: (side: Side, nets: readonly RuleNet[]) => PacketSet | undefined
  /** Members of a set, with one dimension or two; undefined where the set or a member is not known. */
  readonly members: (set: string, side: Side, dimensions: 1 | 2) => PacketSet | undefined
  readonly reversePathFails: () => PacketSet
}

/** Sets by what a packet has become on its way. */
export interface FlowPackets extends Pick<HeaderPackets, 'known'> {
  /** 32 bits, unsigned. */
  readonly mark: number
  readonly inInterface: (pattern: string) => PacketSet
  readonly outInterface: (pattern: string) => PacketSet
  readonly states: (names: readonly ConntrackState[]) => PacketSet
  /** Packets whose address is one of the node's, or one of the interface by which they leave, where they do. */
  readonly local: (side: Side, limitToOutInterface: boolean) => FittingPackets
  readonly negate: (fitting: FittingPackets, negated: boolean) => FittingPackets
  /** All packets, or none. */
  readonly either: (fits: boolean) => FittingPackets
}

export type PacketSetFacet<M extends Match> =
  | { readonly by: 'headers'; readonly of: (match: M, packets: HeaderPackets) => FittingPackets }
  | { readonly by: 'flow'; readonly of: (match: M, packets: FlowPackets) => FittingPackets }
