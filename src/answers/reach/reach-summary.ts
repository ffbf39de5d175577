// What stands out: whom everybody reaches, whom nobody does, and endpoints that no policy says anything of.

import { type Bdd, type BddStore, NONE } from '../../analysis/sets/bdd.ts'
import { allHostEndpoints, type NodePlan, type PlannedTier } from '../../model/plan.ts'
import { sortedUnique } from '../../text/bytes.ts'
import type { ReachLink, ReachView } from './reach-view.ts'
import type { ReachWay } from './reach-ways.ts'
import { groupBy } from '../../text/group-by.ts'

/** Connections that everybody has with a group; empty sets for what nobody has. */
export interface OpenGroup {
  readonly group: number
  /** From every address of the outside. */
  readonly world: Bdd
  /** From every pod that was asked about. */
  readonly pods: Bdd
  /** From the world to others that send it on: Services, host ports, floating IPs; perhaps, too. */
  readonly ways: readonly ReachWay[]
}

/** Groups of pods and nodes that the world or every pod reaches for sure. */
export function openGroups({ reach, groups, senders, receivers, links }: ReachView): readonly OpenGroup[] {
  const { store } = reach.headers.space
  const incoming = groupBy(links, ({ to }) => to)
  const podGroups = senders.filter(index => groups[index]?.kind === 'pods')
  return receivers.flatMap(group => {
    const found = incoming.get(group) ?? []
    if (groups[group]?.kind === 'world') return []
    const fromWorld = found.find(({ from }) => groups[from]?.kind === 'world')
    const [world, ways] = [fromWorld?.ports ?? NONE, fromWorld?.ways() ?? []]
    // A pod alone is not asked about itself.
    const others = podGroups.filter(index => index !== group || (groups[index]?.parties.length ?? 0) > 1)
    const byFrom = new Map(found.map(link => [link.from, surePorts(store, link)]))
    const pods =
      others.length === 0 ? NONE : others.map(index => byFrom.get(index) ?? NONE).reduce((a, b) => store.and(a, b))
    return world === NONE && pods === NONE && ways.length === 0 ? [] : [{ group, world, pods, ways }]
  })
}

function surePorts(store: BddStore, link: ReachLink): Bdd {
  const ways = link.isThrough ? link.ways().filter(({ how }) => how === 'sure') : []
  return store.union([link.ports, ...ways.map(({ ports }) => ports)])
}

/** Groups of pods that no pod and nobody outside reaches, not even perhaps. Nodes always reach their own pods. */
export function isolatedGroups({ groups, receivers, links }: ReachView): readonly number[] {
  const reached = new Set(links.filter(({ from }) => groups[from]?.kind !== 'node').map(({ to }) => to))
  return receivers.filter(index => groups[index]?.kind === 'pods' && !reached.has(index))
}

export interface Unselected {
  /** `namespace/name` of pods that no policy selects, by what they are not selected for; in byte order. */
  readonly ingress: readonly string[]
  readonly egress: readonly string[]
  readonly hostEndpoints: readonly string[]
}

export function unselected(plans: readonly NodePlan[]): Unselected {
  const has = (tiers: readonly PlannedTier[], direction: 'ingress' | 'egress'): boolean =>
    tiers.some(tier => tier[direction].some(({ enforced }) => enforced.length > 0))
  const pods = (direction: 'ingress' | 'egress'): readonly string[] =>
    sortedUnique(
      plans.flatMap(({ workloads }) => workloads.filter(({ tiers }) => !has(tiers, direction)).map(({ name }) => name)),
    )
  const hosts = plans.flatMap(plan =>
    allHostEndpoints(plan).filter(({ tiers }) =>
      Object.values(tiers).every(list => !has(list, 'ingress') && !has(list, 'egress')),
    ),
  )
  return {
    ingress: pods('ingress'),
    egress: pods('egress'),
    hostEndpoints: sortedUnique(hosts.map(({ name }) => name)),
  }
}
