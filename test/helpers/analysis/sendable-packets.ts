// Which packets a kernel of namespaces can be sent, as sets: those of known ends and routes, by what connection tracking makes of them.

import type { HeaderSets } from '../../../src/analysis/sets/header-sets.ts'
import { type Bdd, NONE } from '../../../src/analysis/sets/bdd.ts'
import { STATES } from '../../../src/analysis/sets/packet-space.ts'
import type { NodeNets } from '../../../src/analysis/sets/node-nets.ts'
import { routedSet } from '../../../src/analysis/sets/routes.ts'
import type { ConnectionState } from '../../../src/walk/packet.ts'
import type { IpVersion } from '../../../src/net/cidr.ts'
import { PROTOCOL_NUMBERS } from '../../../src/net/protocol.ts'
import { icmpProtocol } from '../probes/packet-bytes.ts'
import type { ProbeKind } from '../probes/probe.ts'
import { EXTENSION_HEADERS, ICMP_QUERIES, ODD_FLAGS } from '../probes/random-flow.ts'
import { LINK_LOCAL_NODE, LOOPBACK, type ProbeInterface, SPECIAL, type VersionView } from '../probes/topology.ts'

export interface SendableKind {
  readonly kind: ProbeKind
  /** With ends of any kind. */
  readonly packets: Bdd
}

const { tcp, udp, sctp, udplite } = PROTOCOL_NUMBERS
/** They read as addresses of IPv4. */
const MAPPED = '::ffff:0:0/96'
const FLAGS = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG']

/** The namespaces' routes: to what is on an interface or behind it, and to everything else by the first one. */
export function probeNets(
  interfaces: readonly ProbeInterface[],
  outside: string,
  ipVersion: IpVersion,
  view: VersionView,
): NodeNets {
  const isIPv6 = ipVersion === 6
  const ofVersion = (text: string): boolean => text.includes(':') === isIPv6
  const connected = interfaces.flatMap(({ name, addresses }) =>
    addresses.filter(ofVersion).map(net => ({ net, interfaces: [name] })),
  )
  return {
    local: [LOOPBACK[ipVersion], ...(isIPv6 ? [LINK_LOCAL_NODE] : []), ...view.own.map(({ address }) => address)],
    addressesOn: name => view.own.filter(({ interfaceName }) => interfaceName === name).map(({ address }) => address),
    routes: [
      { net: isIPv6 ? '::/0' : '0.0.0.0/0', interfaces: [outside] },
      // Of equal nets the kernel takes the first one, and the sets the last.
      ...connected.reverse(),
      ...view.pods.map(({ address, interfaceName }) => ({ net: address, interfaces: [interfaceName] })),
    ],
    behind: [],
  }
}

/** Packets that come from an address that is not the node's, or from the node with one that is, to where routing has them. */
export function sendableEnds(headers: HeaderSets, nets: NodeNets, interfaces: readonly ProbeInterface[]): Bdd {
  const { store, universe, ipVersion } = headers.space
  const fails = headers.reversePathFails()
  const special = (side: 'source' | 'destination'): Bdd =>
    headers.nets(side, ipVersion === 4 ? SPECIAL[4] : [...SPECIAL[6], MAPPED]) ?? NONE
  const isOwn = (side: 'source' | 'destination'): Bdd => headers.nets(side, nets.local) ?? NONE
  const arriving = store.minus(store.union(interfaces.map(({ name }) => headers.inInterface(name))), isOwn('source'))
  const answered = routedSet(headers, nets, 'source')
  const sent = store.minus(store.and(headers.inInterface(''), isOwn('source')), fails)
  const ends = store.or(store.and(arriving, store.xor(answered, fails)), sent)
  const routed = store.or(isOwn('destination'), routedSet(headers, nets, 'destination'))
  return store.minus(store.and(universe, store.and(ends, routed)), store.or(special('source'), special('destination')))
}

export function sendableKinds(headers: HeaderSets): readonly SendableKind[] {
  const { space } = headers
  const { store, ipVersion } = space
  const icmp = icmpProtocol(ipVersion)
  const anyPort = [{ first: 1, last: 65535 }]
  const ports = store.and(headers.portField('source', anyPort), headers.portField('destination', anyPort))
  const flags = (set: readonly string[]): Bdd => headers.tcpFlags(FLAGS, set)
  const messages = (types: readonly number[]): Bdd =>
    store.union(types.map(type => headers.icmpMessage(type, undefined)))
  const make = (
    kind: ProbeKind,
    state: ConnectionState,
    protocols: readonly number[],
    ...more: Bdd[]
  ): SendableKind => {
    const inState = headers.states([STATES.indexOf(state)])
    return {
      kind,
      packets: more.reduce((all, one) => store.and(all, one), store.and(inState, headers.protocols(protocols))),
    }
  }
  const portless = Array.from({ length: 255 }, (_, protocol) => protocol).filter(
    protocol => ![tcp, udp, sctp, udplite, 1, 58, ...EXTENSION_HEADERS].includes(protocol),
  )
  const queries = messages(ICMP_QUERIES[ipVersion])
  return [
    make('new', 'NEW', [tcp], ports, flags(['SYN'])),
    make('new', 'NEW', [udp, sctp, udplite], ports),
    make('new', 'NEW', [icmp], queries),
    make('new', 'NEW', portless),
    make('established', 'ESTABLISHED', [tcp], ports, flags(['ACK', 'PSH'])),
    make('established', 'ESTABLISHED', [udp], ports),
    make('established', 'ESTABLISHED', [icmp], messages([ipVersion === 4 ? 8 : 128])),
    make('invalid', 'INVALID', [tcp], ports, store.union(ODD_FLAGS.map(flags))),
    make('invalid', 'INVALID', [icmp], store.minus(messages(MESSAGE_TYPES), queries)),
  ]
}

const MESSAGE_TYPES = Array.from({ length: 255 }, (_, type) => type)
