// Who reaches whom, group by group: parties whom nothing tells apart are one.

import { type Bdd, NONE } from '../../analysis/sets/bdd.ts'
import { type Doubt, DOUBTS } from '../../analysis/parties/node-passing.ts'
import type { PartyPod } from '../parties/party.ts'
import type { ReachCluster } from './reach-cluster.ts'
import { type Block, blocksOf, columnClasses, rowsOf } from './rows.ts'

export interface ReachGroup {
  readonly kind: 'pods' | 'node' | 'world'
  readonly pods: readonly PartyPod[]
  /** Of a node. */
  readonly node?: string
  /** Number of the party that stands for all of them. */
  readonly party: number
  readonly parties: readonly number[]
}

/** From one group to another; nothing is kept of those that have no connections at all. */
export interface ReachCell {
  readonly from: number
  readonly to: number
  readonly sure: Bdd
  readonly may: Bdd
}

export interface ReachMatrix {
  readonly groups: readonly ReachGroup[]
  /** By sender, then receiver. */
  readonly cells: readonly ReachCell[]
  /** Why what is in the cell perhaps, and not for sure, is not sure. */
  readonly doubtsOf: (cell: ReachCell) => readonly Doubt[]
}

export interface MatrixOptions {
  /** Sets that bound who is asked about and on which ports. */
  readonly only: Bdd
  readonly senders: readonly number[]
  readonly receivers: readonly number[]
  /** More cells than these are not told: `TooManyCellsError`. */
  readonly most?: number
}

/** So many connections are no answer that anybody reads. */
export class TooManyCellsError extends Error {
  readonly limit: number

  constructor(limit: number) {
    super(`more than ${limit} connections between groups`)
    this.name = 'TooManyCellsError'
    this.limit = limit
  }
}

const MOST_CELLS = 2_000_000

export function reachMatrix(reach: ReachCluster, options: MatrixOptions): ReachMatrix {
  const { headers, passing, parties } = reach
  const { bits, space } = headers
  const { store } = space
  const { only, most = MOST_CELLS } = options
  const sure = store.and(passing.sure, only)
  const may = store.and(passing.may, only)
  const count = parties.length
  // The receiver is asked for first.
  const [receiver, sender] = [bits.fields.destination, bits.fields.source]
  const rows = { sure: rowsOf(store, sure, receiver, count), may: rowsOf(store, may, receiver, count) }
  const blocks = new Map<Bdd, readonly Block[]>()
  const blocksOfRow = (row: Bdd): readonly Block[] => {
    let found = blocks.get(row)
    if (found === undefined) blocks.set(row, (found = blocksOf(store, row, sender, count)))
    return found
  }
  const [senders, receivers] = [new Set(options.senders), new Set(options.receivers)]
  const distinct = new Set([...receivers].flatMap(party => [rows.sure[party] ?? NONE, rows.may[party] ?? NONE]))
  const classes = columnClasses([...distinct].map(blocksOfRow), count)
  const groups = groupParties(reach, options, party =>
    [rows.sure[party] ?? NONE, rows.may[party] ?? NONE, classes[party] ?? 0].join(' '),
  )
  const groupOf = new Map(groups.map(({ party }, index) => [party, index]))
  const cells: ReachCell[] = []
  groups.forEach((group, to) => {
    const { party } = group
    if (!receivers.has(party)) return
    const visit = (row: Bdd, take: (from: number, packets: Bdd) => void): void => {
      for (const { first, last, packets } of blocksOfRow(row)) {
        if (packets === NONE) continue
        for (let other = first; other <= last; other++) {
          const from = groupOf.get(other)
          if (from !== undefined && senders.has(other)) take(from, packets)
        }
      }
    }
    const certain = new Map<number, Bdd>()
    visit(rows.sure[party] ?? NONE, (from, packets) => certain.set(from, packets))
    visit(rows.may[party] ?? NONE, (from, packets) => {
      // One pod alone has nobody to talk to but itself.
      if (to === from && group.parties.length === 1) return
      if (cells.length >= most) throw new TooManyCellsError(most)
      cells.push({ from, to, sure: certain.get(from) ?? NONE, may: packets })
    })
  })
  cells.sort((a, b) => a.from - b.from || a.to - b.to)
  const doubtsOf = (cell: ReachCell): readonly Doubt[] => {
    if (cell.sure === cell.may) return []
    const pair = store.and(
      bits.oneOf('source', [groups[cell.from]?.party ?? 0]),
      bits.oneOf('destination', [groups[cell.to]?.party ?? 0]),
    )
    return DOUBTS.filter(doubt => store.and(store.and(passing.doubts[doubt] ?? NONE, only), pair) !== NONE)
  }
  return { groups, cells, doubtsOf }
}

/** In the order in which pods came. */
function groupParties(
  { parties }: ReachCluster,
  { senders, receivers }: MatrixOptions,
  keyOf: (party: number) => string,
): readonly ReachGroup[] {
  const [from, to] = [new Set(senders), new Set(receivers)]
  const pods = new Map<string, { readonly pods: PartyPod[]; readonly parties: number[] }>()
  const others: ReachGroup[] = []
  parties.forEach((party, number) => {
    if (!from.has(number) && !to.has(number)) return
    if (party.kind !== 'pod') {
      const node = party.kind === 'node' ? { node: party.node } : {}
      const kind = party.kind === 'node' ? 'node' : 'world'
      others.push({ kind, pods: [], ...node, party: number, parties: [number] })
      return
    }
    const key = `${keyOf(number)} ${from.has(number)} ${to.has(number)}`
    const known = pods.get(key)
    if (known === undefined) pods.set(key, { pods: [party.pod], parties: [number] })
    else {
      known.pods.push(party.pod)
      known.parties.push(number)
    }
  })
  const groups = [...pods.values()].map(({ pods: own, parties: numbers }): ReachGroup => ({
    kind: 'pods',
    pods: own,
    party: numbers[0] ?? 0,
    parties: numbers,
  }))
  return [...groups, ...others.filter(({ kind }) => kind === 'node'), ...others.filter(({ kind }) => kind === 'world')]
}
