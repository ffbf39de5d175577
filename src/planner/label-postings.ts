// Which items have which label with which value, and the sets of positions that come of it.

import type { Labels } from '../model/ast/endpoint.ts'
import type { PieceKind } from './value-index.ts'
import { ValueIndex } from './value-index.ts'
import { addTo } from '../text/group-by.ts'

export interface Labelled {
  readonly labels: Labels
  /** Profiles whose labels are inherited; the first one that has a label wins, own labels come before all. */
  readonly parents: readonly string[]
}

/** A bit for each position; what stands behind the last position says nothing. */
export type PositionSet = Uint32Array

const BITS = 32
const NONE: readonly number[] = []

/** The positions of one label. */
export interface LabelPostings {
  /** Value -> positions in ascending order; no position stands under two values. */
  readonly byValue: Map<string, number[]>
  /** Of all positions. */
  count: number
  /** The position that was posted last. */
  last: number
  /** Made when it is first asked for a piece. */
  values: ValueIndex | undefined
  /** Of values that many have: less memory than their lists. Undefined as a key: of all values together. */
  readonly dense: Map<string | undefined, PositionSet>
}

/** @param labels the only labels that count @param step told of each posting */
export function postLabels(
  items: readonly Labelled[],
  parentLabels: ReadonlyMap<string, Labels>,
  labels: ReadonlySet<string>,
  step: () => void,
): ReadonlyMap<string, LabelPostings> {
  const postings = new Map<string, LabelPostings>()
  const post = (key: string, value: string, position: number): void => {
    let known = postings.get(key)
    if (known === undefined)
      postings.set(key, (known = { byValue: new Map(), count: 0, last: -1, values: undefined, dense: new Map() }))
    step()
    // The first one counts: the item's own, then that of its first parent.
    if (known.last === position) return
    known.last = position
    known.count++
    addTo(known.byValue, value, position)
  }
  const wantedOf = new Map<string, readonly (readonly [string, string])[]>()
  const inherited = (parent: string): readonly (readonly [string, string])[] => {
    let wanted = wantedOf.get(parent)
    if (wanted === undefined) {
      wanted = Object.entries(parentLabels.get(parent) ?? {}).filter(([key]) => labels.has(key))
      wantedOf.set(parent, wanted)
    }
    return wanted
  }
  for (const [position, item] of items.entries()) {
    for (const key in item.labels) if (labels.has(key)) post(key, item.labels[key] ?? '', position)
    for (const parent of item.parents) for (const [key, value] of inherited(parent)) post(key, value, position)
  }
  return postings
}

export function positionsOf(postings: LabelPostings | undefined, value: string): readonly number[] {
  return postings?.byValue.get(value) ?? NONE
}

/** The values of a label that begin with, end in or hold a piece. */
export function valuesWith(postings: LabelPostings | undefined, kind: PieceKind, piece: string): readonly string[] {
  if (postings === undefined) return []
  postings.values ??= new ValueIndex(postings.byValue.keys())
  return postings.values.find(kind, piece)
}

export function emptySet(size: number): PositionSet {
  return new Uint32Array(Math.ceil(size / BITS))
}

/** Adds the positions of some values to a set; undefined: those of all values. @returns how many words and positions it took */
export function addPositions(
  into: PositionSet,
  postings: LabelPostings | undefined,
  values: readonly string[] | undefined,
): number {
  if (postings === undefined) return 0
  const { byValue, count, dense } = postings
  if (values === undefined) return addOf(undefined, byValue.values(), count, into, dense)
  return values.reduce((sum, value) => {
    const positions = positionsOf(postings, value)
    return sum + 1 + addOf(value, [positions], positions.length, into, dense)
  }, 0)
}

/** Adds the positions of one value, or of all: by a set that is kept where they are more than its words. */
function addOf(
  value: string | undefined,
  lists: Iterable<readonly number[]>,
  count: number,
  into: PositionSet,
  dense: LabelPostings['dense'],
): number {
  if (count <= into.length) {
    addAll(into, lists)
    return count
  }
  let known = dense.get(value)
  if (known !== undefined) return combine(into, known, 'or')
  addAll((known = new Uint32Array(into.length)), lists)
  dense.set(value, known)
  return count + combine(into, known, 'or')
}

function addAll(into: PositionSet, lists: Iterable<readonly number[]>): void {
  for (const positions of lists)
    for (const position of positions) into[position >>> 5] = (into[position >>> 5] ?? 0) | (1 << (position & 31))
}

/** @returns the words that were combined */
export function combine(into: PositionSet, other: PositionSet, how: 'and' | 'or'): number {
  if (how === 'and') for (let word = 0; word < into.length; word++) into[word] = (into[word] ?? 0) & (other[word] ?? 0)
  else for (let word = 0; word < into.length; word++) into[word] = (into[word] ?? 0) | (other[word] ?? 0)
  return into.length
}

export function invert(set: PositionSet): PositionSet {
  for (let word = 0; word < set.length; word++) set[word] = ~(set[word] ?? 0)
  return set
}

/** The positions below a size that are in a set, in ascending order. */
export function listPositions(set: PositionSet, size: number): readonly number[] {
  const found: number[] = []
  for (let word = 0; word < set.length; word++) {
    for (let bits = set[word] ?? 0; bits !== 0; bits &= bits - 1) {
      const position = word * BITS + BITS - 1 - Math.clz32(bits & -bits)
      if (position < size) found.push(position)
    }
  }
  return found
}
