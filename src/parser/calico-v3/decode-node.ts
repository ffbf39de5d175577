// Node of projectcalico.org/v3: labels, and all its addresses.

import { groupBy } from '../../text/group-by.ts'
import { type Address, firstIpv4, parseAddress, parseCidr, parseNet } from '../../net/cidr.ts'
import type { Decoder } from '../context.ts'
import { decodeResource } from './decode-resource.ts'
import { SCHEMAS } from './schema.ts'

export const decodeNode: Decoder = (document, context) => {
  const { location } = document
  const resource = decodeResource(SCHEMAS.Node, document, context, ({ spec }, { error, isBroken }) => {
    const isMissing = ([field, value]: [string, unknown]): boolean =>
      value === undefined && !isBroken('spec', 'bgp', field)
    if (spec?.bgp !== undefined && Object.entries(spec.bgp).every(isMissing))
      error('bad-value', ['spec', 'bgp'], '`bgp` is empty', 'leave it out')
  })
  if (resource === undefined) return
  const { metadata, spec } = resource
  const listed = groupBy(spec?.addresses ?? [], ({ type = '' }) => type)
  const ofType = (type: string): readonly string[] => (listed.get(type) ?? []).map(({ address = '' }) => address)
  const own = [...ofType('InternalIP'), ...ofType('ExternalIP')]
  const anyIpv4 = firstIpv4([spec?.bgp?.ipv4Address, ...own])
  const bgp = [spec?.bgp?.ipv4Address, spec?.bgp?.ipv6Address].flatMap(text => (text === undefined ? [] : [text]))
  context.add({
    kind: 'node',
    name: metadata?.name ?? '',
    labels: metadata?.labels ?? {},
    bgpAddresses: bgp.flatMap(text => addressOfCidr(text)),
    ...(anyIpv4 === undefined ? {} : { anyIpv4 }),
    addresses: [...bgp, ...new Set([...own, ...[...listed.keys()].flatMap(ofType)])].flatMap(addressOf),
    tunnelAddresses: {
      ...named('ipip', spec?.bgp?.ipv4IPIPTunnelAddr),
      ...named('vxlan4', spec?.ipv4VXLANTunnelAddr),
      ...named('vxlan6', spec?.ipv6VXLANTunnelAddr),
    },
    forHostEndpoints: {
      addresses: [
        ...bgp,
        spec?.bgp?.ipv4IPIPTunnelAddr ?? '',
        spec?.ipv4VXLANTunnelAddr ?? '',
        spec?.ipv6VXLANTunnelAddr ?? '',
        spec?.wireguard?.interfaceIPv4Address ?? '',
        spec?.wireguard?.interfaceIPv6Address ?? '',
        ...ofType('InternalIP'),
      ].flatMap(addressOf),
      interfaces: (spec?.interfaces ?? []).map(({ name = '', addresses = [] }) => ({
        name,
        addresses: addresses.flatMap(addressOf),
      })),
    },
    location,
  })
}

function named<const K extends string>(key: K, text: string | undefined): { readonly [P in K]?: Address } {
  const address = text === undefined ? undefined : parseAddress(text)
  return (address === undefined ? {} : { [key]: address }) as { readonly [P in K]?: Address }
}

function addressOfCidr(text: string): readonly Address[] {
  const parsed = parseCidr(text)
  return parsed === undefined ? [] : [parsed.address]
}

function addressOf(text: string): readonly Address[] {
  const parsed = parseNet(text)
  return parsed === undefined ? [] : [parsed.address]
}
