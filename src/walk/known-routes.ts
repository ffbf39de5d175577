// Where packets for a net go, as far as somebody says so: the node's routes, else the nets of its interfaces; and its pods. The walk
// of one packet and the walk over sets both look here.

import type { HostFacts, HostInterface, HostRoute, RouteKind } from '../model/host.ts'
import { type Cidr, type IpVersion, parseNet } from '../net/cidr.ts'
import type { OutwardRoute, RefusedRoute, Route } from './packet.ts'

/** Of several nets that hold an address the longest counts, and of equal ones the last. */
export interface KnownRoute {
  readonly net: Cidr
  readonly route: Route
  /** The address that the node itself sends from, where the route names one. */
  readonly source?: string
}

export interface RouteFacts {
  readonly ipVersion: IpVersion
  readonly host: HostFacts | undefined
  /** What the names of the interfaces of workloads begin with. */
  readonly interfacePrefixes: readonly string[]
  /** Addresses of the workloads on this node, each with its interface. */
  readonly pods: Iterable<readonly [address: string, interfaceName: string]>
}

/** Names that Felix gives to its tunnel interfaces. */
export const TUNNELS = /^(tunl0|vxlan(-v6)?\.calico|wireguard\.cali|wg-v6\.cali)$/

const NO_ROUTE: RefusedRoute = { kind: 'refused', how: 'no route' }

const EVERYWHERE: Readonly<Record<IpVersion, Cidr>> = {
  4: { ipVersion: 4, address: '0.0.0.0', prefixLength: 0 },
  6: { ipVersion: 6, address: '::', prefixLength: 0 },
}

/** Kinds that decide what becomes of a packet for one receiver. */
const DECIDING: readonly RouteKind[] = ['unicast', 'local', 'blackhole', 'unreachable', 'prohibit']

/** Addresses of the node itself are not looked up here. An address that no net holds: nobody says. */
export function knownRoutes(facts: RouteFacts): readonly KnownRoute[] {
  const { ipVersion, host, pods } = facts
  const isKnown = host?.routeVersions?.includes(ipVersion) === true
  const routes = isKnown ? [{ net: EVERYWHERE[ipVersion], route: NO_ROUTE }, ...ofTable(facts)] : ofLinks(facts)
  const single = ipVersion === 4 ? 32 : 128
  // The CNI plugin makes a route for each pod; the net of all of them refuses what has none.
  const alone = new Set(
    isKnown ? routes.filter(({ net }) => net.prefixLength === single).map(({ net }) => net.address) : [],
  )
  const known = [...routes]
  for (const [address, interfaceName] of pods) {
    const net = parseNet(address)?.cidr
    if (net === undefined || net.ipVersion !== ipVersion || alone.has(net.address)) continue
    alone.add(net.address)
    known.push({ net, route: { kind: 'out', interfaceName } })
  }
  return known
}

/** Routes of the main table that can be used; of those to one net the one with the lowest metric comes last. */
function ofTable({ ipVersion, host }: RouteFacts): readonly KnownRoute[] {
  const usable = (host?.routes ?? []).filter(
    ({ destination, kind, table, nextHops }) =>
      destination.ipVersion === ipVersion &&
      DECIDING.includes(kind) &&
      (table === 'main' || table === '254') &&
      (kind !== 'unicast' || nextHops.some(({ isDead }) => !isDead)),
  )
  // Of the same metric, the first one printed is the one that is used.
  return [...usable]
    .reverse()
    .sort((a, b) => b.metric - a.metric)
    .map(route => ({
      net: route.destination,
      route: toRoute(route),
      ...(route.source === undefined ? {} : { source: route.source.text }),
    }))
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
        .map(({ interfaceName }): OutwardRoute => ({ kind: 'out', interfaceName }))
      if (first === undefined) return NO_ROUTE
      return others.length === 0 ? first : { ...first, others }
    }
  }
}

/** Nets of the interfaces that lead out. */
function ofLinks({ ipVersion, host, interfacePrefixes }: RouteFacts): readonly KnownRoute[] {
  return outwardInterfaces(host, interfacePrefixes).flatMap(({ name, addresses }) =>
    addresses.flatMap(({ address, prefixLength }): readonly KnownRoute[] => {
      const net = address.ipVersion === ipVersion ? parseNet(`${address.text}/${prefixLength}`)?.cidr : undefined
      return net === undefined ? [] : [{ net, route: { kind: 'out', interfaceName: name } }]
    }),
  )
}

/** Interfaces that are up and lead to others: none of a workload's, no tunnel, no loopback. */
export function outwardInterfaces(
  host: HostFacts | undefined,
  interfacePrefixes: readonly string[],
): readonly HostInterface[] {
  return (host?.interfaces ?? []).filter(
    ({ name, isUp, isLoopback }) =>
      isUp &&
      !isLoopback &&
      !TUNNELS.test(name) &&
      name !== 'kube-ipvs0' &&
      !interfacePrefixes.some(prefix => name.startsWith(prefix)),
  )
}
