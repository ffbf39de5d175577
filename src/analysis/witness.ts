// One packet of a set that is easy on the eye: known addresses before odd ones, port 80 before 40001.

import { ICMP_PROTOCOLS } from '../netfilter/packet.ts'
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
/** An echo request of either version, or any other type with code 0. */
const MESSAGES = [8, 128, ...Array.from({ length: 256 }, (_, type) => type)].map(type => type * 256)
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
  const chosen = new Map<FieldName, number | string>()
  let left = set
  for (const name of ORDER) {
    const field = space.fields[name]
    const seen = projectField(space, left, name)
    const value = likedValues(space, name, { liking, chosen }).find(
      one => store.and(valueSet(space, field, one), seen) !== NONE,
    )
    if (value === undefined) continue
    chosen.set(name, value)
    left = store.and(left, valueSet(space, field, value))
  }
  const lastBits = new Set([space.fields.source, space.fields.destination].map(({ first, width }) => first + width - 1))
  return pickPoint(space, left, bit => (lastBits.has(bit) ? 1 : 0))
}

/** What the set says of one field. */
export function projectField({ store, fields }: PacketSpace, set: Bdd, name: FieldName): Bdd {
  const { first, width } = fields[name]
  return project(store, set, bit => bit >= first, first + width)
}

function valueSet(space: PacketSpace, field: BitField, value: number | string): Bdd {
  if (typeof value === 'number') return rangeSet(space.store, field, [{ first: value, last: value }])
  const words = addressWords(value, space.ipVersion)
  return prefixSet(space.store, field, [{ words, length: field.width, isIn: true }])
}

function likedValues(
  space: PacketSpace,
  name: FieldName,
  { liking, chosen }: { readonly liking: Liking; readonly chosen: ReadonlyMap<FieldName, number | string> },
): readonly (number | string)[] {
  const numbers = (names: readonly string[] = []): readonly number[] =>
    names.map(one => space.interfaces.indexOf(one)).filter(number => number >= 0)
  switch (name) {
    case 'protocol':
      return PROTOCOLS
    case 'destinationPort':
      return ICMP_PROTOCOLS.includes(Number(chosen.get('protocol'))) ? MESSAGES : PORTS
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
      // Nobody asks first whether a pod reaches itself.
      return [...(liking.destinations ?? [])].sort(
        (a, b) => Number(a === chosen.get('source')) - Number(b === chosen.get('source')),
      )
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
