// Which endpoints kube-proxy sends the traffic of a Service's port to, on one node (kubernetes: pkg/proxy/topology.go).

import { labelValue, type WorkloadEndpoint } from '../model/ast/endpoint.ts'
import type { EndpointSlice, Service, ServicePort, SliceEndpoint } from '../model/ast/service.ts'
import type { IpVersion } from '../net/cidr.ts'

export interface ServiceEndpoint {
  readonly address: string
  /** 1–65535 */
  readonly port: number
  readonly isLocal: boolean
}

export interface PortEndpoints {
  /** For traffic that may go to any node; empty where no traffic may. */
  readonly cluster: readonly ServiceEndpoint[]
  /** For traffic that stays on the node; empty where none has to. */
  readonly local: readonly ServiceEndpoint[]
  /** Whether there is any endpoint anywhere: without, traffic is refused, otherwise lost. */
  readonly hasAny: boolean
}

export interface EndpointInput {
  readonly slices: readonly EndpointSlice[]
  readonly workloads: readonly WorkloadEndpoint[]
  readonly node: string
  /** The node's `topology.kubernetes.io/zone`; undefined where it has none. */
  readonly zone: string | undefined
  readonly ipVersion: IpVersion
}

interface Candidate extends ServiceEndpoint {
  readonly endpoint: Pick<SliceEndpoint, 'isReady' | 'isServing' | 'isTerminating' | 'forZones' | 'forNodes'>
}

/** Whether anybody outside the cluster can reach it. */
export function isExternal(service: Service, { nodePort }: ServicePort): boolean {
  return nodePort !== undefined || service.externalIps.length > 0 || service.loadBalancerIps.length > 0
}

export function endpointsOfPort(service: Service, port: ServicePort, input: EndpointInput): PortEndpoints {
  const all = candidatesOf(service, port, input)
  const isInside = service.internalTrafficPolicy === 'Local'
  const isOutside = isExternal(service, port)
  const usesCluster = !isInside || isOutside
  const usesLocal = isInside || (isOutside && service.externalTrafficPolicy === 'Local')
  const cluster = usesCluster ? usable(hinted(all, input)) : []
  const local = usesLocal ? usable(all.filter(({ isLocal }) => isLocal)) : []
  return {
    cluster: cluster.map(bare),
    local: local.map(bare),
    hasAny: usable(all).length > 0,
  }
}

/** Ready ones or, where there is none, those that end and still serve. */
function usable(candidates: readonly Candidate[]): readonly Candidate[] {
  const ready = candidates.filter(({ endpoint }) => endpoint.isReady)
  if (ready.length > 0) return ready
  return candidates.filter(({ endpoint }) => endpoint.isServing && endpoint.isTerminating)
}

/** Those that hints give to the node or, where none is, to its zone; everything where hints are not for it. */
function hinted(candidates: readonly Candidate[], { node, zone }: EndpointInput): readonly Candidate[] {
  const ready = candidates.filter(({ endpoint }) => endpoint.isReady)
  const near = hintedAs(ready, 'forNodes', node) ?? (zone === undefined ? undefined : hintedAs(ready, 'forZones', zone))
  return near ?? candidates
}

/** Hints count where every ready endpoint has some, and one is for this name. */
function hintedAs(
  ready: readonly Candidate[],
  field: 'forNodes' | 'forZones',
  name: string,
): readonly Candidate[] | undefined {
  if (ready.some(({ endpoint }) => endpoint[field].length === 0)) return undefined
  const near = ready.filter(({ endpoint }) => endpoint[field].includes(name))
  return near.length === 0 ? undefined : near
}

function bare({ address, port, isLocal }: Candidate): ServiceEndpoint {
  return { address, port, isLocal }
}

/** In the order in which kube-proxy lists them: that of the text `address:port`. */
function candidatesOf(service: Service, port: ServicePort, input: EndpointInput): readonly Candidate[] {
  const { slices, node, ipVersion } = input
  const own = slicesOf(service, slices)
  const found = new Map<string, Candidate>()
  for (const slice of own) {
    const number = slice.ports.find(({ name, protocol }) => name === port.name && protocol === port.protocol)?.port
    if (number === undefined) continue
    for (const endpoint of slice.endpoints) {
      // Only the first address of an endpoint counts.
      const [address] = endpoint.addresses
      if (address?.ipVersion !== ipVersion) continue
      const key = textOf(address.text, number)
      if (!found.has(key))
        found.set(key, { address: address.text, port: number, isLocal: endpoint.node === node, endpoint })
    }
  }
  const candidates = own.length > 0 ? found : podsOf(service, port, input)
  return [...candidates].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, candidate]) => candidate)
}

const RUNNING = { isReady: true, isServing: true, isTerminating: false, forZones: [], forNodes: [] }

/** In files that were never in a cluster there are no slices: the pods that its selector would put into them. */
function podsOf(
  service: Service,
  { targetPort, protocol }: ServicePort,
  { workloads, node, ipVersion }: EndpointInput,
): ReadonlyMap<string, Candidate> {
  const found = new Map<string, Candidate>()
  for (const workload of podsSelectedBy(service, workloads)) {
    const address = workload.addresses.find(candidate => candidate.ipVersion === ipVersion)?.text
    const named = workload.ports.find(({ name, protocol: own }) => name === targetPort && own === protocol)?.port
    const number = typeof targetPort === 'number' ? targetPort : named
    if (address === undefined || number === undefined) continue
    found.set(textOf(address, number), { address, port: number, isLocal: workload.node === node, endpoint: RUNNING })
  }
  return found
}

export function slicesOf({ namespace, name }: Service, slices: readonly EndpointSlice[]): readonly EndpointSlice[] {
  return slices.filter(slice => slice.service === name && slice.namespace === namespace)
}

/** None for a Service without a selector. */
export function podsSelectedBy(
  { namespace, selector }: Service,
  workloads: readonly WorkloadEndpoint[],
): readonly WorkloadEndpoint[] {
  if (selector === undefined) return []
  const wanted = Object.entries(selector)
  return workloads.filter(
    workload =>
      workload.namespace === namespace && wanted.every(([key, value]) => labelValue(workload.labels, key) === value),
  )
}

/** `10.0.0.1:80`, `[2001:db8::1]:80` */
export function textOf(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}
