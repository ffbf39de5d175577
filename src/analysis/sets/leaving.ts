// How packets leave a chain.

import type { Bdd, BddStore } from './bdd.ts'
import type { FlowState } from './flow-state.ts'

export type Ending = 'accept' | 'drop' | 'reject' | 'return'

/** Packets, as they were sent, that leave a chain in one way and one state. */
export interface Leaving {
  readonly ending: Ending
  readonly state: FlowState
  readonly packets: Bdd
}

/** One for each way and state. */
export function mergeLeavings(store: BddStore, leavings: readonly Leaving[]): readonly Leaving[] {
  const groups = new Map<FlowState, Map<Ending, Bdd[]>>()
  for (const { ending, state, packets } of leavings) {
    let byEnding = groups.get(state)
    if (byEnding === undefined) groups.set(state, (byEnding = new Map()))
    const sets = byEnding.get(ending)
    if (sets === undefined) byEnding.set(ending, [packets])
    else sets.push(packets)
  }
  return [...groups].flatMap(([state, byEnding]) =>
    [...byEnding].map(([ending, sets]) => ({ ending, state, packets: store.union(sets) })),
  )
}
