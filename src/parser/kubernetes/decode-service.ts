// Services and EndpointSlices. A Service makes no rules of Calico's, so what does not fit in one is left unread; of the
// slices, whose addresses IP sets hold, every mistake is told.

import { at, type Location } from '../../diagnostics/source.ts'
import type {
  LoadBalancerAddress,
  Service,
  ServicePort,
  ServiceType,
  SliceEndpoint,
  SlicePort,
  TrafficPolicy,
} from '../../model/ast/service.ts'
import { type Address, parseAddress, parseNet } from '../../net/cidr.ts'
import * as z from 'zod'
import { once } from '../lazily.ts'
import type { Decoder } from '../context.ts'
import { decode } from '../decode.ts'
import { list, optional, text } from '../fields.ts'
import { anything, metadataSchema } from '../metadata.ts'
import { asMapping, integerIn, itemsIn, type Mapping, mappingIn, textIn, textMapIn, textsIn } from './loose-fields.ts'
import { portProtocol } from './pod-traits.ts'
import { portProtocol as portProtocolSchema } from './schema.ts'

const SERVICE_TYPES: readonly ServiceType[] = ['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName']

/** How long `sessionAffinity: ClientIP` lasts where the Service does not say: three hours. */
const DEFAULT_AFFINITY_SECONDS = 10_800

export const decodeService: Decoder = ({ value, location }, { add }) => {
  const metadata = mappingIn(value, 'metadata')
  const spec = mappingIn(value, 'spec')
  const name = textIn(metadata, 'name')
  if (name === '') return
  const selector = textMapIn(spec, 'selector')
  const healthCheckNodePort = integerIn(spec, 'healthCheckNodePort', 65535)
  const service: Service = {
    kind: 'service',
    namespace: textIn(metadata, 'namespace') || 'default',
    name,
    type: SERVICE_TYPES.find(type => type === spec['type']) ?? 'ClusterIP',
    labels: textMapIn(metadata, 'labels'),
    ...(Object.keys(selector).length === 0 ? {} : { selector }),
    ports: readPorts(spec, at(location, 'spec', 'ports')),
    isHeadless: spec['clusterIP'] === 'None',
    clusterIps: readClusterIps(spec),
    externalIps: textsIn(spec, 'externalIPs').flatMap(written => parseAddress(written) ?? []),
    loadBalancerIps: readLoadBalancerIps(spec, mappingIn(value, 'status')),
    loadBalancerSourceRanges: textsIn(spec, 'loadBalancerSourceRanges').flatMap(
      written => parseNet(written.trim())?.cidr ?? [],
    ),
    internalTrafficPolicy: trafficPolicy(spec, 'internalTrafficPolicy'),
    externalTrafficPolicy: trafficPolicy(spec, 'externalTrafficPolicy'),
    ...(spec['sessionAffinity'] === 'ClientIP' ? { sessionAffinity: readAffinity(spec) } : {}),
    ...(healthCheckNodePort === undefined ? {} : { healthCheckNodePort }),
    location,
  }
  add(service)
}

function readPorts(spec: Mapping, location: Location): readonly ServicePort[] {
  return itemsIn(spec, 'ports').flatMap((item, index): readonly ServicePort[] => {
    const entry = asMapping(item)
    const port = integerIn(entry, 'port', 65535)
    const protocol = portProtocol(entry['protocol'])
    if (port === undefined || protocol === undefined) return []
    const nodePort = integerIn(entry, 'nodePort', 65535)
    return [
      {
        name: textIn(entry, 'name'),
        protocol,
        port,
        targetPort: integerIn(entry, 'targetPort', 65535) ?? (textIn(entry, 'targetPort') || port),
        ...(nodePort === undefined ? {} : { nodePort }),
        location: at(location, index),
      },
    ]
  })
}

/** `clusterIPs`, which has one for each IP version, or the older `clusterIP`. */
function readClusterIps(spec: Mapping): readonly Address[] {
  const all = textsIn(spec, 'clusterIPs')
  return (all.length > 0 ? all : [textIn(spec, 'clusterIP')]).flatMap(written => parseAddress(written) ?? [])
}

function readLoadBalancerIps(spec: Mapping, status: Mapping): readonly LoadBalancerAddress[] {
  const given = itemsIn(mappingIn(status, 'loadBalancer'), 'ingress').flatMap(
    (item): readonly LoadBalancerAddress[] => {
      const address = parseAddress(textIn(asMapping(item), 'ip'))
      return address === undefined ? [] : [{ address, isProxied: asMapping(item)['ipMode'] === 'Proxy' }]
    },
  )
  if (given.length > 0) return given
  const wanted = parseAddress(textIn(spec, 'loadBalancerIP'))
  return wanted === undefined ? [] : [{ address: wanted, isProxied: false }]
}

function trafficPolicy(spec: Mapping, field: string): TrafficPolicy {
  return spec[field] === 'Local' ? 'Local' : 'Cluster'
}

function readAffinity(spec: Mapping): { readonly timeoutSeconds: number } {
  const clientIp = mappingIn(mappingIn(spec, 'sessionAffinityConfig'), 'clientIP')
  return { timeoutSeconds: integerIn(clientIp, 'timeoutSeconds', 86_400) ?? DEFAULT_AFFINITY_SECONDS }
}

const endpointSliceSchema = once(() =>
  z.looseObject({
    metadata: optional(metadataSchema),
    endpoints: list(
      z.looseObject({
        addresses: list(text),
        nodeName: anything,
        conditions: anything,
        targetRef: anything,
        hints: anything,
      }),
    ),
    ports: list(
      z.looseObject({ name: anything, protocol: optional(portProtocolSchema()), port: optional(z.number()) }),
    ),
  }),
)

export const decodeEndpointSlice: Decoder = ({ value, location }, { report, add }) => {
  const resource = decode(endpointSliceSchema(), value, location, report)
  if (resource === undefined) return
  const { metadata, endpoints = [], ports = [] } = resource
  const service = metadata?.labels?.['kubernetes.io/service-name']
  if (service === undefined) {
    report.note(
      'unknown-field',
      'an EndpointSlice without the label `kubernetes.io/service-name` belongs to no service',
      at(location, 'metadata', 'labels'),
    )
    return
  }
  const namespace = metadata?.namespace ?? 'default'
  const read = endpoints.map(endpoint => readEndpoint(endpoint, endpoint.addresses ?? []))
  add({
    kind: 'endpointSlice',
    namespace,
    name: metadata?.name ?? '',
    service,
    addresses: read.flatMap(({ addresses }) => addresses),
    ports: ports.flatMap(({ name, protocol: written, port }): readonly SlicePort[] => {
      const protocol = portProtocol(written)
      return port === undefined || protocol === undefined
        ? []
        : [{ name: typeof name === 'string' ? name : '', protocol, port }]
    }),
    endpoints: read,
    location,
  })
}

function readEndpoint(endpoint: Mapping, addresses: readonly string[]): SliceEndpoint {
  const { ready, serving, terminating } = mappingIn(endpoint, 'conditions')
  const isReady = ready !== false
  return {
    // Host names are legal here and match nothing.
    addresses: addresses.flatMap(written => parseAddress(written) ?? []),
    node: textIn(endpoint, 'nodeName'),
    isReady,
    isServing: typeof serving === 'boolean' ? serving : isReady,
    isTerminating: terminating === true,
    forZones: hintsIn(endpoint, 'forZones'),
    forNodes: hintsIn(endpoint, 'forNodes'),
  }
}

function hintsIn(endpoint: Mapping, field: 'forZones' | 'forNodes'): readonly string[] {
  return itemsIn(mappingIn(endpoint, 'hints'), field).map(hint => textIn(asMapping(hint), 'name'))
}
