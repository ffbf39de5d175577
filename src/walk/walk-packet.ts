// One packet through the node, hook by hook, as the kernel calls them: the door of the walk. It knows rules, not policies.
//
//   arriving:  raw PREROUTING, conntrack, mangle PREROUTING, nat PREROUTING, routing, then
//              INPUT of mangle, filter, security, nat, or FORWARD of mangle, filter, security and POSTROUTING
//   leaving:   routing, raw OUTPUT, conntrack, OUTPUT of mangle, nat, filter, security, then POSTROUTING of mangle, nat

import type { KernelTableName, KernelTables } from '../netfilter/kernel-tables.ts'
import type { KernelChainName } from '../model/ruleset.ts'
import { tryAll } from './choices.ts'
import { type MovingPacket, movingPacket, NetCache } from '../netfilter/moving-packet.ts'
import { isIcmp } from '../netfilter/packet.ts'
import { isNeverTracked, type Journey, type Mutable, type NodeView, type OutwardRoute, type Route } from './packet.ts'
import { type HookedTables, hookedTables } from './hooked-tables.ts'
import { SetIndex, type SetTests } from '../netfilter/set-index.ts'
import type { RouteGuess, Verdict, Walk, WalkEnd } from './steps.ts'
import { tableExits } from './table-exits.ts'
import { changeDestination } from './targets.ts'
import { emptyNotes, note, type WalkManner, type WalkNotes } from './walk-notes.ts'
import { type TableEnd, type WalkContext, walkTable } from './walk-table.ts'
import { WalkTooLong, WalkWork } from './walk-work.ts'

export interface WalkOptions {
  /** Also note the rules that do not fit, and why. */
  readonly withMisses?: boolean
  /** `false`: only how it ends is asked, and of the steps no more than the last is kept. */
  readonly withSteps?: boolean
}

export interface WalkResult {
  /** One for each way through that what is not known leaves open; just one when everything is known. */
  readonly walks: readonly [Walk, ...Walk[]]
  /** Whether `walks` are all ways through; there may be too many to follow. */
  readonly isComplete: boolean
  /** `unknown` when not all ways end the same, whether or not they are among `walks`. */
  readonly verdict: Verdict | 'unknown'
  /** What ways through can end in; absent where even that is more than can be told. */
  readonly verdicts?: readonly Verdict[]
  /** How many rules were looked at, all ways together. */
  readonly looks: number
}

/** Sets are made ready for looking up once for all packets of a walker, and of all that share `setTests`. */
export interface Walker {
  /** @throws WalkTooLong where the rules make more of a way than can be followed */
  readonly walk: (journey: Journey, options?: WalkOptions) => WalkResult
}

export function createWalker(kernelTables: KernelTables, node: NodeView, setTests?: SetTests): Walker {
  const tables = hookedTables(kernelTables)
  const context: WalkContext = { sets: new SetIndex(kernelTables.ipSets, setTests), nets: new NetCache(), node }
  return {
    walk: (journey, { withMisses = false, withSteps = true } = {}) => {
      if (journey.packet.ipVersion !== kernelTables.ipVersion) throw new Error('packet and tables differ in IP version')
      const work = new WalkWork()
      const { results, isComplete: areAll } = tryAll(choices => {
        const packetWalk = new PacketWalk(tables, context, journey, { choices, withMisses, withSteps, work })
        const walk = packetWalk.run()
        work.startWay(packetWalk.stepCount)
        return walk
      })
      const isComplete = areAll && !work.isCut
      const verdicts = isComplete
        ? new Set(results.map(({ verdict }) => verdict))
        : allVerdicts(tables, context, journey)
      const { looks } = work
      if (verdicts === undefined) return { walks: results, isComplete, verdict: 'unknown', looks }
      const [only] = verdicts
      const verdict = only !== undefined && verdicts.size === 1 ? only : 'unknown'
      return { walks: results, isComplete, verdict, verdicts: [...verdicts].sort(), looks }
    },
  }
}

/** How all ways end, those included that are too many to be told; undefined where even the states are too many. */
function allVerdicts(tables: HookedTables, context: WalkContext, journey: Journey): ReadonlySet<Verdict> | undefined {
  try {
    const { results, isComplete } = tryAll(choices => {
      const notes = { choices, withMisses: false, withSteps: false, work: new WalkWork() }
      return new PacketWalk(tables, context, journey, notes, passByExits).run().verdict
    })
    return isComplete ? new Set(results) : undefined
  } catch (error) {
    if (error instanceof WalkTooLong) return undefined
    throw error
  }
}

/** Takes one of the ways out of a table without walking through it. */
const passByExits: typeof walkTable = (table, hook, base, moving, context, { choices, isTracked }) => {
  const exits = tableExits(table, hook, base, moving, context, isTracked)
  const exit = exits[choices.next(exits.length)]
  if (exit === undefined) throw new Error('a choice that was not offered')
  Object.assign(moving, exit.moving)
  const { verdict } = exit
  const decidedBy = {
    kind: 'policy',
    hook,
    table: table.name,
    chain: base,
    verdict: base.policy === 'DROP' ? 'drop' : 'accept',
  } as const
  return { verdict, decidedBy }
}

class PacketWalk {
  readonly #tables: HookedTables
  readonly #context: WalkContext
  readonly #journey: Journey
  readonly #moving: MovingPacket
  readonly #notes: WalkNotes
  readonly #passTable: typeof walkTable
  /** How the packet's way through the filter table ended, or through the last table of those before it. */
  #end: TableEnd | undefined
  readonly #routeGuesses: RouteGuess[] = []

  constructor(tables: HookedTables, context: WalkContext, journey: Journey, how: WalkManner, passTable = walkTable) {
    this.#passTable = passTable
    this.#tables = tables
    this.#context = context
    this.#journey = journey
    this.#moving = movingPacket(journey.packet, journey.hasReversePath, journey.mark ?? 0)
    this.#notes = emptyNotes(how)
  }

  get stepCount(): number {
    return this.#notes.stepCount
  }

  run(): Walk {
    const { inInterface } = this.#journey
    const whither: WalkEnd = inInterface === undefined ? this.#leave() : this.#arrive(inInterface)
    const { steps, log, guesses, assumptions, share } = this.#notes
    const { packet, mark, state } = this.#moving
    const end = whither.kind === 'refused' ? undefined : this.#end
    const verdict = verdictOf(whither, end)
    const routeGuesses = this.#routeGuesses
    const walk: Mutable<Walk> = {
      verdict,
      end: whither,
      state,
      routeGuesses,
      steps,
      log,
      guesses,
      assumptions,
      packet,
      mark,
    }
    if (end !== undefined) walk.decidedBy = end.decidedBy
    if (share !== undefined) walk.share = share
    if (end?.rejectWith !== undefined) walk.rejectWith = end.rejectWith
    return walk
  }

  #arrive(inInterface: string): WalkEnd {
    this.#moving.inInterface = this.#chooseArrival(inInterface)
    if (!this.#pass('PREROUTING', ['raw'])) return FELL
    this.#track()
    if (!this.#pass('PREROUTING', ['mangle'])) return FELL
    if (!this.#translateDestination('PREROUTING')) return FELL
    const route = this.#route()
    if (route.kind === 'refused') return { kind: 'refused', route }
    if (route.kind === 'local') return this.#deliver() ? { kind: 'delivered' } : FELL
    this.#moving.outInterface = route.interfaceName
    return this.#pass('FORWARD', ['mangle', 'filter', 'security']) && this.#postrouting() ? sentBy(route) : FELL
  }

  #chooseArrival(first: string): string {
    const { packet, otherInInterfaces: others = [] } = this.#journey
    if (others.length === 0) return first
    const interfaceName = [first, ...others][this.#notes.choices.next(others.length + 1)]
    if (interfaceName === undefined) throw new Error('a choice that was not offered')
    this.#notes.share = undefined
    this.#routeGuesses.push({ side: 'source', address: packet.source, route: { kind: 'out', interfaceName } })
    return interfaceName
  }

  #leave(): WalkEnd {
    let route = this.#route()
    if (route.kind === 'refused') return { kind: 'refused', route }
    if (!this.#pass('OUTPUT', ['raw'])) return FELL
    this.#track()
    if (!this.#pass('OUTPUT', ['mangle'])) return FELL
    const { destination } = this.#moving.packet
    if (!this.#translateDestination('OUTPUT')) return FELL
    // The hook's outgoing interface was fixed when the packet came to it: rules that follow see the one of the first routing.
    const first = this.#moving.outInterface
    if (this.#moving.packet.destination !== destination) route = this.#route()
    if (route.kind === 'refused') return { kind: 'refused', route }
    const { outInterface } = this.#moving
    this.#moving.outInterface = first
    if (!this.#pass('OUTPUT', ['filter', 'security'])) return FELL
    this.#moving.outInterface = outInterface
    if (!this.#postrouting()) return FELL
    if (route.kind === 'out') return sentBy(route)
    return this.#loop() ? { kind: 'delivered' } : FELL
  }

  /** The connection is known and translated by now, so nat is not asked again. */
  #loop(): boolean {
    note(this.#notes, { kind: 'loopback' })
    this.#moving.inInterface = 'lo'
    this.#moving.outInterface = ''
    return this.#pass('PREROUTING', ['raw', 'mangle']) && this.#pass('INPUT', ['mangle', 'filter', 'security'])
  }

  #deliver(): boolean {
    if (!this.#pass('INPUT', ['mangle', 'filter', 'security'])) return false
    return !this.#asksNat() || this.#pass('INPUT', ['nat'])
  }

  #postrouting(): boolean {
    if (!this.#pass('POSTROUTING', ['mangle'])) return false
    return !this.#asksNat() || this.#pass('POSTROUTING', ['nat'])
  }

  #track(): void {
    const moving = this.#moving
    if (isNeverTracked(moving.packet)) moving.state = 'UNTRACKED'
    if (moving.state !== 'UNTRACKED') moving.state = this.#journey.state
    const { connection } = this.#journey
    if (connection !== undefined && moving.state !== 'UNTRACKED' && moving.state !== 'INVALID') {
      moving.isOfDnat = connection.hasDnat
      moving.isOfSnat = connection.hasSnat
    }
    this.#notes.isTracked = true
    note(this.#notes, { kind: 'conntrack', state: moving.state })
  }

  /** The nat table is there for packets that start a connection; the rest of it is translated like them. */
  #asksNat(): boolean {
    const { state, packet } = this.#moving
    return state === 'NEW' || (state === 'RELATED' && !isIcmp(packet.protocol))
  }

  #translateDestination(hook: 'PREROUTING' | 'OUTPUT'): boolean {
    const moving = this.#moving
    if (this.#asksNat() && !this.#pass(hook, ['nat'])) return false
    const { dnat } = this.#journey
    const isTranslated = moving.state !== 'UNTRACKED' && moving.state !== 'INVALID'
    if (dnat !== undefined && isTranslated && !moving.isDestinationChanged) {
      const before = moving.packet
      note(this.#notes, { kind: 'dnat', before, after: changeDestination(moving, dnat) })
    }
    return true
  }

  #route(): Route {
    const moving = this.#moving
    const { destination } = moving.packet
    const route = this.#chooseRoute(this.#context.node.route(destination), destination)
    note(this.#notes, { kind: 'route', route, destination })
    if (moving.inInterface === '') {
      moving.outInterface = route.kind === 'out' ? route.interfaceName : route.kind === 'local' ? 'lo' : ''
    }
    return route
  }

  #chooseRoute(found: Route, destination: string): Route {
    if (found.kind !== 'out') return found
    const { outInterface: given } = this.#journey
    if (given !== undefined && this.#isOverruled(found, given)) return { kind: 'out', interfaceName: given }
    if (found.others === undefined || found.others.length === 0) return found
    const { others, ...first } = found
    const route = [first, ...others][this.#notes.choices.next(others.length + 1)]
    if (route === undefined) throw new Error('a choice that was not offered')
    this.#notes.share = undefined
    this.#routeGuesses.push({ side: 'destination', address: destination, route })
    return route
  }

  /**
   * Behind DNAT, what the node knows of the new destination holds: the journey speaks of where the packet was to go before. So it does
   * where that was a workload, which sends nothing on.
   */
  #isOverruled({ isGuess }: OutwardRoute, given: string): boolean {
    if (!this.#moving.isDestinationChanged) return true
    return isGuess === true && this.#context.node.isOfKnownWorkload?.(given) !== true
  }

  /** Whether the packet gets through these tables at a hook. */
  #pass(hook: KernelChainName, names: readonly KernelTableName[]): boolean {
    const tables = this.#tables[hook]
    for (const name of names) {
      for (const { table, base } of tables[name]) {
        if (this.#isTranslated(hook, name)) continue
        const end = this.#passTable(table, hook, base, this.#moving, this.#context, this.#notes)
        const known = this.#end?.decidedBy
        // What comes after the filter table seldom decides anything; where it does, the packet is lost there.
        if (end.verdict !== 'accept' || known?.table !== 'filter' || name === 'filter') this.#end = end
        if (end.verdict !== 'accept') return false
      }
    }
    return true
  }

  /** Of two nat tables, each of a back end of its own, the second is not asked for what the first has decided. */
  #isTranslated(hook: KernelChainName, name: KernelTableName): boolean {
    if (name !== 'nat') return false
    const { isDestinationChanged, isSourceChanged } = this.#moving
    return hook === 'PREROUTING' || hook === 'OUTPUT' ? isDestinationChanged : isSourceChanged
  }
}

const FELL: WalkEnd = { kind: 'fell' }

function sentBy({ interfaceName }: OutwardRoute): WalkEnd {
  return { kind: 'sent', interfaceName }
}

/** The sender of what routing refuses is told so, unless it is a blackhole. */
function verdictOf(whither: WalkEnd, end: TableEnd | undefined): Verdict {
  if (whither.kind === 'refused') return whither.route.how === 'blackhole' ? 'drop' : 'reject'
  return whither.kind === 'fell' ? (end?.verdict ?? 'accept') : 'accept'
}
