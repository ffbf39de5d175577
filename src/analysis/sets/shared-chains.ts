// What chains do that say the same on several nodes, worked out once: chains of policies and of endpoints, which look at nothing
// that only one node has.

import { leadOf } from '../../netfilter/chain-outline.ts'
import type { KernelIpSet, KernelTable } from '../../netfilter/kernel-tables.ts'
import type { Chain, Match, Rule } from '../../model/ruleset.ts'
import type { Leaving } from './leaving.ts'
import { type FlowState, FlowStates } from './flow-state.ts'

/** Whose packets they fit depends on the node. */
const OF_THE_NODE: readonly Match['kind'][] = [
  'inInterface',
  'outInterface',
  'addressType',
  'unlistedInterfaces',
  'unknown',
]

/** For walkers of one space and one store. */
export class SharedChains {
  readonly states = new FlowStates()
  readonly #contents = new Map<string, number>()
  readonly #members = new Map<KernelIpSet['members'], number>()
  readonly #effects = new Map<number, Map<FlowState, readonly Leaving[]>>()

  known(content: number, state: FlowState): readonly Leaving[] | undefined {
    return this.#effects.get(content)?.get(state)
  }

  keep(content: number, state: FlowState, leavings: readonly Leaving[]): void {
    const byState = this.#effects.get(content)
    if (byState === undefined) this.#effects.set(content, new Map([[state, leavings]]))
    else byState.set(state, leavings)
  }

  /** Equal numbers for chains that do the same; undefined for those that look at what belongs to the node. */
  contentsOf(table: KernelTable, sets: ReadonlyMap<string, KernelIpSet>): (name: string) => number | undefined {
    const found = new Map<string, number | undefined>()
    const visit = (name: string): number | undefined => {
      if (found.has(name)) return found.get(name)
      // A chain that leads back to itself is refused by who reads the tables.
      found.set(name, undefined)
      const chain = table.userChains.get(name)
      const content = chain === undefined ? undefined : this.#content(chain, visit, sets)
      found.set(name, content)
      return content
    }
    return visit
  }

  #content(
    { rules }: Chain,
    visit: (name: string) => number | undefined,
    sets: ReadonlyMap<string, KernelIpSet>,
  ): number | undefined {
    const parts: unknown[] = []
    for (const rule of rules) {
      const { matches, target } = rule
      // Masquerading gives an address of the node.
      if (target?.kind === 'masquerade' || matches.some(({ kind }) => OF_THE_NODE.includes(kind))) return undefined
      const chain = leadOf(rule)
      const callee = chain === undefined ? 0 : visit(chain)
      if (callee === undefined) return undefined
      parts.push(matches, callee === 0 ? (target ?? null) : [target?.kind, callee], this.#setsOf(matches, sets))
    }
    return this.#number(JSON.stringify(parts))
  }

  #setsOf(matches: Rule['matches'], sets: ReadonlyMap<string, KernelIpSet>): readonly (number | null)[] {
    return matches.flatMap(match => {
      if (match.kind !== 'ipSet') return []
      const set = sets.get(match.set)
      return [set === undefined ? null : this.#membersOf(set)]
    })
  }

  #membersOf({ type, members, exceptions = [] }: KernelIpSet): number {
    let number = this.#members.get(members)
    if (number === undefined) {
      number = this.#number(`${type} ${members.join(' ')} but ${exceptions.join(' ')}`)
      this.#members.set(members, number)
    }
    return number
  }

  #number(text: string): number {
    let number = this.#contents.get(text)
    if (number === undefined) this.#contents.set(text, (number = this.#contents.size + 1))
    return number
  }
}
