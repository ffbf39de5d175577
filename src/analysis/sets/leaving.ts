// How packets leave a chain.

import type { Bdd, BddStore } from './bdd.ts'
import type { FlowState } from './flow-state.ts'
import { addTo } from '../../text/group-by.ts'

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
    addTo(byEnding, ending, packets)
  }
  return [...groups].flatMap(([state, byEnding]) =>
    [...byEnding].map(([ending, sets]) => ({ ending, state, packets: store.union(sets) })),
  )
}
