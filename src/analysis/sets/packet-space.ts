// Which bits a packet has for the sets: the fields of its headers, where it comes in and goes out, what conntrack says of it.

import { type IpVersion, toBits } from '../../net/cidr.ts'
import { TCP_FLAGS } from '../../netfilter/tcp-flags.ts'
import type { ConnectionState } from '../../walk/packet.ts'
import { ALL, type Bdd, BddStore } from './bdd.ts'
import type { BitField } from './bdd-operations.ts'
import { rangeSet } from './field-sets.ts'

/**
 * In the order in which sets ask for them: what splits packets into few kinds comes first, addresses come late, so that a set
 * of ten thousand addresses is kept once, however many ports lead to it. An interface stands before the address that is behind
 * it: apart, a node of n pods would take n times n steps to say that each has its own.
 */
export const FIELD_NAMES = [
  'protocol',
  'state',
  'reversePathFails',
  'tcpFlags',
  'destinationPort',
  'sourcePort',
  'inInterface',
  'source',
  'outInterface',
  'destination',
] as const

/**
 * `inInterface` is `` for what the node itself sends. `outInterface` is where routing sends what is not for the node. Of ICMP
 * `destinationPort` is `type << 8 | code`, as ipset takes it, and `sourcePort` means nothing; neither means anything for
 * protocols without ports.
 */
export type FieldName = (typeof FIELD_NAMES)[number]

export interface PacketSpace {
  readonly ipVersion: IpVersion
  readonly store: BddStore
  readonly fields: Readonly<Record<FieldName, BitField>>
  /** The number of a name in `inInterface` and `outInterface` is its place here; the first one is ``. */
  readonly interfaces: readonly string[]
  /** Those of them that are made up: see `toldInterfaces`. */
  readonly strangers: ReadonlyMap<string, string>
  /** All packets; what is not in it stands for nothing. */
  readonly universe: Bdd
}

/** In the order of their numbers in `state`: what conntrack makes of the packet unless it is not tracked. */
export const STATES: readonly ConnectionState[] = ['NEW', 'ESTABLISHED', 'RELATED', 'INVALID']

export interface SpaceOptions {
  readonly store?: BddStore
  /** Bits before it are left to whoever asks. */
  readonly firstBit?: number
  /** Bits for the name of an interface; left out, as many as the names need. */
  readonly nameWidth?: number
  /** Names that are made up: see `toldInterfaces`. */
  readonly strangers?: ReadonlyMap<string, string>
}

/** @param names interfaces that are told apart, without ``; see `interfaceNames` */
export function createSpace(
  ipVersion: IpVersion,
  names: readonly string[],
  { store = new BddStore(), firstBit = 0, strangers = new Map(), ...options }: SpaceOptions = {},
): PacketSpace {
  const interfaces = ['', ...[...new Set(names)].filter(name => name !== '').sort()]
  const nameWidth = options.nameWidth ?? Math.max(1, Math.ceil(Math.log2(interfaces.length)))
  if (interfaces.length > 2 ** nameWidth) throw new Error('more interfaces than the space has names for')
  const addressWidth = ipVersion === 4 ? 32 : 128
  const widths: Readonly<Record<FieldName, number>> = {
    inInterface: nameWidth,
    outInterface: nameWidth,
    protocol: 8,
    state: 2,
    reversePathFails: 1,
    tcpFlags: TCP_FLAGS.length,
    destinationPort: 16,
    sourcePort: 16,
    source: addressWidth,
    destination: addressWidth,
  }
  let next = firstBit
  const field = (name: FieldName): BitField => {
    const first = next
    next += widths[name]
    return { first, width: widths[name] }
  }
  const fields = Object.fromEntries(FIELD_NAMES.map(name => [name, field(name)])) as Record<FieldName, BitField>
  const last = interfaces.length - 1
  const arrives = rangeSet(store, fields.inInterface, [{ first: 0, last }])
  // A route has an interface, unless there is none at all.
  const leaves = last === 0 ? ALL : rangeSet(store, fields.outInterface, [{ first: 1, last }])
  return { ipVersion, store, fields, interfaces, strangers, universe: store.and(arrives, leaves) }
}

/** An address as 32-bit words, most significant first. */
export function addressWords(text: string, ipVersion: IpVersion): readonly number[] {
  if (ipVersion === 4) return [text.split('.').reduce((bits, octet) => bits * 256 + Number(octet), 0)]
  const bits = toBits({ ipVersion, text })
  return [96n, 64n, 32n, 0n].map(shift => Number((bits >> shift) & 0xffffffffn))
}
