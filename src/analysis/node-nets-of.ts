// What is known of a node for the sets: its addresses, and which workload is behind which interface.

import { ipSetName } from '../calico/names.ts'
import type { Resource } from '../model/ast/resources.ts'
import type { HostFacts } from '../model/host.ts'
import type { NodePlan } from '../model/plan.ts'
import type { KernelTables } from '../netfilter/kernel-tables.ts'
import { formatCidr } from '../net/cidr.ts'
import { groupBy } from '../text/group-by.ts'
import type { KnownRoute } from '../walk/known-routes.ts'
import type { NetRoute, NodeNets } from './sets/node-nets.ts'

export interface NodeFacts {
  readonly plan?: NodePlan | undefined
  readonly resources?: readonly Resource[] | undefined
  readonly host?: HostFacts | undefined
  /** Left out: packets leave by any interface, those for workloads of the node by theirs. */
  readonly known?: readonly KnownRoute[] | undefined
  readonly loopbackSource?: string | undefined
}

const LOOPBACK = { 4: '127.0.0.0/8', 6: '::1/128' } as const

/** As `trace` takes them: addresses from the node and from Calico's set of its own addresses, workloads from the input. */
export function nodeNetsOf(
  { ipVersion, ipSets }: KernelTables,
  { plan, resources = [], host, known, loopbackSource }: NodeFacts,
): NodeNets {
  const interfaces = host?.interfaces?.filter(({ isUp }) => isUp)
  const byName = groupBy(interfaces ?? [], ({ name }) => name)
  const addressesOf = (some: NonNullable<HostFacts['interfaces']>): readonly string[] =>
    some
      .flatMap(({ addresses }) => addresses.map(({ address }) => address))
      .filter(address => address.ipVersion === ipVersion)
      .map(({ text }) => text)
  const addressesOn = (name: string): readonly string[] | undefined =>
    interfaces === undefined ? undefined : addressesOf(byName.get(name) ?? [])
  const own = addressesOf(interfaces ?? [])
  const members = ipSets.get(ipSetName(ipVersion, 'this-host'))?.members ?? []
  const names = new Map(plan?.workloads.map(({ name, interfaceName }) => [name, interfaceName]))
  const routes = new Map<string, string>()
  for (const resource of resources) {
    if (resource.kind !== 'workloadEndpoint' || resource.node !== plan?.nodeName) continue
    const interfaceName = resource.interfaceName ?? names.get(`${resource.namespace}/${resource.name}`)
    if (interfaceName === undefined) continue
    for (const address of resource.addresses) {
      if (address.ipVersion === ipVersion && !routes.has(address.text)) routes.set(address.text, interfaceName)
    }
  }
  return {
    local: [...new Set([LOOPBACK[ipVersion], ...own, ...members])],
    addressesOn,
    loopbackSource,
    routes: known?.map(netRoute) ?? [...routes].map(([net, interfaceName]) => ({ net, interfaces: [interfaceName] })),
    behind: [...new Set([...names.values(), ...routes.values()])],
  }
}

function netRoute({ net, route }: KnownRoute): NetRoute {
  const text = formatCidr(net)
  switch (route.kind) {
    case 'local':
      return { net: text, interfaces: [], end: 'local' }
    case 'refused':
      // As the walk of one packet has it: who sent it is told, unless it is a blackhole.
      return { net: text, interfaces: [], end: route.how === 'blackhole' ? 'drop' : 'reject' }
    case 'out': {
      const others = (route.others ?? []).flatMap(other => (other.kind === 'out' ? other.interfaceName : []))
      return { net: text, interfaces: [...new Set([route.interfaceName, ...others])] }
    }
  }
}
