// What a node sends on to others than it was sent to: Services, host ports, floating IPs. Packets with new destinations are walked
// all together, as what they have become, and what is found is told of them as they were sent.

import type { Side } from '../../model/ruleset.ts'
import { PORT_PROTOCOLS } from '../../netfilter/protocols.ts'
import { type Bdd, NONE } from '../sets/bdd.ts'
import { withoutFields } from '../sets/bdd-operations.ts'
import type { FlowState, Rewriting } from '../sets/flow-state.ts'
import type { Flow, Flows } from '../sets/set-journey.ts'
import type { SetWalker } from '../sets/node-walk.ts'
import { OUTSIDE } from './party-bits.ts'
import type { PartyHeaders } from './party-headers.ts'
import { answerOf, DOUBTS, type NodePassing, passingOf } from './passing.ts'

/** A new destination. `port` is absent where packets keep theirs. */
export interface Goal {
  readonly address: string
  readonly port?: number
}

/** In the order in which destinations come first. */
export function byGoal<Item extends { readonly goal: Goal }>(
  all: readonly Item[],
): readonly { readonly goal: Goal; readonly items: readonly Item[] }[] {
  const found = new Map<string, { readonly goal: Goal; readonly items: Item[] }>()
  for (const item of all) {
    const key = `${item.goal.address} ${item.goal.port ?? ''}`
    const known = found.get(key)
    if (known === undefined) found.set(key, { goal: item.goal, items: [item] })
    else known.items.push(item)
  }
  return [...found.values()]
}

/** By party, protocol, port, addresses, all as they were sent. */
export interface SentOn {
  readonly goal: Goal
  /** Packets that get this destination, or may get it. */
  readonly sent: Bdd
  readonly passing: NodePassing
}

export interface Translated {
  readonly sentOn: readonly SentOn[]
  /** Packets that are never delivered to whom they were sent to. */
  readonly taken: Bdd
}

export interface Onward {
  /** Packets for the node's pods, for itself, or for where it sends packets. */
  readonly received: Bdd
  /** Interfaces that do not lead to pods. */
  readonly outward: readonly string[]
}

/** @param walker of the tables with everything in them that changes destinations */
export function passTranslated(walker: SetWalker, headers: PartyHeaders, packets: Bdd, onward: Onward): Translated {
  const { space } = headers
  const { store } = space
  const { arriving, leaving, lost } = walker.upToDestinations(packets)
  const isTranslated = ({ state }: Flow): boolean => state.rewriting.destination !== undefined
  const rest = store.union([...arriving, ...leaving].flatMap(flow => (isTranslated(flow) ? [] : [flow.packets])))
  const walks = new Map<FlowState, { readonly isLeaving: boolean; readonly flows: Flow[] }>()
  const add = (flow: Flow, isLeaving: boolean, change: Partial<FlowState>): void => {
    const after = walker.states.of({ ...flow.state, rewriting: {}, ...change })
    const known = walks.get(after)
    if (known === undefined) walks.set(after, { isLeaving, flows: [flow] })
    else known.flows.push(flow)
  }
  for (const flow of arriving.filter(isTranslated)) add(flow, false, {})
  for (const flow of leaving.filter(isTranslated)) {
    if (flow.state.outInterface !== undefined) add(flow, true, {})
    // Rules see the interface that the first routing chose, which is none of where the packet goes now.
    else
      for (const part of byInterface(flow, headers, onward.outward)) add(part.flow, true, { outInterface: part.name })
  }
  const found = [...walks].flatMap(([after, { isLeaving, flows }]) =>
    passOnward(walker, headers, after, flows, { isLeaving, lost, onward }),
  )
  const taken = store.minus(
    store.union([...arriving, ...leaving].flatMap(flow => (isTranslated(flow) ? [flow.packets] : []))),
    rest,
  )
  return { sentOn: byGoal(found).map(({ goal, items }) => merged(headers, goal, items)), taken }
}

function byInterface(
  { state, packets }: Flow,
  headers: PartyHeaders,
  names: readonly string[],
): readonly { readonly name: string; readonly flow: Flow }[] {
  const { store } = headers.space
  return names.flatMap(name => {
    const through = store.and(packets, headers.outInterface(name))
    return through === NONE ? [] : [{ name, flow: { state, packets: through } }]
  })
}

interface OnwardOptions {
  readonly isLeaving: boolean
  readonly lost: Bdd
  readonly onward: Onward
}

/** All packets that are in one state once their destination is new. */
function passOnward(
  walker: SetWalker,
  headers: PartyHeaders,
  after: FlowState,
  flows: Flows,
  { isLeaving, lost, onward }: OnwardOptions,
): readonly SentOn[] {
  const { store } = headers.space
  const become = store.union(flows.map(({ state, packets }) => becomeOf(headers, state.rewriting, packets)))
  const routed = store.and(become, onward.received)
  const coming = isLeaving ? keepRoute(walker, headers, after, routed) : routed
  const flow = [{ state: after, packets: coming }]
  const { verdicts, accepted } = walker.fromDestinations(isLeaving ? [] : flow, isLeaving ? flow : [])
  const through = (has: (flow: Flow) => boolean): Bdd =>
    withoutRoute(headers, store.union(accepted.filter(has).map(({ packets }) => packets)))
  const ends = {
    plain: through(({ state }) => !state.isSourceChanged),
    masqueraded: through(({ state }) => state.isSourceChanged),
    lost: withoutRoute(headers, store.or(verdicts.drop, verdicts.reject)),
  }
  return flows.map(({ state: { rewriting }, packets }): SentOn => {
    const sent = withoutRoute(headers, packets)
    const asked = answerOf(headers, sent)
    const back = (set: Bdd): Bdd => store.and(sent, walker.asSent(set, rewriting))
    const parts = {
      plain: back(ends.plain),
      masqueraded: back(ends.masqueraded),
      // By another interface, or from another port, they may be lost before anybody sends them on.
      lost: store.or(back(ends.lost), store.and(asked, lost)),
    }
    const { destination: address = '', destinationPort: port } = rewriting
    const goal = { address, ...(port === undefined ? {} : { port }) }
    return { goal, sent: asked, passing: passingOf(headers, parts) }
  })
}

/** What packets look like with their new destination. */
function becomeOf(headers: PartyHeaders, { destination = '', destinationPort }: Rewriting, packets: Bdd): Bdd {
  const { bits, space } = headers
  const { store, fields } = space
  const changed = [bits.fields.destination, fields.destination, fields.outInterface]
  const moved = store.and(withoutFields(store, packets, changed), partySet(headers, 'destination', destination))
  if (destinationPort === undefined) return moved
  const havePorts = headers.protocols(PORT_PROTOCOLS)
  const toPort = headers.portField('destination', [{ first: destinationPort, last: destinationPort }])
  return store.or(
    store.and(withoutFields(store, store.and(moved, havePorts), [fields.destinationPort]), toPort),
    store.minus(moved, havePorts),
  )
}

/** Packets of which a side is who has this address. */
export function partySet(headers: PartyHeaders, side: Side, address: string): Bdd {
  const { bits, space } = headers
  const party = bits.partyOf(address)
  const named = bits.oneOf(side, [party])
  return party === OUTSIDE ? space.store.and(named, headers.addresses(side, [address])) : named
}

/** What leads to the new destination by the interface that was chosen first leaves by it. */
function keepRoute(walker: SetWalker, headers: PartyHeaders, { outInterface }: FlowState, packets: Bdd): Bdd {
  if (outInterface === undefined || outInterface === 'lo') return packets
  const { store } = headers.space
  const stays = walker.routing.offeredBy(outInterface, {})
  return store.or(store.minus(packets, stays), store.and(store.and(packets, stays), headers.outInterface(outInterface)))
}

function withoutRoute({ space: { store, fields } }: PartyHeaders, set: Bdd): Bdd {
  return withoutFields(store, set, [fields.outInterface])
}

function merged(headers: PartyHeaders, goal: Goal, parts: readonly SentOn[]): SentOn {
  const [first] = parts
  if (first !== undefined && parts.length === 1) return first
  const { store } = headers.space
  const some = (of: (part: SentOn) => Bdd | undefined): Bdd => store.union(parts.map(part => of(part) ?? NONE))
  // A packet may have several ways: what is sure by one and not by another is not sure.
  const doubtful = some(({ sent, passing: { plain, masqueraded } }) =>
    store.minus(sent, store.or(plain.sure, masqueraded.sure)),
  )
  const both = (kind: 'plain' | 'masqueraded'): NodePassing['plain'] => {
    const other = kind === 'plain' ? 'masqueraded' : 'plain'
    const [may, rest] = [some(one => one.passing[kind].may), some(one => one.passing[other].may)]
    return {
      may,
      sure: store.minus(
        store.minus(
          some(one => one.passing[kind].sure),
          doubtful,
        ),
        rest,
      ),
    }
  }
  const doubts = Object.fromEntries(DOUBTS.map(doubt => [doubt, some(({ passing }) => passing.doubts[doubt])]))
  return {
    goal,
    sent: some(({ sent }) => sent),
    passing: { doubts, plain: both('plain'), masqueraded: both('masqueraded') },
  }
}
