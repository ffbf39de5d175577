// What a walk leaves behind: its steps, in order, and how it ended.

import type { KernelChain, KernelTableName } from '../netfilter/kernel-tables.ts'
import type { KernelChainName, Match, Rule } from '../model/ruleset.ts'
import type { MovingPacket } from '../netfilter/moving-packet.ts'
import type { Packet } from '../netfilter/packet.ts'
import type { RefusedRoute, Route } from './packet.ts'

/** Where a rule stands. */
export interface RulePlace {
  readonly hook: KernelChainName
  readonly table: KernelTableName
  readonly chain: string
  /** Position in its chain, from 0. */
  readonly index: number
  readonly rule: Rule
  /** How many jumps deep, from 0. */
  readonly depth: number
}

/** A rule whose matches all fit; its target was carried out. */
export interface RuleStep extends RulePlace {
  readonly kind: 'rule'
  readonly markBefore: number
  readonly markAfter: number
  /** The packet that the rule saw. */
  readonly packet: Packet
  /** Of a rule that changes an address: the packet it made, or absent where the new address cannot be told. */
  readonly rewritten?: Packet
  /** What a LOG rule makes the kernel write. */
  readonly log?: string
}

/** A rule that does not fit. */
export interface MissStep extends RulePlace {
  readonly kind: 'miss'
  /** The first of its matches that does not. */
  readonly failed: Match
}

export type Step =
  | RuleStep
  | MissStep
  /** No rule of a kernel chain decided: its policy does. */
  | {
      readonly kind: 'policy'
      readonly hook: KernelChainName
      readonly table: KernelTableName
      readonly chain: KernelChain
      readonly verdict: 'accept' | 'drop'
    }
  /** A chain that came back before, in the same state: it does the same again, and its steps stand above. */
  | {
      readonly kind: 'again'
      readonly hook: KernelChainName
      readonly table: KernelTableName
      readonly chain: string
      readonly depth: number
    }
  | { readonly kind: 'conntrack'; readonly state: string }
  | { readonly kind: 'route'; readonly route: Route; readonly destination: string }
  /** The change of destination that the journey brings along. */
  | { readonly kind: 'dnat'; readonly before: Packet; readonly after: Packet }
  /** What the node sends to itself leaves by the loopback interface and comes in again. */
  | { readonly kind: 'loopback' }

export type DecidingStep = RuleStep | Extract<Step, { kind: 'policy' }>

/** Where a packet that got through is afterwards, or that it did not get through. */
export type WalkEnd =
  /** With the node's own sockets. */
  | { readonly kind: 'delivered' }
  | { readonly kind: 'sent'; readonly interfaceName: string }
  /** Routing itself sent it nowhere; no rule did. */
  | { readonly kind: 'refused'; readonly route: RefusedRoute }
  /** A rule, or the policy of a chain. */
  | { readonly kind: 'fell' }

export type Verdict = 'accept' | 'drop' | 'reject'

/** What was decided at something that cannot be known: one way of several. */
export interface Guess extends RulePlace {
  /** The match or target that is not known, as text. */
  readonly about: string
  readonly taken: 'matches' | 'does not match' | 'lets the packet go on' | 'accepts' | 'drops'
}

/** A route that may be another one: by which interface a packet leaves, or came in. */
export interface RouteGuess {
  readonly side: 'source' | 'destination'
  readonly address: string
  readonly route: Route
}

/** What was taken for granted of a rule whose match depends on the packets before this one. */
export interface Assumption extends RulePlace {
  readonly text: string
}

export interface Walk {
  /** `accept`: the packet left by its interface or reached the node's own sockets. */
  readonly verdict: Verdict
  /** Of a rejected packet, the answer that the rule names; absent for the kernel's default. */
  readonly rejectWith?: string
  /**
   * The step that ended the walk; of an accepted packet the one that ended its way through the filter table, or through the
   * last table there is. Absent where there are no tables at all.
   */
  readonly decidedBy?: DecidingStep
  readonly steps: readonly Step[]
  /** Lines of the kernel log, oldest first. */
  readonly log: readonly string[]
  /** What this way through takes for granted about rules that cannot be evaluated; empty when everything is known. */
  readonly guesses: readonly Guess[]
  readonly assumptions: readonly Assumption[]
  /** Routes of this way that might be others. */
  readonly routeGuesses: readonly RouteGuess[]
  /** How often packets take this way, as far as chance decides (`-m statistic`): 0–1; absent where something else does too. */
  readonly share?: number
  readonly end: WalkEnd
  /** What connection tracking had of it at the end. */
  readonly state: MovingPacket['state']
  /** As the packet leaves: destination and mark after all rules. */
  readonly packet: Packet
  readonly mark: number
}
