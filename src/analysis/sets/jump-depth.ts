// How deep chains lead to each other: whoever goes through them goes into each from the one before, and takes room on the stack.

import { leadsOf } from '../../netfilter/chain-outline.ts'
import type { KernelTable, KernelTables } from '../../netfilter/kernel-tables.ts'
import type { Chain } from '../../model/ruleset.ts'
import { TooManyNodesError } from './bdd.ts'

/** Jumps within jumps. Calico's go five deep, and nftables takes sixteen. */
const MOST_JUMPS = 300

export class DeepJumpsError extends TooManyNodesError {
  constructor() {
    super(MOST_JUMPS, `chains lead to each other more than ${MOST_JUMPS} deep`)
    this.name = 'DeepJumpsError'
  }
}

/** @throws DeepJumpsError where chains lead to each other too deep to be walked */
export function refuseDeepJumps({ tables }: KernelTables): void {
  if (tables.some(table => depthOf(table) > MOST_JUMPS)) throw new DeepJumpsError()
}

interface Open {
  readonly chain: Chain
  readonly targets: string[]
  /** Of the deepest chain so far that it leads to. */
  below: number
}

/** Chains that lead one to the next from a chain of the kernel: how many at most. */
function depthOf({ kernelChains, userChains }: KernelTable): number {
  const known = new Map<string, number>()
  const stack: Open[] = []
  const enter = (chain: Chain): void => {
    stack.push({ chain, targets: [...leadsOf(chain)], below: 0 })
  }
  let deepest = 0
  for (const base of kernelChains) {
    enter(base)
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const name = top.targets.at(-1)
      const next = name === undefined ? undefined : userChains.get(name)
      const depth = name === undefined || next === undefined ? 0 : known.get(name)
      // INVARIANT: whoever reads tables has looked for circles (`findLoop`).
      if (depth === undefined && next !== undefined) {
        enter(next)
        continue
      }
      top.below = Math.max(top.below, depth ?? 0)
      if (top.targets.pop() !== undefined) continue
      stack.pop()
      if (stack.length === 0) deepest = Math.max(deepest, top.below)
      else known.set(top.chain.name, top.below + 1)
    }
  }
  return deepest
}
