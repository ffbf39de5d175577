// Where a node sends packets: by its routes where they are known, otherwise by its interfaces and pods, and else by guesses
// that say that they are some.

import { CHAIN_PREFIXES } from '../calico/names.ts'
import type { HostFacts, HostInterface, HostRoute, RouteKind } from '../model/host.ts'
import type { NodePlan } from '../model/plan.ts'
import type { KernelTables } from '../netfilter/kernel-tables.ts'
import { addressToBits, NetTable } from '../netfilter/net-table.ts'
import type { IpVersion } from '../net/cidr.ts'
import type { OutwardRoute, RefusedRoute, Route } from '../walk/packet.ts'

export interface RoutingInput {
  readonly tables: KernelTables
  readonly plan?: NodePlan | undefined
  readonly host?: HostFacts | undefined
  /** The interface of a workload of this node; empty for one of another node; undefined for what is no workload. */
  readonly workloadInterface: (address: string) => string | undefined
  /** Whether an address may be that of a workload that nobody has told of. */
  readonly mayBeWorkload: (address: string) => boolean
}

/** Of addresses that are not the node's own. */
export interface Routing {
  readonly route: (address: string) => Route
  /** The source that the route names. */
  readonly sourceOf: (address: string) => string | undefined
}

export function createRouting(input: RoutingInput): Routing {
  const { tables, host, workloadInterface } = input
  const { ipVersion } = tables
  const isKnown = host?.routeVersions?.includes(ipVersion) === true
  const routes = routeTable(ipVersion, host?.routes ?? [])
  const guess = createGuess(input)
  return {
    route: address => {
      const own = workloadInterface(address)
      if (isKnown) {
        const found = findRoute(routes, address, ipVersion)
        // The CNI plugin makes a route for each pod; the net of all of them refuses what has none.
        const isOfPod = found?.destination.prefixLength === (ipVersion === 4 ? 32 : 128)
        if (own === undefined || own === '' || isOfPod) return found === undefined ? NO_ROUTE : toRoute(found)
      }
      return own === undefined || own === '' ? guess(address) : { kind: 'out', interfaceName: own }
    },
    sourceOf: address => (isKnown ? findRoute(routes, address, ipVersion)?.source?.text : undefined),
  }
}

const NO_ROUTE: RefusedRoute = { kind: 'refused', how: 'no route' }

/** Kinds that decide what becomes of a packet for one receiver. */
const DECIDING: readonly RouteKind[] = ['unicast', 'local', 'blackhole', 'unreachable', 'prohibit']

/** Routes of the main table that can be used; of those to one net the one with the lowest metric. */
function routeTable(ipVersion: IpVersion, routes: readonly HostRoute[]): NetTable<HostRoute> {
  const found = new NetTable<HostRoute>(ipVersion)
  const usable = routes.filter(
    ({ destination, kind, table, nextHops }) =>
      destination.ipVersion === ipVersion &&
      DECIDING.includes(kind) &&
      (table === 'main' || table === '254') &&
      (kind !== 'unicast' || nextHops.some(({ isDead }) => !isDead)),
  )
  // Of the same metric, the first one printed is the one that is used: it is added last.
  for (const route of [...usable].reverse().sort((a, b) => b.metric - a.metric)) found.addCidr(route.destination, route)
  return found
}

function findRoute(routes: NetTable<HostRoute>, address: string, ipVersion: IpVersion): HostRoute | undefined {
  return routes.find(addressToBits(address, ipVersion))
}

function toRoute({ kind, nextHops }: HostRoute): Route {
  switch (kind) {
    case 'local':
      return { kind: 'local' }
    case 'blackhole':
    case 'unreachable':
    case 'prohibit':
      return { kind: 'refused', how: kind }
    default: {
      const [first, ...others] = nextHops
        .filter(({ isDead }) => !isDead)
        .map(({ interfaceName, gateway }): OutwardRoute => ({
          kind: 'out',
          interfaceName,
          ...(gateway === undefined ? {} : { gateway: gateway.text }),
        }))
      if (first === undefined) return NO_ROUTE
      return others.length === 0 ? first : { ...first, others }
    }
  }
}

/** Names that Felix gives to its tunnel interfaces. */
export const TUNNELS = /^(tunl0|vxlan(-v6)?\.calico|wireguard\.cali|wg-v6\.cali)$/

/**
 * Without routes: the interface whose net holds the address; for workloads of other nodes the tunnel, where there is one;
 * otherwise any interface that leads out, and for what may be a workload that nobody told of, any of theirs too.
 */
function createGuess(input: RoutingInput): (address: string) => OutwardRoute {
  const { tables, plan, host, workloadInterface, mayBeWorkload } = input
  const { ipVersion } = tables
  const prefixes = plan?.config.interfacePrefix ?? ['cali']
  const isOfWorkload = (name: string): boolean => prefixes.some(prefix => name.startsWith(prefix))
  const up = (host?.interfaces ?? []).filter(({ isUp }) => isUp)
  const outward = up.filter(
    ({ name, isLoopback }) => !isLoopback && !TUNNELS.test(name) && name !== 'kube-ipvs0' && !isOfWorkload(name),
  )
  const nets = new NetTable<string>(ipVersion)
  for (const { name, addresses } of outward) {
    for (const { address, prefixLength } of addresses) nets.add(`${address.text}/${prefixLength}`, name)
  }
  const tunnel = tunnelName(plan, ipVersion)
  const outside = outwardNames(input, outward)
  const elsewhere = guessOf(outside)
  const anywhere = guessOf([...outside, ...workloadInterfaces(tables, up, isOfWorkload)])
  return address => {
    const link = nets.find(addressToBits(address, ipVersion))
    if (link !== undefined) return { kind: 'out', interfaceName: link }
    if (workloadInterface(address) === '' && tunnel !== undefined) {
      return { kind: 'out', interfaceName: tunnel, isGuess: true }
    }
    return mayBeWorkload(address) ? anywhere : elsewhere
  }
}

function guessOf(interfaceNames: readonly string[]): OutwardRoute {
  const [first = { kind: 'out', interfaceName: '', isGuess: true }, ...others] = interfaceNames.map(
    (interfaceName): OutwardRoute => ({ kind: 'out', interfaceName, isGuess: true }),
  )
  return others.length === 0 ? first : { ...first, others }
}

/** Where nobody says which interfaces there are: those with a host endpoint, and any other one, which has no name here. */
function outwardNames({ plan, host, tables }: RoutingInput, outward: readonly HostInterface[]): readonly string[] {
  if (host?.interfaces !== undefined) return outward.map(({ name }) => name)
  const inRules = chainsOf(tables, CHAIN_PREFIXES.toHostEndpoint)
  const governed = plan === undefined ? inRules : plan.hostEndpoints.map(({ interfaceName }) => interfaceName)
  return [...governed.filter(name => name !== 'lo'), '']
}

/** Interfaces for which Felix has chains of a kind. */
function chainsOf({ tables }: KernelTables, prefix: string): readonly string[] {
  return tables
    .filter(({ name }) => name === 'filter')
    .flatMap(({ userChains }) => [...userChains.keys()])
    .filter(chain => chain.startsWith(prefix))
    .map(chain => chain.slice(prefix.length))
}

/** Those that the node has, and those for which Felix has made chains. */
function workloadInterfaces(
  tables: KernelTables,
  up: readonly HostInterface[],
  isOfWorkload: (name: string) => boolean,
): readonly string[] {
  const names = up.map(({ name }) => name).filter(name => isOfWorkload(name) && !TUNNELS.test(name))
  return [...new Set([...names, ...chainsOf(tables, CHAIN_PREFIXES.toWorkload)])].sort()
}

function tunnelName(plan: NodePlan | undefined, ipVersion: IpVersion): string | undefined {
  if (plan === undefined) return undefined
  if (plan.network.vxlan[ipVersion] !== undefined) return ipVersion === 4 ? 'vxlan.calico' : 'vxlan-v6.calico'
  return ipVersion === 4 && plan.network.ipip !== undefined ? 'tunl0' : undefined
}
