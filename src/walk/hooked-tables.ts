// Which chains of which tables packets meet at a hook: looked up for each packet, worked out once.

import type { KernelChain, KernelTable, KernelTableName, KernelTables } from '../netfilter/kernel-tables.ts'
import type { KernelChainName } from '../model/ruleset.ts'

/** Tables with their chain at a hook, in the order in which packets meet them: of two back ends, there are two of a name. */
export type HookedTables = Readonly<Record<KernelChainName, Readonly<Record<KernelTableName, readonly Hooked[]>>>>

export interface Hooked {
  readonly table: KernelTable
  readonly base: KernelChain
}

export function hookedTables({ tables }: KernelTables): HookedTables {
  const at = (hook: KernelChainName): Record<KernelTableName, readonly Hooked[]> => {
    const found: Record<KernelTableName, Hooked[]> = { raw: [], mangle: [], nat: [], filter: [], security: [] }
    for (const table of tables) {
      const base = table.kernelChains.find(({ name }) => name === hook)
      if (base !== undefined) found[table.name].push({ table, base })
    }
    return found
  }
  return {
    PREROUTING: at('PREROUTING'),
    INPUT: at('INPUT'),
    FORWARD: at('FORWARD'),
    OUTPUT: at('OUTPUT'),
    POSTROUTING: at('POSTROUTING'),
  }
}
