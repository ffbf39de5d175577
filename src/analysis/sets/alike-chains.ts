// Which chains of two tables do the same: the same rules, and so do all chains that they lead to and all sets that they ask.

import type { Chain } from '../../model/ruleset.ts'
import type { KernelTable, KernelTables } from '../../netfilter/kernel-tables.ts'

/** By identity: whoever changes tables keeps what he does not change. */
export function alikeChains(
  table: KernelTable,
  other: KernelTable,
  sets: readonly [KernelTables['ipSets'], KernelTables['ipSets']],
): (name: string) => boolean {
  const known = new Map<string, boolean>()
  const isAlike = (name: string): boolean => {
    const before = known.get(name)
    if (before !== undefined) return before
    const chain = table.userChains.get(name)
    // INVARIANT: whoever reads tables has looked for circles (`findLoop`).
    const found = chain !== undefined && chain === other.userChains.get(name) && hasAlikeParts(chain)
    known.set(name, found)
    return found
  }
  const hasAlikeParts = (chain: Chain): boolean =>
    chain.rules.every(
      ({ matches, target }) =>
        matches.every(match => match.kind !== 'ipSet' || sets[0].get(match.set) === sets[1].get(match.set)) &&
        ((target?.kind !== 'jump' && target?.kind !== 'goto') || isAlike(target.chain)),
    )
  return isAlike
}
