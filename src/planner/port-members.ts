// Members of the sets that pair addresses with ports: named ports of endpoints, and ports of services.

import type { EndpointPort } from '../model/ast/endpoint.ts'
import type { EndpointSlice } from '../model/ast/service.ts'
import type { Address } from '../net/cidr.ts'
import type { PortProtocol } from '../net/protocol.ts'
import { groupBy } from '../text/group-by.ts'
import type { PlanWork } from './plan-work.ts'

export type PortsByName = Pick<ReadonlyMap<string, readonly EndpointPort[]>, 'get'>

export const NO_PORTS: PortsByName = new Map()

/** By name, so that many names asked of many ports do not make a product; sorted when the first is asked for, which most never are. */
export function portsByName(ports: readonly EndpointPort[]): PortsByName {
  if (ports.length === 0) return NO_PORTS
  let byName: PortsByName | undefined
  return { get: name => (byName ??= groupBy(ports, port => port.name)).get(name) }
}

interface WithPorts {
  readonly addresses: readonly Address[]
  readonly ports: PortsByName
}

export interface PortMember {
  readonly address: Address
  readonly protocol: PortProtocol
  readonly port: number
}

/** @throws PlanTooLarge */
export function namedPortMembers(
  members: readonly WithPorts[],
  protocol: PortProtocol | 'any',
  name: string,
  work: PlanWork,
): readonly PortMember[] {
  const found: PortMember[] = []
  for (const { addresses, ports } of members) {
    for (const port of ports.get(name) ?? []) {
      if (protocol !== 'any' && port.protocol !== protocol) continue
      work.addMembers(addresses.length, () => `those of the named port \`${name}\``)
      for (const address of addresses) found.push({ address, protocol: port.protocol, port: port.port })
    }
  }
  return found
}

/** @throws PlanTooLarge */
export function servicePortMembers(slices: readonly EndpointSlice[], work: PlanWork): readonly PortMember[] {
  return slices.flatMap(({ addresses, ports, namespace, service }) => {
    const ownAddresses = once(addresses, ({ text }) => text)
    const ownPorts = once(ports, ({ protocol, port }) => `${protocol}:${port}`)
    work.addMembers(ownAddresses.length * ownPorts.length, () => `those of the service \`${namespace}/${service}\``)
    return ownAddresses.flatMap(address => ownPorts.map(({ protocol, port }) => ({ address, protocol, port })))
  })
}

/** Each thing of one name once: what stands in a slice a hundred times in two lists is no 10,000 members. */
function once<T>(things: readonly T[], nameOf: (thing: T) => string): readonly T[] {
  return [...new Map(things.map(thing => [nameOf(thing), thing] as const)).values()]
}
