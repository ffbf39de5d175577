// Who sends and who receives as numbers, one for each address of a pod or a node, so that sets over all pairs stay small: what rules
// say of such an address becomes a set of numbers, and only of everybody else addresses are looked at bit by bit.

import type { IpVersion } from '../../net/cidr.ts'
import type { Side } from '../../model/ruleset.ts'
import { ALL, type Bdd, BddStore, NONE } from '../sets/bdd.ts'
import type { BitField } from '../sets/bdd-operations.ts'
import { type Prefix, rangeSet } from '../sets/field-sets.ts'
import { addressWords } from '../sets/packet-space.ts'
import { compareWords, firstWithBit } from '../sets/word-bits.ts'

/** The number of everybody who is no pod and no node of the cluster: the only one whose packets have an address in their bits. */
export const OUTSIDE = 0

export interface PartyNode {
  readonly name: string
  /** Its own addresses of the IP version, without loopback. */
  readonly addresses: readonly string[]
}

/** An address that leads to pods without being theirs: of a Service, a floating IP. */
export interface Alias {
  readonly address: string
  /** Nobody outside the cluster has a way there. */
  readonly isInside: boolean
}

/** Who is asked about beside pods and nodes. */
export interface PartyExtras {
  readonly aliases: readonly Alias[]
  /** How many receivers there are besides, Services: they have no address of their own. */
  readonly services: number
}

const NO_EXTRAS: PartyExtras = { aliases: [], services: 0 }

interface SortedAddress {
  readonly words: readonly number[]
  readonly party: number
}

export class PartyBits {
  readonly ipVersion: IpVersion
  readonly store: BddStore
  /** Addresses of pods, each once; the party of the first one is 1. */
  readonly pods: readonly string[]
  readonly nodes: readonly PartyNode[]
  readonly aliases: readonly Alias[]
  readonly #services: number
  /** By the index of a node its numbers, one for each address; where it has none, one that is nobody. */
  readonly #ofNodes: readonly (readonly number[])[]
  /**
   * The receiver is asked for first: what a node lets in to a pod is one chain, which says of every sender something, and stays as
   * it is under the receiver's number.
   */
  readonly fields: Readonly<Record<Side, BitField>>
  /** Where the bits of packets begin. */
  readonly firstBit: number
  readonly #byAddress: ReadonlyMap<string, number>
  readonly #sorted: readonly SortedAddress[]
  readonly #byWords: ReadonlyMap<string, number>
  /** By each of the numbers of a node all of them. */
  readonly #numbersOf: ReadonlyMap<number, readonly number[]>
  /** Number of the first Service; those of pods and nodes are below it. */
  readonly firstService: number

  constructor(
    ipVersion: IpVersion,
    pods: readonly string[],
    nodes: readonly PartyNode[],
    store = new BddStore(),
    { aliases, services }: PartyExtras = NO_EXTRAS,
  ) {
    this.aliases = aliases
    this.#services = services
    this.ipVersion = ipVersion
    this.store = store
    this.pods = pods
    this.nodes = nodes
    let next = 1 + pods.length + nodes.length
    this.#ofNodes = nodes.map(({ addresses }, index) => [
      this.nodeParty(index),
      ...addresses.slice(1).map(() => next++),
    ])
    this.firstService = next
    this.#numbersOf = new Map(this.#ofNodes.flatMap(own => own.map(party => [party, own] as const)))
    const width = Math.max(1, Math.ceil(Math.log2(this.count)))
    this.fields = { destination: { first: 0, width }, source: { first: width, width } }
    this.firstBit = 2 * width
    this.#byAddress = new Map([
      ...nodes.flatMap(({ addresses }, index) =>
        addresses.map((text, place) => [text, this.#ofNodes[index]?.[place] ?? OUTSIDE] as const),
      ),
      ...pods.map((text, index) => [text, index + 1] as const),
    ])
    this.#sorted = [...this.#byAddress]
      .map(([text, party]) => ({ words: addressWords(text, ipVersion), party }))
      .sort((a, b) => compareWords(a.words, b.words))
    this.#byWords = new Map(this.#sorted.map(({ words, party }) => [words.join(' '), party]))
  }

  get count(): number {
    return this.firstService + this.#services
  }

  /** The number that stands for a node: that of its first address. */
  nodeParty(index: number): number {
    return 1 + this.pods.length + index
  }

  /** All numbers of who has this one: those of the node's other addresses, too. */
  numbersOf(party: number): readonly number[] {
    return this.#numbersOf.get(party) ?? [party]
  }

  isPod(party: number): boolean {
    return party >= 1 && party <= this.pods.length
  }

  partyOf(address: string): number {
    return this.#byAddress.get(address) ?? OUTSIDE
  }

  /** Who has the address: of a node the number that stands for it. */
  ownerOf(address: string): number {
    const party = this.partyOf(address)
    return this.numbersOf(party)[0] ?? party
  }

  /** Who has a whole address; undefined where nobody has it, or where it is a net. */
  partyWith({ words, length }: Pick<Prefix, 'words' | 'length'>): number | undefined {
    return length === words.length * 32 ? this.#byWords.get(words.join(' ')) : undefined
  }

  oneOf(side: Side, parties: Iterable<number>): Bdd {
    const ranges: { first: number; last: number }[] = []
    for (const party of Int32Array.from(parties).sort()) {
      const before = ranges.at(-1)
      if (before !== undefined && party <= before.last + 1) before.last = party
      else ranges.push({ first: party, last: party })
    }
    return rangeSet(this.store, this.fields[side], ranges)
  }

  /** Pods and nodes, by all of their addresses. */
  everyKnown(side: Side): Bdd {
    return this.oneOf(side, this.#byAddress.values())
  }

  everyNode(side: Side): Bdd {
    return this.oneOf(side, this.#ofNodes.flat())
  }

  /** Pods and addresses of nodes that lie in a set of addresses. @param field the bits of the address in that set */
  partiesIn(set: Bdd, field: BitField): readonly number[] {
    const { store } = this
    const found: number[] = []
    const visit = (node: Bdd, from: number, to: number, depth: number): void => {
      if (node === NONE || from >= to) return
      if (node === ALL) {
        for (let i = from; i < to; i++) found.push(this.#sorted[i]?.party ?? OUTSIDE)
        return
      }
      const middle = firstWithBit(this.#sorted, from, to, depth)
      const isAsked = store.bit(node) === field.first + depth
      visit(isAsked ? store.low(node) : node, from, middle, depth + 1)
      visit(isAsked ? store.high(node) : node, middle, to, depth + 1)
    }
    visit(set, 0, this.#sorted.length, 0)
    return found
  }
}
