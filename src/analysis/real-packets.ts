// Packets that may come to a node at all: what a workload sends with somebody else's address fails the reverse path filter.

import { type Bdd, NONE } from './sets/bdd.ts'
import type { SetWalker } from './sets/node-walk.ts'

/**
 * Of all other packets `trace` takes for granted that they pass the filter, and so do these sets: they have no packet that comes
 * from elsewhere and fails it. Packets for the node itself have every `outInterface`: it means nothing for them.
 */
export function sentPackets({ headers, node: { behind, routes } }: SetWalker): Bdd {
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

/** Of them those that leave as routing has it, unless their destination changes on the way. */
export function routedPackets(walker: SetWalker): Bdd {
  const { routing, space } = walker
  const { store } = space
  return store.and(sentPackets(walker), store.or(routing.local({}), routing.offered({})))
}
