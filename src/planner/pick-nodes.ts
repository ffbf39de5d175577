// Which nodes to plan so that most of what could be found is found.

import type { Resource } from '../model/ast/resources.ts'
import { sortedUnique } from '../text/bytes.ts'

export interface PickedNodes {
  /** In byte order. */
  readonly picked: readonly string[]
  /** Nodes that have something of their own and were left out for the limit. */
  readonly leftOut: number
}

/**
 * Nodes that have something of their own: a host endpoint, a FelixConfiguration, or a pod whose namespace, labels and profiles
 * no pod of a picked node has. Policies select by nothing else. Without any, the first node that is named.
 */
export function pickNodes(resources: readonly Resource[], limit: number): PickedNodes {
  const names = new Set<string>()
  const special = new Set<string>()
  const podsOf = new Map<string, Set<string>>()
  for (const resource of resources) {
    if (resource.kind === 'node') names.add(resource.name)
    else if (resource.kind === 'hostEndpoint' && resource.node !== '') {
      names.add(resource.node)
      special.add(resource.node)
    } else if (resource.kind === 'felixConfiguration' && resource.name.startsWith('node.')) {
      special.add(resource.name.slice('node.'.length))
    } else if (resource.kind === 'workloadEndpoint') {
      names.add(resource.node)
      const pods = podsOf.get(resource.node)
      const pod = JSON.stringify([resource.namespace, resource.labels, resource.profiles])
      if (pods === undefined) podsOf.set(resource.node, new Set([pod]))
      else pods.add(pod)
    }
  }
  const seen = new Set<string>()
  const wanted: string[] = []
  const sorted = sortedUnique(names)
  for (const name of [...sorted.filter(it => special.has(it)), ...sorted.filter(it => !special.has(it))]) {
    const pods = [...(podsOf.get(name) ?? [])]
    if (!special.has(name) && pods.every(pod => seen.has(pod))) continue
    for (const pod of pods) seen.add(pod)
    wanted.push(name)
  }
  const picked = wanted.length === 0 ? sorted.slice(0, 1) : wanted.slice(0, limit)
  return { picked: sortedUnique(picked), leftOut: Math.max(0, wanted.length - limit) }
}
