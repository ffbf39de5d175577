// Pods that are no endpoints: those of the node's own network, those that have finished, and those that a template will make. No IP set has them.

import type { Location } from '../../diagnostics/source.ts'
import type { Address } from '../../net/cidr.ts'
import type { EndpointPort, Labels } from './endpoint.ts'

/** What selectors look at in a pod. */
export interface PodTraits {
  readonly namespace: string
  /** As an endpoint made of it would have them: the namespace, orchestrator and service account among them. */
  readonly labels: Labels
  /** Profiles that an endpoint made of it would have. */
  readonly profiles: readonly string[]
  /** Ports with a name; containers first, then init containers. */
  readonly ports: readonly EndpointPort[]
}

/** A pod with `hostNetwork: true`: its packets are the node's, and no selector of a policy or rule matches it. */
export interface HostNetworkPod extends PodTraits {
  readonly kind: 'hostNetworkPod'
  readonly name: string
  /** Empty where it has not been given to a node yet. */
  readonly node: string
  /** Addresses of its node, where the pod has them. */
  readonly addresses: readonly Address[]
  readonly location: Location
}

/** A pod that has finished: Calico has given up its address. */
export interface FinishedPod extends PodTraits {
  readonly kind: 'finishedPod'
  readonly name: string
  readonly location: Location
}

/** Pods that are not in the input as endpoints: of a workload, or a Pod without node or address. */
export interface PodTemplate extends PodTraits {
  readonly kind: 'podTemplate'
  /** `Deployment`, `CronJob`, …; `Pod` for a pod itself. */
  readonly ownerKind: string
  readonly name: string
  readonly isHostNetwork: boolean
  readonly location: Location
}
