// What can be asked of a set of bit strings besides union, intersection and difference.

import { ALL, type Bdd, type BddStore, NONE } from './bdd.ts'

/** Bits of a field: `width` of them from `first`, the most significant one first. */
export interface BitField {
  readonly first: number
  readonly width: number
}

/** Sets with some bits laid down: those of the set that have them so, whatever they have there. */
export class Restriction {
  readonly #store: BddStore
  /** Bit by bit 0 or 1; undefined is left open. */
  readonly #values: ReadonlyMap<number, 0 | 1>
  readonly #last: number
  readonly #known = new Map<Bdd, Bdd>()

  constructor(store: BddStore, values: ReadonlyMap<number, 0 | 1>) {
    this.#store = store
    this.#values = values
    this.#last = Math.max(-1, ...values.keys())
  }

  of(set: Bdd): Bdd {
    const store = this.#store
    const bit = store.bit(set)
    if (bit > this.#last) return set
    const value = this.#values.get(bit)
    if (value !== undefined) return this.of(value === 0 ? store.low(set) : store.high(set))
    const known = this.#known.get(set)
    if (known !== undefined) return known
    const result = store.node(bit, this.of(store.low(set)), this.of(store.high(set)))
    this.#known.set(set, result)
    return result
  }
}

/** The bit string of a number in a field, to lay down. */
export function fieldValues(fields: readonly (readonly [BitField, bigint | number])[]): ReadonlyMap<number, 0 | 1> {
  const values = new Map<number, 0 | 1>()
  for (const [{ first, width }, value] of fields) {
    let rest = BigInt(value)
    for (let bit = first + width - 1; bit >= first; bit--, rest >>= 1n) values.set(bit, (rest & 1n) === 0n ? 0 : 1)
  }
  return values
}

/**
 * What the set says of the bits that are kept: those of its strings, whatever the other bits are.
 * @param end from here on no bit is kept: what is left there is some string, whichever
 */
export function project(store: BddStore, set: Bdd, keeps: (bit: number) => boolean, end = Infinity): Bdd {
  const known = new Map<Bdd, Bdd>()
  const visit = (node: Bdd): Bdd => {
    if (node === NONE || node === ALL) return node
    const bit = store.bit(node)
    if (bit >= end) return ALL
    const found = known.get(node)
    if (found !== undefined) return found
    const low = visit(store.low(node))
    const result = keeps(bit)
      ? store.node(bit, low, visit(store.high(node)))
      : low === ALL
        ? ALL
        : store.or(low, visit(store.high(node)))
    known.set(node, result)
    return result
  }
  return visit(set)
}

/** Bit strings that differ from one of the set in these fields only. */
export function withoutFields(store: BddStore, set: Bdd, fields: readonly BitField[]): Bdd {
  return project(store, set, bit => fields.every(({ first, width }) => bit < first || bit >= first + width))
}

/** Whether a string of bits is in the set. */
export function holds(store: BddStore, set: Bdd, valueOf: (bit: number) => 0 | 1): boolean {
  let node = set
  while (node > ALL) node = valueOf(store.bit(node)) === 0 ? store.low(node) : store.high(node)
  return node === ALL
}
