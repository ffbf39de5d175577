// Who reaches whom, for programs. `version` goes up when a field changes its meaning or goes away.

import { type Bdd, NONE } from '../../analysis/sets/bdd.ts'
import type { Doubt } from '../../analysis/parties/passing.ts'
import type { Frontend } from './frontends.ts'
import type { GroupNames } from './group-names.ts'
import type { ReachGroup } from './reach-matrix.ts'
import { portSummary, portWords } from './port-words.ts'
import { isolatedGroups, openGroups, type Unselected } from './reach-summary.ts'
import type { ReachView } from './reach-view.ts'
import type { ReachWay } from './reach-ways.ts'

/** A set of ports: what it holds, or all but what. */
export type ReachPorts = ReturnType<typeof portSummary> & { readonly text: string }

export interface ReachDocument {
  readonly version: 1
  readonly ipVersion: 4 | 6
  readonly groups: readonly ReachDocumentGroup[]
  /** From group to group, by `id`. */
  readonly connections: readonly ReachDocumentConnection[]
  readonly open: readonly (Pick<ReachDocumentConnection, 'through'> & {
    readonly group: number
    /** From every address of the outside, and from every pod. */
    readonly world?: ReachPorts
    readonly pods?: ReachPorts
  })[]
  /** Groups that nobody reaches. */
  readonly isolated: readonly number[]
  readonly unselected: Unselected
  readonly withoutAddress: readonly string[]
  readonly servicesLeftOut?: readonly string[]
}

export interface ReachDocumentGroup {
  readonly id: number
  readonly kind: ReachGroup['kind']
  readonly name: string
  /** `namespace/name` */
  readonly pods?: readonly string[]
  readonly node?: string
  readonly service?: string
}

export interface ReachDocumentConnection {
  readonly from: number
  readonly to: number
  /** For sure, from and to every address that is asked about. */
  readonly ports?: ReachPorts
  /** For sure, for some addresses of the outside. */
  readonly some?: readonly { readonly nets: readonly string[]; readonly ports: ReachPorts }[]
  readonly perhaps?: ReachPorts
  readonly doubts?: readonly Doubt[]
  /** By Services, host ports and floating IPs. */
  readonly through?: readonly ReachDocumentWay[]
}

export interface ReachDocumentWay {
  readonly kind: Frontend['kind']
  readonly service?: string
  readonly pod?: string
  /** Absent: every address of the nodes. */
  readonly address?: string
  readonly protocol?: string
  readonly port?: number
  readonly ports: ReachPorts
  readonly how: ReachWay['how']
}

/** @param servicesLeftOut what is not counted of Services, and why */
export function reachToJson(
  view: ReachView,
  names: GroupNames,
  notSelected: Unselected,
  servicesLeftOut: readonly string[],
): ReachDocument {
  const { reach, groups, senders, receivers, links } = view
  const { space } = reach.headers
  const asked = new Set([...senders, ...receivers])
  const known = new Map<Bdd, ReachPorts>()
  const portsOf = (set: Bdd): ReachPorts => {
    let found = known.get(set)
    if (found === undefined) known.set(set, (found = { text: portWords(space, set), ...portSummary(space, set) }))
    return found
  }
  const unless = <Name extends string>(name: Name, set: Bdd): { readonly [N in Name]?: ReachPorts } =>
    set === NONE ? {} : under(name, portsOf(set))
  const wayOf = ({ frontend, ports, how }: ReachWay): ReachDocumentWay => {
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

function under<Name extends string, Value>(name: Name, value: Value): { readonly [N in Name]?: Value } {
  return { [name]: value } as { readonly [N in Name]?: Value }
}

/** Nothing of a list that is empty. */
function listed<Name extends string, Item>(
  name: Name,
  items: readonly Item[],
): { readonly [N in Name]?: readonly Item[] } {
  return items.length === 0 ? {} : under(name, items)
}

function groupOf(group: ReachGroup, id: number, names: GroupNames): ReachDocumentGroup {
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
