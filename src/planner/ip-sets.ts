// IP sets that rules ask for -> their members, over all endpoints and network sets of the cluster.

import { assertNever } from '../text/assert-never.ts'
import { groupBy } from '../text/group-by.ts'
import { namespaceProfileName } from '../calico/labels.ts'
import type { HostEndpoint, WorkloadEndpoint } from '../model/ast/endpoint.ts'
import type { NetworkSet } from '../model/ast/resources.ts'
import type { EndpointSlice } from '../model/ast/service.ts'
import type { IpSetType, PlannedIpSet } from '../model/plan.ts'
import {
  type Address,
  addressBits,
  type Cidr,
  formatCidr,
  IP_VERSIONS,
  type IpVersion,
  maximalCidrs,
  singleAddressCidr,
  splitCidr,
  withoutFullLength,
} from '../net/cidr.ts'
import type { Cluster } from './cluster.ts'
import { collectLabels, LabelIndex } from './label-index.ts'
import type { Labelled } from './label-postings.ts'
import type { IpSetRequest } from './plan-rules.ts'
import type { PlanWork } from './plan-work.ts'
import type { PlannerMemory } from './planner-memory.ts'
import {
  namedPortMembers,
  NO_PORTS,
  type PortMember,
  portsByName,
  type PortsByName,
  servicePortMembers,
} from './port-members.ts'

/** Something whose addresses a selector can put into a set. */
interface Member extends Labelled {
  readonly addresses: readonly Address[]
  /** The addresses and nets as sets have them, made once for all sets. */
  readonly cidrs: readonly Cidr[]
  readonly ports: PortsByName
}

/** Sets of one endpoint's own namespace inherit that namespace's labels. */
function networkSetMember({ namespace, labels, nets }: NetworkSet): Member {
  return {
    labels,
    parents: namespace === '' ? [] : [namespaceProfileName(namespace)],
    addresses: [],
    // The kernel's sets cannot hold a net of prefix length 0.
    cidrs: nets.flatMap(net => (net.prefixLength === 0 ? splitCidr(net) : [net])),
    ports: NO_PORTS,
  }
}

function workloadMember({ labels, profiles, addresses, ports }: WorkloadEndpoint): Member {
  return { labels, parents: profiles, addresses, cidrs: addresses.map(singleAddressCidr), ports: portsByName(ports) }
}

function hostMember({ labels, profiles, expectedIps, ports }: HostEndpoint): Member {
  return {
    labels,
    parents: profiles,
    addresses: expectedIps,
    cidrs: expectedIps.map(singleAddressCidr),
    ports: portsByName(ports),
  }
}

/** Endpoints without addresses are not kept for each set that selects them. */
function hasMembers({ cidrs }: Member): boolean {
  return cidrs.length > 0
}

export interface IpSetOptions {
  /** Leave out CIDRs that another of the same set covers: Felix does unless `nftablesMode` is `Disabled`. */
  readonly suppressCovered: boolean
}

/** Members of every requested set, for both IP versions. @param memory what is known of an earlier version @throws PlanTooLarge */
export function planIpSets(
  requests: ReadonlyMap<string, IpSetRequest>,
  cluster: Cluster,
  options: IpSetOptions,
  work: PlanWork,
  memory: PlannerMemory,
): readonly PlannedIpSet[] {
  const known = memory.knownSets({ ...cluster, ...options })
  const missing = new Map([...requests].filter(([id]) => !known.has(id)))
  if (missing.size > 0) for (const set of workOutSets(missing, cluster, options, work)) known.set(set.id, set)
  return [...requests.keys()].flatMap(id => known.get(id) ?? [])
}

function workOutSets(
  requests: ReadonlyMap<string, IpSetRequest>,
  cluster: Cluster,
  options: IpSetOptions,
  work: PlanWork,
): readonly PlannedIpSet[] {
  const { workloadEndpoints, hostEndpoints, networkSets, profiles } = cluster
  const wanted = new Set<string>()
  for (const request of requests.values())
    if (request.kind !== 'service') collectLabels(request.selector.selector, wanted)
  const parentLabels = new Map([...profiles].map(([name, { labelsToApply }]) => [name, labelsToApply] as const))
  const members = [
    ...workloadEndpoints.map(workloadMember),
    ...hostEndpoints.map(hostMember),
    ...networkSets.map(networkSetMember),
  ]
  const index = new LabelIndex(members, parentLabels, wanted, work)
  const slices = groupBy(cluster.endpointSlices, ({ namespace, service }) => `${namespace}/${service}`)
  // All are counted before the first is printed: what is too much is refused before it takes time.
  const makes = [...requests].map(([id, request]): (() => PlannedIpSet) => {
    switch (request.kind) {
      case 'selector': {
        const matched = index.match(request.selector.selector).filter(hasMembers)
        const count = matched.reduce((sum, { cidrs }) => sum + cidrs.length, 0)
        work.addMembers(count, () => `those of \`${request.selector.canonical}\``)
        return () => selectorSet(id, request, matched, options)
      }
      case 'namedPort': {
        const { selector, protocol, port } = request
        const ports = namedPortMembers(index.match(selector.selector), protocol, port, work)
        return () => portSet(id, ports, { kind: 'namedPort', selector, protocol, port })
      }
      case 'service': {
        const { namespace, name, withPorts } = request
        const own = slices.get(`${namespace}/${name}`) ?? []
        const source = { kind: 'service', namespace, name, withPorts } as const
        if (!withPorts) return () => netSet(id, serviceCidrs(own), false, source)
        const ports = servicePortMembers(own, work)
        return () => portSet(id, ports, source)
      }
      default:
        return assertNever(request)
    }
  })
  return makes.map(make => make())
}

function selectorSet(
  id: string,
  { type, selector }: Extract<IpSetRequest, { kind: 'selector' }>,
  members: readonly Member[],
  { suppressCovered }: IpSetOptions,
): PlannedIpSet {
  const cidrs: Cidr[] = []
  for (const member of members) for (const cidr of member.cidrs) cidrs.push(cidr)
  const set = netSet(id, cidrs, suppressCovered, { kind: 'selector', selector })
  if (type === 'hash:net') return set
  // Sets of addresses have them without the prefix length.
  const bare = (texts: readonly string[] = []): readonly string[] => texts.map(withoutFullLength)
  return { ...set, type, members: { 4: bare(set.members[4]), 6: bare(set.members[6]) } }
}

function serviceCidrs(slices: readonly EndpointSlice[]): readonly Cidr[] {
  return slices.flatMap(({ addresses }) => addresses.map(singleAddressCidr))
}

/** A `hash:net` set of both IP versions. */
export function netSet(
  id: string,
  cidrs: readonly Cidr[],
  suppressCovered: boolean,
  source: PlannedIpSet['source'],
): PlannedIpSet {
  const members = (ipVersion: IpVersion): readonly string[] => {
    const own = cidrs.filter(cidr => cidr.ipVersion === ipVersion)
    // Addresses alone cover none of each other.
    const hasNets = own.some(({ prefixLength }) => prefixLength < addressBits(ipVersion))
    return uniqueSorted((suppressCovered && hasNets ? maximalCidrs(own) : own).map(formatCidr))
  }
  return planned(id, 'hash:net', members, source)
}

function portSet(id: string, portMembers: readonly PortMember[], source: PlannedIpSet['source']): PlannedIpSet {
  const members = (ipVersion: IpVersion): readonly string[] =>
    uniqueSorted(
      portMembers
        .filter(({ address }) => address.ipVersion === ipVersion)
        .map(({ address, protocol, port }) => `${address.text},${protocol}:${port}`),
    )
  return planned(id, 'hash:ip,port', members, source)
}

/** A `hash:ip` set of both IP versions. */
export function addressSet(id: string, addresses: readonly Address[], source: PlannedIpSet['source']): PlannedIpSet {
  const members = (ipVersion: IpVersion): readonly string[] =>
    uniqueSorted(addresses.filter(address => address.ipVersion === ipVersion).map(({ text }) => text))
  return planned(id, 'hash:ip', members, source)
}

function planned(
  id: string,
  type: IpSetType,
  members: (ipVersion: IpVersion) => readonly string[],
  source: PlannedIpSet['source'],
): PlannedIpSet {
  const [four, six] = IP_VERSIONS.map(members)
  return { id, type, members: { 4: four ?? [], 6: six ?? [] }, source }
}

/** Addresses and ports are ASCII, of which the order of code units is that of bytes and three times as fast. */
function uniqueSorted(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].sort()
}
