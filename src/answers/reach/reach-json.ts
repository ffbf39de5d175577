// Who reaches whom, for programs. `version` goes up when a field changes its meaning or goes away.

import { type Bdd, NONE } from '../../analysis/sets/bdd.ts'
import type { GroupNames } from './group-names.ts'
import type { ReachGroup } from './reach-matrix.ts'
import { portSummary, portWords } from './port-words.ts'
import { isolatedGroups, openGroups, type Unselected } from './reach-summary.ts'
import type { ReachView } from './reach-view.ts'
import type { ReachWay } from './reach-ways.ts'

/** @param servicesLeftOut what is not counted of Services, and why */
export function reachToJson(
  view: ReachView,
  names: GroupNames,
  notSelected: Unselected,
  servicesLeftOut: readonly string[],
): unknown {
  const { reach, groups, senders, receivers, links } = view
  const { space } = reach.headers
  const asked = new Set([...senders, ...receivers])
  const known = new Map<Bdd, unknown>()
  const portsOf = (set: Bdd): unknown => {
    let found = known.get(set)
    if (found === undefined) known.set(set, (found = { text: portWords(space, set), ...portSummary(space, set) }))
    return found
  }
  const unless = (name: string, set: Bdd): object => (set === NONE ? {} : { [name]: portsOf(set) })
  const listed = (name: string, items: readonly unknown[]): object => (items.length === 0 ? {} : { [name]: items })
  const wayOf = ({ frontend, ports, how }: ReachWay): unknown => {
    const { kind, owner, address, port } = frontend
    const of = kind === 'hostPort' || kind === 'floatingIp' ? { pod: owner } : { service: owner }
    const at = {
      ...(address === undefined ? {} : { address }),
      ...(port === undefined ? {} : { protocol: port.protocol, port: port.number }),
    }
    return { kind, ...of, ...at, ports: portsOf(ports), how }
  }
  return {
    version: 1,
    ipVersion: reach.ipVersion,
    groups: groups.flatMap((group, id) => (asked.has(id) ? [groupOf(group, id, names)] : [])),
    connections: links.map(link => ({
      from: link.from,
      to: link.to,
      ...unless('ports', link.ports),
      ...(link.some === NONE
        ? {}
        : { some: link.addresses().map(({ nets, ports }) => ({ nets, ports: portsOf(ports) })) }),
      ...unless('perhaps', link.perhaps),
      ...(link.doubts.length === 0 ? {} : { doubts: link.doubts }),
      ...listed('through', link.ways().map(wayOf)),
    })),
    open: openGroups(view).map(({ group, world, pods, ways }) => ({
      group,
      ...unless('world', world),
      ...unless('pods', pods),
      ...listed('through', ways.map(wayOf)),
    })),
    isolated: isolatedGroups(view),
    unselected: notSelected,
    withoutAddress: reach.without.map(({ name }) => name),
    ...listed('servicesLeftOut', servicesLeftOut),
  }
}

function groupOf(group: ReachGroup, id: number, names: GroupNames): unknown {
  const { kind, node, pods, service } = group
  return {
    id,
    kind,
    name: names.nameOf(group),
    ...(kind === 'pods' ? { pods: [...new Set(pods.map(({ name }) => name))] } : {}),
    ...(node === undefined ? {} : { node }),
    ...(service === undefined ? {} : { service }),
  }
}
