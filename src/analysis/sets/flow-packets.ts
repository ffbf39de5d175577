// Sets by what packets have become on their way: mark, interfaces, connection tracking, addresses that were changed.

import type { FittingPackets, FlowPackets } from '../../netfilter/packet-sets.ts'
import { isInterface } from '../../netfilter/matches/interface.ts'
import type { Side } from '../../model/ruleset.ts'
import { ALL, type Bdd, NONE } from './bdd.ts'
import type { FlowState } from './flow-state.ts'
import type { HeaderSets } from './header-sets.ts'
import type { NodeNets } from './node-nets.ts'
import { STATES } from './packet-space.ts'
import type { Rewriter } from './rewriter.ts'

export const EVERY: FittingPackets = { fits: ALL, perhaps: NONE }
const NOBODY: FittingPackets = { fits: NONE, perhaps: NONE }
const UNKNOWN: FittingPackets = { fits: NONE, perhaps: ALL }

export class FlowPacketSets {
  readonly #headers: HeaderSets
  readonly #node: NodeNets
  readonly #rewriter: Rewriter
  readonly #byState = new Map<FlowState, FlowPackets>()

  constructor(headers: HeaderSets, node: NodeNets, rewriter: Rewriter) {
    this.#headers = headers
    this.#node = node
    this.#rewriter = rewriter
  }

  of(state: FlowState): FlowPackets {
    const known = this.#byState.get(state)
    if (known !== undefined) return known
    const made: FlowPackets = {
      mark: state.mark,
      known: this.known,
      negate: this.#negate,
      either: fits => (fits ? EVERY : NOBODY),
      inInterface: pattern => {
        const { inInterface: name } = state
        if (name === undefined) return this.#headers.inInterface(pattern)
        return isInterface(pattern, name) ? ALL : NONE
      },
      outInterface: pattern => {
        const { outInterface: name } = state
        if (name === undefined) return this.#headers.outInterface(pattern)
        return isInterface(pattern, name) ? ALL : NONE
      },
      states: names => this.#inState(names, state),
      local: (side, limitToOutInterface) => this.#local(side, limitToOutInterface, state),
    }
    this.#byState.set(state, made)
    return made
  }

  readonly known = (fits: Bdd | undefined, negated = false): FittingPackets =>
    fits === undefined ? UNKNOWN : this.#negate({ fits, perhaps: NONE }, negated)

  readonly #negate = ({ fits, perhaps }: FittingPackets, negated: boolean): FittingPackets => {
    const { store } = this.#headers.space
    return negated ? { fits: store.not(store.or(fits, perhaps)), perhaps } : { fits, perhaps }
  }

  #inState(names: readonly string[], state: FlowState): Bdd {
    if (names.includes('DNAT') && state.isDestinationChanged) return ALL
    if (names.includes('SNAT') && state.isSourceChanged) return ALL
    switch (state.tracking) {
      case 'before':
        return names.includes('INVALID') ? ALL : NONE
      case 'beforeUntracked':
      case 'untracked':
        return names.includes('UNTRACKED') ? ALL : NONE
      case 'tracked':
        return this.#headers.states(STATES.flatMap((name, number) => (names.includes(name) ? [number] : [])))
    }
  }

  #local(side: Side, limitToOutInterface: boolean, { rewriting, outInterface: seen }: FlowState): FittingPackets {
    const { store, interfaces } = this.#headers.space
    const among = (nets: readonly string[]): Bdd =>
      this.#rewriter.before(this.#headers.nets(side, nets) ?? NONE, rewriting)
    const local = among(this.#node.local)
    if (!limitToOutInterface || seen === '') return this.known(local)
    let fits = NONE
    let perhaps = NONE
    for (const name of seen === undefined ? interfaces.slice(1) : [seen]) {
      const through = seen === undefined ? store.and(local, this.#headers.outInterface(name)) : local
      const addresses = this.#node.addressesOn(name)
      if (addresses === undefined) perhaps = store.or(perhaps, through)
      else fits = store.or(fits, store.and(through, among(addresses)))
    }
    return { fits, perhaps }
  }
}
