// Sets that say something of one field: a number, ranges, prefixes of which the longest counts.

import { ALL, type Bdd, type BddStore, NONE } from './bdd.ts'
import type { BitField } from './bdd-operations.ts'
import { compareWords, firstWithBit } from './word-bits.ts'

/** Both ends are in it. */
export interface Range {
  readonly first: number
  readonly last: number
}

/** Numbers of a field of at most 31 bits that lie in one of the ranges. */
export function rangeSet(store: BddStore, field: BitField, ranges: readonly Range[]): Bdd {
  const visit = (bit: number, base: number, open: readonly Range[]): Bdd => {
    if (open.length === 0) return NONE
    const size = 2 ** (field.width - bit)
    if (open.some(({ first, last }) => first <= base && base + size - 1 <= last)) return ALL
    const middle = base + size / 2
    const low = open.filter(({ first, last }) => first < middle && last >= base)
    const high = open.filter(({ first, last }) => last >= middle && first < base + size)
    return store.node(field.first + bit, visit(bit + 1, base, low), visit(bit + 1, middle, high))
  }
  return visit(
    0,
    0,
    ranges.filter(({ first, last }) => first <= last && first < 2 ** field.width),
  )
}

/** The beginning of a field: its bits as 32-bit words, most significant first, of which the first `length` count. */
export interface Prefix {
  readonly words: readonly number[]
  readonly length: number
  /** Whether what begins so is in the set, unless a longer prefix says otherwise. */
  readonly isIn: boolean
}

export function prefixSet(store: BddStore, field: BitField, prefixes: readonly Prefix[]): Bdd {
  // Sorted, so that all that begin alike stand together, the shortest first; of equal ones the last counts.
  const sorted = prefixes.map((prefix, index) => ({ ...prefix, index }))
  sorted.sort((a, b) => compareWords(a.words, b.words) || a.length - b.length || a.index - b.index)
  const visit = (bit: number, from: number, to: number, isIn: boolean): Bdd => {
    let start = from
    let inside = isIn
    for (; start < to && sorted[start]?.length === bit; start++) inside = sorted[start]?.isIn === true
    if (start === to) return inside ? ALL : NONE
    const middle = firstWithBit(sorted, start, to, bit)
    return store.node(field.first + bit, visit(bit + 1, start, middle, inside), visit(bit + 1, middle, to, inside))
  }
  return visit(0, 0, sorted.length, false)
}
