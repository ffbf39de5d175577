// The IP sets of Felix's own rules.

import type { Release } from '../calico/releases/release.ts'
import type { Node } from '../model/ast/resources.ts'
import type { FelixConfig } from '../calico/felix-config.ts'
import type { HostEndpoint, WorkloadEndpoint } from '../model/ast/endpoint.ts'
import type { NetworkPlan, PlannedIpSet } from '../model/plan.ts'
import { type Address, IP_VERSIONS, type IpVersion, singleAddressCidr } from '../net/cidr.ts'
import type { Cluster } from './cluster.ts'
import { addressSet, netSet } from './ip-sets.ts'

export interface StaticSetInput {
  readonly cluster: Cluster
  readonly nodeName: string
  readonly config: FelixConfig
  readonly release: Release
  readonly network: NetworkPlan
  readonly localAddresses: readonly Address[]
  /** Of the node. */
  readonly workloadEndpoints: readonly WorkloadEndpoint[]
  readonly hostEndpoints: readonly HostEndpoint[]
}

export function planStaticIpSets(input: StaticSetInput): readonly PlannedIpSet[] {
  const { cluster, config, release, network, localAddresses } = input
  const { ipPools } = cluster
  const meaning = (text: string): PlannedIpSet['source'] => ({ kind: 'static', meaning: text })
  const hostsExcluded = config.natOutgoingExclusions === 'IPPoolsAndHostIPs'
  const hostVersions = IP_VERSIONS.filter(version => hostsExcluded || (version === 4 && network.ipip !== undefined))
  const vxlanVersions = IP_VERSIONS.filter(version => network.vxlan[version] !== undefined)
  return [
    netSet(
      release.poolSetId,
      ipPools
        .filter(pool => release.loadBalancerPools === 'inPoolSet' || !pool.isLoadBalancerOnly)
        .map(({ cidr }) => cidr),
      false,
      meaning('all IP pools'),
    ),
    netSet(
      'masq-ipam-pools',
      ipPools.filter(pool => pool.isNatOutgoing).map(({ cidr }) => cidr),
      false,
      meaning('IP pools with natOutgoing'),
    ),
    addressSet('this-host', localAddresses, meaning('addresses of the node itself')),
    ...(release.hasDscp
      ? [
          netSet(
            'dscp-src-net',
            dscpSources(input).map(singleAddressCidr),
            false,
            meaning('addresses of local endpoints that ask for a DSCP value'),
          ),
        ]
      : []),
    ...onlyFor(hostVersions, netSet('all-hosts-net', hostNets(input), false, meaning('addresses of all nodes'))),
    ...onlyFor(
      vxlanVersions,
      netSet(
        'all-vxlan-net',
        vxlanNets(input),
        false,
        meaning('addresses of the other nodes that have a VXLAN tunnel'),
      ),
    ),
  ]
}

/** The set without the IP versions for which it does not exist; nothing if there is none left. */
function onlyFor(versions: readonly IpVersion[], set: PlannedIpSet): readonly PlannedIpSet[] {
  if (versions.length === 0) return []
  return [{ ...set, members: Object.fromEntries(versions.map(version => [version, set.members[version]])) }]
}

function dscpSources({ workloadEndpoints, hostEndpoints }: StaticSetInput): readonly Address[] {
  return [
    ...workloadEndpoints.flatMap(({ extras, addresses }) => (extras?.dscp === undefined ? [] : addresses)),
    ...hostEndpoints.flatMap(({ dscp, expectedIps }) => (dscp === undefined ? [] : expectedIps)),
  ]
}

function hostNets({ cluster, config, release }: StaticSetInput): Parameters<typeof netSet>[1] {
  return [
    ...[...cluster.nodes.values()].flatMap(node => hostAddresses(node, release).map(singleAddressCidr)),
    ...config.externalNodesList,
  ]
}

function hostAddresses({ bgpAddresses, anyIpv4 }: Node, { hostNets: from }: Release): readonly Address[] {
  if (from === 'bgp') return bgpAddresses
  return anyIpv4 === undefined ? [] : [anyIpv4]
}

function vxlanNets({ cluster, config, nodeName }: StaticSetInput): Parameters<typeof netSet>[1] {
  const peers = [...cluster.nodes.values()].filter(({ name }) => name !== nodeName)
  return [
    ...config.externalNodesList,
    ...IP_VERSIONS.flatMap(version =>
      peers.flatMap(({ addresses, tunnelAddresses }) => {
        const own = addresses.find(({ ipVersion }) => ipVersion === version)
        const tunnel = version === 4 ? tunnelAddresses.vxlan4 : tunnelAddresses.vxlan6
        return own === undefined || tunnel === undefined ? [] : [singleAddressCidr(own)]
      }),
    ),
  ]
}
