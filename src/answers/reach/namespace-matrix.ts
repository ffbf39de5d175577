// Who reaches whom, namespace by namespace: what every pod has with every other, and what some have.

import { type Bdd, NONE } from '../../analysis/sets/bdd.ts'
import { sortedUnique } from '../../text/bytes.ts'
import type { GroupNames } from './group-names.ts'
import type { ReachView } from './reach-view.ts'

export interface NamespaceMatrix {
  /** In byte order, the world last. */
  readonly names: readonly string[]
  /** Place of the world; -1 where it is not asked about. */
  readonly world: number
  /** Undefined where there are no two pods to talk to each other. */
  readonly cellOf: (from: number, to: number) => { readonly all: Bdd; readonly some: Bdd } | undefined
}

interface Sum {
  all: Bdd
  some: Bdd
  count: number
}

export function namespaceMatrix(
  { reach, groups, senders, receivers, links }: ReachView,
  groupNames: GroupNames,
): NamespaceMatrix {
  const { store } = reach.headers.space
  // How many pods of a group each namespace has.
  const sizes = groups.map(({ kind, pods }) => {
    const counts = new Map<string, number>()
    if (kind === 'world') counts.set('', 1)
    for (const { endpoint } of pods) counts.set(endpoint.namespace, (counts.get(endpoint.namespace) ?? 0) + 1)
    return counts
  })
  const sums = new Map<string, Sum>()
  for (const { from, to, ports, some } of links) {
    for (const [fromName, fromCount] of sizes[from] ?? []) {
      for (const [toName, toCount] of sizes[to] ?? []) {
        const key = JSON.stringify([fromName, toName])
        const own = from === to && fromName === toName ? fromCount : 0
        const pairs = fromCount * toCount - own
        if (pairs === 0) continue
        const sum = sums.get(key)
        const either = store.or(ports, some)
        if (sum === undefined) sums.set(key, { all: ports, some: either, count: pairs })
        else {
          sum.all = store.and(sum.all, ports)
          sum.some = store.or(sum.some, either)
          sum.count += pairs
        }
      }
    }
  }
  const totals = (indices: readonly number[]): ReadonlyMap<string, number> => {
    const counts = new Map<string, number>()
    for (const index of indices) {
      for (const [name, count] of sizes[index] ?? []) counts.set(name, (counts.get(name) ?? 0) + count)
    }
    return counts
  }
  const [fromTotals, toTotals] = [totals(senders), totals(receivers)]
  const names = sortedUnique([...fromTotals.keys(), ...toTotals.keys()].filter(name => name !== ''))
  const world = groups.find(({ kind }) => kind === 'world')
  const keys = [...names, ...(fromTotals.has('') || toTotals.has('') ? [''] : [])]
  return {
    names: keys.map(name => (name === '' && world !== undefined ? groupNames.nameOf(world) : name)),
    world: keys.indexOf(''),
    cellOf: (from, to) => {
      const [fromName = '', toName = ''] = [keys[from], keys[to]]
      const isSame = fromName === toName
      const pairs =
        (fromTotals.get(fromName) ?? 0) * (toTotals.get(toName) ?? 0) - (isSame ? (toTotals.get(toName) ?? 0) : 0)
      if (pairs <= 0 || (isSame && fromName === '')) return undefined
      const sum = sums.get(JSON.stringify([fromName, toName]))
      if (sum === undefined) return { all: NONE, some: NONE }
      // Pairs that have nothing at all are in no link.
      return { all: sum.count < pairs ? NONE : sum.all, some: sum.some }
    },
  }
}
