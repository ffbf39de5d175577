// Who stands behind a Service.

import { type EndpointInput, podsSelectedBy, slicesOf } from '../kube-proxy/service-endpoints.ts'
import type { Resource } from '../model/ast/resources.ts'
import type { EndpointSlice, Service } from '../model/ast/service.ts'
import type { Address } from '../net/cidr.ts'
import { protocolNumber } from '../net/protocol.ts'

type ServiceName = Pick<Service, 'namespace' | 'name'>

/** By its EndpointSlices. @param port at which one of the addresses has to be behind it; left out, any will do */
export function isBehind(
  service: ServiceName,
  addresses: readonly string[],
  resources: readonly Resource[],
  port?: { readonly port: number | undefined; readonly protocol: number },
): boolean {
  return slicesWith(service, addresses, resources).some(
    ({ ports }) =>
      port === undefined ||
      ports.some(({ port: own, protocol }) => own === port.port && protocolNumber(protocol) === port.protocol),
  )
}

/** At which ports an address is behind it, by its EndpointSlices. */
export function portsBehind(
  service: ServiceName,
  address: string,
  resources: readonly Resource[],
): EndpointSlice['ports'] {
  return slicesWith(service, [address], resources).flatMap(({ ports }) => ports)
}

/** Its EndpointSlices that have one of the addresses. */
function slicesWith(
  service: ServiceName,
  addresses: readonly string[],
  resources: readonly Resource[],
): readonly EndpointSlice[] {
  return resources.filter(
    (found): found is EndpointSlice =>
      found.kind === 'endpointSlice' &&
      found.namespace === service.namespace &&
      found.service === service.name &&
      found.addresses.some(({ text }) => addresses.includes(text)),
  )
}

/**
 * Addresses of its EndpointSlices, or where it has none of the pods that it selects: whatever their condition, and for whichever of
 * its ports.
 */
export function addressesBehind(
  service: Service,
  { slices, workloads }: Pick<EndpointInput, 'slices' | 'workloads'>,
): readonly Address[] {
  const own = slicesOf(service, slices)
  return (own.length > 0 ? own : podsSelectedBy(service, workloads)).flatMap(({ addresses }) => addresses)
}
