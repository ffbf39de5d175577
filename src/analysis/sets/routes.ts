// Routing for sets: which destinations are the node's own, and which interfaces lead to the others.

import { type Bdd, NONE } from './bdd.ts'
import { project } from './bdd-operations.ts'
import type { Prefix } from './field-sets.ts'
import type { Rewriting } from './flow-state.ts'
import { type HeaderSets, readPrefix } from './header-sets.ts'
import type { NetRoute, NodeNets } from './node-nets.ts'
import type { Rewriter } from './rewriter.ts'

export class Routes {
  readonly #headers: HeaderSets
  readonly #rewriter: Rewriter
  readonly #local: Bdd
  /** Packets whose `outInterface` is one that leads to their destination. */
  readonly #offered: Bdd
  readonly #lost: Readonly<Record<'drop' | 'reject', Bdd>>

  constructor(headers: HeaderSets, rewriter: Rewriter, { local, routes, behind }: NodeNets) {
    const { store } = headers.space
    this.#headers = headers
    this.#rewriter = rewriter
    const own = headers.nets('destination', local) ?? NONE
    const parsed = parseRoutes(headers, routes)
    const ends = endSets(headers, parsed)
    this.#local = store.or(own, ends.local)
    this.#offered = offeredSet(headers, parsed, behind)
    this.#lost = { drop: store.minus(ends.drop, own), reject: store.minus(ends.reject, own) }
  }

  /** Packets that are for the node itself once they are rewritten. */
  local(rewriting: Rewriting): Bdd {
    return this.#rewriter.before(this.#local, rewriting)
  }

  offered(rewriting: Rewriting): Bdd {
    return this.#rewriter.before(this.#offered, rewriting)
  }

  /** Packets that routing sends nowhere once they are rewritten. */
  lost(how: 'drop' | 'reject', rewriting: Rewriting): Bdd {
    return this.#rewriter.before(this.#lost[how], rewriting)
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

interface Parsed {
  readonly route: NetRoute
  readonly prefix: Prefix
}

/** One for each net, the last of those that are told of it. */
function parseRoutes({ space }: HeaderSets, routes: readonly NetRoute[]): readonly Parsed[] {
  const found = new Map<string, Parsed>()
  for (const route of routes) {
    const prefix = readPrefix(route.net, space, true)
    if (prefix !== undefined) found.set(`${prefix.words.join(' ')}/${prefix.length}`, { route, prefix })
  }
  return [...found.values()]
}

/** Destinations of which the longest net is one of those that fit. */
function destinationsOf(headers: HeaderSets, routes: readonly Parsed[], fits: (route: NetRoute) => boolean): Bdd {
  const shortest = Math.min(...routes.flatMap(({ route, prefix }) => (fits(route) ? prefix.length : [])))
  // Single addresses, which most routes of a node are for, have no longer net beside them.
  const counting = routes.flatMap(({ route, prefix }): readonly Prefix[] => {
    const isIn = fits(route)
    return isIn || prefix.length > shortest ? [{ ...prefix, isIn }] : []
  })
  return headers.prefixes('destination', counting)
}

function endSets(headers: HeaderSets, routes: readonly Parsed[]): Readonly<Record<'local' | 'drop' | 'reject', Bdd>> {
  const ending = (end: NetRoute['end']): Bdd => destinationsOf(headers, routes, route => route.end === end)
  return { local: ending('local'), drop: ending('drop'), reject: ending('reject') }
}

function offeredSet(headers: HeaderSets, routes: readonly Parsed[], behind: NodeNets['behind']): Bdd {
  const { store } = headers.space
  const keyOf = ({ interfaces, end }: NetRoute): string => `${end ?? ''} ${interfaces.join(' ')}`
  const groups = new Map(routes.map(({ route }) => [keyOf(route), route]))
  let offered = NONE
  let routed = NONE
  for (const [key, { interfaces }] of groups) {
    const destinations = destinationsOf(headers, routes, route => keyOf(route) === key)
    const names = store.union(interfaces.map(name => headers.outInterface(name)))
    offered = store.or(offered, store.and(destinations, names))
    routed = store.or(routed, destinations)
  }
  const elsewhere = store.not(store.union(behind.map(name => headers.outInterface(name))))
  return store.or(offered, store.minus(elsewhere, routed))
}
