// Every rule of a ruleset with the text and hash under which the node has it.

import type { KernelTableName } from '../netfilter/kernel-tables.ts'
import type { PrintedRule, RuleBackend } from '../model/rule-backend.ts'
import type { Origin } from '../model/origin.ts'
import type { Chain, Ruleset } from '../model/ruleset.ts'

/** A chain and the tables that have it: policy chains are the same in several. */
export interface IndexedChain {
  readonly name: string
  readonly tables: readonly KernelTableName[]
  /** Absent for the kernel's own chains. */
  readonly origin?: Origin
  readonly rules: readonly PrintedRule[]
}

/** All chains, table by table, the kernel's own (with Calico's rules in them) before Calico's. */
export function indexRules({ tables }: Ruleset, backend: RuleBackend): readonly IndexedChain[] {
  const chains: IndexedChain[] = []
  const known = new Map<Chain, { readonly tables: KernelTableName[] }>()
  for (const table of tables) {
    for (const hooks of table.hooks) {
      chains.push({ name: hooks.chain, tables: [table.name], rules: backend.printHooks(hooks) })
    }
    for (const chain of table.chains) {
      const shared = known.get(chain)
      if (shared !== undefined) {
        shared.tables.push(table.name)
        continue
      }
      const tables: KernelTableName[] = [table.name]
      const entry = { name: chain.name, tables, origin: chain.origin, rules: backend.printChain(chain) }
      known.set(chain, entry)
      chains.push(entry)
    }
  }
  return chains
}

/** The chains with only those of their rules that are wanted; without the chains that have none. */
export function selectRules(
  chains: readonly IndexedChain[],
  isWanted: (rule: PrintedRule, chain: IndexedChain) => boolean,
): readonly IndexedChain[] {
  return chains.flatMap(chain => {
    const rules = chain.rules.filter(rule => isWanted(rule, chain))
    return rules.length === 0 ? [] : [{ ...chain, rules }]
  })
}

/** Tells the names of the chains that lead to a chain, in the order of the ruleset; worked out when first asked. */
export function createCallers(chains: readonly IndexedChain[]): (name: string) => readonly string[] {
  let callers: ReadonlyMap<string, ReadonlySet<string>> | undefined
  return name => [...((callers ??= indexCallers(chains)).get(name) ?? [])]
}

function indexCallers(chains: readonly IndexedChain[]): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>()
  for (const { name, rules } of chains) {
    for (const { rule } of rules) {
      if (rule.target?.kind !== 'jump' && rule.target?.kind !== 'goto') continue
      const known = found.get(rule.target.chain)
      if (known === undefined) found.set(rule.target.chain, new Set([name]))
      else known.add(name)
    }
  }
  return found
}
