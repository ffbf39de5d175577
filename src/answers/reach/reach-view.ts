// A question about a cluster and its answer, group by group: who, to whom, on which ports, for sure, for some addresses, perhaps.

import { addressRangeWords, rangesOf } from '../../analysis/field-values.ts'
import { type Cube, cubesOf } from '../../analysis/cubes.ts'
import { overAddresses } from '../../analysis/parties/cluster-passing.ts'
import { type Doubt, realAddresses } from '../../analysis/parties/node-passing.ts'
import { OUTSIDE } from '../../analysis/parties/party-bits.ts'
import { ALL, type Bdd, NONE } from '../../analysis/sets/bdd.ts'
import { fieldValues, Restriction } from '../../analysis/sets/bdd-operations.ts'
import type { Side } from '../../model/ruleset.ts'
import { formatCidr } from '../../net/cidr.ts'
import type { Party, PartyCluster } from '../parties/party.ts'
import type { PortWish } from '../parties/read-ports.ts'
import { isAllButTunnels, wishedPorts, withoutAddresses } from './port-words.ts'
import type { ReachCluster } from './reach-cluster.ts'
import { type ReachCell, type ReachGroup, reachMatrix } from './reach-matrix.ts'

export interface ReachQuestion {
  /** Left out: every pod, and the world. */
  readonly from?: Party | undefined
  readonly to?: Party | undefined
  /** Left out: all protocols and ports. */
  readonly ports?: readonly PortWish[] | undefined
}

/** Connections from one group to another, as sets of protocols and ports; one of them is not empty. */
export interface ReachLink {
  readonly from: number
  readonly to: number
  /** For sure, from and to every address of the outside that was asked about. */
  readonly ports: Bdd
  /** For sure, from or to some addresses of the outside, not all. */
  readonly some: Bdd
  /** Nobody can say. */
  readonly perhaps: Bdd
  readonly doubts: readonly Doubt[]
  /** Of `some`: which addresses, on which ports. */
  readonly addresses: () => readonly { readonly nets: readonly string[]; readonly ports: Bdd }[]
}

export interface ReachView {
  readonly reach: ReachCluster
  readonly groups: readonly ReachGroup[]
  /** Groups that were asked about as senders, and as receivers. */
  readonly senders: readonly number[]
  readonly receivers: readonly number[]
  /** By sender, then receiver. */
  readonly links: readonly ReachLink[]
}

/** Addresses of one entry that are written out. */
const MOST_NETS = 1_000
const MOST_ENTRIES = 50

/** @throws TooManyCellsError, TooManyNodesError where it is more than anybody reads, or than can be worked out */
export function viewReach(reach: ReachCluster, cluster: PartyCluster, question: ReachQuestion): ReachView {
  const { store } = reach.headers.space
  const from = boundsOf(reach, cluster, question.from, 'source')
  const to = boundsOf(reach, cluster, question.to, 'destination')
  const only = store.and(store.and(from.set, to.set), portBounds(reach, question.ports))
  const matrix = reachMatrix(reach, { only, senders: from.parties, receivers: to.parties })
  const { groups } = matrix
  const [senders, receivers] = [new Set(from.parties), new Set(to.parties)]
  const numbers = groups.map((_, index) => index)
  const links = matrix.cells
    .map(cell => linkOf(reach, groups, cell, () => matrix.doubtsOf(cell), { from, to }))
    .filter(({ ports, some, perhaps }) => ports !== NONE || some !== NONE || perhaps !== NONE)
  return {
    reach,
    groups,
    senders: numbers.filter(index => senders.has(groups[index]?.party ?? -1)),
    receivers: numbers.filter(index => receivers.has(groups[index]?.party ?? -1)),
    links,
  }
}

export interface Bounds {
  readonly parties: readonly number[]
  readonly set: Bdd
  /** Addresses of the outside that are asked about. */
  readonly outside: Bdd
}

/** Who is meant, as senders or receivers. @param party left out: every pod, and the world */
export function boundsOf(reach: ReachCluster, cluster: PartyCluster, party: Party | undefined, side: Side): Bounds {
  const { headers, parties } = reach
  const { bits, space } = headers
  const { store, ipVersion } = space
  const ofNumbers = (numbers: readonly number[], outside: Bdd): Bounds => {
    const others = numbers.filter(number => number !== OUTSIDE)
    const world = numbers.includes(OUTSIDE) ? store.and(bits.oneOf(side, [OUTSIDE]), outside) : NONE
    return { parties: numbers, set: store.or(bits.oneOf(side, others), world), outside }
  }
  const pools = cluster.pools.filter(pool => pool.ipVersion === ipVersion).map(formatCidr)
  const world = store.minus(realAddresses(headers, side), headers.addresses(side, pools))
  const outside = new Restriction(store, fieldValues([[bits.fields[side], OUTSIDE]])).of(world)
  switch (party?.kind) {
    case undefined:
      // Nodes reach their own pods whatever policies say; who wants to see them asks for them.
      return ofNumbers(
        parties.flatMap((one, number) => (one.kind === 'node' ? [] : [number])),
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
    case 'nets': {
      const nets = party.nets.filter(net => net.ipVersion === ipVersion)
      const inside = headers.addresses(side, nets.map(formatCidr))
      const pods = bits.podsIn(inside, space.fields[side])
      const nodes = bits.nodes.flatMap(({ addresses }, index) =>
        store.and(headers.addresses(side, addresses), inside) === NONE ? [] : [bits.nodeParty(index)],
      )
      const real = new Restriction(store, fieldValues([[bits.fields[side], OUTSIDE]])).of(realAddresses(headers, side))
      const rest = store.and(real, inside)
      return ofNumbers([...(rest === NONE ? [] : [OUTSIDE]), ...[...pods].sort((a, b) => a - b), ...nodes], rest)
    }
  }
}

/** Packets on these ports, whatever the receiver calls them. @param wishes left out: all */
export function portBounds(reach: ReachCluster, wishes: readonly PortWish[] | undefined): Bdd {
  if (wishes === undefined) return ALL
  const { headers, parties } = reach
  const { bits, space } = headers
  const { store } = space
  if (!wishes.some(({ kind }) => kind === 'named')) return wishedPorts(headers, wishes, [])
  const byPorts = new Map<string, number[]>()
  parties.forEach((party, number) => {
    const key = JSON.stringify(party.kind === 'pod' ? party.pod.endpoint.ports : [])
    byPorts.set(key, [...(byPorts.get(key) ?? []), number])
  })
  return store.union(
    [...byPorts].map(([key, numbers]) =>
      store.and(bits.oneOf('destination', numbers), wishedPorts(headers, wishes, JSON.parse(key))),
    ),
  )
}

function linkOf(
  { headers }: ReachCluster,
  groups: readonly ReachGroup[],
  { from, to, sure, may }: ReachCell,
  doubtsOf: () => readonly Doubt[],
  bounds: { readonly from: Bounds; readonly to: Bounds },
): ReachLink {
  const { space } = headers
  const { store } = space
  const side: Side | undefined =
    groups[from]?.kind === 'world' ? 'source' : groups[to]?.kind === 'world' ? 'destination' : undefined
  if (side === undefined) {
    const perhaps = beyondTunnels(headers, withoutAddresses(space, store.minus(may, sure)))
    return {
      from,
      to,
      ports: withoutAddresses(space, sure),
      some: NONE,
      perhaps,
      doubts: perhaps === NONE ? [] : doubtsOf(),
      addresses: () => [],
    }
  }
  const among = side === 'source' ? bounds.from.outside : bounds.to.outside
  const ports = overAddresses(sure, headers, side, among, 'sure')
  const sometimes = overAddresses(sure, headers, side, among, 'may')
  const some = store.minus(sometimes, ports)
  const perhaps = beyondTunnels(
    headers,
    store.minus(overAddresses(store.minus(may, sure), headers, side, among, 'may'), ports),
  )
  const addresses = (): ReturnType<ReachLink['addresses']> => {
    const rest = store.and(store.and(sure, among), some)
    const { cubes } = cubesOf(space, rest, { most: MOST_ENTRIES, care: ALL, within: store.or(rest, store.not(among)) })
    return cubes.map(cube => ({ nets: netsOf(headers, side, cube, among), ports: portsOfCube(headers, cube) }))
  }
  return { from, to, ports, some, perhaps, doubts: perhaps === NONE ? [] : doubtsOf(), addresses }
}

/** Nobody keeps connections of tunnels: where nothing else is in doubt, there is no doubt worth telling. */
function beyondTunnels({ space }: ReachCluster['headers'], perhaps: Bdd): Bdd {
  return perhaps !== ALL && isAllButTunnels(space, space.store.not(perhaps)) ? NONE : perhaps
}

function portsOfCube({ space: { store } }: ReachCluster['headers'], { fields }: Cube): Bdd {
  return store.and(fields.protocol, fields.destinationPort)
}

/** The nets of a cube, or all that are asked about but some, whichever is shorter. */
function netsOf({ space }: ReachCluster['headers'], side: Side, { fields }: Cube, among: Bdd): readonly string[] {
  const { store } = space
  const inside = netWords(space, side, store.and(fields[side], among), among)
  const others = netWords(space, side, store.minus(among, fields[side]), among)
  return others.length < inside.length ? others.map(net => `not ${net}`) : inside
}

/** Ranges with nobody that is asked about between them are one. */
function netWords(space: ReachCluster['headers']['space'], side: Side, set: Bdd, among: Bdd): readonly string[] {
  const { store } = space
  const { items, isAll } = rangesOf(space, side, set, MOST_NETS)
  const wide = rangesOf(space, side, store.or(set, store.not(among)), 2 * MOST_NETS + 2).items
  const joined: { first: bigint; last: bigint; place: number }[] = []
  let place = 0
  for (const { first, last } of items) {
    while ((wide[place]?.last ?? last) < first) place++
    const before = joined.at(-1)
    if (before?.place === place && place < wide.length) before.last = last
    else joined.push({ first, last, place })
  }
  return [...addressRangeWords(space, side, joined), ...(isAll ? [] : ['and more'])]
}
