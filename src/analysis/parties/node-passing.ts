// What one node does to new connections between all parties: which get through, which perhaps.

import type { KernelTables } from '../../netfilter/kernel-tables.ts'
import type { Side } from '../../model/ruleset.ts'
import { type Bdd, NONE } from '../sets/bdd.ts'
import type { SharedChains } from '../sets/shared-chains.ts'
import type { Flow } from '../sets/set-journey.ts'
import type { NodeNets } from '../sets/node-nets.ts'
import { SetWalker } from '../sets/node-walk.ts'
import { createSpace, type PacketSpace } from '../sets/packet-space.ts'
import { routedSet } from '../sets/routes.ts'
import { OUTSIDE, type PartyBits } from './party-bits.ts'
import { PartyHeaders, type PodsHere } from './party-headers.ts'
import { type NodePassing, passingOf } from './passing.ts'
import { passTranslated, type SentOn } from './service-passing.ts'

export interface NodeToPass {
  readonly tables: KernelTables
  /** The same with all that sends packets on to others than they were sent to; undefined where nothing does. */
  readonly translating?: KernelTables | undefined
  /** Its routes say of every pod and every node by which interfaces they are reached. */
  readonly nets: NodeNets
  readonly here: PodsHere
  /** The numbers of the node itself, one for each address; none where its addresses are not known. */
  readonly own: readonly number[]
  /** Interfaces that do not lead to pods. */
  readonly outward: readonly string[]
}

/** Bits for the name of an interface that does not lead to a pod; the same for every node, so that their sets fit together. */
const NAME_WIDTH = 12

/** Ports that clients send from: Linux's own choice (net.ipv4.ip_local_port_range). */
const CLIENT_PORTS = { first: 32768, last: 60999 }

const ICMPV6 = 58

/** Nobody outside has them. */
const NOBODYS = {
  4: ['0.0.0.0/8', '127.0.0.0/8', '224.0.0.0/3'],
  6: ['::/127', 'ff00::/8'],
} as const

/** A space whose parties are known, for names of interfaces. */
export function partySpace({ ipVersion, store, firstBit }: PartyBits, names: readonly string[]): PacketSpace {
  return createSpace(ipVersion, names, { store, firstBit, nameWidth: NAME_WIDTH })
}

export interface PassedNode {
  /** Of packets that come to whom they were sent to. */
  readonly direct: NodePassing
  readonly sentOn: readonly SentOn[]
}

/**
 * @param shared what has been worked out for other nodes
 * @throws TooManyNodesError where the sets grow over all bounds
 */
export function passNode(node: NodeToPass, bits: PartyBits, shared: SharedChains): PassedNode {
  const space = partySpace(bits, node.outward)
  const { store } = space
  const headers = new PartyHeaders(space, bits, node.here)
  const packets = newPackets(headers, node)
  const { sentOn, taken } =
    node.translating === undefined
      ? { sentOn: [], taken: NONE }
      : passTranslated(
          new SetWalker(headers, node.translating, node.nets, { shared }),
          headers,
          store.and(packets, translatable(headers, node)),
          { received: receivedBy(headers, node), outward: node.outward },
        )
  const walker = new SetWalker(headers, node.tables, node.nets, { shared })
  const { verdicts, accepted } = walker.travel(store.minus(store.and(packets, connecting(headers, node)), taken))
  const through = (has: (flow: Flow) => boolean): Bdd => store.union(accepted.filter(has).map(({ packets }) => packets))
  const direct = passingOf(headers, {
    plain: through(({ state }) => !state.isSourceChanged),
    masqueraded: through(({ state }) => state.isSourceChanged),
    lost: store.or(verdicts.drop, verdicts.reject),
    // Nobody lets answers through that belong to no connection: rules of their own have to. ICMPv6 that is never tracked has none.
    untracked: store.minus(
      through(({ state }) => state.tracking === 'untracked'),
      headers.protocols([ICMPV6]),
    ),
  })
  return { direct, sentOn }
}

/** First packets of connections that come to the node: from everybody, to everybody. */
function newPackets(headers: PartyHeaders, node: NodeToPass): Bdd {
  const { space, podsHere } = headers
  const { nets, outward } = node
  const { store } = space
  const own = (side: Side): Bdd => itself(headers, node, side)
  const incoming = store.union(outward.map(name => headers.inInterface(name)))
  // Who has no way back comes by any interface.
  const back = nets.routes.map(route => (route.interfaces.length > 0 ? route : { net: route.net, interfaces: outward }))
  const arriving = store.and(
    routedSet(headers, { ...nets, routes: back }, 'source'),
    store.or(podsHere.source, incoming),
  )
  const sent = store.union([store.minus(arriving, own('source')), store.and(own('source'), headers.inInterface(''))])
  return [
    space.universe,
    headers.portField('source', [CLIENT_PORTS]),
    everybody(headers, 'source'),
    everybody(headers, 'destination'),
    sent,
    receivedBy(headers, node),
  ].reduce((a, b) => store.and(a, b))
}

/** For the node's pods, for itself, or for where it sends packets. */
function receivedBy(headers: PartyHeaders, node: NodeToPass): Bdd {
  const { store } = headers.space
  const outgoing = store.union(node.outward.map(name => headers.outInterface(name)))
  return store.union([headers.podsHere.destination, itself(headers, node, 'destination'), outgoing])
}

function itself({ bits }: PartyHeaders, { own }: NodeToPass, side: Side): Bdd {
  return bits.oneOf(side, own)
}

/** From its own pods and itself to everybody, and from everybody to them; nobody asks what it sends to itself. */
function connecting(headers: PartyHeaders, node: NodeToPass): Bdd {
  const { podsHere, space } = headers
  const { store } = space
  const [from, to] = [itself(headers, node, 'source'), itself(headers, node, 'destination')]
  const some = store.union([podsHere.source, from, podsHere.destination, to])
  return store.minus(some, store.and(from, to))
}

/**
 * What somebody may send for others to the node: its own pods and itself anything, everybody what is for the node, the outside also
 * what is for an address of a Service or a floating IP. Nobody routes addresses into the cluster that are only for its inside.
 */
function translatable(headers: PartyHeaders, node: NodeToPass): Bdd {
  const { bits, podsHere, space } = headers
  const { store } = space
  const [fromOutside, toOutside] = [bits.oneOf('source', [OUTSIDE]), bits.oneOf('destination', [OUTSIDE])]
  const aliases = headers.addresses(
    'destination',
    bits.aliases.flatMap(({ address, isInside }) => (isInside ? [] : [address])),
  )
  return store.union([
    podsHere.source,
    itself(headers, node, 'source'),
    itself(headers, node, 'destination'),
    store.and(store.and(fromOutside, toOutside), aliases),
  ])
}

/** Whoever has an address. Those that the outside does not have are left out when it is asked about. */
function everybody({ bits }: PartyHeaders, side: Side): Bdd {
  return bits.store.or(bits.everyKnown(side), bits.oneOf(side, [OUTSIDE]))
}

/** The outside has those addresses that nobody in the cluster has. */
export function realAddresses(headers: PartyHeaders, side: Side): Bdd {
  const { bits, space } = headers
  const { store, ipVersion } = space
  const taken = headers.addresses(side, [
    ...bits.pods,
    ...bits.nodes.flatMap(({ addresses }) => addresses),
    ...bits.aliases.map(({ address }) => address),
    ...NOBODYS[ipVersion],
  ])
  return store.or(bits.everyKnown(side), store.minus(bits.oneOf(side, [OUTSIDE]), taken))
}
