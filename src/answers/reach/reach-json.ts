// Who reaches whom, for programs. `version` goes up when a field changes its meaning or goes away.

import { type Bdd, NONE } from '../../analysis/sets/bdd.ts'
import type { GroupNames } from './group-names.ts'
import { portSummary, portWords } from './port-words.ts'
import { isolatedGroups, openGroups, type Unselected } from './reach-summary.ts'
import type { ReachView } from './reach-view.ts'

export function reachToJson(view: ReachView, names: GroupNames, notSelected: Unselected): unknown {
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
  return {
    version: 1,
    ipVersion: reach.ipVersion,
    groups: groups.flatMap((group, id) => {
      if (!asked.has(id)) return []
      const { kind, node, pods } = group
      const members = kind === 'pods' ? { pods: [...new Set(pods.map(({ name }) => name))] } : {}
      return [{ id, kind, name: names.nameOf(group), ...members, ...(node === undefined ? {} : { node }) }]
    }),
    connections: links.map(link => ({
      from: link.from,
      to: link.to,
      ...unless('ports', link.ports),
      ...(link.some === NONE
        ? {}
        : { some: link.addresses().map(({ nets, ports }) => ({ nets, ports: portsOf(ports) })) }),
      ...unless('perhaps', link.perhaps),
      ...(link.doubts.length === 0 ? {} : { doubts: link.doubts }),
    })),
    open: openGroups(view).map(({ group, world, pods }) => ({
      group,
      ...unless('world', world),
      ...unless('pods', pods),
    })),
    isolated: isolatedGroups(view),
    unselected: notSelected,
    withoutAddress: reach.without.map(({ name }) => name),
  }
}
