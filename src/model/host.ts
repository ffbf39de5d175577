// What the node's kernel knows of itself.

import type { Address, Cidr, IpVersion } from '../net/cidr.ts'

export interface HostInterface {
  readonly name: string
  readonly isUp: boolean
  readonly isLoopback: boolean
  readonly addresses: readonly InterfaceAddress[]
}

/** An address as it is set on an interface: `address` is the host's own, not masked. */
export interface InterfaceAddress {
  readonly address: Address
  readonly prefixLength: number
}

/** A route sends packets on (`unicast`), takes them in, or refuses them; `throw` leaves them to the next table. */
export const ROUTE_KINDS = [
  'unicast',
  'local',
  'broadcast',
  'multicast',
  'anycast',
  'blackhole',
  'unreachable',
  'prohibit',
  'throw',
] as const

export type RouteKind = (typeof ROUTE_KINDS)[number]

export interface NextHop {
  readonly interfaceName: string
  /** Absent where the destination is on the link itself. */
  readonly gateway?: Address
  /** The kernel does not use it: `dead`, or its link is down. */
  readonly isDead: boolean
}

export interface HostRoute {
  readonly kind: RouteKind
  /** `default` is the net of all addresses of its IP version. */
  readonly destination: Cidr
  /** Empty for what has no interface, such as a blackhole. */
  readonly nextHops: readonly NextHop[]
  /** The address that the node itself sends from (`prefsrc`). */
  readonly source?: Address
  /** Of routes to one net the lowest is used; 0 where none is printed. */
  readonly metric: number
  /** `main`, unless the text is of all tables. */
  readonly table: string
}

/** What is absent was not asked for on the node. */
export interface HostFacts {
  readonly interfaces?: readonly HostInterface[]
  /** In the order printed, of each IP version that `routeVersions` names. */
  readonly routes?: readonly HostRoute[]
  /** IP versions whose routes are known: `ip route` prints those of one. */
  readonly routeVersions?: readonly IpVersion[]
}

/** Addresses of the interfaces, without those that every node has. */
export function addressesOfFacts(host: HostFacts | undefined): ReadonlySet<string> {
  const all = (host?.interfaces ?? []).flatMap(({ addresses }) => addresses.map(({ address }) => address.text))
  return new Set(all.filter(text => !isOnEveryNode(text)))
}

/** Loopback and link-local addresses. */
export function isOnEveryNode(address: string): boolean {
  return address === '::1' || /^(?:127\.|169\.254\.|fe80:)/.test(address)
}
