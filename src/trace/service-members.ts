// Who stands behind a Service, by its EndpointSlices.

import type { Resource } from '../model/ast/resources.ts'
import { protocolNumber } from '../net/protocol.ts'

/** @param port at which one of the addresses has to be behind it; left out, any will do */
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
