// What the sets are told of a case's node: its addresses; every other destination may leave by any interface.

import { ipSetName } from '../../../src/calico/names.ts'
import type { HostFacts } from '../../../src/model/host.ts'
import type { KernelTables } from '../../../src/netfilter/kernel-tables.ts'
import type { NodeNets } from '../../../src/analysis/sets/node-nets.ts'

export function nodeNetsOf({ ipVersion, ipSets }: KernelTables, host: HostFacts | undefined): NodeNets {
  const addressesOn = (name: string): readonly string[] | undefined =>
    host?.interfaces
      ?.filter(found => found.name === name)
      .flatMap(({ addresses }) => addresses.map(({ address }) => address))
      .filter(address => address.ipVersion === ipVersion)
      .map(({ text }) => text)
  const own = host?.interfaces?.flatMap(({ name }) => addressesOn(name) ?? []) ?? []
  const members = ipSets.get(ipSetName(ipVersion, 'this-host'))?.members ?? []
  return {
    local: [ipVersion === 4 ? '127.0.0.0/8' : '::1/128', ...own, ...members],
    addressesOn,
    routes: [],
    behind: [],
  }
}
