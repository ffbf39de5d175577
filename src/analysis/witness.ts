// One packet of a set that is easy on the eye: known addresses before odd ones, port 80 before 40001.

import { type Bdd, NONE } from './sets/bdd.ts'
import { type BitField, project } from './sets/bdd-operations.ts'
import { prefixSet, rangeSet } from './sets/field-sets.ts'
import { addressWords, FIELD_NAMES, type FieldName, type PacketSpace, STATES } from './sets/packet-space.ts'
import { pickPoint, type Point } from './sets/points.ts'

/** What is liked best first. */
export interface Liking {
  /** Addresses, as text. */
  readonly sources?: readonly string[]
  readonly destinations?: readonly string[]
  readonly inInterfaces?: readonly string[]
  readonly outInterfaces?: readonly string[]
}

const PORTS = [80, 443, 8080, 53, 22, 5432, 3306, 6443, 8443, 9090, 1024, 2000, 8000]
const SOURCE_PORTS = [40000, 50000, 1024]
const PROTOCOLS = [6, 17, 1, 58, 132]
/** An echo request where the protocol is ICMP, of either version. */
const PINGS = [8 * 256, 128 * 256]
const SYN = 0b010000

/** What is chosen first leaves the least choice to what follows. */
const ORDER: readonly FieldName[] = [
  'reversePathFails',
  'state',
  'protocol',
  'destinationPort',
  'source',
  'destination',
  'inInterface',
  'outInterface',
  'tcpFlags',
  'sourcePort',
]

/** @returns undefined of the empty set */
export function pickWitness(space: PacketSpace, set: Bdd, liking: Liking = {}): Point | undefined {
  const { store } = space
  let left = set
  for (const name of ORDER) {
    const field = space.fields[name]
    const seen = projectField(space, left, name)
    const liked = likedValues(space, name, liking).map(value => valueSet(space, field, value))
    const value = liked.find(one => store.and(one, seen) !== NONE)
    if (value !== undefined) left = store.and(left, value)
  }
  const lastBits = new Set([space.fields.source, space.fields.destination].map(({ first, width }) => first + width - 1))
  return pickPoint(space, left, bit => (lastBits.has(bit) ? 1 : 0))
}

/** What the set says of one field. */
export function projectField({ store, fields }: PacketSpace, set: Bdd, name: FieldName): Bdd {
  const { first, width } = fields[name]
  return project(store, set, bit => bit >= first && bit < first + width)
}

function valueSet(space: PacketSpace, field: BitField, value: number | string): Bdd {
  if (typeof value === 'number') return rangeSet(space.store, field, [{ first: value, last: value }])
  const words = addressWords(value, space.ipVersion)
  return prefixSet(space.store, field, [{ words, length: field.width, isIn: true }])
}

function likedValues(space: PacketSpace, name: FieldName, liking: Liking): readonly (number | string)[] {
  const numbers = (names: readonly string[] = []): readonly number[] =>
    names.map(one => space.interfaces.indexOf(one)).filter(number => number >= 0)
  switch (name) {
    case 'protocol':
      return PROTOCOLS
    case 'destinationPort':
      return [...PORTS, ...PINGS]
    case 'sourcePort':
      return SOURCE_PORTS
    case 'tcpFlags':
      return [SYN, 0]
    case 'state':
      return STATES.map((_, number) => number)
    case 'reversePathFails':
      return [0]
    case 'source':
      return liking.sources ?? []
    case 'destination':
      return liking.destinations ?? []
    case 'inInterface':
      return numbers(liking.inInterfaces)
    case 'outInterface':
      return numbers(liking.outInterfaces)
  }
}

/** The set of exactly one packet. */
export function pointSet(space: PacketSpace, point: Point): Bdd {
  const { store, fields } = space
  return [...FIELD_NAMES].reverse().reduce<Bdd>((rest, name) => {
    const { first, width } = fields[name]
    let node = rest
    for (let i = 0; i < width; i++) {
      const bit = first + width - 1 - i
      node = (point[name] >> BigInt(i)) & 1n ? store.node(bit, NONE, node) : store.node(bit, node, NONE)
    }
    return node
  }, 1)
}
