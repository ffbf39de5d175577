// Services and what stands behind them: rules name them, and packets to their addresses are sent on before policy looks.

import type { Location } from '../../diagnostics/source.ts'
import type { Address, Cidr } from '../../net/cidr.ts'
import type { PortProtocol } from '../../net/protocol.ts'
import type { Labels } from './endpoint.ts'

export type ServiceType = 'ClusterIP' | 'NodePort' | 'LoadBalancer' | 'ExternalName'

/** Which endpoints traffic may be sent to: all of the cluster, or those of the node that it came to. */
export type TrafficPolicy = 'Cluster' | 'Local'

/** A Service with the API server's defaults filled in. It makes no rules of Calico's. */
export interface Service {
  readonly kind: 'service'
  readonly namespace: string
  readonly name: string
  readonly type: ServiceType
  readonly labels: Labels
  /** Labels of the pods that stand behind it; absent where EndpointSlices are made by somebody else. */
  readonly selector?: Labels
  readonly ports: readonly ServicePort[]
  /** `clusterIP: None`: no address of its own, names lead straight to the pods. */
  readonly isHeadless: boolean
  /** Empty for a headless Service, and in files that were never in a cluster. */
  readonly clusterIps: readonly Address[]
  readonly externalIps: readonly Address[]
  /** What `status.loadBalancer.ingress` has, and `spec.loadBalancerIP` where there is no status. */
  readonly loadBalancerIps: readonly LoadBalancerAddress[]
  /** Clients that may use the load balancer's addresses; empty means any. */
  readonly loadBalancerSourceRanges: readonly Cidr[]
  readonly internalTrafficPolicy: TrafficPolicy
  readonly externalTrafficPolicy: TrafficPolicy
  /** `sessionAffinity: ClientIP`: for how long a client keeps its endpoint, 1–86400 seconds. */
  readonly sessionAffinity?: { readonly timeoutSeconds: number }
  /** Where the load balancer asks whether the node has endpoints, 1–65535; only with `externalTrafficPolicy: Local`. */
  readonly healthCheckNodePort?: number
  readonly location: Location
}

export interface ServicePort {
  /** Empty where the Service has but one port. */
  readonly name: string
  readonly protocol: PortProtocol
  /** 1–65535 */
  readonly port: number
  /** Port of the pods: a number, or the name of a port of theirs. */
  readonly targetPort: number | string
  /** 1–65535 */
  readonly nodePort?: number
  /** The entry in `spec.ports`. */
  readonly location: Location
}

export interface LoadBalancerAddress {
  readonly address: Address
  /** The load balancer hands packets on with another address: kube-proxy does not take them by this one. */
  readonly isProxied: boolean
}

/** Some of the endpoints of a Service. */
export interface EndpointSlice {
  readonly kind: 'endpointSlice'
  readonly namespace: string
  readonly name: string
  readonly service: string
  /** All addresses of all endpoints, whatever their condition: what rules match. */
  readonly addresses: readonly Address[]
  /** Ports with a number; 0–65535. */
  readonly ports: readonly SlicePort[]
  readonly endpoints: readonly SliceEndpoint[]
  readonly location: Location
}

export interface SlicePort {
  /** The name of the Service's port; empty for its only one. */
  readonly name: string
  readonly protocol: PortProtocol
  readonly port: number
}

export interface SliceEndpoint {
  readonly addresses: readonly Address[]
  /** Empty where it is not said. */
  readonly node: string
  /** What is not said counts as ready, as serving as it is ready, and as not terminating. */
  readonly isReady: boolean
  readonly isServing: boolean
  readonly isTerminating: boolean
  /** Zones that should use it (`hints.forZones`); empty means all. */
  readonly forZones: readonly string[]
  /** Nodes that should use it (`hints.forNodes`); empty means all. */
  readonly forNodes: readonly string[]
}
