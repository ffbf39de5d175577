// Which rules packets ever meet, and what would be different without them: for groups of rules that stand for one rule of a policy.

import type { KernelTable } from '../netfilter/kernel-tables.ts'
import type { Chain, Rule } from '../model/ruleset.ts'
import { groupBy } from '../text/group-by.ts'
import { type Entries, rulesBefore } from './rules-before.ts'
import { type Bdd, type BddStore, NONE } from './sets/bdd.ts'
import type { ChainEffect, ChainWalk } from './sets/chain-walk.ts'
import type { Leaving } from './sets/leaving.ts'
import type { FlowState } from './sets/flow-state.ts'
import type { HookEffect, SetWalker } from './sets/node-walk.ts'

/** Rules of one chain that belong together. */
export interface RuleUse {
  readonly key: string
  readonly chain: string
  readonly rule: Rule
  /** Whether packets come to the chain at all. */
  readonly isEntered: boolean
  /** Whether it would fit any packet if nothing stood before it. */
  readonly canFit: boolean
  /** Whether a packet that comes to it fits and something becomes of it. */
  readonly isMet: boolean
  /** Whether a packet would leave the chain in another way without it. */
  readonly isNeeded: boolean
  /** Keys of groups before it that take packets it would fit; only of one that is not met. */
  readonly takenBy: readonly string[]
  /** Where none does: who takes them before they come to the chain. */
  readonly takenBefore: readonly Rule[]
}

export interface RuleUseOptions {
  /** Groups of equal keys are one; undefined: nobody asks about this rule. */
  readonly keyOf: (rule: Rule) => string | undefined
  /** Mark bits that mean nothing once a group is left. */
  readonly scratchMarks: number
}

/** In longer chains it is not asked what would be different without a rule: that takes their length squared. */
const MAX_RULES = 300

/** @param walker made with `withRules` */
export function ruleUses(walker: SetWalker, packets: Bdd, options: RuleUseOptions): readonly RuleUse[] {
  const { hooks } = walker.travel(packets)
  return walker.tables.tables.flatMap(table => {
    const walk = walker.chainWalk(table.name)
    if (walk === undefined) return []
    const here = hooks.filter(hook => hook.table === table.name)
    const entries = entriesOf(table, walk, here, walker.space.store)
    const before = (chain: Chain, wanted: Bdd): readonly Rule[] =>
      rulesBefore(chain.name, wanted, { table, walk, entries, hooks }, walker)
    return [...table.userChains.values()].flatMap(chain =>
      usesIn(chain, entries.get(chain.name) ?? new Map(), { walk, store: walker.space.store, options, before }),
    )
  })
}

/** From the kernel's chains downwards, every chain after all that lead to it. */
function entriesOf(table: KernelTable, walk: ChainWalk, hooks: readonly HookEffect[], store: BddStore): Entries {
  const entries = new Map<string, Map<FlowState, Bdd>>()
  const enter = ({ chain, rules }: ChainEffect, coming: Bdd | undefined): void => {
    for (const { index, state, fitting } of rules) {
      const target = chain.rules[index]?.target
      if (target?.kind !== 'jump' && target?.kind !== 'goto') continue
      const there = coming === undefined ? fitting : store.and(coming, fitting)
      if (there === NONE) continue
      const byState = entries.get(target.chain) ?? new Map<FlowState, Bdd>()
      entries.set(target.chain, byState)
      byState.set(state, store.or(byState.get(state) ?? NONE, there))
    }
  }
  for (const hook of hooks) enter(hook, undefined)
  for (const name of callOrder(table)) {
    for (const [state, coming] of entries.get(name) ?? []) enter(walk.whole(name, state), coming)
  }
  return entries
}

function callOrder({ kernelChains, userChains }: KernelTable): readonly string[] {
  const done = new Set<string>()
  const order: string[] = []
  const visit = ({ rules }: Chain): void => {
    for (const { target } of rules) {
      if ((target?.kind !== 'jump' && target?.kind !== 'goto') || done.has(target.chain)) continue
      done.add(target.chain)
      const callee = userChains.get(target.chain)
      if (callee === undefined) continue
      visit(callee)
      order.push(target.chain)
    }
  }
  for (const chain of kernelChains) visit(chain)
  return order.reverse()
}

interface Tools {
  readonly walk: ChainWalk
  readonly store: BddStore
  readonly options: RuleUseOptions
  readonly before: (chain: Chain, wanted: Bdd) => readonly Rule[]
}

function usesIn(chain: Chain, entries: ReadonlyMap<FlowState, Bdd>, tools: Tools): readonly RuleUse[] {
  const { walk, store, options } = tools
  const keys = chain.rules.map(options.keyOf)
  const groups = groupBy(chain.rules, options.keyOf)
  const ranks = new Map([...groups.keys()].map((key, rank) => [key, rank]))
  const states = [...entries].map(([state, coming]) => {
    const { rules } = walk.whole(chain.name, state)
    return { state, coming, rules, byKey: groupBy(rules, ({ index }) => keys[index]) }
  })
  const found = [...groups].flatMap(([key, own]): readonly Omit<RuleUse, 'isNeeded'>[] => {
    const [rule] = own
    if (key === undefined || rule === undefined) return []
    // A rule that only writes to the log decides nothing, and is not there for that.
    const isActing = own.some(one => acts(one, options))
    const counts = (one: Rule | undefined): boolean => !isActing || acts(one, options)
    const rank = ranks.get(key) ?? 0
    let [canFit, isMet] = [false, false]
    const takenBy = new Set<string>()
    const all: Bdd[] = []
    for (const { state, coming, rules, byKey } of states) {
      const alone = walk.effect({ ...chain, rules: own }, state)
      const fitting = store.union(alone.rules.filter(({ index }) => counts(own[index])).map(one => one.fitting))
      const wanted = store.and(coming, fitting)
      canFit ||= fitting !== NONE
      all.push(fitting)
      const acting = (byKey.get(key) ?? []).filter(({ index }) => counts(chain.rules[index]))
      if (acting.some(one => store.and(one.fitting, coming) !== NONE)) isMet = true
      else {
        for (const { index, fitting: taken } of rules) {
          const other = keys[index]
          const isBefore = other !== undefined && (ranks.get(other) ?? 0) < rank
          if (isBefore && acts(chain.rules[index], options) && store.and(taken, wanted) !== NONE) takenBy.add(other)
        }
      }
    }
    const isTakenHere = isMet || takenBy.size > 0
    return [
      {
        key,
        chain: chain.name,
        rule,
        isEntered: entries.size > 0,
        canFit,
        isMet,
        takenBy: isMet ? [] : [...takenBy],
        takenBefore: isTakenHere || !canFit ? [] : tools.before(chain, store.union(all)),
      },
    ]
  })
  return withNeeds(found, chain, groups, { entries, tools })
}

/**
 * What is told of as needless is needless together: a rule does not stand in for another where it is to go itself. Those that are
 * never met go first.
 */
function withNeeds(
  found: readonly Omit<RuleUse, 'isNeeded'>[],
  chain: Chain,
  groups: ReadonlyMap<string | undefined, readonly Rule[]>,
  { entries, tools }: { readonly entries: ReadonlyMap<FlowState, Bdd>; readonly tools: Tools },
): readonly RuleUse[] {
  const { keyOf } = tools.options
  const dead = new Set(found.flatMap(({ key, isMet }) => (isMet ? [] : [key])))
  let rest = dead.size === 0 ? chain : { ...chain, rules: chain.rules.filter(rule => !dead.has(keyOf(rule) ?? '')) }
  return found.map(use => {
    const own = groups.get(use.key) ?? []
    const isAsked = chain.rules.length <= MAX_RULES && own.some(rule => acts(rule, tools.options))
    const isNeeded =
      use.isMet && (!isAsked || [...entries].some(([state, coming]) => differs(rest, own, state, coming, tools)))
    if (use.isMet && !isNeeded) rest = { ...rest, rules: rest.rules.filter(rule => !own.includes(rule)) }
    return { ...use, isNeeded }
  })
}

/** Whether something becomes of a packet: not only a line in the log, or a mark that nobody keeps. */
function acts(rule: Rule | undefined, { scratchMarks }: RuleUseOptions): boolean {
  const target = rule?.target
  switch (target?.kind) {
    case undefined:
    case 'log':
    case 'nflog':
      return false
    case 'setMark':
    case 'xorMark':
      return (target.value & ~scratchMarks) !== 0
    case 'clearMark':
      return (target.mask & ~scratchMarks) !== 0
    default:
      return true
  }
}

/** Whether any of these packets leaves the chain in another way without these rules. */
function differs(chain: Chain, without: readonly Rule[], state: FlowState, coming: Bdd, tools: Tools): boolean {
  const { walk, store, options } = tools
  const rest = { ...chain, rules: chain.rules.filter(rule => !without.includes(rule)) }
  const ways = (leavings: readonly Leaving[]): ReadonlyMap<string, Bdd> => {
    const found = new Map<string, Bdd>()
    for (const { ending, state: after, packets } of leavings) {
      const key = JSON.stringify([ending, { ...after, mark: (after.mark & ~options.scratchMarks) >>> 0 }])
      found.set(key, store.or(found.get(key) ?? NONE, packets))
    }
    return found
  }
  const whole = walk.whole(chain.name, state)
  const asItIs = whole.chain === chain ? whole : walk.effect(chain, state)
  const [before, after] = [ways(asItIs.leavings), ways(walk.effect(rest, state).leavings)]
  // Where a match may be either way, packets are on several ways, which two rules that ask for different things share.
  const alone = walk.effect({ ...chain, rules: without }, state)
  const concerned = store.and(coming, store.union(alone.rules.map(({ fitting }) => fitting)))
  let decided: Bdd = NONE
  for (const packets of after.values()) {
    if (store.and(concerned, store.and(decided, packets)) !== NONE) return true
    decided = store.or(decided, packets)
  }
  return [...new Set([...before.keys(), ...after.keys()])].some(
    key => store.and(coming, store.xor(before.get(key) ?? NONE, after.get(key) ?? NONE)) !== NONE,
  )
}
