// All ways that a packet can leave one table at one hook, where what is not known leaves several open. Each chain is walked
// once for each state in which it is entered, however many ways lead to it: states differ far less than ways do.

import { assertNever } from '../text/assert-never.ts'
import type { KernelChain, KernelTable } from '../netfilter/kernel-tables.ts'
import type { Chain, KernelChainName, Rule } from '../model/ruleset.ts'
import { Choices } from './choices.ts'
import type { MatchContext, MovingPacket } from '../netfilter/moving-packet.ts'
import type { Verdict } from './steps.ts'
import { carryOut, firstFailure, stateOf } from './walk-table.ts'
import { WalkTooLong, WalkWork } from './walk-work.ts'

export interface TableExit {
  readonly verdict: Verdict
  readonly moving: Readonly<MovingPacket>
}

/** Rules with a state that are looked at: each is remembered, in some 200 bytes. */
const MAX_STATES = 100_000

/** A chain as it was entered in one state. */
interface Visit {
  readonly chain: Chain
  /** Whereto it returns: another visit and the rule to go on with there. */
  readonly callers: { readonly visit: Visit; readonly index: number }[]
  readonly returns: Map<string, Readonly<MovingPacket>>
  readonly seen: Set<string>
}

/** @throws WalkTooLong where there are too many states */
export function tableExits(
  table: KernelTable,
  hook: KernelChainName,
  base: KernelChain,
  moving: Readonly<MovingPacket>,
  context: MatchContext,
  isTracked: boolean,
): readonly TableExit[] {
  return new ExitSearch(table, hook, context, isTracked).search(base, moving)
}

class ExitSearch {
  readonly #table: KernelTable
  readonly #hook: KernelChainName
  readonly #context: MatchContext
  readonly #isTracked: boolean
  readonly #visits = new Map<Chain, Map<string, Visit>>()
  readonly #open: { readonly visit: Visit; readonly index: number; readonly moving: Readonly<MovingPacket> }[] = []
  readonly #exits = new Map<string, TableExit>()
  #states = 0

  constructor(table: KernelTable, hook: KernelChainName, context: MatchContext, isTracked: boolean) {
    this.#table = table
    this.#hook = hook
    this.#context = context
    this.#isTracked = isTracked
  }

  search(base: KernelChain, moving: Readonly<MovingPacket>): readonly TableExit[] {
    const root = this.#enter(base, moving)
    for (let next = this.#open.pop(); next !== undefined; next = this.#open.pop()) {
      this.#step(next.visit, next.index, next.moving)
    }
    const verdict = base.policy === 'DROP' ? 'drop' : 'accept'
    for (const returned of root.returns.values()) this.#exit(verdict, returned)
    return [...this.#exits.values()]
  }

  #enter(chain: Chain, moving: Readonly<MovingPacket>): Visit {
    const byState = this.#visits.get(chain) ?? new Map<string, Visit>()
    this.#visits.set(chain, byState)
    const state = stateOf(moving)
    const known = byState.get(state)
    if (known !== undefined) return known
    const visit: Visit = { chain, callers: [], returns: new Map(), seen: new Set() }
    byState.set(state, visit)
    this.#goOn(visit, 0, moving)
    return visit
  }

  #goOn(visit: Visit, index: number, moving: Readonly<MovingPacket>): void {
    const key = `${index} ${stateOf(moving)}`
    if (visit.seen.has(key)) return
    visit.seen.add(key)
    if (++this.#states > MAX_STATES) throw new WalkTooLong()
    this.#open.push({ visit, index, moving })
  }

  #exit(verdict: Verdict, moving: Readonly<MovingPacket>): void {
    this.#exits.set(`${verdict} ${stateOf(moving)}`, { verdict, moving })
  }

  #return(visit: Visit, moving: Readonly<MovingPacket>): void {
    const state = stateOf(moving)
    if (visit.returns.has(state)) return
    visit.returns.set(state, moving)
    for (const caller of visit.callers) this.#goOn(caller.visit, caller.index, moving)
  }

  #call(chain: Chain, moving: Readonly<MovingPacket>, visit: Visit, index: number): void {
    const callee = this.#enter(chain, moving)
    callee.callers.push({ visit, index })
    for (const returned of callee.returns.values()) this.#goOn(visit, index, returned)
  }

  #step(visit: Visit, index: number, before: Readonly<MovingPacket>): void {
    const rule = visit.chain.rules[index]
    if (rule === undefined) {
      this.#return(visit, before)
      return
    }
    const moving = { ...before }
    const failed = firstFailure(rule, moving, this.#context)
    if (failed !== undefined) this.#goOn(visit, index + 1, before)
    if (failed?.isKnown === true) return
    this.#carryOut(visit, index, rule, moving)
    const { target } = rule
    switch (target?.kind) {
      case 'jump':
      case 'goto': {
        const chain = this.#table.userChains.get(target.chain)
        if (chain === undefined) throw new Error(`table ${this.#table.name} has no chain ${target.chain}`)
        // What returns from a goto returns from here at once.
        this.#call(chain, moving, visit, target.kind === 'jump' ? index + 1 : visit.chain.rules.length)
        return
      }
      case 'return':
        this.#return(visit, moving)
        return
      case 'accept':
      case 'dnat':
      case 'snat':
      case 'masquerade':
        this.#exit('accept', moving)
        return
      case 'drop':
      case 'reject':
        this.#exit(target.kind, moving)
        return
      case 'unknown':
        if (!target.continues) {
          this.#exit('accept', moving)
          this.#exit('drop', moving)
        }
        this.#goOn(visit, index + 1, moving)
        return
      case undefined:
      case 'log':
      case 'nflog':
      case 'notrack':
      case 'setMark':
      case 'clearMark':
      case 'xorMark':
      case 'dscp':
        this.#goOn(visit, index + 1, moving)
        return
      default:
        assertNever(target)
    }
  }

  /** What the target does to the packet; the step that it would leave is of no interest here. */
  #carryOut(visit: Visit, index: number, rule: Rule, moving: MovingPacket): void {
    const place = { hook: this.#hook, table: this.#table.name, chain: visit.chain.name, index, rule, depth: 0 }
    const notes = {
      steps: [],
      stepCount: 0,
      withSteps: false,
      log: [],
      guesses: [],
      assumptions: [],
      choices: new Choices([]),
      withMisses: false,
      share: undefined,
    }
    carryOut(place, moving, { ...notes, work: new WalkWork(), isTracked: this.#isTracked })
  }
}
