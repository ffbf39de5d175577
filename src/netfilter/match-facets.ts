// What netfilter knows of one kind of match. Each kind has one home in matches/, and match-table.ts names them all: a kind
// that is not there, or lacks a facet, does not compile.

import type { Match } from '../model/ruleset.ts'
import type { IpVersion } from '../net/cidr.ts'
import type { KernelTableName } from './kernel-tables.ts'
import type { MatchContext, MovingPacket } from './moving-packet.ts'
import type { Option } from './option.ts'
import type { Outcome } from './outcome.ts'
import type { PacketSetFacet } from './packet-sets.ts'
import type { WordFault } from './text-limits.ts'

export type MatchOf<K extends Match['kind']> = Extract<Match, { readonly kind: K }>

export interface MatchFacets<M extends Match> {
  /** As Felix writes it, without a blank at either end. */
  readonly print: (match: M) => string
  /** Options that become such a match; none for a kind that a neighbour reads, or that is never read. */
  readonly read: readonly MatchReading[]
  /** What the kernel makes of it: alternatives, each of which asks for all of its matches. Fields come in one order. */
  readonly kernelForms: (match: M) => readonly (readonly Match[])[]
  /** Whether it fits a packet, as the kernel's module decides it. */
  readonly evaluate: (match: M, moving: MovingPacket, context: MatchContext) => Outcome
  /** All packets that it fits: the same answer as `evaluate`, for every packet at once. */
  readonly packetSet: PacketSetFacet<M>
  /** What iptables and the kernel ask of a rule that has it. */
  readonly limits: MatchLimits<M>
}

/** How options of a line become matches. All readers give undefined when something in them is not known here. */
export type MatchReading =
  /** An option of the rule itself under its short name: `-s`, `-i`. */
  | {
      readonly by: 'generic'
      readonly options: readonly string[]
      readonly read: (value: string, negated: boolean, option: string) => Match | undefined
    }
  /** All options of a module together. */
  | {
      readonly by: 'module'
      readonly modules: readonly string[]
      readonly read: (options: readonly Option[]) => readonly Match[] | undefined
    }
  /** One option of a module whose other options are matches of their own. */
  | {
      readonly by: 'option'
      readonly modules: readonly string[]
      readonly options: readonly string[]
      readonly read: (option: Option) => Match | undefined
    }

export interface MatchLimits<M extends Match> {
  /** Tables for which it is registered; left out: all. */
  readonly tables?: readonly KernelTableName[]
  /** It may be given once in a rule: what is refused otherwise, as the object of a sentence. */
  readonly once?: string
  /** Protocols of which the rule must ask for one, not negated. */
  readonly protocols?: (match: M) => ProtocolLimit
  /** What is refused of its values. */
  readonly faults?: (match: M, ipVersion: IpVersion) => readonly WordFault[]
}

export interface ProtocolLimit {
  readonly numbers: readonly number[]
  /** What is refused without them, as the object of a sentence. */
  readonly message: string
}
