// One table for sets of packets: chains, jumps, gotos and returns. What a chain does to all packets of one state is worked out
// once, however many rules lead to it.

import type { KernelChain, KernelTable, KernelTables } from '../../netfilter/kernel-tables.ts'
import type { Chain, Rule, Target } from '../../model/ruleset.ts'
import { nextMark } from '../../netfilter/target-table.ts'
import { rewriteOf } from '../../walk/targets.ts'
import type { AlikeDestinations } from './alike-destinations.ts'
import { ALL, type Bdd, type BddStore, NONE } from './bdd.ts'
import { type ChainLooks, chainLooks, EVERYTHING, seenState, unseenState } from './chain-looks.ts'
import type { FlowState, FlowStates } from './flow-state.ts'
import { type Ending, type Leaving, mergeLeavings } from './leaving.ts'
import type { MatchSets } from './match-sets.ts'
import type { NodeNets } from './node-nets.ts'
import type { SharedChains } from './shared-chains.ts'

/** What a rule does to the packets of one state. */
export interface RuleEffect {
  readonly index: number
  readonly state: FlowState
  /** Packets that come to the rule, and those of them that it fits, or perhaps fits. */
  readonly reaching: Bdd
  readonly fitting: Bdd
}

/** What a chain does to the packets of one state. */
export interface ChainEffect {
  readonly chain: Chain
  readonly leavings: readonly Leaving[]
  /** Of rules that packets come to and fit; only where `withRules` was asked for. */
  readonly rules: readonly RuleEffect[]
}

export interface ChainWalkTools {
  readonly store: BddStore
  readonly matches: MatchSets
  readonly states: FlowStates
  readonly node: Pick<NodeNets, 'loopbackSource'>
  readonly ipSets: KernelTables['ipSets']
}

export interface ChainWalkOptions {
  readonly withRules?: boolean
  /** What other walkers of the same space know; they say nothing of single rules. */
  readonly shared?: SharedChains
  /** Where only what becomes of packets counts: of destinations that nothing tells apart one stands for all. */
  readonly alikeDestinations?: AlikeDestinations | undefined
}

/** The walk through another table that is the same but for some chains: what it found of the others holds here. */
export interface AlikeWalk {
  readonly walk: ChainWalk
  /** Whether a chain of this name does the same in both, with all that it leads to. */
  readonly isAlike: (name: string) => boolean
}

export class ChainWalk {
  readonly #table: KernelTable
  readonly #looksOf: (name: string) => ChainLooks
  readonly #store: BddStore
  readonly #matches: MatchSets
  readonly #states: FlowStates
  readonly #loopbackSource: string | undefined
  readonly #alikeDestinations: AlikeDestinations
  readonly #withRules: boolean
  readonly #alike: AlikeWalk | undefined
  readonly #known = new Map<Chain, Map<FlowState, ChainEffect>>()
  readonly #open = new Set<Chain>()
  readonly #shared: SharedChains | undefined
  readonly #contentOf: (name: string) => number | undefined

  constructor(
    table: KernelTable,
    { store, matches, states, node, ipSets }: ChainWalkTools,
    { withRules = false, shared, alikeDestinations = to => to }: ChainWalkOptions = {},
    alike?: AlikeWalk,
  ) {
    this.#alike = alike
    this.#shared = withRules ? undefined : shared
    this.#contentOf = this.#shared?.contentsOf(table, ipSets) ?? (() => undefined)
    this.#table = table
    this.#looksOf = chainLooks(table)
    this.#store = store
    this.#matches = matches
    this.#states = states
    this.#loopbackSource = node.loopbackSource
    this.#withRules = withRules
    this.#alikeDestinations = alikeDestinations
  }

  /** Packets through a chain of the kernel: what no rule decides, its policy does. */
  base(chain: KernelChain, packets: Bdd, state: FlowState): ChainEffect {
    const effect = this.#run(chain, packets, state)
    const policy: Ending = chain.policy === 'DROP' ? 'drop' : 'accept'
    const leavings = effect.leavings.map(leaving =>
      leaving.ending === 'return' ? { ...leaving, ending: policy } : leaving,
    )
    return { ...effect, leavings: mergeLeavings(this.#store, leavings) }
  }

  /** What the chain does to all packets of the universe that come to it in this state. */
  whole(name: string, state: FlowState): ChainEffect {
    if (this.#alike?.isAlike(name) === true) return this.#alike.walk.whole(name, state)
    const chain = this.#table.userChains.get(name)
    if (chain === undefined) throw new Error(`table ${this.#table.name} has no chain ${name}`)
    let byState = this.#known.get(chain)
    if (byState === undefined) this.#known.set(chain, (byState = new Map()))
    const known = byState.get(state)
    if (known !== undefined) return known
    // What is told of single rules has states as they are.
    const looks = this.#withRules ? EVERYTHING : this.#looksOf(name)
    const seen = this.#states.of(seenState(state, looks))
    if (seen !== state) {
      const effect = this.whole(name, seen)
      const leavings = effect.leavings.map(one => ({
        ...one,
        state: this.#states.of(unseenState(one.state, state, looks)),
      }))
      byState.set(state, { ...effect, leavings })
      return { ...effect, leavings }
    }
    const content = this.#contentOf(name)
    const elsewhere = content === undefined ? undefined : this.#shared?.known(content, state)
    if (elsewhere !== undefined) {
      const effect = { chain, leavings: elsewhere, rules: [] }
      byState.set(state, effect)
      return effect
    }
    // INVARIANT: whoever reads tables has looked for circles (`findLoop`).
    if (this.#open.has(chain)) throw new Error(`chains of table ${this.#table.name} call each other in a circle`)
    this.#open.add(chain)
    try {
      const effect = this.#run(chain, ALL, state)
      byState.set(state, effect)
      if (content !== undefined) this.#shared?.keep(content, state, effect.leavings)
      return effect
    } finally {
      // Sets that grow over all bounds end the walk, and somebody may ask again.
      this.#open.delete(chain)
    }
  }

  /** What a chain that is not one of the table's would do to all packets of a state; nothing is kept of it. */
  effect(chain: Chain, state: FlowState): ChainEffect {
    return this.#run(chain, ALL, state)
  }

  #run(chain: Chain, packets: Bdd, first: FlowState): ChainEffect {
    const flows = new Map<FlowState, Bdd>([[first, packets]])
    const leavings: Leaving[] = []
    const rules: RuleEffect[] = []
    for (const [index, rule] of chain.rules.entries()) {
      const arriving: { readonly state: FlowState; readonly packets: Bdd }[] = []
      for (const [state, reaching] of flows) {
        const { fits, perhaps } = this.#matches.ofRule(rule, state)
        const fitting = this.#store.and(reaching, perhaps === NONE ? fits : this.#store.or(fits, perhaps))
        if (fitting === NONE) continue
        if (this.#withRules) rules.push({ index, state, reaching, fitting })
        const back: Bdd[] = []
        for (const { ending, ...one } of this.#carryOut(rule, state, fitting)) {
          if (ending !== 'next') leavings.push({ ending, ...one })
          else if (one.state === state) back.push(one.packets)
          else arriving.push(one)
        }
        // What goes is little, and taking away and giving back what a long chain has left is much.
        const certain = perhaps === NONE ? fitting : this.#store.and(fitting, fits)
        const left = this.#store.minus(reaching, this.#store.minus(certain, this.#store.union(back)))
        if (left === NONE) flows.delete(state)
        else flows.set(state, left)
      }
      for (const one of arriving) {
        flows.set(one.state, this.#store.or(flows.get(one.state) ?? NONE, one.packets))
      }
      if (flows.size === 0) break
    }
    for (const [state, left] of flows) leavings.push({ ending: 'return', state, packets: left })
    return { chain, leavings: mergeLeavings(this.#store, leavings), rules }
  }

  /** What becomes of packets that a rule fits; `next` goes on to the next rule. */
  #carryOut({ target }: Rule, state: FlowState, packets: Bdd): readonly After[] {
    switch (target?.kind) {
      case undefined:
      case 'log':
      case 'nflog':
      case 'dscp':
        return [{ ending: 'next', state, packets }]
      case 'setMark':
      case 'clearMark':
      case 'xorMark':
        return [{ ending: 'next', state: this.#marked(target, state), packets }]
      case 'notrack': {
        const isEarly = state.tracking === 'before'
        return [
          {
            ending: 'next',
            state: isEarly ? this.#states.of({ ...state, tracking: 'beforeUntracked' }) : state,
            packets,
          },
        ]
      }
      case 'jump':
      case 'goto':
        return this.#call(target.kind, target.chain, state, packets)
      case 'return':
      case 'accept':
      case 'drop':
      case 'reject':
        return [{ ending: target.kind, state, packets }]
      case 'dnat':
      case 'snat':
      case 'masquerade':
        return [{ ending: 'accept', state: this.#states.of(this.#translated(target, state)), packets }]
      case 'unknown': {
        const goesOn: After = { ending: 'next', state, packets }
        if (target.continues) return [goesOn]
        return [goesOn, { ending: 'accept', state, packets }, { ending: 'drop', state, packets }]
      }
    }
  }

  #call(kind: 'jump' | 'goto', name: string, state: FlowState, packets: Bdd): readonly After[] {
    const { leavings } = this.whole(name, state)
    return leavings.flatMap((leaving): readonly After[] => {
      const there = this.#store.and(packets, leaving.packets)
      if (there === NONE) return []
      // What returns from where a goto led goes back to the caller of this chain.
      const ending = leaving.ending === 'return' && kind === 'jump' ? 'next' : leaving.ending
      return [{ ending, state: leaving.state, packets: there }]
    })
  }

  #marked(target: Target, state: FlowState): FlowState {
    const mark = nextMark(target, state.mark)
    return mark === state.mark ? state : this.#states.of({ ...state, mark })
  }

  #translated(target: Extract<Target, { kind: 'dnat' | 'snat' | 'masquerade' }>, state: FlowState): FlowState {
    if (target.kind === 'masquerade') {
      // Of what leaves for good no rule sees the new source.
      const isSeen = state.outInterface === 'lo' && this.#loopbackSource !== undefined
      const rewriting = isSeen ? { ...state.rewriting, source: this.#loopbackSource } : state.rewriting
      return { ...state, rewriting, isSourceChanged: true }
    }
    // Of a range, of which the kernel takes any, the walk cannot tell the new address either.
    const { address, port } = rewriteOf(target.to) ?? {}
    const rewriting =
      target.kind === 'dnat'
        ? this.#alikeDestinations(defined({ destination: address, destinationPort: port }))
        : defined({ source: address, sourcePort: port })
    return {
      ...state,
      rewriting: { ...state.rewriting, ...rewriting },
      isDestinationChanged: state.isDestinationChanged || target.kind === 'dnat',
      isSourceChanged: state.isSourceChanged || target.kind === 'snat',
    }
  }
}

interface After {
  readonly ending: Ending | 'next'
  readonly state: FlowState
  readonly packets: Bdd
}

function defined<Value extends object>(value: Value): { [Key in keyof Value]: Exclude<Value[Key], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined)) as {
    [Key in keyof Value]: Exclude<Value[Key], undefined>
  }
}
