// Random flows that a node of a case may see, and which kinds of probes can be made of each.

import type { IpVersion } from '../../../src/net/cidr.ts'
import { PROTOCOL_NUMBERS } from '../../../src/net/protocol.ts'
import { isIcmp, type Packet } from '../../../src/netfilter/packet.ts'
import { protocolHasPorts } from '../../../src/netfilter/protocols.ts'
import type { Wishes } from './aims.ts'
import type { Service } from './kernel-node.ts'
import { icmpProtocol } from './packet-bytes.ts'
import type { Flow, ProbeKind } from './probe.ts'
import type { Random } from './random.ts'
import { LINK_LOCAL_NEIGHBOUR, LINK_LOCAL_NODE, type ProbeInterface, type VersionView } from './topology.ts'
import { randomAddressIn, randomForeignAddress, type Values } from './values.ts'

export interface FlowContext {
  readonly ipVersion: IpVersion
  readonly view: VersionView
  readonly values: Values
  readonly interfaces: readonly ProbeInterface[]
  readonly services: readonly Service[]
}

const { tcp, udp, sctp, udplite } = PROTOCOL_NUMBERS

/** IP in IP, GRE, OSPF, VRRP, IGMP. */
const OTHER_PROTOCOLS = [4, 47, 89, 112, 2]

/** In IPv6 these are headers between the packet's own and the next. */
export const EXTENSION_HEADERS = [0, 43, 44, 50, 51, 59, 60, 135, 139, 140]

/** Undefined where the dice asked for something that this node does not have. */
export function randomFlow(random: Random, number: number, context: FlowContext, wishes: Wishes): Flow | undefined {
  const ends = randomEnds(random, context, wishes)
  if (ends === undefined || ends.source === ends.destination) return undefined
  const packet = randomPacket(random, number, ends, context, wishes)
  if (packet === undefined) return undefined
  // Whoever happens to meet a service is translated.
  const service = context.services.find(
    ({ protocol, address, port }) =>
      packet.protocol === PROTOCOL_NUMBERS[protocol] &&
      packet.destination === address &&
      packet.destinationPort === port,
  )
  return { packet, via: ends.via, icmpId: number, ...(service === undefined ? {} : { service }) }
}

interface Ends {
  readonly via: string
  readonly source: string
  readonly destination: string
  readonly service?: Service
}

function randomEnds(random: Random, context: FlowContext, wishes: Wishes): Ends | undefined {
  const { ipVersion, view, values, interfaces, services } = context
  const foreign = (): string => randomForeignAddress(random, values, view, ipVersion)
  const ownAddress = (): string | undefined => random.pick(view.own)?.address
  if (ipVersion === 6 && random.chance(4)) {
    const via = random.pick(interfaces)?.name ?? ''
    return { via, source: LINK_LOCAL_NEIGHBOUR, destination: LINK_LOCAL_NODE }
  }
  const wanted = (net: string | undefined): string | undefined => {
    const address = net === undefined ? undefined : randomAddressIn(random, net, ipVersion)
    return address === undefined || view.isSpecial(address) ? undefined : address
  }
  const wantedSource = wanted(wishes.source)
  const to = random.weighted({ own: 35, pod: 30, foreign: 20, service: hasWishes(wishes) ? 0 : 15 })
  const service = to === 'service' ? random.pick(services) : undefined
  const destination =
    wanted(wishes.destination) ??
    service?.address ??
    (to === 'own' ? ownAddress() : to === 'pod' ? random.pick(view.pods)?.address : foreign())
  if (destination === undefined) return undefined
  const from = random.weighted({ outside: 40, pod: 30, anywhere: 8, host: 20, loopback: 2 })
  const chosen = service === undefined ? {} : { service }
  if (from === 'loopback') {
    const address = ipVersion === 4 ? '127.0.0.1' : '::1'
    return { via: 'host', source: ownAddress() ?? address, destination: address }
  }
  if (from === 'host') {
    const route = view.route(destination)
    const onRoute = view.own.filter(
      ({ interfaceName }) => route.kind === 'out' && route.interfaceName === interfaceName,
    )
    const source = random.pick(onRoute.length > 0 && random.chance(80) ? onRoute : view.own)?.address
    return source === undefined ? undefined : { via: 'host', source, destination, ...chosen }
  }
  if (wantedSource !== undefined && !view.isLocal(wantedSource)) {
    const route = view.route(wantedSource)
    if (route.kind === 'out') return { via: route.interfaceName, source: wantedSource, destination }
  }
  const pods = interfaces.filter(({ routes }) => routes.length > 0)
  const outward = interfaces.filter(({ isOutward }) => isOutward)
  const entry = random.pick(from === 'anywhere' ? interfaces : from === 'pod' && pods.length > 0 ? pods : outward)
  if (entry === undefined) return undefined
  const behind = view.pods.filter(({ interfaceName }) => interfaceName === entry.name)
  const source = behind.length > 0 && random.chance(85) ? random.pick(behind)?.address : foreign()
  return source === undefined ? undefined : { via: entry.name, source, destination, ...chosen }
}

function hasWishes(wishes: Wishes): boolean {
  return Object.keys(wishes).length > 0
}

function randomPacket(
  random: Random,
  number: number,
  ends: Ends,
  context: FlowContext,
  wishes: Wishes,
): Packet | undefined {
  const { ipVersion, values } = context
  const { source, destination, service } = ends
  const base = { ipVersion, source, destination }
  const port = (): number => (random.chance(85) ? (random.pick(values.ports) ?? 80) : 1 + random.below(65535))
  // Ports of rules on both sides now and then; otherwise a source port that no other probe has.
  const ports = {
    sourcePort: wishes.sourcePort ?? (service === undefined && random.chance(10) ? port() : 20_000 + number),
    destinationPort: wishes.destinationPort ?? service?.port ?? port(),
  }
  if (service !== undefined) {
    const protocol = PROTOCOL_NUMBERS[service.protocol]
    return { ...base, ...ports, protocol, ...(protocol === tcp ? { tcpFlags: ['SYN'] } : {}) }
  }
  const wish = wishes.icmp === undefined ? wishes.protocol : icmpProtocol(ipVersion)
  switch (kindOf(wish, ipVersion) ?? random.weighted({ tcp: 45, udp: 25, icmp: 14, sctp: 5, udplite: 3, other: 8 })) {
    case 'tcp':
      return { ...base, ...ports, protocol: tcp, tcpFlags: ['SYN'] }
    case 'udp':
      return { ...base, ...ports, protocol: udp }
    case 'sctp':
      return { ...base, ...ports, protocol: sctp }
    case 'udplite':
      return { ...base, ...ports, protocol: udplite }
    case 'icmp': {
      const { type, code } = wishes.icmp ??
        (random.chance(50) ? random.pick(values.icmp) : undefined) ?? {
          type: ipVersion === 4 ? 8 : 128,
          code: 0,
        }
      return { ...base, protocol: icmpProtocol(ipVersion), icmpType: type, icmpCode: code }
    }
    case 'other': {
      const protocol = wish ?? random.pick([...OTHER_PROTOCOLS, ...values.protocols]) ?? 47
      if (protocol === tcp || protocol === udp || protocol === sctp || protocol === udplite) return undefined
      if (protocol > 254 || EXTENSION_HEADERS.includes(protocol)) return undefined
      return { ...base, protocol, ...(protocolHasPorts(protocol) ? ports : {}) }
    }
  }
}

type PacketKind = 'tcp' | 'udp' | 'sctp' | 'udplite' | 'icmp' | 'other'

function kindOf(protocol: number | undefined, ipVersion: IpVersion): PacketKind | undefined {
  switch (protocol) {
    case undefined:
    // In a rule 0 stands for any.
    case 0:
      return undefined
    case tcp:
      return 'tcp'
    case udp:
      return 'udp'
    case sctp:
      return 'sctp'
    case udplite:
      return 'udplite'
    default:
      return protocol === icmpProtocol(ipVersion) ? 'icmp' : isIcmp(protocol) ? undefined : 'other'
  }
}

/** Queries that start a connection (nf_conntrack_proto_icmp.c, nf_conntrack_proto_icmpv6.c: valid_new). */
export const ICMP_QUERIES: Readonly<Record<IpVersion, readonly number[]>> = { 4: [8, 13, 15, 17], 6: [128, 139] }

export const ODD_FLAGS = [['ACK'], ['RST'], ['SYN', 'FIN'], ['FIN', 'ACK'], []]

/** What is sent of a flow: the flow itself, with flags that fit, and the kind of probe. */
export function randomKind(random: Random, flow: Flow): { readonly kind: ProbeKind; readonly flow: Flow } {
  const { packet, service } = flow
  const { icmpType, ipVersion } = packet
  if (icmpType !== undefined && icmpType !== (ipVersion === 4 ? 8 : 128)) {
    return { kind: ICMP_QUERIES[ipVersion].includes(icmpType) ? 'new' : 'invalid', flow }
  }
  // Connection tracking takes ICMP of the other IP version for nonsense.
  if (isIcmp(packet.protocol) && packet.protocol !== icmpProtocol(ipVersion)) return { kind: 'invalid', flow }
  // An answer to a neighbour would have to say by which interface it leaves.
  if (packet.source === LINK_LOCAL_NEIGHBOUR) return { kind: 'new', flow }
  // An association takes more than two packets to establish.
  if (packet.protocol === sctp) return { kind: 'new', flow }
  const isTcp = packet.protocol === tcp
  const kind = random.weighted({
    new: 60,
    established: 15,
    answer: service === undefined ? 12 : 0,
    related: service === undefined ? 6 : 0,
    invalid: isTcp ? 8 : 0,
  })
  if (kind !== 'invalid') return { kind, flow }
  return { kind, flow: { ...flow, packet: { ...packet, tcpFlags: random.pick(ODD_FLAGS) ?? [] } } }
}
