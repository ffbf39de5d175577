// `service/NAMESPACE/NAME[:PORT]` as whom a packet is for: the Service's address, or where it has none its endpoints.

import type { Report } from '../diagnostics/diagnostic.ts'
import type { Span } from '../diagnostics/source.ts'
import { mayBe, orList } from '../text/wording.ts'
import { endpointsOfPort } from '../kube-proxy/service-endpoints.ts'
import type { Service, ServicePort } from '../model/ast/service.ts'
import { nearestName } from '../text/unknown-name.ts'
import { fieldPlace, type PacketRequest, type RequestPlace } from './request-fields.ts'
import type { Scene } from './scene.ts'
import type { TraceNote } from './way.ts'

/** Requests to addresses, with how often each is made (0–1). */
export interface ResolvedTarget {
  readonly requests: readonly { readonly request: PacketRequest; readonly share: number }[]
  readonly notes: readonly TraceNote[]
}

const TARGET = /^(?:service|services|svc)\/(?:(?<namespace>[^/:]+)\/)?(?<name>[^/:]+)(?::(?<port>.+))?$/

/** What to do about a Service that the input does not have. */
export const ADD_SERVICE = 'add it to the input, with its EndpointSlices'

/** The request itself where it is for no Service; undefined, with an error, where there is none of this name or port. */
export function resolveTarget(
  request: PacketRequest,
  scene: Scene,
  whole: RequestPlace | undefined,
  report: Report,
): ResolvedTarget | undefined {
  const place = fieldPlace(whole, 'to')
  const groups = TARGET.exec(request.to?.trim() ?? '')?.groups
  if (groups === undefined) return { requests: [{ request, share: 1 }], notes: [] }
  const { namespace = request.namespace, name = '', port: written = request.dport } = groups
  const service = findService(namespace, name, scene, place, report)
  if (service === undefined) return undefined
  const port = choosePort(service, written, request.proto, place, report)
  return port === undefined ? undefined : requestsTo(service, port, request, scene, place, report)
}

/** @param namespace left out: that of the only Service of this name */
function findService(
  namespace: string | undefined,
  name: string,
  { resources = [] }: Scene,
  place: Span | undefined,
  report: Report,
): Service | undefined {
  const services = resources.filter(found => found.kind === 'service')
  const named = services.filter(found => found.name === name && (namespace ?? found.namespace) === found.namespace)
  const [only] = named
  if (named.length === 1) return only
  const spell = (service: Service): string => `service/${service.namespace}/${service.name}`
  if (named.length > 1) {
    const message = `\`to\`: ${mayBe(`service/${name}`, named.map(spell))}`
    report.error('bad-value', message, place, 'write `service/NAMESPACE/NAME`')
    return undefined
  }
  const wanted = namespace === undefined ? name : `${namespace}/${name}`
  const nameOf = (known: Service): string => (namespace === undefined ? known.name : `${known.namespace}/${known.name}`)
  const near = nearestName(wanted, services.map(nameOf))
  const meant = services.find(known => nameOf(known) === near)
  const help = meant === undefined ? ADD_SERVICE : `did you mean \`${spell(meant)}\`?`
  report.error('bad-value', `\`to\`: the input has no Service \`${wanted}\``, place, help)
  return undefined
}

/** By number or name, of the protocol that is asked for; left out, the only one or the first of several. */
function choosePort(
  service: Service,
  written: string | undefined,
  proto: string | undefined,
  place: Span | undefined,
  report: Report,
): ServicePort | undefined {
  const ports = service.ports.filter(({ protocol }) => proto === undefined || protocol === proto.toLowerCase())
  const found =
    written === undefined ? ports[0] : ports.find(({ name, port }) => name === written || String(port) === written)
  if (found !== undefined) return found
  const names = service.ports.map(({ name, port }) => (name === '' ? String(port) : `${port} (${name})`))
  report.error(
    'bad-port',
    `\`to\`: Service \`${service.namespace}/${service.name}\` has no such port`,
    place,
    names.length === 0 ? undefined : `its ports are ${orList(names, 'and')}`,
  )
  return undefined
}

function requestsTo(
  service: Service,
  port: ServicePort,
  request: PacketRequest,
  scene: Scene,
  place: Span | undefined,
  report: Report,
): ResolvedTarget | undefined {
  const { ipVersion, resources = [], plan } = scene
  const name = `service ${service.namespace}/${service.name}${port.name === '' ? '' : `:${port.name}`}`
  const to = (address: string, number: number): PacketRequest => ({
    ...request,
    to: address,
    dport: String(number),
    proto: port.protocol,
  })
  const own = service.clusterIps.find(address => address.ipVersion === ipVersion)
  if (own !== undefined) {
    const text = `${name} is ${own.text}, ${port.protocol.toUpperCase()} ${port.port}`
    return { requests: [{ request: to(own.text, port.port), share: 1 }], notes: [{ kind: 'service', text }] }
  }
  const { cluster } = endpointsOfPort(service, port, {
    slices: resources.filter(found => found.kind === 'endpointSlice'),
    workloads: resources.filter(found => found.kind === 'workloadEndpoint'),
    node: plan?.nodeName ?? '',
    zone: undefined,
    ipVersion,
  })
  if (cluster.length === 0) {
    report.error('bad-value', `\`to\`: ${name} has no IPv${ipVersion} address and no endpoints`, place)
    return undefined
  }
  const text = `${name} has no address of its own: its name leads to one of ${cluster.length} endpoints`
  return {
    requests: cluster.map(({ address, port: number }) => ({
      request: to(address, number),
      share: 1 / cluster.length,
    })),
    notes: [{ kind: 'service', text }],
  }
}
