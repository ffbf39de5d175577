// All packets through a node, hook by hook: for every packet at once what `createWalker` finds for one.

import type { KernelChain, KernelTable, KernelTableName, KernelTables } from '../../netfilter/kernel-tables.ts'
import type { KernelChainName } from '../../model/ruleset.ts'
import type { Bdd } from './bdd.ts'
import { alikeChains } from './alike-chains.ts'
import { type AlikeWalk, type ChainEffect, ChainWalk, type ChainWalkOptions } from './chain-walk.ts'
import { FlowStates, type Rewriting } from './flow-state.ts'
import { HeaderSets } from './header-sets.ts'
import { refuseDeepJumps } from './jump-depth.ts'
import { MatchSets } from './match-sets.ts'
import type { NodeNets } from './node-nets.ts'
import type { PacketSpace } from './packet-space.ts'
import { Rewriter } from './rewriter.ts'
import { Routes } from './routes.ts'
import { type Flows, SetJourney, type VerdictSets } from './set-journey.ts'
import { trackingSets, type TrackingSets } from './tracking.ts'

/** What happens at one hook in one table. */
export interface HookEffect extends ChainEffect {
  readonly hook: KernelChainName
  readonly table: KernelTableName
}

/** One way of looking at the packets of some tables; what it works out it keeps. */
export class SetWalker {
  readonly space: PacketSpace
  readonly headers: HeaderSets
  readonly tables: KernelTables
  readonly states: FlowStates
  readonly node: NodeNets
  readonly routing: Routes
  readonly #rewriter: Rewriter
  readonly #tracking: TrackingSets
  readonly #chains: ReadonlyMap<KernelTableName, ChainWalk>
  readonly #withRules: boolean

  /**
   * @param alike of the same node, by the same sets of headers: what it finds of chains that are the same is not worked out again
   * @throws DeepJumpsError where chains lead to each other too deep
   */
  constructor(
    headers: HeaderSets,
    tables: KernelTables,
    node: NodeNets,
    options: ChainWalkOptions = {},
    alike?: SetWalker,
  ) {
    const { space } = headers
    if (space.ipVersion !== tables.ipVersion) throw new Error('space and tables differ in IP version')
    refuseDeepJumps(tables)
    this.#withRules = options.withRules === true
    this.states = alike?.states ?? options.shared?.states ?? new FlowStates()
    this.headers = headers
    this.node = node
    this.space = space
    this.tables = tables
    const rewriter = new Rewriter(headers)
    this.#rewriter = rewriter
    this.routing = new Routes(headers, rewriter, node)
    this.#tracking = trackingSets(headers)
    const tools = {
      store: space.store,
      matches: new MatchSets(headers, tables.ipSets, { node, rewriter }),
      states: this.states,
      node,
      ipSets: tables.ipSets,
    }
    this.#chains = new Map(
      tables.tables.map(table => [
        table.name,
        new ChainWalk(table, tools, options, alike?.alikeTo(table, tables.ipSets)),
      ]),
    )
  }

  /** @param packets of the universe; a packet without `inInterface` is sent by the node */
  walk(packets: Bdd = this.space.universe): VerdictSets {
    return this.travel(packets).verdicts
  }

  travel(packets: Bdd = this.space.universe): {
    readonly verdicts: VerdictSets
    readonly accepted: Flows
    readonly hooks: readonly HookEffect[]
  } {
    const hooks: HookEffect[] = []
    const journey = this.#journey(hooks)
    const { own, others } = this.#bySender(packets)
    journey.arrive(others)
    journey.leave(own)
    return { verdicts: journey.verdicts(), accepted: journey.accepted(), hooks }
  }

  /** What packets have become where destinations change, those that the node sends by themselves, and which are lost before. */
  upToDestinations(packets: Bdd): { readonly arriving: Flows; readonly leaving: Flows; readonly lost: Bdd } {
    const journey = this.#journey()
    const { own, others } = this.#bySender(packets)
    const [arriving, leaving] = [journey.arriving(others), journey.leaving(own)]
    const { drop, reject } = journey.verdicts()
    return { arriving, leaving, lost: this.space.store.or(drop, reject) }
  }

  /** From there on. */
  fromDestinations(arriving: Flows, leaving: Flows): { readonly verdicts: VerdictSets; readonly accepted: Flows } {
    const journey = this.#journey()
    journey.goOn(arriving)
    journey.sendOn(leaving)
    return { verdicts: journey.verdicts(), accepted: journey.accepted() }
  }

  /** The packets that lie in the set once they are rewritten. */
  asSent(set: Bdd, rewriting: Rewriting): Bdd {
    return this.#rewriter.before(set, rewriting)
  }

  #journey(hooks: HookEffect[] = []): SetJourney {
    return new SetJourney({
      headers: this.headers,
      states: this.states,
      routes: this.routing,
      tracking: this.#tracking,
      through: (hook, name, flow) => {
        const base = this.#base(hook, name)
        const walk = this.#chains.get(name)
        if (base === undefined || walk === undefined) return undefined
        const effect = walk.base(base, flow.packets, flow.state)
        if (this.#withRules) hooks.push({ ...effect, hook, table: name })
        return effect.leavings
      },
    })
  }

  #bySender(packets: Bdd): { readonly own: Bdd; readonly others: Bdd } {
    const { store } = this.space
    const own = store.and(packets, this.headers.inInterface(''))
    return { own, others: store.minus(packets, own) }
  }

  /** For a walk through another table of this name. */
  alikeTo(table: KernelTable, ipSets: KernelTables['ipSets']): AlikeWalk | undefined {
    const own = this.tables.tables.find(({ name }) => name === table.name)
    const walk = this.#chains.get(table.name)
    if (own === undefined || walk === undefined) return undefined
    return { walk, isAlike: alikeChains(own, table, [this.tables.ipSets, ipSets]) }
  }

  /** Its chains; undefined where there is no such table. */
  chainWalk(table: KernelTableName): ChainWalk | undefined {
    return this.#chains.get(table)
  }

  #base(hook: KernelChainName, name: KernelTableName): KernelChain | undefined {
    return this.tables.tables.find(table => table.name === name)?.kernelChains.find(chain => chain.name === hook)
  }
}
