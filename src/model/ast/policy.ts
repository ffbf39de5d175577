// Policies and their rules as every input format is read into: one shape, defaults filled in.

import type { Location } from '../../diagnostics/source.ts'
import type { Cidr, IpVersion } from '../../net/cidr.ts'
import type { PortRange } from '../../net/port.ts'
import type { Protocol } from '../../net/protocol.ts'
import type { Selector } from '../../selector/ast.ts'
import type { PolicyId } from '../../calico/policy-names.ts'

export const DIRECTIONS = ['ingress', 'egress'] as const

export type Direction = (typeof DIRECTIONS)[number]

/** What a policy rule says. */
export type Action = 'Allow' | 'Deny' | 'Log' | 'Pass'

export interface Policy {
  readonly kind: 'policy'
  /** Namespaced and cluster-wide policies of one name are different policies. */
  readonly id: PolicyId
  readonly tier: string
  /** Lower first; absent means after every number. */
  readonly order?: number
  readonly types: readonly Direction[]
  /** Which endpoints the policy is for: selector, namespace and service account in one. */
  readonly selector: ParsedSelector
  /** No selector of any kind is written. */
  readonly isWithoutSelector?: true
  readonly ingress: readonly PolicyRule[]
  readonly egress: readonly PolicyRule[]
  readonly doNotTrack: boolean
  readonly preDNAT: boolean
  readonly applyOnForward: boolean
  /** `performanceHints: [AssumeNeededOnEveryNode]` */
  readonly isAssumedNeeded: boolean
  readonly location: Location
}

/** A selector and the canonical text that Calico hashes and compares. */
export interface ParsedSelector {
  readonly selector: Selector
  readonly canonical: string
}

export interface PolicyRule {
  readonly action: Action
  /** From `ipVersion`, or from a protocol named ICMP or ICMPv6. */
  readonly ipVersion?: IpVersion
  readonly protocol?: Protocol
  readonly notProtocol?: Protocol
  readonly icmp?: IcmpMatch
  readonly notIcmp?: IcmpMatch
  readonly source: EntityRule
  readonly destination: EntityRule
  /** Sorted by key. */
  readonly annotations: readonly (readonly [key: string, value: string])[]
  /** Which item of a Kubernetes rule's `from` or `to` it is for: such a rule becomes one for each of its peers and protocols. */
  readonly peer?: number
  /** Absent in the rules of profiles that Calico makes itself. */
  readonly location?: Location
}

/** ICMP type 0–254 and code 0–255; a code never comes without a type. */
export interface IcmpMatch {
  readonly type: number
  readonly code?: number
}

/** One side of a rule. An empty list means "any" for a positive match and "none" for a negated one. */
export interface EntityRule {
  readonly nets: readonly Cidr[]
  readonly notNets: readonly Cidr[]
  readonly ports: readonly PortRange[]
  readonly notPorts: readonly PortRange[]
  readonly namedPorts: readonly string[]
  readonly notNamedPorts: readonly string[]
  /** Selector, namespaceSelector, service accounts and, where there is one of those, notSelector. */
  readonly selector?: ParsedSelector
  /** A notSelector that stands alone: it also matches addresses of no known endpoint. */
  readonly notSelector?: ParsedSelector
  readonly service?: { readonly namespace: string; readonly name: string }
}

export const ANY_ENTITY: EntityRule = {
  nets: [],
  notNets: [],
  ports: [],
  notPorts: [],
  namedPorts: [],
  notNamedPorts: [],
}
