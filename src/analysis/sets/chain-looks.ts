// What of a packet's state a chain looks at or changes, with all chains that it leads to: packets that differ in anything else only
// go through it alike.

import { leadOf } from '../../netfilter/chain-outline.ts'
import type { KernelTable } from '../../netfilter/kernel-tables.ts'
import type { Chain, Match, Target } from '../../model/ruleset.ts'
import type { FlowState } from './flow-state.ts'

export interface ChainLooks {
  /** Bits, as an unsigned number. */
  readonly marks: number
  readonly interfaces: boolean
}

export const EVERYTHING: ChainLooks = { marks: 0xffffffff, interfaces: true }

/** By the name of a chain of the table. */
export function chainLooks({ userChains }: KernelTable): (name: string) => ChainLooks {
  const known = new Map<string, ChainLooks>()
  const looksOf = (name: string): ChainLooks => {
    const before = known.get(name)
    if (before !== undefined) return before
    const chain = userChains.get(name)
    // A chain that leads back to itself is refused by who reads the tables.
    known.set(name, EVERYTHING)
    const looks = chain === undefined ? EVERYTHING : looksOfRules(chain, looksOf)
    known.set(name, looks)
    return looks
  }
  return looksOf
}

function looksOfRules({ rules }: Chain, looksOf: (name: string) => ChainLooks): ChainLooks {
  let marks = 0
  let interfaces = false
  for (const rule of rules) {
    const name = leadOf(rule)
    const callee = name === undefined ? undefined : looksOf(name)
    marks |= (callee?.marks ?? 0) | marksOf(rule.target)
    interfaces ||= callee?.interfaces === true || rule.target?.kind === 'masquerade'
    for (const match of rule.matches) {
      marks |= marksOf(match)
      interfaces ||= looksAtInterfaces(match)
    }
  }
  return { marks: marks >>> 0, interfaces }
}

function marksOf(part: Match | Target | undefined): number {
  switch (part?.kind) {
    case 'mark':
    case 'markClear':
    case 'clearMark':
      return part.mask
    case 'setMark':
    case 'xorMark':
      return part.mask | part.value
    default:
      return 0
  }
}

function looksAtInterfaces(match: Match): boolean {
  switch (match.kind) {
    case 'inInterface':
    case 'notInInterface':
    case 'outInterface':
    case 'notOutInterface':
      return true
    case 'addressType':
      return match.limitToOutInterface
    default:
      return false
  }
}

/** The state as far as a chain looks at it: one for all that go through it alike. */
export function seenState(state: FlowState, { marks, interfaces }: ChainLooks): FlowState {
  const mark = (state.mark & marks) >>> 0
  const isSeen = interfaces || (state.inInterface === undefined && state.outInterface === undefined)
  if (mark === state.mark && isSeen) return state
  return { ...state, mark, ...(interfaces ? {} : { inInterface: undefined, outInterface: undefined }) }
}

/** The state in which packets leave a chain, by the one in which they leave it as far as it looks. */
export function unseenState(
  left: FlowState,
  { mark, inInterface, outInterface }: FlowState,
  { marks, interfaces }: ChainLooks,
): FlowState {
  const whole = (left.mark | (mark & ~marks)) >>> 0
  return { ...left, mark: whole, ...(interfaces ? {} : { inInterface, outInterface }) }
}
