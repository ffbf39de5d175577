// Connections to Services, host ports and floating IPs through the rules of all nodes that they pass: the sender's, the one that
// sends them on, and that of who gets them.

import { type Bdd, NONE } from '../sets/bdd.ts'
import { Rewriter } from '../sets/rewriter.ts'
import { asFromNode, type Crossing, partiesOf, type PassedPart } from './crossing.ts'
import type { PartyHeaders } from './party-headers.ts'
import { type Doubts, doubtsWithin, type Passing } from './passing.ts'
import { byGoal, type Goal, type SentOn } from './service-passing.ts'

/** By party, protocol, port and addresses, as packets were sent. */
export interface ServiceWay extends Passing {
  readonly goal: Goal
  /** Packets that may get this destination on a node that they come to; what of them is not in `may` is lost before or after. */
  readonly sent: Bdd
  readonly doubts: Doubts
}

type Which = keyof Passing
type Crossings = Readonly<Record<Which, Crossing>>

export function passWays(
  parts: readonly PassedPart[],
  crossings: Crossings,
  headers: PartyHeaders,
): readonly ServiceWay[] {
  if (parts.every(({ passed }) => passed.sentOn.length === 0)) return []
  const through = new Through(parts, crossings, headers)
  const found = parts.flatMap(part => part.passed.sentOn.map(one => through.of(part, one)))
  return byGoal(found).map(({ goal, items }) => through.together(goal, items))
}

/** By the node that sends packets on. */
interface OnNode extends Passing {
  readonly goal: Goal
  readonly sent: Bdd
  readonly doubts: Doubts
}

class Through {
  readonly #headers: PartyHeaders
  readonly #crossings: Crossings
  readonly #parts: readonly PassedPart[]
  readonly #rewriter: Rewriter
  readonly #fromNode = new Map<PassedPart, Record<Which, Bdd>>()
  readonly #toNodes: Bdd

  constructor(parts: readonly PassedPart[], crossings: Crossings, headers: PartyHeaders) {
    this.#parts = parts
    this.#crossings = crossings
    this.#headers = headers
    this.#rewriter = new Rewriter(headers)
    this.#toNodes = headers.bits.everyNode('destination')
  }

  of(part: PassedPart, { goal, sent, passing }: SentOn): OnNode {
    const { store } = this.#headers.space
    const may = this.#before(part, this.#after(part, goal, passing, 'may'), 'may')
    const sure = this.#before(part, this.#after(part, goal, passing, 'sure'), 'sure')
    return { goal, sent: this.#before(part, sent, 'may'), may, sure: store.and(may, sure), doubts: passing.doubts }
  }

  /** What of it comes to its new destination from the node that sends it on. */
  #after(part: PassedPart, goal: Goal, { plain, masqueraded }: SentOn['passing'], which: Which): Bdd {
    const { bits, space } = this.#headers
    const { store } = space
    if (partiesOf([part.node]).has(bits.partyOf(goal.address))) return store.or(plain[which], masqueraded[which])
    const { into } = this.#crossings[which]
    return store.or(
      store.and(plain[which], this.#towards(into, goal)),
      masqueraded[which] === NONE
        ? NONE
        : store.and(masqueraded[which], this.#towards(this.#asFrom(part)[which], goal)),
    )
  }

  /** What of it comes to the node that sends it on. */
  #before(part: PassedPart, set: Bdd, which: Which): Bdd {
    const { bits, space } = this.#headers
    const { store } = space
    const here = bits.oneOf('source', partiesOf([part.node]))
    const own = store.and(set, here)
    const others = store.minus(set, here)
    if (others === NONE) return own
    const across = store.and(others, this.#crossings[which].leaving)
    // Only nodes are reached through the rules of another one.
    const masqueraded = this.#parts.map(one => {
      const away = one === part ? NONE : store.and(one.passed.direct.masqueraded[which], this.#toNodes)
      return away === NONE ? NONE : store.and(away, asFromNode(others, one.node, this.#headers, which))
    })
    return store.union([own, across, ...masqueraded])
  }

  /** @param own of the nodes that send packets on to one destination */
  together(goal: Goal, own: readonly OnNode[]): ServiceWay {
    const { store } = this.#headers.space
    const some = (of: (one: OnNode) => Bdd): Bdd => store.union(own.map(of))
    const [may, sent, certain] = [some(one => one.may), some(one => one.sent), some(one => one.sure)]
    // From outside a packet may come to any of them.
    const lost = some(one => store.minus(one.sent, one.sure))
    const sure = store.minus(certain, lost)
    const doubts = doubtsWithin(
      store,
      store.minus(may, sure),
      doubt =>
        store.union([
          ...own.map(one => one.doubts[doubt] ?? NONE),
          ...this.#parts.map(({ passed }) => this.#towards(passed.direct.doubts[doubt] ?? NONE, goal)),
          ...(doubt === 'entryNode' ? [store.and(certain, lost)] : []),
        ]),
      'nodeAddress',
    )
    return { goal, sent, may, sure, doubts }
  }

  #asFrom(part: PassedPart): Record<Which, Bdd> {
    let found = this.#fromNode.get(part)
    if (found === undefined) {
      const of = (which: Which): Bdd => asFromNode(this.#crossings[which].into, part.node, this.#headers, which)
      this.#fromNode.set(part, (found = { sure: of('sure'), may: of('may') }))
    }
    return found
  }

  /** What a set says of packets for a destination. */
  #towards(set: Bdd, { address, port }: Goal): Bdd {
    return this.#rewriter.before(set, {
      destination: address,
      ...(port === undefined ? {} : { destinationPort: port }),
    })
  }
}
