// A set as few products: these sources, to these destinations, on these ports. Exact together, and they may overlap.

import { ICMP_PROTOCOLS } from '../netfilter/packet.ts'
import { PORT_PROTOCOLS } from '../netfilter/protocols.ts'
import { ALL, type Bdd, NONE } from './sets/bdd.ts'
import { rangeSet } from './sets/field-sets.ts'
import { FIELD_NAMES, type FieldName, type PacketSpace } from './sets/packet-space.ts'
import type { Point } from './sets/points.ts'
import { type Liking, pickWitness, pointSet, projectField } from './witness.ts'

/** For each field the values that it may have, as a set of that field alone; `ALL` where it may have every one. */
export interface Cube {
  readonly fields: Readonly<Record<FieldName, Bdd>>
  /** One of its packets. */
  readonly witness: Point
}

export interface Cubes {
  readonly cubes: readonly Cube[]
  /** What none of the cubes holds; empty unless there are more than were asked for. */
  readonly rest: Bdd
}

export interface CubeOptions {
  /** At most so many; fewer where they take too long. */
  readonly most: number
  /** Packets outside of it and of the set do not count: a cube may hold them. */
  readonly care?: Bdd
  /** What a cube may hold besides the set; left out, nothing. */
  readonly within?: Bdd
  /** Of `care`, what a cube must not hold, for whoever has it already. */
  readonly outside?: Bdd
  readonly liking?: Liking
}

/** What a reader least wants to read about grows first, so that it disappears. */
const GROWTH: readonly FieldName[] = [
  'tcpFlags',
  'reversePathFails',
  'sourcePort',
  'outInterface',
  'inInterface',
  'state',
  'destinationPort',
  'protocol',
  'source',
  'destination',
]

export function cubesOf(space: PacketSpace, set: Bdd, options: CubeOptions): Cubes {
  const { most, care = space.universe, within = set, liking } = options
  const { store } = space
  const { outside = store.minus(care, within) } = options
  const inside = store.or(store.and(care, within), set)
  const cubes: Cube[] = []
  let rest = set
  while (rest !== NONE && cubes.length < (store.isHalfSpent ? 1 : most)) {
    const witness = pickWitness(space, rest, liking)
    if (witness === undefined) break
    const cube = trim(space, grow(space, witness, outside), inside)
    cubes.push(cube)
    rest = store.minus(rest, cubeSet(space, cube))
  }
  return { cubes, rest }
}

/** The packets of a cube. */
export function cubeSet({ store }: PacketSpace, { fields }: Pick<Cube, 'fields'>): Bdd {
  return [...FIELD_NAMES].reverse().reduce<Bdd>((rest, name) => store.and(fields[name], rest), ALL)
}

/** The widest cube around a packet that holds nothing of `outside`, field by field. */
function grow(space: PacketSpace, witness: Point, outside: Bdd): Cube {
  const { store } = space
  const point = pointSet(space, witness)
  const fields = Object.fromEntries(FIELD_NAMES.map(name => [name, projectField(space, point, name)])) as Record<
    FieldName,
    Bdd
  >
  for (const name of GROWTH) {
    const others = cubeSet(space, { fields: { ...fields, [name]: ALL } })
    const forbidden = projectField(space, store.and(others, outside), name)
    const allowed = store.not(forbidden)
    fields[name] = name === 'protocol' ? likeProtocols(space, fields, witness, allowed) : allowed
  }
  return { fields, witness }
}

/** What stands for no packet at all is left out of a field, unless the field disappears with it. */
function trim(space: PacketSpace, cube: Cube, inside: Bdd): Cube {
  const { store } = space
  const there = store.and(cubeSet(space, cube), inside)
  const fields = { ...cube.fields }
  for (const name of FIELD_NAMES) {
    if (fields[name] !== ALL) fields[name] = store.and(fields[name], projectField(space, there, name))
  }
  return { ...cube, fields }
}

/** Ports mean something only beside protocols that have them. */
function likeProtocols(space: PacketSpace, fields: Record<FieldName, Bdd>, witness: Point, allowed: Bdd): Bdd {
  if (fields.destinationPort === ALL && fields.sourcePort === ALL) return allowed
  const number = Number(witness.protocol)
  const alike = [PORT_PROTOCOLS, ICMP_PROTOCOLS].find(numbers => numbers.includes(number)) ?? [number]
  const ranges = alike.map(one => ({ first: one, last: one }))
  return space.store.and(allowed, rangeSet(space.store, space.fields.protocol, ranges))
}
