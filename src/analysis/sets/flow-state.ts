// What rules can see of a packet that is not written in its headers, or no longer: equal for all packets of a flow.

/** New addresses and ports; absent where they are as they were sent. */
export interface Rewriting {
  readonly source?: string
  readonly sourcePort?: number
  readonly destination?: string
  readonly destinationPort?: number
}

export interface FlowState {
  /** 32 bits, unsigned. */
  readonly mark: number
  /** `before`: conntrack has not seen it; `beforeUntracked`: nor will it. */
  readonly tracking: 'before' | 'beforeUntracked' | 'tracked' | 'untracked'
  readonly isDestinationChanged: boolean
  readonly isSourceChanged: boolean
  readonly rewriting: Rewriting
  /** Name that rules see; undefined: as the packet has it. */
  readonly inInterface: string | undefined
  readonly outInterface: string | undefined
}

export const FIRST_STATE: FlowState = {
  mark: 0,
  tracking: 'before',
  isDestinationChanged: false,
  isSourceChanged: false,
  rewriting: {},
  inInterface: undefined,
  outInterface: '',
}

/** Equal states are the same object. */
export class FlowStates {
  readonly #states = new Map<string, FlowState>()

  of(state: FlowState): FlowState {
    const { source, sourcePort, destination, destinationPort } = state.rewriting
    // An absent part is written as null.
    const key = JSON.stringify([
      state.mark,
      state.tracking,
      state.isDestinationChanged,
      state.isSourceChanged,
      source,
      sourcePort,
      destination,
      destinationPort,
      state.inInterface,
      state.outInterface,
    ])
    const known = this.#states.get(key)
    if (known !== undefined) return known
    this.#states.set(key, state)
    return state
  }
}
