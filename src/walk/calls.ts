// Jumps of one table at one hook: where a RETURN goes to, and which chains have come back and left everything as it was.

import type { KernelTable } from '../netfilter/kernel-tables.ts'
import type { MovingPacket } from '../netfilter/moving-packet.ts'
import type { Chain, KernelChainName, Target } from '../model/ruleset.ts'
import type { WalkNotes } from './walk-notes.ts'
import { note } from './walk-notes.ts'

export interface Frame {
  readonly chain: Chain
  /** Of the rule to look at next. */
  next: number
}

/** Whereto a jump returns, and what was true when it was made. */
interface Call {
  readonly caller: Frame
  readonly callee: Chain
  readonly state: number
  readonly logLines: number
  readonly answers: number
  /** Once it has come back and changed nothing: whether nothing was logged or chosen meanwhile. */
  isExact: boolean
}

/** Calls that are looked through one by one; of more, an index is made. */
const FEW = 32

export class Calls {
  readonly #table: KernelTable
  readonly #hook: KernelChainName
  /** A goto leaves nothing behind. */
  readonly #open: Call[] = []
  readonly #returned: Call[] = []
  #index: Map<Chain, Map<number, Call>> | undefined

  constructor(table: KernelTable, hook: KernelChainName) {
    this.#table = table
    this.#hook = hook
  }

  get depth(): number {
    return this.#open.length
  }

  /** Where to go on: in the chain that the rule leads to, or behind the rule where that chain would do the same again. */
  enter(
    target: Extract<Target, { readonly chain: string }>,
    caller: Frame,
    moving: MovingPacket,
    notes: WalkNotes,
  ): Frame {
    const callee = this.#table.userChains.get(target.chain)
    if (callee === undefined) throw new Error(`table ${this.#table.name} has no chain ${target.chain}`)
    // A goto from the kernel's own chain leaves it for good: what returns from there meets the chain's policy.
    if (target.kind === 'jump') {
      const state = stateWithin(moving)
      if (this.#isKnown(callee, state, notes)) {
        const depth = this.#open.length + 1
        note(notes, { kind: 'again', hook: this.#hook, table: this.#table.name, chain: callee.name, depth })
        return caller
      }
      const [logLines, answers] = [notes.log.length, notes.choices.count]
      this.#open.push({ caller, callee, state, logLines, answers, isExact: false })
    }
    return { chain: callee, next: 0 }
  }

  /** Undefined where there is nothing to come back to. */
  comeBack(moving: MovingPacket, notes: WalkNotes): Frame | undefined {
    const call = this.#open.pop()
    if (call === undefined) return undefined
    if (stateWithin(moving) === call.state) {
      call.isExact = notes.log.length === call.logLines && notes.choices.count === call.answers
      this.#keep(call)
    }
    return call.caller
  }

  #keep(call: Call): void {
    if (this.#index !== undefined) return addTo(this.#index, call)
    this.#returned.push(call)
    if (this.#returned.length <= FEW) return
    this.#index = new Map()
    for (const returned of this.#returned) addTo(this.#index, returned)
  }

  /** The last call of a chain in a state. */
  #find(chain: Chain, state: number): Call | undefined {
    if (this.#index !== undefined) return this.#index.get(chain)?.get(state)
    for (let at = this.#returned.length - 1; at >= 0; at--) {
      const call = this.#returned[at]
      if (call?.callee === chain && call.state === state) return call
    }
    return undefined
  }

  /** Whether a chain need not be walked again: it would do the same or, in a walk that is long already, may be taken to. */
  #isKnown(chain: Chain, state: number, { work }: WalkNotes): boolean {
    const found = this.#find(chain, state)
    if (found === undefined || !(found.isExact || work.isLong)) return false
    if (!found.isExact) work.isCut = true
    return true
  }
}

function addTo(index: Map<Chain, Map<number, Call>>, call: Call): void {
  const states = index.get(call.callee)
  if (states === undefined) index.set(call.callee, new Map([[call.state, call]]))
  else states.set(call.state, call)
}

/** All that can change before a table is left: addresses are changed by what ends it. */
function stateWithin({ mark, state }: Readonly<MovingPacket>): number {
  return state === 'UNTRACKED' ? mark + 2 ** 32 : mark
}
