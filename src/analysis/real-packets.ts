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

/**
 * Packets that leave as routing has it unless their destination changes on the way. Those of them that come from where their source
 * is as well are what people mean when they say "from this pod"; put together the two sets are large on a node with many of them.
 */
export function routedPackets({ routing, space }: SetWalker): Bdd {
  return space.store.or(routing.local({}), routing.offered({}))
}

/** Packets that come from where their source is. */
export function honestPackets(walker: SetWalker): Bdd {
  const { headers, node, space } = walker
  const { store } = space
  const own = headers.inInterface('')
  // What lies elsewhere may well come by another interface than answers would leave by.
  const ofPods = node.routes.filter(
    ({ interfaces: [first = '', ...more] }) => more.length === 0 && node.behind.includes(first),
  )
  const inside = [
    ...ofPods.map(({ net, interfaces }) => ({ nets: [net], interfaces })),
    { nets: node.local, interfaces: [''] },
  ]
  const strays = inside.map(({ nets, interfaces }) => {
    const there = store.union(interfaces.map(name => headers.inInterface(name)))
    return store.minus(headers.nets('source', nets) ?? NONE, there)
  })
  // What comes in by the loopback interface was sent by the node, and is looked at where it leaves.
  const loops = store.minus(headers.inInterface('lo'), own)
  return store.minus(sentPackets(walker), store.union([loops, ...strays]))
}
