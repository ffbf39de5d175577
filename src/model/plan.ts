// What applies on one node, in its final order: no selector is evaluated after this.

import type { Release } from '../calico/releases/release.ts'
import type { FelixConfig, FelixField } from '../calico/felix-config.ts'
import type { Marks } from '../calico/marks.ts'
import type { PolicyId } from '../calico/policy-names.ts'
import type { Location } from '../diagnostics/source.ts'
import type { Address, Cidr, IpVersion } from '../net/cidr.ts'
import type { PortRange } from '../net/port.ts'
import type { HostEndpoint, Labels, TrafficLimits, WorkloadEndpoint } from './ast/endpoint.ts'
import type { Direction, ParsedSelector, Policy, PolicyRule } from './ast/policy.ts'
import type { Tier } from './ast/resources.ts'

/** What a policy is split into: one list of tiers for each place where packets meet policy. */
export type EndpointChainType = 'untracked' | 'preDNAT' | 'normal' | 'forward'

export interface NodePlan {
  /** What decides how all of it is written. */
  readonly release: Release
  readonly nodeName: string
  readonly config: FelixConfig
  /** What the bits of the mark mask are for. */
  readonly marks: Marks
  /** Which FelixConfiguration set a field; fields left out have Calico's default. */
  readonly configSources: Readonly<Partial<Record<FelixField, Location>>>
  /** Environment variables, as written, behind the settings that come from one. */
  readonly configVariables: Readonly<Partial<Record<FelixField, string>>>
  /** Something tells of Felix's environment, or says that there is none. */
  readonly isEnvironmentKnown: boolean
  /** Sorted by interface name; at most one for an interface. */
  readonly workloads: readonly PlannedWorkload[]
  /** Sorted by interface name; at most one for an interface. */
  readonly hostEndpoints: readonly PlannedHostEndpoint[]
  readonly wildcardHostEndpoint?: PlannedHostEndpoint
  /** Active policies that are not staged. */
  readonly policies: readonly PlannedPolicy[]
  readonly profiles: readonly PlannedProfile[]
  /** In byte order of id. */
  readonly ipSets: readonly PlannedIpSet[]
  readonly network: NetworkPlan
  readonly matching: PolicyMatching
}

/** Endpoints of interfaces, and the wildcard last. */
export function allHostEndpoints({
  hostEndpoints,
  wildcardHostEndpoint,
}: Pick<NodePlan, 'hostEndpoints' | 'wildcardHostEndpoint'>): readonly PlannedHostEndpoint[] {
  return wildcardHostEndpoint === undefined ? hostEndpoints : [...hostEndpoints, wildcardHostEndpoint]
}

/** What policies were matched by, for explanations only: nothing that makes rules looks at it. */
export interface PolicyMatching {
  /** Every policy of the input, staged and idle ones too: tiers and policies in the order in which packets meet them. */
  readonly tiers: readonly OrderedTier[]
  /** Of all nodes. */
  readonly workloadEndpoints: readonly WorkloadEndpoint[]
  /** Of all nodes. */
  readonly hostEndpoints: readonly HostEndpoint[]
  /** Labels that endpoints inherit, by profile. */
  readonly profileLabels: Readonly<Record<string, Labels>>
}

/** The labels that endpoints inherit, as a map. */
export function profileLabelsOf({ profileLabels }: PolicyMatching): Pick<ReadonlyMap<string, Labels>, 'get'> {
  return { get: name => (Object.hasOwn(profileLabels, name) ? profileLabels[name] : undefined) }
}

/** A tier that policies are in; `tier` is absent for one that nobody declares. */
export interface OrderedTier {
  readonly name: string
  readonly tier?: Tier
  readonly policies: readonly Policy[]
}

export interface PlannedWorkload {
  readonly interfaceName: string
  /** `namespace/name` */
  readonly name: string
  readonly tiers: readonly PlannedTier[]
  readonly profiles: readonly string[]
  readonly ingressLimits: TrafficLimits
  readonly egressLimits: TrafficLimits
  readonly location: Location
}

export interface PlannedHostEndpoint {
  /** The interface it governs, or the pseudo interface of the wildcard. */
  readonly interfaceName: string
  readonly name: string
  readonly tiers: Readonly<Record<EndpointChainType, readonly PlannedTier[]>>
  readonly profiles: readonly string[]
  readonly location: Location
}

/** A tier that has a policy for the endpoint in at least one direction of this chain type. */
export interface PlannedTier {
  readonly name: string
  /** The tier's own; `Pass` in untracked and preDNAT lists. */
  readonly defaultAction: 'Deny' | 'Pass'
  readonly ingress: readonly PolicyGroup[]
  readonly egress: readonly PolicyGroup[]
  /** Absent for a tier that nobody declares. */
  readonly location?: Location
}

/** Consecutive policies of one tier and direction that have the same selector. */
export interface PolicyGroup {
  readonly direction: Direction
  /** Name of the group's own chain, used where it has two or more policies that are not staged. Empty for a single policy. */
  readonly chainName: string
  readonly policies: readonly PolicyId[]
  /** Of `policies`, those that are enforced. */
  readonly enforced: readonly PlannedPolicy[]
}

export interface PlannedPolicy {
  readonly id: PolicyId
  readonly tier: string
  readonly ingress: readonly PlannedRule[]
  readonly egress: readonly PlannedRule[]
  readonly isUntracked: boolean
  readonly isAssumedNeeded: boolean
  readonly location: Location
}

export interface PlannedProfile {
  readonly name: string
  readonly ingress: readonly PlannedRule[]
  readonly egress: readonly PlannedRule[]
  /** An endpoint lists it but the input does not have it: it denies everything. */
  readonly isMissing: boolean
  readonly location?: Location
}

/** A rule with everything that it says; only its sides are planned, so that no criterion can be left behind. */
export interface PlannedRule extends Omit<PolicyRule, 'source' | 'destination'> {
  readonly source: PlannedEntity
  readonly destination: PlannedEntity
  /** Position in the rules of its direction, from 0. */
  readonly index: number
}

/** One side of a rule, with everything that stands for addresses replaced by IP set ids. */
export interface PlannedEntity {
  readonly nets: readonly Cidr[]
  readonly notNets: readonly Cidr[]
  readonly ports: readonly PortRange[]
  readonly notPorts: readonly PortRange[]
  readonly namedPortSets: readonly string[]
  readonly notNamedPortSets: readonly string[]
  readonly ipSets: readonly string[]
  readonly notIpSets: readonly string[]
  readonly servicePortSets: readonly string[]
}

export type IpSetType = 'hash:net' | 'hash:ip' | 'hash:ip,port'

export interface PlannedIpSet {
  readonly id: string
  readonly type: IpSetType
  /** Member text by IP version, in byte order; a version that is left out has no such set. */
  readonly members: { readonly [V in IpVersion]?: readonly string[] }
  readonly source: IpSetSource
}

/** What a set is made of, for explanations. */
export type IpSetSource =
  | { readonly kind: 'selector'; readonly selector: ParsedSelector }
  | { readonly kind: 'namedPort'; readonly selector: ParsedSelector; readonly protocol: string; readonly port: string }
  | { readonly kind: 'service'; readonly namespace: string; readonly name: string; readonly withPorts: boolean }
  | { readonly kind: 'static'; readonly meaning: string }
  /** Read from a node: what it is made of is not said there. */
  | { readonly kind: 'read' }

/** Pools, tunnels, NAT and the like: everything that is not policy. */
export interface NetworkPlan {
  readonly ipip?: Reason
  readonly vxlan: { readonly [V in IpVersion]?: Reason }
  readonly isIpvs: boolean
  readonly tunnelAddresses: { readonly ipip?: Address; readonly vxlan4?: Address; readonly vxlan6?: Address }
  readonly natOutgoing: { readonly [V in IpVersion]?: Reason }
  /** Sorted by the text of the CIDR. */
  readonly blockedServiceCidrs: readonly {
    readonly ipVersion: IpVersion
    readonly text: string
    readonly location: Location
  }[]
  readonly floatingIps: { readonly [V in IpVersion]: FloatingIps }
  /** Endpoints that carry a DSCP value, sorted by the text of their addresses of the version. */
  readonly dscp: { readonly [V in IpVersion]: readonly DscpMarking[] }
  readonly spoofingExemptions: readonly {
    readonly interfaceName: string
    readonly prefix: Cidr
    readonly location: Location
  }[]
}

/** Why a feature is on: the pool or FelixConfiguration key that asks for it. */
export interface Reason {
  readonly location: Location
  readonly text: string
}

/** Address pairs in the order of the rules they make. */
export interface FloatingIps {
  readonly dnat: readonly FloatingIp[]
  readonly snat: readonly FloatingIp[]
}

export interface FloatingIp {
  readonly external: string
  readonly internal: string
  readonly location: Location
}

export interface DscpMarking {
  /** Comma-joined addresses, without prefix. */
  readonly addresses: string
  readonly value: number
  readonly location: Location
}
