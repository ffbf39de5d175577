// Tables, chains and rules as netfilter has them, for one IP version: every name and mark is final.

import type { IpVersion } from '../net/cidr.ts'
import type { PortRange } from '../net/port.ts'
import type { Protocol } from '../net/protocol.ts'
import type { Origin } from './origin.ts'
import type { IpSetSource, IpSetType } from './plan.ts'
import type { ConntrackState, NatAddress, Rate, RuleNet } from './rule-values.ts'

export interface Ruleset {
  readonly ipVersion: IpVersion
  /** In the order raw, mangle, nat, filter. */
  readonly tables: readonly Table[]
  readonly ipSets: readonly IpSet[]
}

export const TABLE_NAMES = ['raw', 'mangle', 'nat', 'filter'] as const

export type TableName = (typeof TABLE_NAMES)[number]

export interface Table {
  readonly name: TableName
  /** Calico's own chains in byte order of name. */
  readonly chains: readonly Chain[]
  /** Calico's rules in the kernel's own chains, in byte order of chain name. */
  readonly hooks: readonly KernelChainHooks[]
}

export interface Chain {
  readonly name: string
  readonly rules: readonly Rule[]
  readonly origin: Origin
  /**
   * Where rules are read when they are asked for: what is known before. `leadsTo`: names behind jumps and gotos, each at least once;
   * one may be that of a target.
   */
  readonly outline?: { readonly ruleCount: number; readonly leadsTo: readonly string[] }
}

export type KernelChainName = 'PREROUTING' | 'INPUT' | 'FORWARD' | 'OUTPUT' | 'POSTROUTING'

/** Rules of ours in a chain that is the kernel's. */
export interface KernelChainHooks {
  readonly chain: KernelChainName
  /** Wanted at the top of the chain, first one uppermost; written at the end instead when `insertMode` is `append`. */
  readonly inserts: readonly Rule[]
  readonly insertMode: 'insert' | 'append'
  /** Always at the end of the chain. */
  readonly appends: readonly Rule[]
}

export interface Rule {
  /** The line is written as a printf format without arguments, as releases do that mangle percent signs; hashes are of the line itself. */
  readonly isFormatted?: true
  readonly comments: readonly string[]
  /** In the order in which they are written. */
  readonly matches: readonly Match[]
  /** Absent in a rule that only carries a comment. */
  readonly target?: Target
  readonly origin: Origin
}

export type Match =
  | { readonly kind: 'mark'; readonly value: number; readonly mask: number; readonly negated: boolean }
  /** All bits of the mask are clear or, negated, not all of them are. Felix writes this apart from a comparison with 0. */
  | { readonly kind: 'markClear'; readonly mask: number; readonly negated: boolean }
  /** A name ending in `+` stands for every name that starts so. */
  | { readonly kind: 'inInterface'; readonly name: string }
  | { readonly kind: 'outInterface'; readonly name: string }
  /** Any interface but these. Calico never writes it. */
  | { readonly kind: 'notInInterface'; readonly name: string }
  | { readonly kind: 'notOutInterface'; readonly name: string }
  | { readonly kind: 'reversePathFails' }
  | {
      readonly kind: 'addressType'
      readonly side: 'src' | 'dst'
      readonly type: 'LOCAL'
      readonly negated: boolean
      readonly limitToOutInterface: boolean
    }
  | { readonly kind: 'conntrackState'; readonly states: readonly ConntrackState[]; readonly negated: boolean }
  | { readonly kind: 'protocol'; readonly protocol: Protocol; readonly negated: boolean }
  /** One of the nets holds the address; iptables makes a rule of each. */
  | { readonly kind: 'net'; readonly side: Side; readonly nets: readonly RuleNet[]; readonly negated: boolean }
  /** `set` is the name in the kernel. */
  | {
      readonly kind: 'ipSet'
      readonly set: string
      readonly side: Side
      readonly withPort: boolean
      readonly negated: boolean
    }
  | { readonly kind: 'ports'; readonly side: Side; readonly ranges: readonly PortRange[]; readonly negated: boolean }
  | { readonly kind: 'destinationPort'; readonly port: number }
  | {
      readonly kind: 'icmp'
      readonly ipVersion: IpVersion
      readonly type: number
      readonly code?: number
      readonly negated: boolean
    }
  /** A burst of 0 is not written: the kernel takes its own. */
  | { readonly kind: 'limit'; readonly rate: Rate; readonly burst: number }
  | { readonly kind: 'tcpFlags'; readonly mask: readonly string[]; readonly flags: readonly string[] }
  | { readonly kind: 'connectionLimit'; readonly above: number; readonly mask: number }
  /** Fits some packets by chance, as `written` has it: 0 none, 1 all. Calico never writes it; kube-proxy does. */
  | { readonly kind: 'statistic'; readonly probability: number; readonly written: string; readonly negated: boolean }
  /** Looks for the sender in a list of those that came before, or notes it there, which always fits. Options as written. */
  | {
      readonly kind: 'recent'
      readonly options: string
      readonly isSetting: boolean
      /** How often it must have come. */
      readonly hits: number
    }
  /** Counts what comes by; fits everything. */
  | { readonly kind: 'accounting'; readonly name: string }
  /** Whatever interfaces a rule asks for that was read from a listing without them. */
  | { readonly kind: 'unlistedInterfaces' }
  /** Read from a node and not known here: whether it matches cannot be said. The words as they were read, from `-m` on. */
  | { readonly kind: 'unknown'; readonly text: string }

export type Side = 'source' | 'destination'

export type Target =
  | { readonly kind: 'jump'; readonly chain: string }
  | { readonly kind: 'goto'; readonly chain: string }
  | { readonly kind: 'accept' }
  | { readonly kind: 'drop' }
  | { readonly kind: 'return' }
  | { readonly kind: 'notrack' }
  /** Without `with` the kernel's default answer, a port-unreachable message. Calico writes no other but `tcp-reset`. */
  | { readonly kind: 'reject'; readonly with?: string }
  | { readonly kind: 'log'; readonly prefix: string; readonly level: number }
  | { readonly kind: 'setMark'; readonly value: number; readonly mask: number }
  /** Sets the bits of the mask to 0. Felix writes this apart from setting them to the value 0. */
  | { readonly kind: 'clearMark'; readonly mask: number }
  /** Sets the bits of the mask to 0, then turns over those of the value. Calico never writes it; kube-proxy does. */
  | { readonly kind: 'xorMark'; readonly value: number; readonly mask: number }
  | { readonly kind: 'dnat'; readonly to: NatAddress }
  | { readonly kind: 'snat'; readonly to: NatAddress; readonly randomFully: boolean }
  | { readonly kind: 'masquerade'; readonly ports?: PortRange; readonly randomFully: boolean }
  /** `asRange`: the size is written with the option of kernels before 4.8, which newer ones take and ignore. */
  | {
      readonly kind: 'nflog'
      readonly group: number
      readonly prefix: string
      readonly size: number
      readonly asRange?: boolean
    }
  | { readonly kind: 'dscp'; readonly value: number }
  /**
   * Read from a node and not known here. The words as they were read, from `-j` on. `continues`: known at least to let the
   * packet go on to the next rule with the same mark and addresses; otherwise nothing can be said.
   */
  | { readonly kind: 'unknown'; readonly text: string; readonly continues: boolean }

export interface IpSet {
  /** Name in the kernel. */
  readonly name: string
  readonly id: string
  readonly type: IpSetType
  readonly ipVersion: IpVersion
  readonly maxElements: number
  /** In byte order. */
  readonly members: readonly string[]
  readonly source: IpSetSource
}
