// Who and what is asked about, as sets: parties as senders or receivers, addresses of the outside, ports.

import { realAddresses } from '../../analysis/parties/node-passing.ts'
import { OUTSIDE } from '../../analysis/parties/party-bits.ts'
import { ALL, type Bdd, NONE } from '../../analysis/sets/bdd.ts'
import { fieldValues, Restriction } from '../../analysis/sets/bdd-operations.ts'
import type { EndpointPort } from '../../model/ast/endpoint.ts'
import type { Side } from '../../model/ruleset.ts'
import { type Cidr, cidrCovers, formatCidr, type IpVersion, parseNet } from '../../net/cidr.ts'
import { addressesOfService, type Party, type PartyCluster } from '../parties/party.ts'
import type { PortWish } from '../parties/read-ports.ts'
import { wishedPorts } from './port-words.ts'
import type { ReachCluster, ReachParty } from './reach-cluster.ts'
import { groupBy } from '../../text/group-by.ts'

export interface Bounds {
  readonly parties: readonly number[]
  readonly set: Bdd
  /** Addresses of the outside that are asked about, and what they are called. */
  readonly outside: Bdd
  readonly outsideName: string
}

/** Who is meant, as senders or receivers. @param party left out: every pod, and the world */
export function boundsOf(reach: ReachCluster, cluster: PartyCluster, party: Party | undefined, side: Side): Bounds {
  const { headers, parties } = reach
  const { bits, space } = headers
  const { store, ipVersion } = space
  const ofNumbers = (numbers: readonly number[], outside: Bdd, outsideName = 'world'): Bounds => {
    const others = numbers.filter(number => number !== OUTSIDE && hasAddress(parties[number], ipVersion))
    const world = numbers.includes(OUTSIDE) ? store.and(bits.oneOf(side, [OUTSIDE]), outside) : NONE
    return { parties: numbers, set: store.or(bits.oneOf(side, others), world), outside, outsideName }
  }
  const pools = cluster.pools.filter(pool => pool.ipVersion === ipVersion).map(formatCidr)
  const world = store.minus(realAddresses(headers, side), headers.addresses(side, pools))
  const outside = new Restriction(store, fieldValues([[bits.fields[side], OUTSIDE]])).of(world)
  switch (party?.kind) {
    case undefined:
      // Nodes reach their own pods whatever policies say; who wants to see them asks for them.
      return ofNumbers(
        parties.flatMap((one, number) => (one.kind === 'pod' || one.kind === 'outside' ? [number] : [])),
        outside,
      )
    case 'world':
      return ofNumbers([OUTSIDE], outside)
    case 'pods': {
      const wanted = new Set(party.pods.map(({ endpoint }) => endpoint))
      return ofNumbers(
        parties.flatMap((one, number) => (one.kind === 'pod' && wanted.has(one.pod.endpoint) ? [number] : [])),
        NONE,
      )
    }
    case 'host':
      return ofNumbers(
        parties.flatMap((one, number) => (one.kind === 'node' && one.node === party.host.node ? [number] : [])),
        NONE,
      )
    case 'service':
      return ofNumbers(
        parties.flatMap((one, number) => (one.kind === 'service' && one.service === party.service ? [number] : [])),
        NONE,
      )
    case 'nets': {
      const nets = party.nets.filter(net => net.ipVersion === ipVersion)
      const inside = headers.addresses(side, nets.map(formatCidr))
      const pods = bits.partiesIn(inside, space.fields[side]).filter(party => bits.isPod(party))
      const nodes = bits.nodes.flatMap(({ addresses }, index) =>
        store.and(headers.addresses(side, addresses), inside) === NONE ? [] : [bits.nodeParty(index)],
      )
      const real = new Restriction(store, fieldValues([[bits.fields[side], OUTSIDE]])).of(realAddresses(headers, side))
      const rest = store.and(real, inside)
      const others = side === 'source' ? [] : behindNets(reach, cluster, nets)
      const numbers = [...new Set([...pods, ...others])].sort((a, b) => a - b)
      const named = [...numbers, ...nodes]
      const name = named.length === 0 ? party.text : `rest of ${party.text}`
      return ofNumbers([...(rest === NONE ? [] : [OUTSIDE]), ...named], rest, name)
    }
  }
}

/** Nothing is claimed of a node or a Service in a version of which it has no address. */
function hasAddress(party: ReachParty | undefined, ipVersion: IpVersion): boolean {
  if (party?.kind === 'node') return party.addresses.length > 0
  return party?.kind !== 'service' || addressesOfService(party.service).some(address => address.ipVersion === ipVersion)
}

/** Receivers who have addresses in a net that are not their own: Services, pods with floating IPs. */
function behindNets(
  { parties }: ReachCluster,
  { floatingIps }: PartyCluster,
  nets: readonly Cidr[],
): readonly number[] {
  const isIn = (text: string): boolean => {
    const address = parseNet(text)?.cidr
    return address !== undefined && nets.some(net => cidrCovers(net, address))
  }
  const pods = new Set([...floatingIps].flatMap(([address, pod]) => (isIn(address) ? [pod.endpoint] : [])))
  return parties.flatMap((party, number) => {
    if (party.kind === 'pod') return pods.has(party.pod.endpoint) ? [number] : []
    if (party.kind !== 'service') return []
    return addressesOfService(party.service).some(({ text }) => isIn(text)) ? [number] : []
  })
}

/** Packets on these ports, whatever the receiver calls them. @param wishes left out: all */
export function portBounds(reach: ReachCluster, wishes: readonly PortWish[] | undefined): Bdd {
  if (wishes === undefined) return ALL
  const { headers, parties } = reach
  const { bits, space } = headers
  const { store } = space
  if (!wishes.some(({ kind }) => kind === 'named')) return wishedPorts(headers, wishes, [])
  const byPorts = groupBy(parties.entries(), ([, party]) => JSON.stringify(portsOfParty(party)))
  return store.union(
    [...byPorts.values()].map(alike => {
      const [first] = alike
      const receivers = bits.oneOf(
        'destination',
        alike.map(([number]) => number),
      )
      return store.and(receivers, wishedPorts(headers, wishes, first === undefined ? [] : portsOfParty(first[1])))
    }),
  )
}

function portsOfParty(party: ReachParty): readonly EndpointPort[] {
  if (party.kind === 'pod') return party.pod.endpoint.ports
  return party.kind === 'service'
    ? party.service.service.ports.map(({ name, protocol, port }) => ({ name, protocol, port }))
    : []
}
