// What becomes of packets that begin a connection: let in, stopped, or one or the other; through the whole node, or, for node
// ports, as far as it is known before kube-proxy has sent them on to a pod.

import { FROM_HOST_FORWARD } from '../../calico/chains.ts'
import { type Bdd, NONE } from '../../analysis/sets/bdd.ts'
import { withoutFields } from '../../analysis/sets/bdd-operations.ts'
import type { FlowState } from '../../analysis/sets/flow-state.ts'
import type { SetWalker } from '../../analysis/sets/node-walk.ts'
import { type FieldName, STATES } from '../../analysis/sets/packet-space.ts'
import { isIn, journeyOf, type Point } from '../../analysis/sets/points.ts'
import type { VerdictSets } from '../../analysis/sets/set-journey.ts'
import { type Liking, pickWitness, pointSet } from '../../analysis/witness.ts'
import { PORT_PROTOCOLS } from '../../netfilter/protocols.ts'
import type { Journey } from '../../walk/packet.ts'

/** Packets as they were sent, each in exactly one. */
export interface Outcome {
  readonly open: Bdd
  readonly closed: Bdd
  /** It depends on something that is not known. */
  readonly unclear: Bdd
}

export interface Verdicts {
  readonly of: (packets: Bdd) => Outcome
  /** The journey by which the walk of one packet shows the outcome. */
  readonly journey: (witness: Point) => Journey
}

/** @param all every packet that will be asked about */
export function wholeVerdicts(walker: SetWalker, all: Bdd): Verdicts {
  const { store } = walker.space
  const found: VerdictSets = walker.walk(all)
  const lost = store.or(found.drop, found.reject)
  const perhaps = store.and(found.accept, lost)
  return {
    of: packets => ({
      open: store.and(packets, store.minus(found.accept, perhaps)),
      closed: store.and(packets, store.minus(lost, perhaps)),
      unclear: store.and(packets, perhaps),
    }),
    journey: witness => journeyOf(walker.space, witness),
  }
}

/** What a node port's packets meet once they have another destination: packets of any destination and port. */
interface Forwarded {
  readonly packets: Bdd
  readonly passing: Bdd
  readonly stopped: Bdd
}

const CHANGED: readonly FieldName[] = ['destination', 'destinationPort', 'outInterface']

/**
 * Which pod a node port leads to is not asked: what stands in its way is policy before DNAT, then policy for what is forwarded,
 * which sees the pod's address and port. Packets that conntrack does not follow are not sent on, and reach nobody.
 * @param walker made with `withRules`
 */
export function forwardedVerdicts(walker: SetWalker, all: Bdd, liking: Liking): Verdicts {
  const { space } = walker
  const { store } = space
  const hooks = walker.travel(all).hooks.filter(({ hook }) => hook === 'PREROUTING')
  const flows = hooks
    .filter(({ table }) => table === 'mangle')
    .flatMap(({ leavings }) => leavings)
    .filter(({ ending, state }) => ending === 'accept' && state.tracking === 'tracked')
    .map(({ packets, state }): Forwarded => ({ packets, ...forward(walker, all, state) }))
  const some = (sets: readonly Bdd[]): Bdd => store.union(sets)
  const open = some(flows.map(({ packets, stopped }) => store.minus(packets, whateverChanges(walker, stopped))))
  const passing = some(flows.map(({ packets, passing }) => store.and(packets, whateverChanges(walker, passing))))
  return {
    of: packets => ({
      open: store.and(packets, open),
      closed: store.minus(packets, store.or(open, passing)),
      unclear: store.and(packets, store.minus(passing, open)),
    }),
    journey: witness => {
      const journey = journeyOf(space, witness)
      const flow = flows.find(({ packets }) => isIn(space, packets, witness))
      if (flow === undefined) return journey
      const alike = whateverChanges(walker, pointSet(space, witness))
      const stopped = store.and(alike, flow.stopped)
      const target = pickWitness(space, stopped === NONE ? store.and(alike, flow.passing) : stopped, liking)
      if (target === undefined) return journey
      const { destination: address, destinationPort: port } = journeyOf(space, target).packet
      // Where it leaves is for the node's routes to say.
      const { outInterface: _, ...sent } = journey
      return { ...sent, dnat: { address, ...(port === undefined ? {} : { port }) } }
    },
  }
}

/** From the state in which packets leave PREROUTING through the host endpoints' chains for what is forwarded. */
function forward(walker: SetWalker, all: Bdd, before: FlowState): Omit<Forwarded, 'packets'> {
  const { headers, space, states } = walker
  const { store } = space
  const walk = walker.chainWalk('filter')
  const table = walker.tables.tables.find(({ name }) => name === 'filter')
  const isNew = headers.states([STATES.indexOf('NEW')])
  const elsewhere = store.minus(space.universe, headers.nets('destination', walker.node.local) ?? NONE)
  const sent = whateverChanges(walker, all)
  const here = store.and(store.and(store.and(elsewhere, isNew), headers.protocols(PORT_PROTOCOLS)), sent)
  const state = states.of({ ...before, isDestinationChanged: true, outInterface: undefined })
  for (const chain of table?.userChains.values() ?? []) {
    const last = chain.rules.findIndex(({ target }) => target?.kind === 'jump' && target.chain === FROM_HOST_FORWARD)
    if (last < 0) continue
    const { leavings } = walk?.effect({ ...chain, rules: chain.rules.slice(0, last + 1) }, state) ?? { leavings: [] }
    const lost = leavings.filter(({ ending }) => ending === 'drop' || ending === 'reject')
    const stopped = store.and(here, store.union(lost.map(({ packets }) => packets)))
    return { passing: store.minus(here, stopped), stopped }
  }
  return { passing: here, stopped: NONE }
}

/** Packets that differ from one of the set in what the node changes only. */
function whateverChanges({ space: { store, fields } }: SetWalker, set: Bdd): Bdd {
  return withoutFields(
    store,
    set,
    CHANGED.map(name => fields[name]),
  )
}
