// Which node an address of the cluster is on: its own ones, and those of its pods.

import type { Resource } from '../model/ast/resources.ts'
import type { HostFacts } from '../model/host.ts'
import type { Address } from '../net/cidr.ts'

/** By address, as the resources of all nodes have it; the first one that has an address counts. */
export function nodesByAddress(resources: readonly Resource[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  const add = (address: string | undefined, node: string): void => {
    if (address !== undefined && node !== '' && !found.has(address)) found.set(address, node)
  }
  for (const resource of resources) {
    switch (resource.kind) {
      case 'workloadEndpoint':
        for (const { text } of resource.addresses) add(text, resource.node)
        break
      case 'node': {
        const { ipip, vxlan4, vxlan6 } = resource.tunnelAddresses
        for (const address of [...resource.addresses, ipip, vxlan4, vxlan6]) add(address?.text, resource.name)
        break
      }
      case 'hostEndpoint':
        for (const { text } of resource.expectedIps) add(text, resource.node)
        break
      default:
    }
  }
  return found
}

/** The addresses of a node as kube-proxy sees them: what the node says, or else what its resource does. */
export function nodeAddressesOf(
  resources: readonly Resource[],
  node: string,
  host: HostFacts | undefined,
): readonly Address[] {
  const told = host?.interfaces?.flatMap(({ addresses }) => addresses.map(({ address }) => address))
  return told ?? resources.flatMap(found => (found.kind === 'node' && found.name === node ? found.addresses : []))
}
