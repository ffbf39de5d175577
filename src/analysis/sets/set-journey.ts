// The way of sets through the hooks: they part at routing and at the nat table, and what a table ends is put aside.

import type { KernelTableName } from '../../netfilter/kernel-tables.ts'
import type { KernelChainName } from '../../model/ruleset.ts'
import { type Bdd, NONE } from './bdd.ts'
import type { Leaving } from './leaving.ts'
import { FIRST_STATE, type FlowState, type FlowStates } from './flow-state.ts'
import type { HeaderSets } from './header-sets.ts'
import type { Routes } from './routes.ts'
import type { TrackingSets } from './tracking.ts'

/**
 * Packets as they were sent. A packet that is in several of them meets something that is not known on its way: perhaps this,
 * perhaps that. A packet that is in none takes a way that routing does not offer.
 */
export interface VerdictSets {
  readonly accept: Bdd
  readonly drop: Bdd
  readonly reject: Bdd
  /** Of `accept`, by the new destination that rules gave them (`''`: the one they were sent to). */
  readonly goals: ReadonlyMap<string, Bdd>
  /** Of `accept`, by the new source that they leave with. */
  readonly sources: ReadonlyMap<string, Bdd>
}

export interface Flow {
  readonly state: FlowState
  readonly packets: Bdd
}

export interface JourneyTools {
  readonly headers: HeaderSets
  readonly states: FlowStates
  readonly routes: Routes
  readonly tracking: TrackingSets
  /** What a table does at a hook; undefined where it does nothing. */
  readonly through: (hook: KernelChainName, table: KernelTableName, flow: Flow) => readonly Leaving[] | undefined
}

export type Flows = readonly Flow[]

export class SetJourney {
  readonly #tools: JourneyTools
  readonly #ended = { accept: NONE, drop: NONE, reject: NONE }
  readonly #goals = new Map<string, Bdd>()
  readonly #sources = new Map<string, Bdd>()
  #accepted: Flows = []

  constructor(tools: JourneyTools) {
    this.#tools = tools
  }

  verdicts(): VerdictSets {
    return { ...this.#ended, goals: this.#goals, sources: this.#sources }
  }

  /** What got through, by what had become of it at the end. */
  accepted(): Flows {
    return this.#merged(this.#accepted)
  }

  arrive(packets: Bdd): void {
    this.goOn(this.arriving(packets))
  }

  /** What has come to a node up to routing: destinations are what they will be. */
  arriving(packets: Bdd): Flows {
    let flows = this.#pass([{ state: this.#tools.states.of(FIRST_STATE), packets }], 'PREROUTING', ['raw'])
    flows = this.#pass(this.#track(flows), 'PREROUTING', ['mangle'])
    return this.#nat(flows, 'PREROUTING')
  }

  goOn(flows: Flows): void {
    const { local, out } = this.#route(flows)
    this.#end(this.#nat(this.#pass(local, 'INPUT', ['mangle', 'filter', 'security']), 'INPUT'))
    const forwarded = this.#set(out, { outInterface: undefined })
    this.#end(this.#postrouting(this.#pass(forwarded, 'FORWARD', ['mangle', 'filter', 'security'])))
  }

  leave(packets: Bdd): void {
    this.sendOn(this.leaving(packets))
  }

  /** What a node sends up to where destinations are what they will be. */
  leaving(packets: Bdd): Flows {
    const { local, out } = this.#route([{ state: this.#tools.states.of(FIRST_STATE), packets }])
    const routed = [...this.#set(local, { outInterface: 'lo' }), ...this.#set(out, { outInterface: undefined })]
    const flows = this.#track(this.#pass(routed, 'OUTPUT', ['raw']))
    return this.#nat(this.#pass(flows, 'OUTPUT', ['mangle']), 'OUTPUT')
  }

  /** Rules at the OUTPUT hook see the interface of the first routing, those that follow see the one of the last. */
  sendOn(flows: Flows): void {
    const { local, out, moved } = this.#routeAgain(flows)
    const filter = (some: Flows): Flows => this.#pass(some, 'OUTPUT', ['filter', 'security'])
    for (const [interfaceName, some] of moved) {
      this.#end(this.#postrouting(this.#set(filter(some), { outInterface: interfaceName })))
    }
    this.#end(this.#postrouting(this.#set(filter(out), { outInterface: undefined })))
    const looping = this.#postrouting(this.#set(filter(local), { outInterface: 'lo' }))
    // The connection is known and translated by now, so nat is not asked again.
    const back = this.#set(looping, { inInterface: 'lo', outInterface: '' })
    const arrived = this.#pass(back, 'PREROUTING', ['raw', 'mangle'])
    this.#end(this.#pass(arrived, 'INPUT', ['mangle', 'filter', 'security']))
  }

  #postrouting(flows: Flows): Flows {
    return this.#nat(this.#pass(flows, 'POSTROUTING', ['mangle']), 'POSTROUTING')
  }

  #end(flows: Flows): void {
    this.#accepted = [...this.#accepted, ...flows]
    const { store } = this.#tools.headers.space
    this.#ended.accept = store.union([this.#ended.accept, ...flows.map(({ packets }) => packets)])
    for (const { state, packets } of flows) {
      const { destination, destinationPort, source } = state.rewriting
      const goal = destination === undefined ? '' : `${destination} ${destinationPort ?? ''}`
      this.#goals.set(goal, store.or(this.#goals.get(goal) ?? NONE, packets))
      const from = state.isSourceChanged ? (source ?? 'masqueraded') : ''
      this.#sources.set(from, store.or(this.#sources.get(from) ?? NONE, packets))
    }
  }

  /** What gets through these tables at a hook. */
  #pass(flows: Flows, hook: KernelChainName, tables: readonly KernelTableName[]): Flows {
    const { store } = this.#tools.headers.space
    let passing = flows
    for (const table of tables) {
      const next: Flow[] = []
      for (const flow of passing) {
        const leavings = this.#tools.through(hook, table, flow)
        if (leavings === undefined) next.push(flow)
        for (const { ending, state, packets } of leavings ?? []) {
          if (ending === 'drop' || ending === 'reject') this.#ended[ending] = store.or(this.#ended[ending], packets)
          else next.push({ state, packets })
        }
      }
      passing = this.#merged(next)
    }
    return passing
  }

  #track(flows: Flows): Flows {
    const { never } = this.#tools.tracking
    const tracked = flows.filter(({ state }) => state.tracking === 'before')
    const untracked = flows.filter(({ state }) => state.tracking === 'beforeUntracked')
    const [left, followed] = this.#split(tracked, () => never)
    return this.#merged([
      ...this.#set([...untracked, ...left], { tracking: 'untracked' }),
      ...this.#set(followed, { tracking: 'tracked' }),
    ])
  }

  /** The nat table is there for packets that start a connection; the rest of it is translated like them. */
  #nat(flows: Flows, hook: KernelChainName): Flows {
    const { asksNat } = this.#tools.tracking
    const [asking, others] = this.#split(flows, ({ tracking }) => (tracking === 'tracked' ? asksNat : NONE))
    return this.#merged([...this.#pass(asking, hook, ['nat']), ...others])
  }

  #route(flows: Flows): { readonly local: Flows; readonly out: Flows } {
    const { routes, headers } = this.#tools
    const [local, others] = this.#splitLocal(flows)
    const out = others.map(({ state, packets }) => ({
      state,
      packets: headers.space.store.and(packets, routes.offered(state.rewriting)),
    }))
    return { local, out: this.#merged(out) }
  }

  /** Those for the node itself, and those that leave; what routing sends nowhere ends here. */
  #splitLocal(flows: Flows): readonly [Flows, Flows] {
    const { routes, headers } = this.#tools
    const [local, others] = this.#split(flows, ({ rewriting }) => routes.local(rewriting))
    let left = others
    for (const how of ['drop', 'reject'] as const) {
      const [lost, rest] = this.#split(left, ({ rewriting }) => routes.lost(how, rewriting))
      this.#ended[how] = headers.space.store.union([this.#ended[how], ...lost.map(({ packets }) => packets)])
      left = rest
    }
    return [local, left]
  }

  /** A new destination that the first interface does not lead to is left by each of those that do. */
  #routeAgain(flows: Flows): {
    readonly local: Flows
    readonly out: Flows
    readonly moved: readonly [string, Flows][]
  } {
    const { routes, headers } = this.#tools
    const { interfaces } = headers.space
    const [local, others] = this.#splitLocal(flows)
    const [out, astray] = this.#split(others, ({ rewriting }) => routes.offered(rewriting))
    const moved: [string, Flows][] = []
    for (const name of astray.length === 0 ? [] : interfaces.slice(1)) {
      const [through] = this.#split(astray, ({ rewriting }) => routes.offeredBy(name, rewriting))
      if (through.length > 0) moved.push([name, through])
    }
    return { local, out, moved }
  }

  /** Those of each flow that are in the set for its state, and the others. */
  #split(flows: Flows, setOf: (state: FlowState) => Bdd): readonly [Flows, Flows] {
    const { store } = this.#tools.headers.space
    const inside: Flow[] = []
    const outside: Flow[] = []
    for (const { state, packets } of flows) {
      const set = setOf(state)
      inside.push({ state, packets: store.and(packets, set) })
      outside.push({ state, packets: store.minus(packets, set) })
    }
    return [this.#merged(inside), this.#merged(outside)]
  }

  #set(flows: Flows, change: Partial<FlowState>): Flows {
    return this.#merged(
      flows.map(({ state, packets }) => ({ state: this.#tools.states.of({ ...state, ...change }), packets })),
    )
  }

  /** One flow for each state, none without packets. */
  #merged(flows: Flows): Flows {
    const { store } = this.#tools.headers.space
    const byState = new Map<FlowState, Bdd>()
    for (const { state, packets } of flows) {
      if (packets !== NONE) byState.set(state, store.or(byState.get(state) ?? NONE, packets))
    }
    return [...byState].map(([state, packets]) => ({ state, packets }))
  }
}
