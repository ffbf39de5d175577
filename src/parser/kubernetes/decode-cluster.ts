// Namespaces, service accounts and nodes.

import {
  METADATA_NAME_LABEL,
  NAMESPACE_PREFIX,
  NAME_LABEL,
  SERVICE_ACCOUNT_PREFIX,
  namespaceProfileName,
  serviceAccountProfileName,
} from '../../calico/labels.ts'
import type { Location } from '../../diagnostics/source.ts'
import type { Labels } from '../../model/ast/endpoint.ts'
import type { PolicyRule } from '../../model/ast/policy.ts'
import { ANY_ENTITY } from '../../model/ast/policy.ts'
import type { NodeInterface, Profile } from '../../model/ast/resources.ts'
import { type Address, firstIpv4, parseAddress, parseCidr, parseNet } from '../../net/cidr.ts'
import * as z from 'zod'
import { once } from '../lazily.ts'
import type { Decoder } from '../context.ts'
import { decode } from '../decode.ts'
import { list, optional, text } from '../fields.ts'
import { metadataSchema } from '../metadata.ts'

const anyObject = once(() => z.looseObject({ metadata: optional(metadataSchema) }))

function prefixed(prefix: string, labels: Labels): Labels {
  return Object.fromEntries(Object.entries(labels).map(([key, value]) => [prefix + key, value]))
}

/** The profile of a namespace: its labels for the endpoints in it, and both ways open to what no policy decides. */
function namespaceProfile(name: string, labels: Labels, location: Location): Profile {
  const allow: PolicyRule = { action: 'Allow', source: ANY_ENTITY, destination: ANY_ENTITY, annotations: [], location }
  return {
    kind: 'profile',
    name: namespaceProfileName(name),
    labelsToApply: {
      // The API server keeps this label on every namespace; files may leave it out.
      [NAMESPACE_PREFIX + METADATA_NAME_LABEL]: name,
      ...prefixed(NAMESPACE_PREFIX, labels),
      [NAMESPACE_PREFIX + NAME_LABEL]: name,
    },
    ingress: [allow],
    egress: [allow],
    location,
  }
}

export const decodeNamespace: Decoder = ({ value, location }, { report, add }) => {
  const resource = decode(anyObject(), value, location, report)
  const name = resource?.metadata?.name
  if (name === undefined) return
  add({ kind: 'namespace', name, location })
  add(namespaceProfile(name, resource?.metadata?.labels ?? {}, location))
}

export const decodeServiceAccount: Decoder = ({ value, location }, { report, add }) => {
  const resource = decode(anyObject(), value, location, report)
  const name = resource?.metadata?.name
  if (name === undefined) return
  add({
    kind: 'profile',
    name: serviceAccountProfileName(resource?.metadata?.namespace ?? 'default', name),
    labelsToApply: {
      ...prefixed(SERVICE_ACCOUNT_PREFIX, resource?.metadata?.labels ?? {}),
      [SERVICE_ACCOUNT_PREFIX + NAME_LABEL]: name,
    },
    ingress: [],
    egress: [],
    location,
  })
}

const nodeSchema = once(() =>
  z.looseObject({
    metadata: optional(metadataSchema),
    status: optional(
      z.looseObject({ addresses: list(z.looseObject({ type: optional(text), address: optional(text) })) }),
    ),
  }),
)

export const decodeKubernetesNode: Decoder = ({ value, location }, { report, add }) => {
  const resource = decode(nodeSchema(), value, location, report)
  if (resource === undefined) return
  const { metadata, status } = resource
  const annotations = metadata?.annotations ?? {}
  const annotation = (name: string): string => annotations[`projectcalico.org/${name}`] ?? ''
  const bgp = [annotation('IPv4Address'), annotation('IPv6Address')].filter(written => written !== '')
  const ofType = (wanted: string): readonly (string | undefined)[] =>
    (status?.addresses ?? []).filter(({ type }) => type === wanted).map(({ address }) => address)
  const own = [...ofType('InternalIP'), ...ofType('ExternalIP')]
  const anyIpv4 = firstIpv4([annotation('IPv4Address'), ...own])
  const tunnel = (name: string): Address | undefined => parseAddress(annotation(name))
  const ipip = tunnel('IPv4IPIPTunnelAddr')
  const vxlan4 = tunnel('IPv4VXLANTunnelAddr')
  const vxlan6 = tunnel('IPv6VXLANTunnelAddr')
  add({
    kind: 'node',
    name: metadata?.name ?? '',
    labels: { ...metadata?.labels, ...calicoLabels(annotation('labels')) },
    bgpAddresses: bgp.flatMap(written => parseCidr(written)?.address ?? []),
    ...(anyIpv4 === undefined ? {} : { anyIpv4 }),
    addresses: [...bgp, ...own].flatMap(written => parseNet(written ?? '')?.address ?? []),
    tunnelAddresses: {
      ...(ipip === undefined ? {} : { ipip }),
      ...(vxlan4 === undefined ? {} : { vxlan4 }),
      ...(vxlan6 === undefined ? {} : { vxlan6 }),
    },
    forHostEndpoints: {
      addresses: [
        ...bgp,
        ...['IPv4IPIPTunnelAddr', 'IPv4VXLANTunnelAddr', 'IPv6VXLANTunnelAddr'].map(annotation),
        ...['IPv4WireguardInterfaceAddr', 'IPv6WireguardInterfaceAddr'].map(annotation),
        ...ofType('InternalIP'),
      ].flatMap(written => parseNet(written ?? '')?.address ?? []),
      interfaces: calicoInterfaces(annotation('Interfaces')),
    },
    location,
  })
}

const interfacesSchema = once(() =>
  z.array(z.looseObject({ name: z.string(), addresses: z.array(z.string()).optional() })),
)

/** Of the wrong form, the annotation is ignored. */
function calicoInterfaces(written: string): readonly NodeInterface[] {
  if (written === '') return []
  try {
    const parsed = interfacesSchema().safeParse(JSON.parse(written))
    return (parsed.data ?? []).map(({ name, addresses = [] }) => ({
      name,
      addresses: addresses.flatMap(address => parseNet(address)?.address ?? []),
    }))
  } catch {
    return []
  }
}

function calicoLabels(written: string): Labels {
  if (written === '') return {}
  try {
    const parsed = z.record(z.string(), z.string()).safeParse(JSON.parse(written))
    return parsed.success ? parsed.data : {}
  } catch {
    return {}
  }
}
