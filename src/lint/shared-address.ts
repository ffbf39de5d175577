// Two host endpoints with one address: rules that name the one take in the other.

import type { Report } from '../diagnostics/diagnostic.ts'
import { at } from '../diagnostics/source.ts'
import type { HostEndpoint } from '../model/ast/endpoint.ts'
import type { Resource } from '../model/ast/resources.ts'

/** On one node, one for all interfaces stands beside others with the same addresses. */
export function warnOfSharedAddresses(resources: readonly Resource[], report: Report): void {
  const owners = new Map<string, { readonly endpoint: HostEndpoint; readonly index: number }>()
  for (const endpoint of resources) {
    if (endpoint.kind !== 'hostEndpoint') continue
    for (const [index, { ipVersion, text }] of endpoint.expectedIps.entries()) {
      const key = `${ipVersion} ${text}`
      const owner = owners.get(key)
      if (owner === undefined) owners.set(key, { endpoint, index })
      if (owner === undefined || owner.endpoint === endpoint || !isClash(owner.endpoint, endpoint)) continue
      report.warn(
        'shared-address',
        `host endpoint \`${owner.endpoint.name}\` has the address \`${text}\` too: rules for one of the two take in the other`,
        at(endpoint.location, 'spec', 'expectedIPs', index),
        {
          help: 'write the address that the interface has; an address belongs to one',
          related: [
            { message: 'the other one', place: at(owner.endpoint.location, 'spec', 'expectedIPs', owner.index) },
          ],
        },
      )
    }
  }
}

function isClash(a: HostEndpoint, b: HostEndpoint): boolean {
  return a.node !== b.node || (a.interfaceName !== '*' && b.interfaceName !== '*')
}
