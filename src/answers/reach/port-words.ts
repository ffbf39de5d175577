// What gets through between two parties, in words: `TCP 80, 443; UDP 53`, `everything`, `all but TCP 22`.

import { rangesOf } from '../../analysis/field-values.ts'
import { ALL, type Bdd, NONE } from '../../analysis/sets/bdd.ts'
import { project } from '../../analysis/sets/bdd-operations.ts'
import { rangeSet } from '../../analysis/sets/field-sets.ts'
import type { HeaderSets } from '../../analysis/sets/header-sets.ts'
import type { PacketSpace } from '../../analysis/sets/packet-space.ts'
import type { EndpointPort } from '../../model/ast/endpoint.ts'
import { ICMP_PROTOCOLS } from '../../netfilter/packet.ts'
import { nameOf, rangeWords, messageWords } from '../cube-words.ts'
import { namedRanges, type PortWish } from '../parties/read-ports.ts'
import { listed } from '../../text/listed.ts'

/** Of one protocol, or of several that get through alike. */
export interface PortGroup {
  readonly protocols: readonly string[]
  /** Port ranges `80`, `8000-8100`, messages `8/0`; absent where all of them get through. */
  readonly ports?: readonly string[]
}

/** Protocols of which the same ports get through. */
interface PortClass {
  readonly protocols: readonly number[]
  readonly ports: Bdd
}

/** @param set of protocols and destination ports alone */
function portClasses(space: PacketSpace, set: Bdd): readonly PortClass[] {
  const byPorts = new Map<string, { readonly protocols: number[]; readonly ports: Bdd }>()
  for (let protocol = 0; protocol < 256; protocol++) {
    const ports = portsOf(space, set, protocol)
    if (ports === NONE) continue
    // What is a port of one is a message of the other.
    const key = ports === ALL ? 'all' : `${ports} ${ICMP_PROTOCOLS.includes(protocol)}`
    const known = byPorts.get(key)
    if (known === undefined) byPorts.set(key, { protocols: [protocol], ports })
    else known.protocols.push(protocol)
  }
  return [...byPorts.values()]
}

/** @param set of protocols and destination ports alone */
export function portGroups(space: PacketSpace, set: Bdd): readonly PortGroup[] {
  return portClasses(space, set).map(({ protocols, ports }) => ({
    protocols: protocols.map(nameOf),
    ...(ports === ALL ? {} : { ports: portItems(space, protocols, ports) }),
  }))
}

function portItems(space: PacketSpace, protocols: readonly number[], ports: Bdd): readonly string[] {
  const isIcmp = protocols.some(protocol => ICMP_PROTOCOLS.includes(protocol))
  return rangesOf(space, 'destinationPort', ports, 65_536).items.map(isIcmp ? messageWords : rangeWords)
}

function portsOf({ store, fields }: PacketSpace, set: Bdd, protocol: number): Bdd {
  const { first, width } = fields.protocol
  let node = set
  for (let i = 0; i < width; i++) {
    if (store.bit(node) !== first + i) continue
    node = (protocol >> (width - 1 - i)) & 1 ? store.high(node) : store.low(node)
  }
  return node
}

/**
 * @param most items of each list that are shown; of others only their number
 * @param separator of protocols with different ports; ` and ` where more is said of all of them
 */
export function portWords(space: PacketSpace, set: Bdd, most = Infinity, separator: '; ' | ' and ' = '; '): string {
  if (set === NONE) return 'nothing'
  if (set === ALL) return 'everything'
  if (isAllButTunnels(space, set)) return 'all but tunnels'
  if (!isMost(space, set)) return classWords(space, set, most, 'except').join(separator)
  return `all but ${classWords(space, space.store.not(set), most, 'listed').join(' and ')}`
}

/** What gets through as a list, or what does not, whichever names fewer protocols. */
export function portSummary(
  space: PacketSpace,
  set: Bdd,
): { readonly allow: readonly PortGroup[] } | { readonly allBut: readonly PortGroup[] } {
  return isMost(space, set) ? { allBut: portGroups(space, space.store.not(set)) } : { allow: portGroups(space, set) }
}

/** Whether all of most protocols gets through. */
function isMost(space: PacketSpace, set: Bdd): boolean {
  let whole = 0
  for (let protocol = 0; protocol < 256; protocol++) if (portsOf(space, set, protocol) === ALL) whole++
  return whole > 128
}

/** Whether it is all but what Calico lets no pod send. */
export function isAllButTunnels(space: PacketSpace, set: Bdd): boolean {
  return set !== ALL && space.store.isSubset(space.store.not(set), tunnels(space))
}

/** IP in IP, and VXLAN by its own port: Calico lets no pod send them, whatever policies say. */
export function tunnels({ store, fields }: PacketSpace): Bdd {
  const protocol = (number: number): Bdd => rangeSet(store, fields.protocol, [{ first: number, last: number }])
  const vxlan = rangeSet(store, fields.destinationPort, [{ first: VXLAN_PORT, last: VXLAN_PORT }])
  return store.or(protocol(4), store.and(protocol(17), vxlan))
}

const VXLAN_PORT = 4789

/** @param manner whether most ports are told as all except a few: within what is excepted itself they are not */
function classWords(space: PacketSpace, set: Bdd, most: number, manner: 'except' | 'listed'): readonly string[] {
  return portClasses(space, set).map(({ protocols, ports }) => {
    const names = listed(protocols.map(nameOf), most, '+')
    if (ports === ALL) return names
    const items = portItems(space, protocols, ports)
    const others = manner === 'listed' ? items : portItems(space, protocols, space.store.not(ports))
    return others.length < items.length ? `${names} except ${listed(others, most)}` : `${names} ${listed(items, most)}`
  })
}

/** Whatever the addresses are. */
export function withoutAddresses({ store, fields }: PacketSpace, set: Bdd): Bdd {
  const { protocol, destinationPort } = fields
  return project(store, set, bit => bit >= protocol.first && bit < destinationPort.first + destinationPort.width)
}

/** Packets for the ports that are asked about. @param ports those of the receiver, which says what a name means */
export function wishedPorts(headers: HeaderSets, wishes: readonly PortWish[], ports: readonly EndpointPort[]): Bdd {
  const { space } = headers
  const { store } = space
  const icmp = space.ipVersion === 4 ? 1 : 58
  const numbered = (protocol: number, first: number, last: number): Bdd =>
    store.and(headers.protocols([protocol]), rangeSet(store, space.fields.destinationPort, [{ first, last }]))
  return store.union(
    wishes.map(wish => {
      switch (wish.kind) {
        case 'any':
          return ALL
        case 'protocol':
          return headers.protocols([wish.protocol])
        case 'ports':
          return numbered(wish.protocol, wish.range.first, wish.range.last)
        case 'named':
          return store.union(
            namedRanges(wish, ports).map(({ protocol, range }) => numbered(protocol, range.first, range.last)),
          )
        case 'icmp':
          if (wish.type === undefined) return headers.protocols([icmp])
          return store.and(headers.protocols([icmp]), headers.icmpMessage(wish.type, wish.code))
      }
    }),
  )
}
