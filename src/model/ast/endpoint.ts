// Endpoints: what policies select and rules' addresses come from.

import type { Location } from '../../diagnostics/source.ts'
import type { Address, Cidr } from '../../net/cidr.ts'
import type { PortProtocol } from '../../net/protocol.ts'

/** Label keys to values. May hold any key, `__proto__` included: read it through `labelValue`. */
export type Labels = Readonly<Record<string, string>>

export interface EndpointPort {
  readonly name: string
  readonly protocol: PortProtocol
  readonly port: number
}

/** A port of the node that leads to one of the pod's: no policy names it, packets to it are sent on before. */
export interface HostPort {
  /** 1–65535, both. */
  readonly hostPort: number
  readonly port: number
  readonly protocol: PortProtocol
  /** The only address of the node that it is for; absent where it is for each. */
  readonly hostIp?: Address
}

export interface WorkloadEndpoint {
  readonly kind: 'workloadEndpoint'
  readonly node: string
  readonly namespace: string
  /** Pod name, or the workload of another orchestrator. */
  readonly name: string
  readonly orchestrator: string
  readonly endpoint: string
  /** Given by a WorkloadEndpoint resource; Felix's naming scheme gives a pod's. */
  readonly interfaceName?: string
  readonly labels: Labels
  readonly profiles: readonly string[]
  readonly addresses: readonly Address[]
  readonly ports: readonly EndpointPort[]
  /** Absent for nearly every endpoint. */
  readonly hostPorts?: readonly HostPort[]
  /** What is asked for beyond addresses and labels; absent for nearly every endpoint. */
  readonly extras?: WorkloadExtras
  readonly location: Location
}

export interface WorkloadExtras {
  readonly floatingIps: readonly { readonly external: string; readonly internal: string }[]
  readonly allowedSourcePrefixes: readonly Cidr[]
  readonly dscp?: number
  readonly ingressLimits: TrafficLimits
  readonly egressLimits: TrafficLimits
}

/** What iptables takes at most, as a rate a second and as a burst. */
export const MOST_PACKETS = 10_000
export const MOST_CONNECTIONS = 0xffffffff

export interface TrafficLimits {
  /** A burst of 0: none is written. */
  readonly packetRate?: { readonly perSecond: number; readonly burst: number }
  readonly maxConnections?: number
}

export interface HostEndpoint {
  readonly kind: 'hostEndpoint'
  readonly name: string
  readonly node: string
  /** Empty: the endpoint is found by its addresses. `*`: all interfaces. */
  readonly interfaceName: string
  readonly expectedIps: readonly Address[]
  readonly labels: Labels
  readonly profiles: readonly string[]
  readonly ports: readonly EndpointPort[]
  readonly dscp?: number
  readonly location: Location
}

/** Own value of a label, undefined when absent: a plain lookup would find `constructor`. */
export function labelValue(labels: Labels, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined
}

/**
 * Value of a label that an endpoint has itself or, failing that, through the first of its profiles that has it, and which
 * profile that is.
 */
export function effectiveLabel(
  labels: Labels,
  profiles: readonly string[],
  profileLabels: Pick<ReadonlyMap<string, Labels>, 'get'>,
  key: string,
): { readonly value: string; readonly profile?: string } | undefined {
  const own = labelValue(labels, key)
  if (own !== undefined) return { value: own }
  for (const profile of profiles) {
    const inherited = profileLabels.get(profile)
    const value = inherited === undefined ? undefined : labelValue(inherited, key)
    if (value !== undefined) return { value, profile }
  }
  return undefined
}
