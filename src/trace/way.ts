// What trace finds out about a packet: the ways it can take, node by node, and what becomes of it. Data for whoever prints it.

import type { Journey } from '../walk/packet.ts'
import type { Verdict, Walk } from '../walk/steps.ts'
import type { Scene } from './scene.ts'

/** `no connection`: the packet gets there, and the answer to it does not get back. */
export type WayVerdict = Verdict | 'no connection'

/** One node's part of a way. */
export interface Leg {
  /** Absent where the text of a node does not say whose it is. */
  readonly node?: string
  readonly scene: Scene
  /** The answer's legs come after those of the request. */
  readonly direction: 'request' | 'reply'
  readonly journey: Journey
  readonly walk: Walk
}

export interface Way {
  readonly verdict: WayVerdict
  /** In the order in which they are passed; none for what never leaves a pod. */
  readonly legs: readonly Leg[]
  /** How often packets take this way, as far as chance decides (0–1); absent where something else decides too. */
  readonly share?: number
}

/** Something that a reader has to know besides the rules. */
export interface TraceNote {
  readonly kind:
    | 'own-address'
    | 'route-guess'
    | 'other-node-unknown'
    | 'service'
    | 'session-affinity'
    | 'sets-missing'
    | 'not-in-this-text'
    | 'other-backend'
    | 'ipvs'
    | 'dnat-unused'
    | 'unknown-interface'
    | 'rule-changed'
  /** A sentence without a full stop. */
  readonly text: string
}

export interface TraceResult {
  /** `unknown` when not all ways end the same, or nobody can say. */
  readonly verdict: WayVerdict | 'unknown'
  readonly ways: readonly [Way, ...Way[]]
  /** Whether `ways` are all that there are. */
  readonly isComplete: boolean
  /** What ways can end in, in byte order; absent where even that is more than can be told. */
  readonly verdicts?: readonly WayVerdict[]
  readonly notes: readonly TraceNote[]
}

/** Who sent a request, whatever nodes have put in place of its source since; undefined of an answer. */
export function senderOf({ legs }: Way, { direction }: Leg): string | undefined {
  return direction === 'request' ? legs[0]?.journey.packet.source : undefined
}

/** The leg that ended a way: where the packet or its answer fell, otherwise the last one of the request. */
export function decidingLeg({ verdict, legs }: Way): Leg | undefined {
  return verdict === 'accept' ? legs.findLast(({ direction }) => direction === 'request') : legs.at(-1)
}
