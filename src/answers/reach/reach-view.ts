// A question about a cluster and its answer, group by group: who, to whom, on which ports, for sure, for some addresses, perhaps.

import { addressRangeWords, rangesOf } from '../../analysis/field-values.ts'
import { overAddresses } from '../../analysis/parties/crossing.ts'
import { OUTSIDE } from '../../analysis/parties/party-bits.ts'
import type { Doubt } from '../../analysis/parties/passing.ts'
import { ALL, type Bdd, NONE } from '../../analysis/sets/bdd.ts'
import { fieldValues, Restriction } from '../../analysis/sets/bdd-operations.ts'
import type { PacketSpace } from '../../analysis/sets/packet-space.ts'
import { pickPoint } from '../../analysis/sets/points.ts'
import type { Side } from '../../model/ruleset.ts'
import type { Party, PartyCluster } from '../parties/party.ts'
import type { PortWish } from '../parties/read-ports.ts'
import { isAllButTunnels, withoutAddresses } from './port-words.ts'
import { type Bounds, boundsOf, portBounds } from './reach-bounds.ts'
import type { ReachCluster } from './reach-cluster.ts'
import { type ReachWay, waysBetween } from './reach-ways.ts'
import { type ReachCell, type ReachGroup, reachMatrix } from './reach-matrix.ts'

export interface ReachQuestion {
  /** Left out: every pod, and the world. */
  readonly from?: Party | undefined
  readonly to?: Party | undefined
  /** Left out: all protocols and ports. */
  readonly ports?: readonly PortWish[] | undefined
}

/** Connections from one group to another, as sets of protocols and ports; one of them is not empty, or there is a way. */
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
  /** Whether more gets through to others than it was sent to: Services, host ports, floating IPs. */
  readonly isThrough: boolean
  /** All that gets through so. */
  readonly ways: () => readonly ReachWay[]
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
  const { space } = reach.headers
  const { store } = space
  const from = boundsOf(reach, cluster, question.from, 'source')
  const to = boundsOf(reach, cluster, question.to, 'destination')
  const only = store.and(store.and(from.set, to.set), portBounds(reach, question.ports))
  const matrix = reachMatrix(reach, { only, senders: from.parties, receivers: to.parties })
  const outside = outsideNames(from, to)
  const groups = matrix.groups.map(group => (group.kind === 'world' ? { ...group, outside } : group))
  const [senders, receivers] = [new Set(from.parties), new Set(to.parties)]
  const numbers = groups.map((_, index) => index)
  const waysOf = waysBetween(reach, from.outside)
  const withWays = (link: Omit<ReachLink, 'isThrough' | 'ways'>, cell: ReachCell): ReachLink => {
    const ways = (): readonly ReachWay[] =>
      cell.through.may === NONE ? [] : waysOf(groups[cell.from]?.party ?? 0, groups[cell.to]?.party ?? 0, link.ports)
    const isThrough = !store.isSubset(withoutAddresses(space, cell.through.may), link.ports)
    const doubts = isThrough ? new Set([...link.doubts, ...matrix.throughDoubtsOf(cell)]) : link.doubts
    return { ...link, doubts: [...doubts], isThrough, ways }
  }
  const links = matrix.cells
    .map(cell =>
      withWays(
        linkOf(reach, groups, cell, () => matrix.doubtsOf(cell), { from, to }),
        cell,
      ),
    )
    .filter(({ ports, some, perhaps, isThrough }) => [ports, some, perhaps].some(set => set !== NONE) || isThrough)
  return {
    reach,
    groups,
    senders: numbers.filter(index => senders.has(groups[index]?.party ?? -1)),
    receivers: numbers.filter(index => receivers.has(groups[index]?.party ?? -1)),
    links,
  }
}

/** What addresses of nobody are called on either side; on one that tells nothing of them, as on the other. */
function outsideNames(from: Bounds, to: Bounds): Exclude<ReachGroup['outside'], undefined> {
  // Connections from the outside to the outside are none of the cluster's.
  const named = (own: Bounds, other: Bounds): string | undefined =>
    own.parties.includes(OUTSIDE) && other.parties.some(party => party !== OUTSIDE) ? own.outsideName : undefined
  const [source, destination] = [named(from, to), named(to, from)]
  return { source: source ?? destination ?? from.outsideName, destination: destination ?? source ?? to.outsideName }
}

function linkOf(
  { headers }: ReachCluster,
  groups: readonly ReachGroup[],
  { from, to, sure, may }: ReachCell,
  doubtsOf: () => readonly Doubt[],
  bounds: { readonly from: Bounds; readonly to: Bounds },
): Omit<ReachLink, 'isThrough' | 'ways'> {
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
    return portsByAddresses(space, rest).map(({ addresses: inside, ports: own }) => ({
      nets: netsOf(headers, side, inside, among),
      ports: own,
    }))
  }
  return { from, to, ports, some, perhaps, doubts: perhaps === NONE ? [] : doubtsOf(), addresses }
}

/** Nobody keeps connections of tunnels: where nothing else is in doubt, there is no doubt worth telling. */
function beyondTunnels({ space }: ReachCluster['headers'], perhaps: Bdd): Bdd {
  return perhaps !== ALL && isAllButTunnels(space, space.store.not(perhaps)) ? NONE : perhaps
}

/** Ports with the same addresses stand together, and each port stands once. */
function portsByAddresses(space: PacketSpace, set: Bdd): readonly { readonly addresses: Bdd; readonly ports: Bdd }[] {
  const { store, fields } = space
  const found: { readonly addresses: Bdd; readonly ports: Bdd }[] = []
  for (let rest = set; found.length < MOST_ENTRIES;) {
    const point = pickPoint(space, rest, () => 0)
    if (point === undefined) break
    const { protocol, destinationPort } = point
    const one = fieldValues([
      [fields.protocol, protocol],
      [fields.destinationPort, destinationPort],
    ])
    const addresses = new Restriction(store, one).of(rest)
    const ports = store.not(withoutAddresses(space, store.xor(rest, addresses)))
    found.push({ addresses, ports })
    rest = store.minus(rest, ports)
  }
  return found
}

/** The nets of these addresses, or all that are asked about but some, whichever is shorter. */
function netsOf({ space }: ReachCluster['headers'], side: Side, addresses: Bdd, among: Bdd): readonly string[] {
  const { store } = space
  const inside = netWords(space, side, addresses, among)
  const others = netWords(space, side, store.minus(among, addresses), among)
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
