// A cube in one line: from where, to where, by which protocol and port.

import type { Cube } from '../analysis/cubes.ts'
import { rangesOf, type ValueRange } from '../analysis/field-values.ts'
import { ALL, type Bdd } from '../analysis/sets/bdd.ts'
import { type FieldName, type PacketSpace, STATES } from '../analysis/sets/packet-space.ts'
import { ICMP_PROTOCOLS } from '../netfilter/packet.ts'
import { TCP_FLAGS } from '../netfilter/tcp-flags.ts'
import { protocolName } from '../net/protocol.ts'
import { listed } from '../text/listed.ts'
import type { Journey } from '../walk/packet.ts'
import type { AddressWords } from './address-words.ts'

/** Longest list of numbers: all of a field. */
const ALL_OF_THEM = 65_536

/** What a cube says, for programs; a field that may have every value is left out. */
export interface CubeFields {
  readonly from: readonly string[]
  readonly to: readonly string[]
  readonly protocols?: readonly string[]
  readonly ports?: readonly string[]
  readonly icmp?: readonly string[]
  readonly sourcePorts?: readonly string[]
  readonly states?: readonly string[]
  readonly inInterfaces?: readonly string[]
  readonly outInterfaces?: readonly string[]
  readonly tcpFlags?: readonly string[]
  readonly reversePath?: 'fails' | 'holds'
}

/** Of what the node sends, or takes in. */
const NO_INTERFACE = 'none'

export function cubeFields(space: PacketSpace, { fields, witness }: Cube, addresses: AddressWords): CubeFields {
  const numbers = (name: FieldName): readonly ValueRange[] => rangesOf(space, name, fields[name], ALL_OF_THEM).items
  const each = (name: FieldName): readonly number[] =>
    numbers(name).flatMap(({ first, last }) =>
      Array.from({ length: Number(last - first) + 1 }, (_, i) => Number(first) + i),
    )
  const unless = <Value>(set: Bdd, make: () => Value): Value | undefined => (set === ALL ? undefined : make())
  const isIcmp = ICMP_PROTOCOLS.includes(Number(witness.protocol))
  const names = (name: 'inInterface' | 'outInterface'): readonly string[] => {
    const inside = new Set(each(name).flatMap(number => space.interfaces[number] ?? []))
    const all = space.interfaces.filter(found => found !== '')
    const shown = (isInside: boolean): readonly string[] =>
      all.filter(found => inside.has(found) === isInside).map(found => shownInterface(space, found))
    const [some, others] = [shown(true), shown(false)]
    // By none comes what the node sends.
    if (inside.has('')) return [NO_INTERFACE, ...some]
    if (others.length === 0) return ['any interface']
    return others.length < some.length ? [`any but ${others.join(', ')}`] : some
  }
  const found = {
    protocols: unless(fields.protocol, () => protocolWords(numbers('protocol'))),
    ports: isIcmp ? undefined : unless(fields.destinationPort, () => numbers('destinationPort').map(rangeWords)),
    icmp: isIcmp ? unless(fields.destinationPort, () => numbers('destinationPort').map(messageWords)) : undefined,
    sourcePorts: unless(fields.sourcePort, () => numbers('sourcePort').map(rangeWords)),
    states: unless(fields.state, () => each('state').map(number => STATES[number] ?? '')),
    inInterfaces: unless(fields.inInterface, () => names('inInterface')),
    outInterfaces: unless(fields.outInterface, () => names('outInterface')),
    tcpFlags: unless(fields.tcpFlags, () => each('tcpFlags').map(flagWords)),
    reversePath: unless(fields.reversePathFails, () =>
      witness.reversePathFails === 1n ? ('fails' as const) : ('holds' as const),
    ),
  }
  const given = Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined))
  return {
    from: addresses.items('source', fields.source),
    to: addresses.items('destination', fields.destination),
    ...given,
  }
}

/** A name, unless it is one that the analysis made up for all that no rule tells apart. */
export function shownInterface({ strangers }: PacketSpace, name: string): string {
  const beginning = strangers.get(name)
  if (beginning === undefined) return name
  return `${beginning === '' ? '' : `${beginning}+ `}interfaces that nothing names`
}

/** The journey of a packet as it is shown. */
export function shownJourney(space: PacketSpace, { inInterface, outInterface, ...journey }: Journey): Journey {
  return {
    ...journey,
    ...(inInterface === undefined ? {} : { inInterface: shownInterface(space, inInterface) }),
    ...(outInterface === undefined ? {} : { outInterface: shownInterface(space, outInterface) }),
  }
}

/** @param most items of each list that are shown; of others only their number */
export function cubeWords(cube: CubeFields, most: number): string {
  const list = (items: readonly string[]): string => listed(items, most)
  const optional = (items: readonly string[] | undefined, before: string): readonly string[] =>
    items === undefined || items.length === 0 ? [] : [`${before}${list(items)}`]
  const isNew = cube.states?.length === 1 && cube.states[0] === 'NEW'
  const parts = [
    `from ${list(cube.from)} to ${list(cube.to)}`,
    ...(cube.protocols === undefined ? ['any protocol'] : [list(cube.protocols)]),
    ...optional(cube.ports, 'port '),
    ...optional(cube.icmp, 'type '),
    ...optional(cube.sourcePorts, 'source port '),
    ...(isNew ? [] : cube.states === undefined ? ['in any state'] : [`in state ${list(cube.states)}`]),
    ...interfaceWords(cube.inInterfaces, 'in', list),
    ...interfaceWords(cube.outInterfaces, 'out', list),
    ...optional(cube.tcpFlags, 'TCP flags '),
    ...(cube.reversePath === undefined ? [] : [`the reverse path check ${cube.reversePath}`]),
  ]
  return parts.join(', ')
}

const WAYS = {
  in: { none: 'sent by the node itself', by: 'coming in by' },
  out: { none: 'staying on the node', by: 'leaving by' },
} as const

/** Nothing where any interface will do. @param list as many of the names as are shown */
export function interfaceWords(
  items: readonly string[] | undefined,
  way: 'in' | 'out',
  list: (items: readonly string[]) => string,
): readonly string[] {
  const { none, by } = WAYS[way]
  const named = items?.filter(item => item !== NO_INTERFACE) ?? []
  const words = named.length === 0 ? [] : [`${by} ${list(named)}`]
  return items?.includes(NO_INTERFACE) === true ? [[none, ...words].join(' or ')] : words
}

export function rangeWords({ first, last }: ValueRange): string {
  return first === last ? `${first}` : `${first}-${last}`
}

/** Type and code; a whole type by itself. */
export function messageWords({ first, last }: ValueRange): string {
  const [firstType, lastType] = [first >> 8n, last >> 8n]
  if ((first & 255n) === 0n && (last & 255n) === 255n) return rangeWords({ first: firstType, last: lastType })
  const one = (value: bigint): string => `${value >> 8n}/${value & 255n}`
  return first === last ? one(first) : `${one(first)}-${one(last)}`
}

function flagWords(bits: number): string {
  const set = TCP_FLAGS.filter((_, index) => (bits >> (TCP_FLAGS.length - 1 - index)) & 1)
  return set.length === 0 ? 'none' : set.join('+')
}

/** By name; of most protocols those that are not meant. */
function protocolWords(ranges: readonly ValueRange[]): readonly string[] {
  const has = (number: number): boolean => ranges.some(({ first, last }) => first <= number && number <= last)
  const all = Array.from({ length: 256 }, (_, number) => number)
  const inside = all.filter(has)
  const outside = all.filter(number => !has(number))
  if (outside.length < inside.length) return [`any protocol but ${outside.map(nameOf).join(', ')}`]
  return inside.map(nameOf)
}

export function nameOf(number: number): string {
  const name = protocolName(number)
  if (name === undefined) return `protocol ${number}`
  return name === 'icmpv6' ? 'ICMPv6' : name === 'udplite' ? 'UDPLite' : name.toUpperCase()
}
