// Why a rule or chain is there: what in the input, of Calico, or of a node's text it comes from. Plain data beside the rule.

import type { PolicyId } from '../calico/policy-names.ts'
import type { Location } from '../diagnostics/source.ts'
import type { Direction } from './ast/policy.ts'
import type { EndpointChainType } from './plan.ts'

/** Why a rule or chain is there. Never changes the text. */
export type Origin =
  /** A rule of a policy. */
  | {
      readonly kind: 'policyRule'
      readonly policy: PolicyId
      readonly direction: Direction
      readonly index: number
      readonly location: Location
    }
  /** A policy as a whole: its chain, or a chain that holds nothing but its comment. */
  | { readonly kind: 'policy'; readonly policy: PolicyId; readonly direction: Direction; readonly location: Location }
  | {
      readonly kind: 'policyGroup'
      readonly policies: readonly PolicyId[]
      readonly direction: Direction
      readonly location: Location
    }
  /** A rule of a profile; no location for one that Calico makes itself. */
  | {
      readonly kind: 'profileRule'
      readonly profile: string
      readonly direction: Direction
      readonly index: number
      readonly location?: Location
    }
  | { readonly kind: 'profile'; readonly profile: string; readonly direction: Direction; readonly location?: Location }
  /** A tier as an endpoint meets it. */
  | {
      readonly kind: 'tier'
      readonly tier: string
      readonly endpoint: EndpointRef
      readonly polices: Policed
      readonly location?: Location
    }
  | {
      readonly kind: 'endpoint'
      readonly endpoint: EndpointRef
      readonly because: string
      /** Of what stands in the endpoint's own chain; absent of what leads there. */
      readonly polices?: Policed
      readonly location: Location
    }
  /** Any other resource: a pool, a BGPConfiguration. */
  | { readonly kind: 'resource'; readonly because: string; readonly location: Location }
  | {
      readonly kind: 'felixConfiguration'
      readonly field: string
      readonly because: string
      /** The environment variable that sets it, where no FelixConfiguration does. */
      readonly variable?: string
      readonly location: Location
    }
  | { readonly kind: 'calicoDefault'; readonly because: string; readonly field?: string }
  /** Not Calico's: of kube-proxy, kubelet or a plugin; `location` of what asks for it. */
  | { readonly kind: 'kubeProxy'; readonly because: string; readonly location?: Location }
  | ReadOrigin

/** Where in the input that is. */
export function locationOf(origin: Origin | undefined): Location | undefined {
  return origin !== undefined && 'location' in origin ? origin.location : undefined
}

/** A rule or chain that was read from iptables text. */
export interface ReadOrigin {
  readonly kind: 'read'
  /** Name of the file, and offsets of the line in it. */
  readonly place: { readonly file: string; readonly start: number; readonly end: number }
  /** Counted from 1. */
  readonly line: number
  /** The line as it was read, without counters and newline. */
  readonly text: string
  /** Of a rule of Calico's: the 16 characters behind `cali:` in its first comment. */
  readonly hash?: string
  readonly counters?: Counters
  /** What the text around it tells of a rule of Calico's. */
  readonly meaning?: ReadMeaning
}

/** In words, without a full stop; `changed`: the rule is not the one that its hash was made for, or not Felix's. */
export interface ReadMeaning {
  readonly kind: 'policy' | 'profile' | 'tier' | 'changed'
  readonly words: string
  /** Of a policy or profile. */
  readonly direction?: Direction
}

/** What the kernel counted. As text, since they have 64 bits. */
export interface Counters {
  readonly packets: string
  readonly bytes: string
}

/** What one chain of an endpoint is for. */
export interface Policed {
  readonly direction: Direction
  readonly chainType: EndpointChainType
}

export interface EndpointRef {
  readonly kind: 'workload' | 'host'
  /** `namespace/name` of a workload, name of a host endpoint. */
  readonly name: string
  readonly interfaceName: string
}
