// Chains that lead back to themselves. The kernel refuses such tables, so a walk need not expect them.

import { leadsOf } from '../netfilter/chain-outline.ts'
import type { KernelTable } from '../netfilter/kernel-tables.ts'
import type { Chain } from '../model/ruleset.ts'

/** A chain that can be reached from itself by jumps and gotos; undefined when there is none. */
export function findLoop({ userChains }: KernelTable): Chain | undefined {
  const done = new Set<string>()
  const open = new Set<string>()
  // Each chain with its targets that are still to be followed: as deep as chains are nested, which may be very deep.
  const stack: { readonly chain: Chain; readonly targets: string[] }[] = []
  const enter = (chain: Chain): void => {
    open.add(chain.name)
    stack.push({ chain, targets: [...leadsOf(chain)] })
  }
  for (const root of userChains.values()) {
    if (!done.has(root.name)) enter(root)
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const name = top.targets.pop()
      if (name === undefined) {
        stack.pop()
        open.delete(top.chain.name)
        done.add(top.chain.name)
        continue
      }
      const next = userChains.get(name)
      if (next === undefined || done.has(name)) continue
      if (open.has(name)) return next
      enter(next)
    }
  }
  return undefined
}
