// Everything that is not policy: pools, tunnels, NAT, service CIDRs, markings.

import { ALLOWED_SOURCE_PREFIXES_ANNOTATION, DSCP_ANNOTATION, FLOATING_IPS_ANNOTATION } from '../calico/labels.ts'
import { type FelixField, hasFloatingIps } from '../calico/felix-config.ts'
import { at, type Location } from '../diagnostics/source.ts'
import type { HostEndpoint, WorkloadEndpoint } from '../model/ast/endpoint.ts'
import type { IpPool, Node } from '../model/ast/resources.ts'
import type { DscpMarking, FloatingIp, FloatingIps, NetworkPlan, Reason } from '../model/plan.ts'
import { formatCidr, type IpVersion } from '../net/cidr.ts'
import { compareBytes } from '../text/bytes.ts'
import type { Cluster } from './cluster.ts'
import type { ConfigSources, ResolvedConfig } from './resolve-config.ts'

/** Where an endpoint asks for something in an annotation. */
function annotation(location: Location, key: string): Location {
  return at(location, 'metadata', 'annotations', key)
}

/** A local workload with the interface it hangs on. */
export interface LocalWorkload {
  readonly endpoint: WorkloadEndpoint
  readonly interfaceName: string
}

/** @param workloads those with an interface of their own; `endpoints` are all of the node, for Felix looks at no interface where it translates or marks addresses */
export function planNetwork(
  cluster: Cluster,
  node: Node | undefined,
  { config, sources }: ResolvedConfig,
  workloads: readonly LocalWorkload[],
  endpoints: readonly WorkloadEndpoint[],
  hostEndpoints: readonly HostEndpoint[],
  isIpvs: boolean,
): NetworkPlan {
  const { ipPools } = cluster
  const ofVersion = (ipVersion: IpVersion): readonly IpPool[] =>
    ipPools.filter(({ cidr }) => cidr.ipVersion === ipVersion)
  const ipip = override(
    config.ipipEnabled,
    'ipipEnabled',
    ipPools.find(({ hasIpip }) => hasIpip),
    'an IPPool with IPIP',
    sources,
  )
  const vxlan = (ipVersion: IpVersion): Reason | undefined =>
    override(
      ipVersion === 4 ? config.vxlanEnabled : undefined,
      'vxlanEnabled',
      ofVersion(ipVersion).find(({ hasVxlan }) => hasVxlan),
      `an IPv${ipVersion} IPPool with VXLAN`,
      sources,
    )
  const natOutgoing = (ipVersion: IpVersion): Reason | undefined =>
    override(
      undefined,
      'natPortRange',
      ofVersion(ipVersion).find(({ isNatOutgoing }) => isNatOutgoing),
      'an IPPool with natOutgoing',
      sources,
    )
  const floating = endpoints.filter(({ orchestrator }) => hasFloatingIps(config, orchestrator))
  return {
    ...(ipip === undefined ? {} : { ipip }),
    vxlan: byVersion(vxlan),
    isIpvs,
    tunnelAddresses: node?.tunnelAddresses ?? {},
    natOutgoing: byVersion(natOutgoing),
    blockedServiceCidrs: blockedServiceCidrs(cluster),
    floatingIps: { 4: floatingIps(floating, 4), 6: floatingIps(floating, 6) },
    dscp: { 4: dscpMarkings(endpoints, hostEndpoints, 4), 6: dscpMarkings(endpoints, hostEndpoints, 6) },
    spoofingExemptions: workloads.flatMap(({ endpoint, interfaceName }) =>
      (endpoint.extras?.allowedSourcePrefixes ?? []).map(prefix => ({
        interfaceName,
        prefix,
        location: annotation(endpoint.location, ALLOWED_SOURCE_PREFIXES_ANNOTATION),
      })),
    ),
  }
}

function byVersion(reasonOf: (ipVersion: IpVersion) => Reason | undefined): Partial<Record<IpVersion, Reason>> {
  const [four, six] = [reasonOf(4), reasonOf(6)]
  return { ...(four === undefined ? {} : { 4: four }), ...(six === undefined ? {} : { 6: six }) }
}

/** A FelixConfiguration that says so either way wins over what the pools suggest. */
function override(
  configured: boolean | undefined,
  field: FelixField,
  pool: IpPool | undefined,
  text: string,
  sources: ConfigSources,
): Reason | undefined {
  if (configured === false) return undefined
  const configuredAt = sources[field]
  if (configured === true && configuredAt !== undefined) return { location: configuredAt, text: `${field}: true` }
  return pool === undefined
    ? undefined
    : { location: pool.location, text: `${text}: ${pool.name} (${formatCidr(pool.cidr)})` }
}

/** Service CIDRs of the BGPConfiguration `default`, each in the IP version it is written in. */
function blockedServiceCidrs({ bgpConfigurations }: Cluster): NetworkPlan['blockedServiceCidrs'] {
  const cidrs = bgpConfigurations.find(({ name }) => name === 'default')?.serviceCidrs ?? []
  return [...cidrs]
    .sort((a, b) => compareBytes(a.text, b.text))
    .map(({ text, location }) => ({ ipVersion: text.includes(':') ? 6 : 4, text, location }))
}

/**
 * Mappings whose internal address is of an IP version. Of several internal addresses for one external, and the other way
 * round, the smallest text counts.
 */
function floatingIps(endpoints: readonly WorkloadEndpoint[], ipVersion: IpVersion): FloatingIps {
  const byExternal = new Map<string, FloatingIp>()
  for (const endpoint of endpoints) {
    for (const { external, internal } of endpoint.extras?.floatingIps ?? []) {
      if (internal.includes(':') !== (ipVersion === 6)) continue
      const known = byExternal.get(external)
      if (known === undefined || compareBytes(internal, known.internal) < 0) {
        byExternal.set(external, {
          external,
          internal,
          location: annotation(endpoint.location, FLOATING_IPS_ANNOTATION),
        })
      }
    }
  }
  const dnat = [...byExternal.values()].sort((a, b) => compareBytes(a.external, b.external))
  const byInternal = new Map<string, FloatingIp>()
  for (const pair of dnat) if (!byInternal.has(pair.internal)) byInternal.set(pair.internal, pair)
  return { dnat, snat: [...byInternal.values()].sort((a, b) => compareBytes(a.internal, b.internal)) }
}

function dscpMarkings(
  endpoints: readonly WorkloadEndpoint[],
  hostEndpoints: readonly HostEndpoint[],
  ipVersion: IpVersion,
): readonly DscpMarking[] {
  const marked = [
    ...endpoints.map(({ extras, addresses, location }) => ({
      value: extras?.dscp,
      addresses,
      location: annotation(location, DSCP_ANNOTATION),
    })),
    ...hostEndpoints.map(({ dscp, expectedIps, location }) => ({
      value: dscp,
      addresses: expectedIps,
      location: annotation(location, DSCP_ANNOTATION),
    })),
  ]
  return marked
    .flatMap(({ value, addresses, location }) => {
      const text = addresses
        .filter(address => address.ipVersion === ipVersion)
        .map(address => address.text)
        .join(',')
      return value === undefined || text === '' ? [] : [{ addresses: text, value, location }]
    })
    .sort((a, b) => compareBytes(a.addresses, b.addresses))
}
