// Which rules decide about packets on their way to a chain: of chains that lead to it, and of tables before its own.

import type { KernelTable } from '../netfilter/kernel-tables.ts'
import type { Chain, Rule } from '../model/ruleset.ts'
import { type Bdd, NONE } from './sets/bdd.ts'
import type { ChainEffect, ChainWalk, RuleEffect } from './sets/chain-walk.ts'
import type { FlowState } from './sets/flow-state.ts'
import type { HookEffect, SetWalker } from './sets/node-walk.ts'
import { addTo } from '../text/group-by.ts'

/** The states in which packets come to each chain. */
export type Entries = ReadonlyMap<string, ReadonlyMap<FlowState, Bdd>>

export interface WalkedTable {
  readonly table: KernelTable
  readonly walk: ChainWalk
  readonly entries: Entries
  /** Of all tables. */
  readonly hooks: readonly HookEffect[]
}

interface Caller {
  readonly chain: Chain
  readonly index: number
}

/** Rules that accept, drop or reject some of these packets, or mark them for a policy, before they come to a chain. */
export function rulesBefore(
  chainName: string,
  wanted: Bdd,
  { table, walk, entries, hooks }: WalkedTable,
  walker: SetWalker,
): readonly Rule[] {
  const { store } = walker.space
  const callers = callersIn(table)
  const found = new Set<Rule>()
  const examine = (chain: Chain, { index, state, fitting }: RuleEffect, packets: Bdd, through: ChainWalk): void => {
    const rule = chain.rules[index]
    const taken = store.and(packets, fitting)
    if (taken === NONE || rule === undefined || found.has(rule)) return
    const { target, origin } = rule
    if (target?.kind === 'jump' || target?.kind === 'goto') {
      const { chain: called, rules } = through.whole(target.chain, state)
      for (const effect of rules) examine(called, effect, taken, through)
    } else if (
      ['accept', 'drop', 'reject'].includes(target?.kind ?? '') ||
      (target?.kind === 'setMark' && origin.kind === 'policyRule')
    )
      found.add(rule)
  }
  const effectsOf = ({ name }: Chain): readonly (readonly [Bdd | undefined, ChainEffect])[] => {
    if (!table.userChains.has(name))
      return hooks.flatMap(hook => (hook.table === table.name && hook.hook === name ? [[undefined, hook]] : []))
    return [...(entries.get(name) ?? [])].map(([state, coming]) => [coming, walk.whole(name, state)])
  }
  const upward = (name: string, packets: Bdd): void => {
    for (const { chain, index } of callers.get(name) ?? []) {
      const effects = effectsOf(chain)
      const led = store.and(packets, fitsOf(chain, index, effects, walk, store))
      if (led === NONE) continue
      for (const [coming, { rules }] of effects) {
        const there = coming === undefined ? led : store.and(led, coming)
        for (const effect of rules) if (effect.index < index) examine(chain, effect, there, walk)
      }
      if (table.userChains.has(chain.name)) upward(chain.name, led)
      else if ([...found].every(isByMark)) inOtherTables(led)
    }
  }
  const inOtherTables = (packets: Bdd): void => {
    for (const { table: other, chain, rules } of hooks) {
      const through = other === table.name ? undefined : walker.chainWalk(other)
      if (through !== undefined) for (const effect of rules) examine(chain, effect, packets, through)
    }
  }
  upward(chainName, wanted)
  return [...found]
}

/** What is taken for its mark alone was decided by who set the mark. */
function isByMark({ matches }: Rule): boolean {
  return matches.length > 0 && matches.every(({ kind }) => kind === 'mark')
}

function callersIn({ kernelChains, userChains }: KernelTable): ReadonlyMap<string, readonly Caller[]> {
  const callers = new Map<string, Caller[]>()
  for (const chain of [...kernelChains, ...userChains.values()]) {
    chain.rules.forEach(({ target }, index) => {
      if (target?.kind !== 'jump' && target?.kind !== 'goto') return
      addTo(callers, target.chain, { chain, index })
    })
  }
  return callers
}

/** What one rule fits by itself, in any state that a packet has in its chain. */
function fitsOf(
  chain: Chain,
  index: number,
  effects: readonly (readonly [Bdd | undefined, ChainEffect])[],
  walk: ChainWalk,
  store: SetWalker['space']['store'],
): Bdd {
  const rules = chain.rules.slice(index, index + 1)
  const states = new Set(effects.flatMap(([, effect]) => effect.rules.map(({ state }) => state)))
  return store.union(
    [...states].flatMap(state => walk.effect({ ...chain, rules }, state).rules.map(one => one.fitting)),
  )
}
