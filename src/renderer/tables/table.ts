// What a table offers, and what of it is written: only chains that the kernel's own chains lead to.

import type { Chain, KernelChainHooks, KernelChainName, Rule, Table, TableName } from '../../model/ruleset.ts'
import { leadOf, leadsOf } from '../../netfilter/chain-outline.ts'
import { compareBytes } from '../../text/bytes.ts'
import { bySetting, jump, type RenderContext } from '../context.ts'

export interface OfferedTable {
  readonly name: TableName
  readonly chains: readonly Chain[]
  readonly hooks: readonly KernelChainHooks[]
  /** Chains that are written although nothing may lead to them. */
  readonly forced?: ReadonlySet<string>
}

/** Chains in byte order of name, without those that cannot be reached. */
export function assembleTable({ name, chains, hooks, forced }: OfferedTable): Table {
  const byName = new Map(chains.map(chain => [chain.name, chain] as const))
  const reached = new Set<string>()
  const queue = [
    ...hooks.flatMap(({ inserts, appends }) => [...inserts, ...appends].flatMap(rule => leadOf(rule) ?? [])),
    ...(forced ?? []),
  ]
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const chain = byName.get(next)
    if (chain === undefined || reached.has(next)) continue
    reached.add(next)
    for (const each of leadsOf(chain)) queue.push(each)
  }
  return {
    name,
    chains: [...byName.values()].filter(chain => reached.has(chain.name)).sort((a, b) => compareBytes(a.name, b.name)),
    hooks: [...hooks].sort((a, b) => compareBytes(a.chain, b.chain)),
  }
}

/** Felix's jump from a chain of the kernel's to its own of the same name. */
export function hook(chain: KernelChainName, context: RenderContext, appends: readonly Rule[] = []): KernelChainHooks {
  return { chain, inserts: [hookRule(chain, context)], insertMode: context.config.chainInsertMode, appends }
}

/** The same at the end of the chain, whatever the insert mode: after other people's rules. */
export function appendedHook(chain: KernelChainName, context: RenderContext): KernelChainHooks {
  return { chain, inserts: [], insertMode: context.config.chainInsertMode, appends: [hookRule(chain, context)] }
}

function hookRule(chain: KernelChainName, context: RenderContext): Rule {
  return {
    comments: [],
    matches: [],
    target: jump(`cali-${chain}`),
    origin: bySetting(context, 'chainInsertMode', `the way from the kernel's ${chain} to Calico's rules`),
  }
}
