// What the nodes of a cluster let out to each other, and let in.

import type { Side } from '../../model/ruleset.ts'
import { ALL, type Bdd, NONE } from '../sets/bdd.ts'
import { fieldValues, Restriction, withoutFields } from '../sets/bdd-operations.ts'
import type { NodeToPass, PassedNode } from './node-passing.ts'
import type { Passing } from './passing.ts'
import type { PartyBits } from './party-bits.ts'
import type { PartyHeaders } from './party-headers.ts'

/** A node, and what it does. */
export interface PassedPart {
  readonly node: NodeToPass
  readonly passed: PassedNode
}

/** What nodes let out, and let in, all of them together. */
export interface Crossing {
  readonly leaving: Bdd
  readonly into: Bdd
}

/** What is let in from a node itself, whoever sends it: to whom and on which ports. */
export function asFromNode(into: Bdd, { own }: NodeToPass, { bits }: PartyHeaders, which: keyof Passing): Bdd {
  if (own.length === 0) return which === 'may' ? ALL : NONE
  return overNumbers(into, bits, 'source', own, which)
}

/** Whichever of these numbers a side has: for `sure` with each of them, for `may` with one. */
export function overNumbers(
  set: Bdd,
  { store, fields }: PartyBits,
  side: Side,
  numbers: readonly number[],
  which: keyof Passing,
): Bdd {
  const sets = numbers.map(number => new Restriction(store, fieldValues([[fields[side], number]])).of(set))
  return which === 'may' ? store.union(sets) : sets.reduce((a, b) => store.and(a, b), ALL)
}

/** Whatever the address of a side is among these: for `sure` with each of them, for `may` with one. */
export function overAddresses(set: Bdd, { space }: PartyHeaders, side: Side, among: Bdd, which: keyof Passing): Bdd {
  const { store, fields } = space
  const without = (found: Bdd): Bdd => withoutFields(store, found, [fields[side]])
  if (among === NONE) return NONE
  return which === 'may' ? without(store.and(set, among)) : store.not(without(store.minus(among, set)))
}

export function partiesOf(nodes: readonly NodeToPass[]): ReadonlySet<number> {
  return new Set(nodes.flatMap(({ here, own }) => [...[...here.values()].flat(), ...own]))
}
