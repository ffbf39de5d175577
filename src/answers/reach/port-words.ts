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

/** Of one protocol, or of several that get through alike. */
export interface PortGroup {
  readonly protocols: readonly string[]
  /** Port ranges `80`, `8000-8100`, messages `8/0`; absent where all of them get through. */
  readonly ports?: readonly string[]
}

/** @param set of protocols and destination ports alone */
export function portGroups(space: PacketSpace, set: Bdd): readonly PortGroup[] {
  const byPorts = new Map<Bdd, number[]>()
  for (let protocol = 0; protocol < 256; protocol++) {
    const ports = portsOf(space, set, protocol)
    if (ports === NONE) continue
    const known = byPorts.get(ports)
    if (known === undefined) byPorts.set(ports, [protocol])
    else known.push(protocol)
  }
  return [...byPorts].flatMap(([ports, protocols]): readonly PortGroup[] => {
    if (ports === ALL) return [{ protocols: protocols.map(nameOf) }]
    const { items } = rangesOf(space, 'destinationPort', ports, 65_536)
    const icmp = protocols.filter(protocol => ICMP_PROTOCOLS.includes(protocol))
    const others = protocols.filter(protocol => !ICMP_PROTOCOLS.includes(protocol))
    return [
      ...(others.length === 0 ? [] : [{ protocols: others.map(nameOf), ports: items.map(rangeWords) }]),
      ...(icmp.length === 0 ? [] : [{ protocols: icmp.map(nameOf), ports: items.map(messageWords) }]),
    ]
  })
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

/** @param most items of each list that are shown; of others only their number */
export function portWords(space: PacketSpace, set: Bdd, most = Infinity): string {
  if (set === NONE) return 'nothing'
  if (set === ALL) return 'everything'
  if (isAllButTunnels(space, set)) return 'all but tunnels'
  const some = wordsOf(portGroups(space, set), most)
  const others = wordsOf(portGroups(space, space.store.not(set)), most)
  return others.length + ALL_BUT.length < some.length ? `${ALL_BUT}${others}` : some
}

const ALL_BUT = 'all but '

/** What gets through as a list, or what does not, whichever is shorter. */
export function portSummary(
  space: PacketSpace,
  set: Bdd,
): { readonly allow: readonly PortGroup[] } | { readonly allBut: readonly PortGroup[] } {
  const [some, others] = [portGroups(space, set), portGroups(space, space.store.not(set))]
  const size = (groups: readonly PortGroup[]): number =>
    groups.reduce((sum, { protocols, ports = [] }) => sum + protocols.length + ports.length, 0)
  return size(others) < size(some) ? { allBut: others } : { allow: some }
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

function wordsOf(groups: readonly PortGroup[], most: number): string {
  return groups
    .map(({ protocols, ports }) => {
      const names = protocols.length > 4 ? `${protocols.length} protocols` : protocols.join('+')
      if (ports === undefined) return names
      const left = ports.length - most
      return `${names} ${ports.slice(0, most).join(', ')}${left > 0 ? ` and ${left} more` : ''}`
    })
    .join('; ')
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
