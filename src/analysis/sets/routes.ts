// Routing for sets: which destinations are the node's own, and which interfaces lead to the others.

import { type Bdd, NONE } from './bdd.ts'
import { withoutFields } from './bdd-operations.ts'
import type { Prefix } from './field-sets.ts'
import type { Rewriting } from './flow-state.ts'
import { type HeaderSets, readPrefix } from './header-sets.ts'
import type { Side } from '../../model/ruleset.ts'
import type { NetRoute, NodeNets } from './node-nets.ts'
import type { Rewriter } from './rewriter.ts'
import { addTo } from '../../text/group-by.ts'

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
    this.#offered = routedSet(headers, { routes, behind }, 'destination')
    this.#lost = { drop: store.minus(ends.drop, own), reject: store.minus(ends.reject, own) }
  }

  /** All sets that say where packets go. */
  asked(): readonly Bdd[] {
    return [this.#local, this.#offered, this.#lost.drop, this.#lost.reject]
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
    return withoutFields(store, through, [fields.outInterface])
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

/** Addresses of a side of which the longest net is one of these. */
function addressesOf(headers: HeaderSets, side: Side, own: readonly Parsed[], nested: Nested): Bdd {
  const inside = new Set(own)
  const others = new Set(own.flatMap(parsed => nested.get(parsed)?.filter(inner => !inside.has(inner)) ?? []))
  return headers.prefixes(side, [
    ...own.map(({ prefix }) => prefix),
    ...[...others].map(({ prefix }) => ({ ...prefix, isIn: false })),
  ])
}

function endSets(headers: HeaderSets, routes: readonly Parsed[]): Readonly<Record<'local' | 'drop' | 'reject', Bdd>> {
  const nested = nestedRoutes(routes)
  const ending = (end: NetRoute['end']): Bdd =>
    addressesOf(
      headers,
      'destination',
      routes.filter(({ route }) => route.end === end),
      nested,
    )
  return { local: ending('local'), drop: ending('drop'), reject: ending('reject') }
}

/**
 * Packets that leave by an interface which leads to their destination, or come by one that leads to their source: the longest
 * net that holds the address says which.
 */
export function routedSet(
  headers: HeaderSets,
  { routes, behind }: Pick<NodeNets, 'routes' | 'behind'>,
  side: Side,
): Bdd {
  const { store } = headers.space
  const parsed = parseRoutes(headers, routes)
  const nested = nestedRoutes(parsed)
  const groups = new Map<string, Parsed[]>()
  for (const one of parsed) addTo(groups, `${one.route.end ?? ''} ${one.route.interfaces.join(' ')}`, one)
  const through = (name: string): Bdd => (side === 'source' ? headers.inInterface(name) : headers.outInterface(name))
  const offered = store.union(
    [...groups.values()].map(group => {
      const names = store.union((group[0]?.route.interfaces ?? []).map(through))
      return store.and(addressesOf(headers, side, group, nested), names)
    }),
  )
  const routed = headers.prefixes(
    side,
    parsed.map(({ prefix }) => prefix),
  )
  const elsewhere = store.not(store.union(behind.map(through)))
  return store.or(offered, store.minus(elsewhere, routed))
}

type Nested = ReadonlyMap<Parsed, readonly Parsed[]>

/** For each net the longer ones in it: most nets of a node have none. */
function nestedRoutes(routes: readonly Parsed[]): Nested {
  const byNet = new Map<string, Parsed>()
  const lengths = new Set<number>()
  for (const parsed of routes) {
    const { words, length } = parsed.prefix
    byNet.set(netKey(words, length), parsed)
    lengths.add(length)
  }
  const nested = new Map<Parsed, Parsed[]>()
  for (const parsed of routes) {
    const { words, length } = parsed.prefix
    for (const outer of lengths) {
      const around = outer < length ? byNet.get(netKey(words, outer)) : undefined
      if (around !== undefined) addTo(nested, around, parsed)
    }
  }
  return nested
}

function netKey(words: readonly number[], length: number): string {
  const kept = words.map((word, index) => {
    const bits = Math.min(32, Math.max(0, length - index * 32))
    return bits === 0 ? 0 : (word & (bits === 32 ? -1 : ~(2 ** (32 - bits) - 1))) >>> 0
  })
  return `${length} ${kept.join(' ')}`
}
