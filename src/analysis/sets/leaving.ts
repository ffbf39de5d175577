// How packets leave a chain.

import type { Bdd } from './bdd.ts'
import type { FlowState } from './flow-state.ts'

export type Ending = 'accept' | 'drop' | 'reject' | 'return'

/** Packets, as they were sent, that leave a chain in one way and one state. */
export interface Leaving {
  readonly ending: Ending
  readonly state: FlowState
  readonly packets: Bdd
}
