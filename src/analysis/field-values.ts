// The values of one field in a set, written down: ranges of numbers, nets of addresses.

import { fromBits } from '../net/cidr.ts'
import { ALL, type Bdd, NONE } from './sets/bdd.ts'
import type { FieldName, PacketSpace } from './sets/packet-space.ts'

/** Both ends are in it. */
export interface ValueRange {
  readonly first: bigint
  readonly last: bigint
}

/** Some of a list, and whether that is all. */
export interface Some<Item> {
  readonly items: readonly Item[]
  readonly isAll: boolean
}

/**
 * Ranges in ascending order, none next to another.
 * @param set of this field alone
 */
export function rangesOf(space: PacketSpace, name: FieldName, set: Bdd, most: number): Some<ValueRange> {
  const found: { first: bigint; last: bigint }[] = []
  const isAll = blocks(space, name, set, (first, width) => {
    const last = first + (1n << BigInt(width)) - 1n
    const before = found.at(-1)
    if (before !== undefined && before.last + 1n === first) before.last = last
    else if (found.length === most) return false
    else found.push({ first, last })
    return true
  })
  return { items: found, isAll }
}

/**
 * Nets, or `first-last` where a range would be more than two of them, in ascending order.
 * @param set of `source` or `destination` alone
 */
export function addressRangesOf(
  space: PacketSpace,
  name: 'source' | 'destination',
  set: Bdd,
  most: number,
): Some<string> {
  const { items, isAll } = rangesOf(space, name, set, most)
  return { items: addressRangeWords(space, name, items), isAll }
}

/** Nets, or `first-last` where a range would be more than two of them. */
export function addressRangeWords(
  space: PacketSpace,
  name: 'source' | 'destination',
  ranges: readonly ValueRange[],
): readonly string[] {
  const { width } = space.fields[name]
  return ranges.flatMap(({ first, last }): readonly string[] => {
    const nets: string[] = []
    for (let next = first; next <= last;) {
      let free = 0
      while (free < width && (next >> BigInt(free)) % 2n === 0n && next + (2n << BigInt(free)) - 1n <= last) free++
      nets.push(`${fromBits(next, space.ipVersion)}${free === 0 ? '' : `/${width - free}`}`)
      next += 1n << BigInt(free)
      if (nets.length > 2) return [`${fromBits(first, space.ipVersion)}-${fromBits(last, space.ipVersion)}`]
    }
    return nets
  })
}

/** Hands over the largest blocks of values with a common beginning, until `take` has enough. @returns whether it had all */
function blocks(
  { store, fields }: PacketSpace,
  name: FieldName,
  set: Bdd,
  take: (first: bigint, width: number) => boolean,
): boolean {
  const { first, width } = fields[name]
  const visit = (node: Bdd, depth: number, base: bigint): boolean => {
    if (node === NONE) return true
    const left = width - depth
    if (node === ALL) return take(base, left)
    const isAsked = store.bit(node) === first + depth
    const half = 1n << BigInt(left - 1)
    return (
      visit(isAsked ? store.low(node) : node, depth + 1, base) &&
      visit(isAsked ? store.high(node) : node, depth + 1, base + half)
    )
  }
  return visit(set, 0, 0n)
}
