// What one node does to new connections between all parties: which get through, which perhaps.

import type { KernelTables } from '../../netfilter/kernel-tables.ts'
import type { Side } from '../../model/ruleset.ts'
import { type Bdd, NONE } from '../sets/bdd.ts'
import { project } from '../sets/bdd-operations.ts'
import type { SharedChains } from '../sets/shared-chains.ts'
import type { Flow } from '../sets/set-journey.ts'
import type { NodeNets } from '../sets/node-nets.ts'
import { SetWalker } from '../sets/node-walk.ts'
import { createSpace, type FieldName, type PacketSpace } from '../sets/packet-space.ts'
import { routedSet } from '../sets/routes.ts'
import { OUTSIDE, type PartyBits } from './party-bits.ts'
import { PartyHeaders, type PodsHere } from './party-headers.ts'

export interface NodeToPass {
  readonly tables: KernelTables
  /** Its routes say of every pod and every node by which interfaces they are reached. */
  readonly nets: NodeNets
  readonly here: PodsHere
  /** The party that the node itself is; undefined where its addresses are not known. */
  readonly self: number | undefined
  /** Interfaces that do not lead to pods. */
  readonly outward: readonly string[]
}

/** Connections, by party, protocol, port, and the addresses of those who are no pods. */
export interface Passing {
  readonly sure: Bdd
  /** Those that are sure, too. */
  readonly may: Bdd
}

/** Why nobody can say. */
export const DOUBTS = ['unknownRule', 'interface', 'clientPort', 'untracked', 'nodeAddress'] as const

/**
 * `unknownRule`: rules that are not known here; `interface`: by which interface of the node packets come and go; `clientPort`: the
 * port that a client happens to send from; `untracked`: answers need rules of their own; `nodeAddress`: which of its addresses a
 * node sends from, or is sent to.
 */
export type Doubt = (typeof DOUBTS)[number]

export interface NodePassing {
  readonly doubts: Readonly<Partial<Record<Doubt, Bdd>>>
  readonly plain: Passing
  /** Those that leave with an address of the node for theirs. */
  readonly masqueraded: Passing
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

/**
 * @param shared what has been worked out for other nodes
 * @throws TooManyNodesError where the sets grow over all bounds
 */
export function passNode(node: NodeToPass, bits: PartyBits, shared: SharedChains): NodePassing {
  const space = partySpace(bits, node.outward)
  const headers = new PartyHeaders(space, bits, node.here)
  const walker = new SetWalker(headers, node.tables, node.nets, { shared })
  const { verdicts, accepted } = walker.travel(newPackets(headers, node))
  const { store } = space
  const through = (has: (flow: Flow) => boolean): Bdd => store.union(accepted.filter(has).map(({ packets }) => packets))
  const kept = (set: Bdd): Bdd => keep(space, bits, set, ANSWER_FIELDS)
  const masqueraded = kept(through(({ state }) => state.isSourceChanged))
  const plain = kept(through(({ state }) => !state.isSourceChanged))
  // Nobody lets answers through that belong to no connection: rules of their own have to. ICMPv6 that is never tracked has none.
  const untracked = store.minus(
    through(({ state }) => state.tracking === 'untracked'),
    headers.protocols([ICMPV6]),
  )
  const lost = store.or(verdicts.drop, verdicts.reject)
  const doubts = { ...doubtsOf(space, bits, verdicts.accept, lost), untracked: kept(untracked) }
  const doubtful = store.union([kept(lost), doubts.untracked])
  return {
    doubts,
    plain: { may: plain, sure: store.minus(store.minus(plain, doubtful), masqueraded) },
    masqueraded: { may: masqueraded, sure: store.minus(store.minus(masqueraded, doubtful), plain) },
  }
}

/** What both gets through and is lost, by what makes the difference: the first thing that does. */
function doubtsOf(space: PacketSpace, bits: PartyBits, accept: Bdd, lost: Bdd): NodePassing['doubts'] {
  const { store } = space
  const among = (fields: readonly FieldName[]): Bdd =>
    store.and(keep(space, bits, accept, fields), keep(space, bits, lost, fields))
  const whole = among(ANSWER_FIELDS)
  if (whole === NONE) return {}
  const kept = (set: Bdd): Bdd => keep(space, bits, set, ANSWER_FIELDS)
  const unknownRule = kept(store.and(accept, lost))
  const byInterface = store.minus(kept(among([...ANSWER_FIELDS, 'sourcePort'])), unknownRule)
  return { unknownRule, interface: byInterface, clientPort: store.minus(whole, store.or(unknownRule, byInterface)) }
}

/** First packets of connections that the node sees: from its own pods and itself to everybody, and from everybody to them. */
function newPackets(headers: PartyHeaders, { nets, self, outward }: NodeToPass): Bdd {
  const { bits, space, podsHere } = headers
  const { store } = space
  const own = (side: Side): Bdd => (self === undefined ? NONE : bits.oneOf(side, [self]))
  const here = (side: Side): Bdd => store.or(podsHere[side], own(side))
  const incoming = store.union(outward.map(name => headers.inInterface(name)))
  const outgoing = store.union(outward.map(name => headers.outInterface(name)))
  // Who has no way back comes by any interface.
  const back = nets.routes.map(route => (route.interfaces.length > 0 ? route : { net: route.net, interfaces: outward }))
  const arriving = store.and(
    routedSet(headers, { ...nets, routes: back }, 'source'),
    store.or(podsHere.source, incoming),
  )
  const sent = store.union([store.minus(arriving, own('source')), store.and(own('source'), headers.inInterface(''))])
  const received = store.or(here('destination'), outgoing)
  const isOurs = store.or(here('source'), here('destination'))
  const same = self === undefined ? NONE : store.and(own('source'), own('destination'))
  return [
    space.universe,
    headers.portField('source', [CLIENT_PORTS]),
    nodeAddresses(headers, 'source'),
    nodeAddresses(headers, 'destination'),
    sent,
    received,
    isOurs,
    store.not(same),
  ].reduce((a, b) => store.and(a, b))
}

/** Nodes have their own addresses. Those that the outside does not have are left out when it is asked about. */
function nodeAddresses(headers: PartyHeaders, side: Side): Bdd {
  const { bits, space } = headers
  const { store } = space
  const parties = bits.nodes.map((_, index) => bits.nodeParty(index))
  return store.or(store.not(bits.oneOf(side, parties)), ownAddresses(headers, side))
}

function ownAddresses(headers: PartyHeaders, side: Side): Bdd {
  const { bits, space } = headers
  return space.store.union(
    bits.nodes.map(({ addresses }, index) =>
      space.store.and(bits.oneOf(side, [bits.nodeParty(index)]), headers.addresses(side, addresses)),
    ),
  )
}

/** Nodes have their own addresses, and the outside those that nobody in the cluster has. */
export function realAddresses(headers: PartyHeaders, side: Side): Bdd {
  const { bits, space } = headers
  const { store, ipVersion } = space
  const taken = headers.addresses(side, [
    ...bits.pods,
    ...bits.nodes.flatMap(({ addresses }) => addresses),
    ...NOBODYS[ipVersion],
  ])
  return store.union([
    bits.everyPod(side),
    ownAddresses(headers, side),
    store.minus(bits.oneOf(side, [OUTSIDE]), taken),
  ])
}

const ANSWER_FIELDS: readonly FieldName[] = ['protocol', 'destinationPort', 'source', 'destination']

/** Whatever the other fields are. */
function keep({ store, fields }: PacketSpace, { firstBit }: PartyBits, set: Bdd, names: readonly FieldName[]): Bdd {
  const kept = names.map(name => fields[name])
  return project(
    store,
    set,
    bit => bit < firstBit || kept.some(({ first, width }) => bit >= first && bit < first + width),
  )
}
