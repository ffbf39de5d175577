// A set over all pairs, taken apart: what each party as a sender has with each receiver. Equal rows are equal numbers.

import { ALL, type Bdd, type BddStore, NONE } from '../../analysis/sets/bdd.ts'
import type { BitField } from '../../analysis/sets/bdd-operations.ts'

/** Consecutive receivers with the same connections; both ends are in it. */
export interface Block {
  readonly first: number
  readonly last: number
  readonly packets: Bdd
}

/** For each value of a field what the set says then. @param field whose bits the set asks for before all others */
export function rowsOf(store: BddStore, set: Bdd, field: BitField, count: number): readonly Bdd[] {
  const rows: Bdd[] = []
  for (const { first, last, packets } of blocksOf(store, set, field, count)) {
    for (let i = first; i <= last; i++) rows[i] = packets
  }
  return rows
}

/** All values below `count` in order, those without any packets too. */
export function blocksOf(store: BddStore, set: Bdd, { first, width }: BitField, count: number): readonly Block[] {
  const blocks: { first: number; last: number; packets: Bdd }[] = []
  const visit = (node: Bdd, depth: number, base: number): void => {
    if (base >= count) return
    const isLeaf = node === NONE || node === ALL || store.bit(node) >= first + width
    if (isLeaf) {
      const last = Math.min(count, base + 2 ** (width - depth)) - 1
      const before = blocks.at(-1)
      if (before?.packets === node) before.last = last
      else blocks.push({ first: base, last, packets: node })
      return
    }
    const isAsked = store.bit(node) === first + depth
    visit(isAsked ? store.low(node) : node, depth + 1, base)
    visit(isAsked ? store.high(node) : node, depth + 1, base + 2 ** (width - depth - 1))
  }
  visit(set, 0, 0)
  return blocks
}

/**
 * Numbers below `count` by class: two are in one where every row says the same of both.
 * The cost is that of what rows say besides the most usual.
 */
export function columnClasses(rows: readonly (readonly Block[])[], count: number): Int32Array {
  const classes = new Int32Array(count)
  let next = 1
  for (const row of rows) {
    const sizes = new Map<Bdd, number>()
    for (const { first, last, packets } of row) sizes.set(packets, (sizes.get(packets) ?? 0) + last - first + 1)
    const usual = [...sizes].reduce((a, b) => (b[1] > a[1] ? b : a), [NONE, -1] as [Bdd, number])[0]
    const split = new Map<Bdd, Map<number, number>>()
    for (const { first, last, packets } of row) {
      if (packets === usual) continue
      let renamed = split.get(packets)
      if (renamed === undefined) split.set(packets, (renamed = new Map()))
      for (let i = first; i <= last; i++) {
        const before = classes[i] ?? 0
        let now = renamed.get(before)
        if (now === undefined) renamed.set(before, (now = next++))
        classes[i] = now
      }
    }
  }
  return classes
}
