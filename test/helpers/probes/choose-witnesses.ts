// Witnesses of packet sets for the kernel: packets of every verdict's set, by the interface that they come in or go out by.

import { type Bdd, NONE } from '../../../src/analysis/sets/bdd.ts'
import { fieldValues, Restriction } from '../../../src/analysis/sets/bdd-operations.ts'
import { HeaderSets } from '../../../src/analysis/sets/header-sets.ts'
import { interfaceNames } from '../../../src/analysis/sets/interface-names.ts'
import { SetWalker } from '../../../src/analysis/sets/node-walk.ts'
import { createSpace, FIELD_NAMES, type FieldName, type PacketSpace } from '../../../src/analysis/sets/packet-space.ts'
import { isIn, journeyOf, pickPoint, type Point } from '../../../src/analysis/sets/points.ts'
import type { KernelTables } from '../../../src/netfilter/kernel-tables.ts'
import { createWalker } from '../../../src/walk/walk-packet.ts'
import { probeNets, sendableEnds, type SendableKind, sendableKinds } from '../analysis/sendable-packets.ts'
import { type ForeseenProbe, Limits } from './batch.ts'
import { placesOf } from './counters.ts'
import { flowKey, makeProbe } from './probe.ts'
import type { Random } from './random.ts'
import type { Topology } from './topology.ts'

export interface ChosenWitnesses {
  readonly foreseen: readonly ForeseenProbe[]
  /** Witnesses of which the walk says something else than their set, in words. */
  readonly contradictions: readonly string[]
  /** How many there are of each set. */
  readonly tally: ReadonlyMap<string, number>
}

export interface WitnessOptions {
  readonly wanted: number
  /** Number of the first probe. */
  readonly first: number
}

const VERDICTS = ['accept', 'drop', 'reject'] as const
type SetVerdict = (typeof VERDICTS)[number]

interface Witness {
  readonly point: Point
  readonly kind: SendableKind['kind']
  readonly verdict: SetVerdict
  /** One bit of it turned over is a packet with another verdict. */
  readonly isAtBorder: boolean
}

/** How often dice are thrown for one witness. */
const TRIES = 60

/** So many packets of a set are looked at for a border that is near. */
const BORDER_TRIES = 4

/** Where borders are looked for. */
const BORDER_FIELDS = ['protocol', 'destinationPort', 'sourcePort', 'source', 'destination'] as const

export function chooseWitnesses(
  random: Random,
  tables: KernelTables,
  topology: Topology,
  { wanted, first }: WitnessOptions,
): ChosenWitnesses {
  const { ipVersion } = tables
  const view = topology.views[ipVersion]
  const { space, draw } = witnessSource(tables, topology)
  const walker = createWalker(tables, view)
  const limits = new Limits()
  const keys = new Set<string>()
  const foreseen: ForeseenProbe[] = []
  const contradictions: string[] = []
  const tally = new Map<string, number>()
  for (let tries = 0; foreseen.length < wanted && tries < wanted * TRIES; tries++) {
    const witness = draw(random)
    if (witness === undefined) continue
    // Half of them are from borders, as far as there are enough.
    const isPatient = tries < (wanted * TRIES) / 2
    if (isPatient && !witness.isAtBorder && foreseen.length - (tally.get('at a border') ?? 0) >= wanted / 2) continue
    const { packet, inInterface } = journeyOf(space, witness.point)
    // Addresses of a net that nobody has: networks themselves and their broadcast.
    if (view.isSpecial(packet.source) || view.isSpecial(packet.destination)) continue
    if (packet.source === packet.destination) continue
    const number = first + foreseen.length
    // What goes on with a connection of TCP is sent after the packet that started it.
    const start = witness.kind === 'established' && packet.tcpFlags !== undefined ? { tcpFlags: ['SYN'] } : {}
    const flow = { packet: { ...packet, ...start }, via: inInterface ?? 'host', icmpId: number }
    if (keys.has(flowKey(flow))) continue
    const probe = makeProbe(number, witness.kind, flow, view)
    const { walks, verdicts } = walker.walk(probe.journey, { withMisses: true })
    // More ways than can be followed.
    if (verdicts === undefined) continue
    if (verdicts.join() !== witness.verdict) {
      const walked = `in the set of ${witness.verdict}, walked ${verdicts.join()}`
      contradictions.push(`${walked}: ${JSON.stringify(probe.journey)}`)
      continue
    }
    const [walk] = walks
    // Several ways to one verdict count different rules.
    if (walks.length > 1 || !limits.take(walk)) continue
    keys.add(flowKey(flow))
    for (const what of [`set of ${witness.verdict}`, ...(witness.isAtBorder ? ['at a border'] : [])]) {
      tally.set(what, (tally.get(what) ?? 0) + 1)
    }
    foreseen.push({ probe, walk, places: placesOf(walk.steps) })
  }
  return { foreseen, contradictions, tally }
}

interface WitnessSource {
  readonly space: PacketSpace
  /** Undefined where the set that the dice name has no packet. */
  readonly draw: (random: Random) => Witness | undefined
}

function witnessSource(tables: KernelTables, { interfaces, outside, views }: Topology): WitnessSource {
  const { ipVersion } = tables
  const names = interfaces.map(({ name }) => name)
  const space = createSpace(ipVersion, interfaceNames([tables], names))
  const { store } = space
  const headers = new HeaderSets(space)
  const nets = probeNets(interfaces, outside, ipVersion, views[ipVersion])
  const ends = sendableEnds(headers, nets, interfaces)
  const kinds = sendableKinds(headers)
  const sets = new SetWalker(headers, tables, nets).walk(ends)
  const local = headers.nets('destination', nets.local) ?? NONE
  const side = (random: Random): Bdd => {
    const name = random.pick(names) ?? ''
    switch (random.weighted({ fromNode: 15, toNode: 20, into: 30, outOf: 35 })) {
      case 'fromNode':
        return headers.inInterface('')
      case 'toNode':
        return local
      case 'into':
        return headers.inInterface(name)
      case 'outOf':
        return store.minus(headers.outInterface(name), local)
    }
  }
  const others = {
    accept: store.or(sets.drop, sets.reject),
    drop: store.or(sets.accept, sets.reject),
    reject: store.or(sets.accept, sets.drop),
  }
  const sure = {
    accept: store.minus(sets.accept, others.accept),
    drop: store.minus(sets.drop, others.drop),
    reject: store.minus(sets.reject, others.reject),
  }
  const answered = store.not(headers.reversePathFails())
  return {
    space,
    draw: random => {
      const verdict = random.pick(VERDICTS.filter(name => sure[name] !== NONE))
      const sendable = random.pick(kinds)
      if (verdict === undefined || sendable === undefined) return undefined
      const all = store.and(store.and(sure[verdict], sendable.packets), side(random))
      // What fails the reverse path filter is told by one rule.
      const set = random.chance(90) ? store.and(all, answered) : all
      // What a packet of this kind must not have is no border.
      const beyond = store.and(store.and(others[verdict], sendable.packets), answered)
      const found = pickAtBorder(random, space, set, beyond)
      return found === undefined ? undefined : { ...found, kind: sendable.kind, verdict }
    },
  }
}

/** A packet of the set; one at its border where the dice find such. */
function pickAtBorder(
  random: Random,
  space: PacketSpace,
  set: Bdd,
  others: Bdd,
): Pick<Witness, 'point' | 'isAtBorder'> | undefined {
  const throwBit = (): 0 | 1 => (random.chance(50) ? 1 : 0)
  let point: Point | undefined
  for (let tries = 0; tries < BORDER_TRIES; tries++) {
    const from = pickPoint(space, set, throwBit)
    if (from === undefined) return undefined
    point = from
    const names: FieldName[] = [...BORDER_FIELDS]
    while (names.length > 0) {
      const [name = 'protocol'] = names.splice(random.below(names.length), 1)
      const same = FIELD_NAMES.filter(other => other !== name).map(other => [space.fields[other], from[other]] as const)
      // What the others have in this field when everything else is as it is here.
      const beyond = pickPoint(space, new Restriction(space.store, fieldValues(same)).of(others), throwBit)
      const found = beyond && lastBefore(space, name, { from, to: beyond[name], set, others })
      if (found !== undefined) return { point: found, isAtBorder: true }
    }
  }
  return point === undefined ? undefined : { point, isAtBorder: false }
}

interface Step {
  readonly from: Point
  readonly to: bigint
  readonly set: Bdd
  readonly others: Bdd
}

/** Bit by bit to another value of one field: the packet of the set that the next bit takes into the others. */
function lastBefore(space: PacketSpace, name: FieldName, { from, to, set, others }: Step): Point | undefined {
  let [point, isInside] = [from, true]
  for (let bit = 1n << BigInt(space.fields[name].width - 1); bit > 0n; bit >>= 1n) {
    if (((point[name] ^ to) & bit) === 0n) continue
    const next = { ...point, [name]: point[name] ^ bit }
    if (isInside && isIn(space, others, next)) return point
    point = next
    isInside = isIn(space, set, point)
  }
  return undefined
}
