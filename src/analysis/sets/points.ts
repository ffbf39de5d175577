// Single packets as the sets have them: a number for each field; to the walk of one packet and back.

import { fromBits, toBits } from '../../net/cidr.ts'
import { isIcmp, type Packet } from '../../netfilter/packet.ts'
import { protocolHasPorts } from '../../netfilter/protocols.ts'
import { TCP_FLAGS } from '../../netfilter/tcp-flags.ts'
import type { Journey } from '../../walk/packet.ts'
import { ALL, type Bdd, NONE } from './bdd.ts'
import { holds } from './bdd-operations.ts'
import { FIELD_NAMES, type FieldName, type PacketSpace, STATES } from './packet-space.ts'

/** A number for each field. */
export type Point = Readonly<Record<FieldName, bigint>>

export function isIn({ store, fields }: PacketSpace, set: Bdd, point: Point): boolean {
  const bits: (0 | 1)[] = []
  for (const name of FIELD_NAMES) {
    const { first, width } = fields[name]
    for (let i = 0; i < width; i++) bits[first + i] = (point[name] >> BigInt(width - 1 - i)) & 1n ? 1 : 0
  }
  return holds(store, set, bit => bits[bit] ?? 0)
}

/**
 * A packet of the set; undefined of the empty one.
 * @param chooseBit what a bit should be where both are possible
 */
export function pickPoint(
  { store, fields }: PacketSpace,
  set: Bdd,
  chooseBit: (bit: number) => 0 | 1,
): Point | undefined {
  if (set === NONE) return undefined
  const bits: (0 | 1)[] = []
  let node = set
  while (node !== ALL) {
    const bit = store.bit(node)
    const [low, high] = [store.low(node), store.high(node)]
    const chosen = low === NONE ? 1 : high === NONE ? 0 : chooseBit(bit)
    bits[bit] = chosen
    node = chosen === 0 ? low : high
  }
  const values = FIELD_NAMES.map(name => {
    const { first, width } = fields[name]
    let value = 0n
    for (let bit = first; bit < first + width; bit++) value = (value << 1n) | BigInt(bits[bit] ?? chooseBit(bit))
    return [name, value] as const
  })
  return Object.fromEntries(values) as Record<FieldName, bigint>
}

/** Where a packet goes in and what it is; fields that mean nothing for its protocol are left out. */
export function journeyOf(space: PacketSpace, point: Point): Journey {
  const { interfaces } = space
  const inInterface = interfaces[Number(point.inInterface)] ?? ''
  return {
    packet: packetOf(space, point),
    state: STATES[Number(point.state)] ?? 'NEW',
    ...(inInterface === '' ? {} : { inInterface }),
    outInterface: interfaces[Number(point.outInterface)] ?? '',
    ...(point.reversePathFails === 0n ? {} : { hasReversePath: false }),
  }
}

function packetOf({ ipVersion, fields }: PacketSpace, point: Point): Packet {
  const protocol = Number(point.protocol)
  const port = Number(point.destinationPort)
  const { width } = fields.tcpFlags
  return {
    ipVersion,
    source: fromBits(point.source, ipVersion),
    destination: fromBits(point.destination, ipVersion),
    protocol,
    ...(protocolHasPorts(protocol) ? { sourcePort: Number(point.sourcePort), destinationPort: port } : {}),
    ...(isIcmp(protocol) ? { icmpType: port >> 8, icmpCode: port & 255 } : {}),
    ...(protocol === 6
      ? { tcpFlags: TCP_FLAGS.filter((_, index) => ((point.tcpFlags >> BigInt(width - 1 - index)) & 1n) === 1n) }
      : {}),
  }
}

/** The packet of a journey; undefined where an interface is not one of the space's. */
export function pointOf({ interfaces, fields }: PacketSpace, journey: Journey): Point | undefined {
  const { packet, state, inInterface = '', outInterface, hasReversePath } = journey
  const incoming = interfaces.indexOf(inInterface)
  const outgoing = outInterface === undefined ? Math.min(1, interfaces.length - 1) : interfaces.indexOf(outInterface)
  if (incoming < 0 || outgoing < 0) return undefined
  const port = isIcmp(packet.protocol)
    ? (packet.icmpType ?? 0) * 256 + (packet.icmpCode ?? 0)
    : (packet.destinationPort ?? 0)
  const { width } = fields.tcpFlags
  return {
    inInterface: BigInt(incoming),
    outInterface: BigInt(outgoing),
    protocol: BigInt(packet.protocol),
    state: BigInt(STATES.indexOf(state)),
    reversePathFails: hasReversePath === false ? 1n : 0n,
    tcpFlags: TCP_FLAGS.reduce(
      (bits, flag, index) => (packet.tcpFlags?.includes(flag) ? bits | (1n << BigInt(width - 1 - index)) : bits),
      0n,
    ),
    destinationPort: BigInt(port),
    sourcePort: BigInt(packet.sourcePort ?? 0),
    source: toBits({ ipVersion: packet.ipVersion, text: packet.source }),
    destination: toBits({ ipVersion: packet.ipVersion, text: packet.destination }),
  }
}
