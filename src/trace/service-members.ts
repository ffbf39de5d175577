// Who stands behind a Service.

import { type EndpointInput, podsSelectedBy, slicesOf } from '../kube-proxy/service-endpoints.ts'
import type { Resource } from '../model/ast/resources.ts'
import type { Service } from '../model/ast/service.ts'
import type { Address } from '../net/cidr.ts'
import { protocolNumber } from '../net/protocol.ts'

/** By its EndpointSlices. @param port at which one of the addresses has to be behind it; left out, any will do */
export function isBehind(
  service: { readonly namespace: string; readonly name: string },
  addresses: readonly string[],
  resources: readonly Resource[],
  port?: { readonly port: number | undefined; readonly protocol: number },
): boolean {
  return resources.some(
    found =>
      found.kind === 'endpointSlice' &&
      found.namespace === service.namespace &&
      found.service === service.name &&
      found.addresses.some(({ text }) => addresses.includes(text)) &&
      (port === undefined ||
        found.ports.some(({ port: own, protocol }) => own === port.port && protocolNumber(protocol) === port.protocol)),
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
