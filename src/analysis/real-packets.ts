// Packets that may come to a node at all: what a workload sends with somebody else's address fails the reverse path filter.

import { type Bdd, NONE } from './sets/bdd.ts'
import type { HeaderSets } from './sets/header-sets.ts'
import type { NodeNets } from './sets/node-nets.ts'

/**
 * Of all other packets `trace` takes for granted that they pass the filter, and so do these sets: they have no packet that comes
 * from elsewhere and fails it.
 */
export function realPackets(headers: HeaderSets, { behind, routes }: NodeNets): Bdd {
  const { store, universe } = headers.space
  const owned = store.union(behind.map(name => headers.inInterface(name)))
  const addresses = new Map<string, string[]>(behind.map(name => [name, []]))
  for (const { net, interfaces } of routes) for (const name of interfaces) addresses.get(name)?.push(net)
  const honest = store.union(
    [...addresses].map(([name, nets]) => store.and(headers.inInterface(name), headers.nets('source', nets) ?? NONE)),
  )
  const failing = store.minus(owned, honest)
  const fails = headers.reversePathFails()
  return store.and(universe, store.or(store.and(failing, fails), store.minus(store.not(failing), fails)))
}
