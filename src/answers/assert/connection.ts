// One connection out of a set of them, as a reader is shown it: who sends, to whom, and where it is sent on.

import { OUTSIDE } from '../../analysis/parties/party-bits.ts'
import { partySet } from '../../analysis/parties/service-passing.ts'
import { type Bdd, NONE } from '../../analysis/sets/bdd.ts'
import { fieldValues, Restriction } from '../../analysis/sets/bdd-operations.ts'
import type { Point } from '../../analysis/sets/points.ts'
import { Rewriter } from '../../analysis/sets/rewriter.ts'
import { pickWitness } from '../../analysis/witness.ts'
import type { Side } from '../../model/ruleset.ts'
import { fromBits } from '../../net/cidr.ts'
import { PROTOCOL_NUMBERS } from '../../net/protocol.ts'
import { PORT_PROTOCOLS } from '../../netfilter/protocols.ts'
import type { PartyService } from '../parties/party.ts'
import { sortedUnique } from '../../text/bytes.ts'
import { entryWords, type Frontend } from '../reach/frontends.ts'
import type { ReachCluster, ReachParty } from '../reach/reach-cluster.ts'
import { listed } from '../../text/listed.ts'

export interface ConnectionEnd {
  readonly name: string
  readonly address: string
}

/** A first packet of a connection. */
export interface Connection {
  readonly from: ConnectionEnd
  readonly to: ReceivingEnd
  readonly protocol: number
  /** Of ICMP type and code, of others the port. */
  readonly port: number
  /** Who gets it, where that is not whom it is sent to. */
  readonly sentOn?: ConnectionEnd & { readonly port: number }
}

export interface ReceivingEnd extends ConnectionEnd {
  /** Of a Service that does not take the packet: what it has instead. */
  readonly unserved?: string
  /** Address of one of those behind it. */
  readonly behind?: string
}

const LIKED = {
  4: ['203.0.113.7', '198.51.100.7', '192.0.2.7'],
  6: ['2001:db8::7', '2001:db8:77::7'],
} as const

/** Ways to a Service that are named. */
const MOST_ENTRIES = 3

/** @param set not empty */
export function connectionIn(set: Bdd, reach: ReachCluster): Connection {
  const { headers, parties, ipVersion } = reach
  const { bits, space } = headers
  const choose = (left: Bdd, side: Side): readonly [number, Bdd] => {
    // The outside is what readers least want to be shown.
    const order = [...parties.keys()].map(number => (number + 1) % parties.length)
    for (const number of order) {
      const rest = new Restriction(space.store, fieldValues([[bits.fields[side], number]])).of(left)
      if (rest !== NONE) return [number, rest]
    }
    throw new Error('a set of packets of nobody')
  }
  const [source, sent] = choose(set, 'source')
  const [destination, packets] = choose(sent, 'destination')
  const outside = LIKED[ipVersion]
  const point = pickWitness(space, packets, { sources: outside, destinations: outside })
  if (point === undefined) throw new Error('a set without packets')
  const [protocol, port] = [Number(point.protocol), Number(point.destinationPort)]
  const from = endOf(reach, source, 'source', point)
  const party = parties[destination]
  if (party?.kind !== 'service') return { from, to: endOf(reach, destination, 'destination', point), protocol, port }
  return {
    from,
    to: serviceEnd(reach, party.service, { isInside: source !== OUTSIDE, from, protocol, port }),
    protocol,
    port,
  }
}

interface Sent {
  readonly isInside: boolean
  readonly from: ConnectionEnd
  readonly protocol: number
  readonly port: number
}

/** By one of its addresses, by which the packet gets through if it does by any. */
function serviceEnd(
  { headers, frontends, ways, ipVersion }: ReachCluster,
  { name, service }: PartyService,
  { isInside, from, protocol, port }: Sent,
): Connection['to'] {
  const { store } = headers.space
  const entries = frontends.filter(one => one.owner === name && (one.kind === 'clusterIp') === isInside)
  const own = entries.filter(one => one.port?.number === port && PROTOCOL_NUMBERS[one.port.protocol] === protocol)
  const asked = store.and(
    partySet(headers, 'source', from.address),
    store.and(headers.protocols([protocol]), headers.portField('destination', [{ first: port, last: port }])),
  )
  const isReached = (address: string): boolean => {
    const sent = store.and(asked, partySet(headers, 'destination', address))
    return ways.some(({ may }) => store.and(may, sent) !== NONE)
  }
  const nodes = headers.bits.nodes.flatMap(({ addresses }) => addresses)
  const addresses = own.flatMap(({ address }) => address ?? nodes)
  const clusterIp = service.clusterIps.find(address => address.ipVersion === ipVersion)?.text
  const address = addresses.find(isReached) ?? addresses[0] ?? clusterIp ?? ''
  const [behind] = own[0]?.behind ?? []
  const end = { name: `service ${name}`, address, ...(behind === undefined ? {} : { behind }) }
  return own.length > 0 ? end : { ...end, unserved: unservedWords(`service ${name}`, entries, isInside) }
}

function unservedWords(name: string, entries: readonly Frontend[], isInside: boolean): string {
  if (entries.length === 0)
    return isInside
      ? `${name} has no ports`
      : `nothing leads to ${name} from outside: it has no node port, no external IP and no load balancer`
  const words = sortedUnique(entries.map(entryWords))
  const list = listed(words, MOST_ENTRIES, '; ')
  return `${name} has no such port${isInside ? '' : ' to the outside'}, only ${list}`
}

/**
 * The same of what gets through only to others than it was sent to.
 * @param set by who gets it
 */
export function connectionThrough(set: Bdd, reach: ReachCluster, which: 'sure' | 'may'): Connection | undefined {
  const { headers, parties, ways } = reach
  const { bits, space } = headers
  const { store } = space
  const rewriter = new Rewriter(headers)
  for (const way of ways) {
    const { address, port } = way.goal
    const owner = fieldValues([[bits.fields.destination, bits.ownerOf(address)]])
    const got = store.and(new Restriction(store, owner).of(set), partySet(headers, 'destination', address))
    const before = rewriter.before(got, {
      destination: address,
      ...(port === undefined ? {} : { destinationPort: port }),
    })
    const sent = store.and(way[which], before)
    if (sent === NONE) continue
    const found = connectionIn(sent, reach)
    const name = partyName(parties[bits.partyOf(address)], address)
    const newPort = PORT_PROTOCOLS.includes(found.protocol) ? (port ?? found.port) : found.port
    return { ...found, sentOn: { name, address, port: newPort } }
  }
  return undefined
}

function endOf({ parties, ipVersion }: ReachCluster, number: number, side: Side, point: Point): ConnectionEnd {
  const party = parties[number]
  const address = addressOf(party, fromBits(point[side], ipVersion))
  return { name: partyName(party, address), address }
}

/** @param sent what the bits of the packet say, which counts for the outside alone */
function addressOf(party: ReachParty | undefined, sent: string): string {
  if (party?.kind === 'pod' || party?.kind === 'nodeAddress') return party.address
  return party?.kind === 'node' ? (party.addresses[0] ?? '') : sent
}

function partyName(party: ReachParty | undefined, address: string): string {
  if (party?.kind === 'pod') return `pod ${party.pod.name}`
  return party?.kind === 'node' || party?.kind === 'nodeAddress' ? `node ${party.node}` : address
}
