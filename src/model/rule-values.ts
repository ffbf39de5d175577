// Values of matches and targets: read once, with the words they were written with where those are not the canonical ones.

import type { Address, Cidr } from '../net/cidr.ts'
import type { PortRange } from '../net/port.ts'

/** A net of a rule. One that is not written as a canonical CIDR keeps its words. */
export type RuleNet = Cidr | WrittenNet

export interface WrittenNet {
  readonly written: string
  /** What the words say; absent where they are no address or CIDR. */
  readonly cidr?: Cidr
}

/** Packets by unit of time. */
export interface Rate {
  readonly count: number
  readonly unit: 'second' | 'minute' | 'hour' | 'day'
  /** `10/second`, `10/sec`: iptables takes any beginning of a unit. */
  readonly written: string
}

/** What an address is translated to. */
export interface NatAddress {
  /** `192.0.2.1`, `192.0.2.1:80`, `192.0.2.1:1000-2000`, `:80`, `[2001:db8::1]:80`. */
  readonly written: string
  /** Absent where only the port changes. */
  readonly address?: Address
  readonly ports?: PortRange
  /** A range of addresses, or words that are not known here: the kernel's choice cannot be told. */
  readonly isUnknown?: true
}

/** What connection tracking may say of a packet. */
export const CONNTRACK_STATES = ['INVALID', 'NEW', 'RELATED', 'ESTABLISHED', 'UNTRACKED', 'SNAT', 'DNAT'] as const

export type ConntrackState = (typeof CONNTRACK_STATES)[number]
