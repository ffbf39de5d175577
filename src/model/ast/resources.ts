// Everything but policies that the planner needs to know of a cluster.

import type { FelixField } from '../../calico/felix-config.ts'
import type { Location } from '../../diagnostics/source.ts'
import type { Address, Cidr } from '../../net/cidr.ts'
import type { Selector } from '../../selector/ast.ts'
import type { HostEndpoint, Labels, WorkloadEndpoint } from './endpoint.ts'
import type { FelixEnvironment, FelixSetting } from './felix-environment.ts'
import type { FinishedPod, HostNetworkPod, PodTemplate } from './pod.ts'
import type { Policy, PolicyRule } from './policy.ts'
import type { EndpointSlice, Service } from './service.ts'

export type Resource =
  | Policy
  | Tier
  | WorkloadEndpoint
  | HostEndpoint
  | NetworkSet
  | Profile
  | IpPool
  | Node
  | Namespace
  | FelixConfiguration
  | FelixEnvironment
  | BgpConfiguration
  | Service
  | EndpointSlice
  | HostNetworkPod
  | FinishedPod
  | PodTemplate
  | AutomaticHostEndpoints

export interface Tier {
  readonly kind: 'tier'
  readonly name: string
  /** Lower first. */
  readonly order: number
  readonly defaultAction: 'Deny' | 'Pass'
  /** Absent for built-in tiers that the input does not declare. */
  readonly location?: Location
}

export interface NetworkSet {
  readonly kind: 'networkSet'
  /** Empty for a GlobalNetworkSet. */
  readonly namespace: string
  readonly name: string
  readonly labels: Labels
  readonly nets: readonly Cidr[]
  readonly location: Location
}

export interface Profile {
  readonly kind: 'profile'
  readonly name: string
  readonly labelsToApply: Labels
  readonly ingress: readonly PolicyRule[]
  readonly egress: readonly PolicyRule[]
  readonly location?: Location
}

/** Kept beside its profile so that we know which namespaces the input declares. */
export interface Namespace {
  readonly kind: 'namespace'
  readonly name: string
  readonly location: Location
}

export interface IpPool {
  readonly kind: 'ipPool'
  readonly name: string
  readonly cidr: Cidr
  readonly isNatOutgoing: boolean
  readonly hasIpip: boolean
  readonly hasVxlan: boolean
  /** `allowedUses` is exactly `[LoadBalancer]`. */
  readonly isLoadBalancerOnly: boolean
  readonly location: Location
}

export interface Node {
  readonly kind: 'node'
  readonly name: string
  readonly labels: Labels
  /** Address part of the BGP address of each IP version, where it is written with a prefix. */
  readonly bgpAddresses: readonly Address[]
  /** The IPv4 address by which Felix up to v3.30 knows the node: that of BGP, else the first internal, else the first external one. */
  readonly anyIpv4?: Address
  /** Every address that Felix may take for the node's own, in Felix's order of preference. */
  readonly addresses: readonly Address[]
  readonly tunnelAddresses: {
    readonly ipip?: Address
    readonly vxlan4?: Address
    readonly vxlan6?: Address
  }
  /** What kube-controllers knows of the node: its addresses in the order in which host endpoints get them, and its interfaces. */
  readonly forHostEndpoints: {
    /** Without those of its interfaces; may have repeats. */
    readonly addresses: readonly Address[]
    readonly interfaces: readonly NodeInterface[]
  }
  readonly location?: Location
}

/** An interface as a Node tells of it. */
export interface NodeInterface {
  readonly name: string
  readonly addresses: readonly Address[]
}

export interface FelixConfiguration {
  readonly kind: 'felixConfiguration'
  /** `default`, `node.<name>`, or any other with a node selector. */
  readonly name: string
  readonly nodeSelector?: Selector
  /** Text of `metadata.creationTimestamp`: the oldest of several that match a node wins. */
  readonly creationTimestamp: string
  readonly settings: ReadonlyMap<FelixField, FelixSetting>
  readonly location: Location
}

export interface BgpConfiguration {
  readonly kind: 'bgpConfiguration'
  readonly name: string
  /** Service CIDRs as written, with where each stands. */
  readonly serviceCidrs: readonly { readonly text: string; readonly location: Location }[]
  readonly location: Location
}

/** A KubeControllersConfiguration has host endpoints made for every node. */
export interface AutomaticHostEndpoints {
  readonly kind: 'automaticHostEndpoints'
  /** Whether each node gets one for all interfaces. */
  readonly hasDefault: boolean
  readonly templates: readonly HostEndpointTemplate[]
  readonly location: Location
}

/** Makes host endpoints for some nodes, as written: nothing of it is checked before it is used. */
export interface HostEndpointTemplate {
  readonly generateName: string
  readonly interfaceCidrs: readonly string[]
  /** A regular expression; empty: one endpoint that is found by its addresses. */
  readonly interfacePattern: string
  readonly labels: Labels
  /** Empty: all nodes. */
  readonly nodeSelector: string
  readonly location: Location
}

/** Which node a resource is, or is on; empty or undefined where it is of none. */
export function nodeOf(resource: Resource): string | undefined {
  if (resource.kind === 'node') return resource.name
  return resource.kind === 'hostEndpoint' || resource.kind === 'workloadEndpoint' ? resource.node : undefined
}

/** The namespaces that resources are or are in, in byte order. */
export function namespacesNamed(resources: readonly Resource[]): readonly string[] {
  const names = resources.flatMap((resource): string | readonly string[] => {
    if (resource.kind === 'namespace') return resource.name
    if (resource.kind === 'policy') return resource.id.namespace
    return 'namespace' in resource && typeof resource.namespace === 'string' ? resource.namespace : []
  })
  return [...new Set(names)].filter(name => name !== '').sort()
}

/** The nodes that resources name, in their order. */
export function nodesNamed(resources: readonly Resource[]): readonly string[] {
  return [...new Set(resources.flatMap(resource => nodeOf(resource) ?? []))].filter(name => name !== '')
}
