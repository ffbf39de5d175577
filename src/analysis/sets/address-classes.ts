// Addresses that no set of packets tells apart, worked out for all of them in one pass over the bits.

import { type Bdd, type BddStore, ALL, NONE } from './bdd.ts'
import type { BitField } from './bdd-operations.ts'
import { compareWords, firstWithBit } from './word-bits.ts'

interface Addressed {
  readonly text: string
  readonly words: readonly number[]
}

/** What the sets ask of a field that comes last in the order of bits: every part of them that looks at nothing else. */
export function lastParts(store: BddStore, sets: readonly Bdd[], { first }: BitField): readonly Bdd[] {
  const visited = new Set<Bdd>([NONE, ALL])
  const parts: Bdd[] = []
  const visit = (set: Bdd): void => {
    if (visited.has(set)) return
    visited.add(set)
    if (store.bit(set) >= first) {
      parts.push(set)
      return
    }
    visit(store.low(set))
    visit(store.high(set))
  }
  for (const set of sets) visit(set)
  return parts
}

/** Equal numbers for addresses that lie in the same of these sets, which ask for nothing but the field. */
export function addressClasses(
  store: BddStore,
  { first }: BitField,
  addresses: readonly Addressed[],
  parts: readonly Bdd[],
): ReadonlyMap<string, number> {
  const sorted = [...addresses].sort((a, b) => compareWords(a.words, b.words))
  const classes = new Map<string, number>()
  const numbers = new Map<string, number>()
  const visit = (bit: number, from: number, to: number, open: readonly Open[], holding: readonly number[]): void => {
    if (from === to) return
    if (open.length === 0) {
      const key = [...holding].sort((a, b) => a - b).join()
      const number = numbers.get(key) ?? numbers.size
      numbers.set(key, number)
      for (const { text } of sorted.slice(from, to)) classes.set(text, number)
      return
    }
    const middle = firstWithBit(sorted, from, to, bit)
    for (const side of ['low', 'high'] as const) {
      const [start, end] = side === 'low' ? [from, middle] : [middle, to]
      if (start === end) continue
      const left: Open[] = []
      const held: number[] = []
      for (const [index, set] of open) {
        const next = store.bit(set) === first + bit ? store[side](set) : set
        if (next === ALL) held.push(index)
        else if (next !== NONE) left.push([index, next])
      }
      visit(bit + 1, start, end, left, held.length === 0 ? holding : [...holding, ...held])
    }
  }
  visit(
    0,
    0,
    sorted.length,
    parts.map((set, index) => [index, set] as const),
    [],
  )
  return classes
}

/** Which set, and what is left of it under the bits so far. */
type Open = readonly [index: number, set: Bdd]
