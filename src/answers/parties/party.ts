// Who is asked about, in `reach` and in assertions: pods, nodes, nets, the world; and what they are looked up in.

import { hasFloatingIps } from '../../calico/felix-config.ts'
import { effectiveLabel, type WorkloadEndpoint } from '../../model/ast/endpoint.ts'
import type { NetworkSet, Resource } from '../../model/ast/resources.ts'
import { type NodePlan, profileLabelsOf } from '../../model/plan.ts'
import type { Address, Cidr, IpVersion } from '../../net/cidr.ts'
import type { Service } from '../../model/ast/service.ts'
import { assertNever } from '../../text/assert-never.ts'
import { sortedUnique } from '../../text/bytes.ts'
import { nodesByAddress } from '../../trace/cluster-addresses.ts'
import { addressesBehind } from '../../trace/service-members.ts'

/** What words for a party stand for. `text` is how it was written. */
export type Party =
  | { readonly kind: 'pods'; readonly text: string; readonly pods: readonly PartyPod[] }
  | { readonly kind: 'host'; readonly text: string; readonly host: PartyHost; readonly interfaceName?: string }
  | { readonly kind: 'service'; readonly text: string; readonly service: PartyService }
  /** Whoever has such an address, pods and nodes too. */
  | { readonly kind: 'nets'; readonly text: string; readonly nets: readonly Cidr[] }
  /** Every address but those of the input's pods and nodes and the nets of its pools. */
  | { readonly kind: 'world'; readonly text: string }

/** A workload endpoint; a pod with several has one for each. */
export interface PartyPod {
  /** `namespace/name` */
  readonly name: string
  readonly endpoint: WorkloadEndpoint
  /** Its own label, or else that of its namespace or service account (`pcns.`, `pcsa.`). */
  readonly labelOf: (key: string) => string | undefined
}

/** A Service with addresses of its own; where it has none, its name leads to the pods behind it. */
export interface PartyService {
  /** `namespace/name` */
  readonly name: string
  readonly service: Service
  /** Addresses of those behind it. */
  readonly behind: ReadonlySet<string>
}

export interface PartyHost {
  /** Name of the node. */
  readonly node: string
  /** What the resources say of it: BGP and internal addresses, tunnels, `expectedIPs`. */
  readonly addresses: readonly Address[]
  /** Interfaces that resources name. */
  readonly interfaces: readonly string[]
}

export interface PartyCluster {
  readonly resources: readonly Resource[]
  /** In the order of the input. */
  readonly pods: readonly PartyPod[]
  /** In byte order. */
  readonly namespaces: readonly string[]
  /** In byte order of their names. */
  readonly hosts: readonly PartyHost[]
  readonly networkSets: readonly NetworkSet[]
  /** In the order of the input. */
  readonly services: readonly PartyService[]
  /** Why nobody can be asked about Services; absent where they can. */
  readonly servicesLeftOut?: string
  /** Who has a floating IP, by its address. */
  readonly floatingIps: ReadonlyMap<string, PartyPod>
  /** Nets of IP pools. */
  readonly pools: readonly Cidr[]
}

/** @param plan of any node: labels are the same for all */
export function partyClusterOf(
  { matching, config }: Pick<NodePlan, 'matching' | 'config'>,
  resources: readonly Resource[],
): PartyCluster {
  const inherited = profileLabelsOf(matching)
  const pods = matching.workloadEndpoints.map((endpoint): PartyPod => {
    const { namespace, name, labels, profiles } = endpoint
    const labelOf = (key: string): string | undefined => effectiveLabel(labels, profiles, inherited, key)?.value
    return { name: `${namespace}/${name}`, endpoint, labelOf }
  })
  const networkSets = resources.filter(resource => resource.kind === 'networkSet')
  const named = resources.flatMap(resource => (resource.kind === 'namespace' ? [resource.name] : []))
  const used = [...pods.map(({ endpoint }) => endpoint.namespace), ...networkSets.map(({ namespace }) => namespace)]
  return {
    resources,
    pods,
    namespaces: sortedUnique([...named, ...used].filter(name => name !== '')),
    hosts: hostsOf(resources),
    networkSets,
    services: servicesOf(resources),
    floatingIps: new Map(
      pods.flatMap(pod => {
        const { orchestrator, extras } = pod.endpoint
        return hasFloatingIps(config, orchestrator)
          ? (extras?.floatingIps ?? []).map(({ external }) => [external, pod] as const)
          : []
      }),
    ),
    pools: resources.flatMap(resource => (resource.kind === 'ipPool' ? [resource.cidr] : [])),
  }
}

/** IP versions in which somebody of a party has an address; both of a node of which none is known. */
export function versionsOf(party: Party): ReadonlySet<IpVersion> {
  const found = new Set(addressesOf(party).map(({ ipVersion }) => ipVersion))
  return party.kind === 'world' || (party.kind === 'host' && found.size === 0) ? new Set([4, 6]) : found
}

function addressesOf(party: Party): readonly { readonly ipVersion: IpVersion }[] {
  switch (party.kind) {
    case 'pods':
      return party.pods.flatMap(({ endpoint }) => endpoint.addresses)
    case 'host':
      return party.host.addresses
    case 'service':
      return addressesOfService(party.service)
    case 'nets':
      return party.nets
    case 'world':
      return []
    default:
      return assertNever(party)
  }
}

export function addressesOfService({ service }: PartyService): readonly Address[] {
  const { clusterIps, externalIps, loadBalancerIps } = service
  return [...clusterIps, ...externalIps, ...loadBalancerIps.map(({ address }) => address)]
}

/** By which ports of pods can be named. */
export function portNamesOf({ pods }: PartyCluster): readonly string[] {
  return [...new Set(pods.flatMap(({ endpoint }) => endpoint.ports.map(({ name }) => name)))]
}

function servicesOf(resources: readonly Resource[]): readonly PartyService[] {
  const slices = resources.filter(resource => resource.kind === 'endpointSlice')
  const workloads = resources.filter(resource => resource.kind === 'workloadEndpoint')
  const services = resources.filter(resource => resource.kind === 'service')
  return services.map(service => ({
    name: `${service.namespace}/${service.name}`,
    service,
    behind: new Set(addressesBehind(service, { slices, workloads }).map(({ text }) => text)),
  }))
}

function hostsOf(resources: readonly Resource[]): readonly PartyHost[] {
  const addresses = new Map<string, Address[]>()
  const interfaces = new Map<string, string[]>()
  const note = <Value>(map: Map<string, Value[]>, node: string, values: readonly Value[]): void => {
    if (node === '') return
    const known = map.get(node)
    if (known === undefined) map.set(node, [...values])
    else known.push(...values)
  }
  const owners = nodesByAddress(resources)
  for (const resource of resources) {
    switch (resource.kind) {
      case 'node': {
        const { ipip, vxlan4, vxlan6 } = resource.tunnelAddresses
        const own = [...resource.addresses, ...[ipip, vxlan4, vxlan6].filter(address => address !== undefined)]
        note(addresses, resource.name, own)
        note(
          interfaces,
          resource.name,
          resource.forHostEndpoints.interfaces.map(({ name }) => name),
        )
        break
      }
      case 'hostEndpoint':
        note(addresses, resource.node, resource.expectedIps)
        note(
          interfaces,
          resource.node,
          [resource.interfaceName].filter(name => name !== '' && name !== '*'),
        )
        break
      case 'workloadEndpoint':
        note(addresses, resource.node, [])
        break
      default:
    }
  }
  return sortedUnique([...addresses.keys()]).map(node => {
    const own = new Map((addresses.get(node) ?? []).map(address => [address.text, address]))
    return {
      node,
      // An address of several nodes is that of the first.
      addresses: [...own.values()].filter(({ text }) => owners.get(text) === node),
      interfaces: sortedUnique(interfaces.get(node) ?? []),
    }
  })
}
