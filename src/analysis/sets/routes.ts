// Routing for sets: which destinations are the node's own, and which interfaces lead to the others.

import { type Bdd, NONE } from './bdd.ts'
import { project } from './bdd-operations.ts'
import type { Prefix } from './field-sets.ts'
import type { Rewriting } from './flow-state.ts'
import { type HeaderSets, readPrefix } from './header-sets.ts'
import type { NodeNets } from './node-nets.ts'
import type { Rewriter } from './rewriter.ts'

export class Routes {
  readonly #headers: HeaderSets
  readonly #rewriter: Rewriter
  readonly #local: Bdd
  /** Packets whose `outInterface` is one that leads to their destination. */
  readonly #offered: Bdd

  constructor(headers: HeaderSets, rewriter: Rewriter, { local, routes, behind }: NodeNets) {
    this.#headers = headers
    this.#rewriter = rewriter
    this.#local = headers.nets('destination', local) ?? NONE
    this.#offered = offeredSet(headers, routes, behind)
  }

  /** Packets that are for the node itself once they are rewritten. */
  local(rewriting: Rewriting): Bdd {
    return this.#rewriter.before(this.#local, rewriting)
  }

  offered(rewriting: Rewriting): Bdd {
    return this.#rewriter.before(this.#offered, rewriting)
  }

  /** Packets that may leave by this interface once they are rewritten, whatever their `outInterface` was. */
  offeredBy(interfaceName: string, rewriting: Rewriting): Bdd {
    const { store, fields, interfaces } = this.#headers.space
    const through = store.and(this.offered(rewriting), this.#headers.outInterface(interfaceName))
    if (!interfaces.includes(interfaceName)) return NONE
    return project(
      store,
      through,
      bit => bit < fields.outInterface.first || bit >= fields.outInterface.first + fields.outInterface.width,
    )
  }
}

function offeredSet(headers: HeaderSets, routes: NodeNets['routes'], behind: NodeNets['behind']): Bdd {
  const { store } = headers.space
  const groups = new Map<string, readonly string[]>()
  for (const { interfaces } of routes) groups.set(interfaces.join(' '), interfaces)
  let offered = NONE
  let routed = NONE
  for (const [key, interfaces] of groups) {
    const prefixes = routes.flatMap((route): readonly Prefix[] => {
      const prefix = readPrefix(route.net, headers.space, route.interfaces.join(' ') === key)
      return prefix === undefined ? [] : [prefix]
    })
    const destinations = headers.prefixes('destination', prefixes)
    const names = store.union(interfaces.map(name => headers.outInterface(name)))
    offered = store.or(offered, store.and(destinations, names))
    routed = store.or(routed, destinations)
  }
  const elsewhere = store.not(store.union(behind.map(name => headers.outInterface(name))))
  return store.or(offered, store.minus(elsewhere, routed))
}
