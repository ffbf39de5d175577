// Who reaches whom, group by group: parties whom nothing tells apart are one.

import { type Bdd, NONE } from '../../analysis/sets/bdd.ts'
import type { ClusterPassing } from '../../analysis/parties/cluster-passing.ts'
import { type Doubt, DOUBTS, type Passing } from '../../analysis/parties/passing.ts'
import type { Side } from '../../model/ruleset.ts'
import { groupByAll } from '../../text/group-by.ts'
import type { PartyPod } from '../parties/party.ts'
import type { ReachCluster } from './reach-cluster.ts'
import { type Block, blocksOf, columnClasses, rowsOf } from './rows.ts'

export interface ReachGroup {
  readonly kind: 'pods' | 'node' | 'world' | 'service'
  readonly pods: readonly PartyPod[]
  /** Of a node. */
  readonly node?: string
  /** `namespace/name` of a Service. */
  readonly service?: string
  /** Of the world: what those of its addresses are called that are asked about, as senders and as receivers. */
  readonly outside?: Readonly<Record<Side, string>>
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
  /** By what was sent to others. */
  readonly through: Passing
}

export interface ReachMatrix {
  readonly groups: readonly ReachGroup[]
  /** By sender, then receiver. */
  readonly cells: readonly ReachCell[]
  /** Why what is in the cell perhaps, and not for sure, is not sure. */
  readonly doubtsOf: (cell: ReachCell) => readonly Doubt[]
  /** The same of `through`. */
  readonly throughDoubtsOf: (cell: ReachCell) => readonly Doubt[]
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
  const { headers, passing, through, parties } = reach
  const { bits, space } = headers
  const { store } = space
  const { only, most = MOST_CELLS } = options
  const count = parties.length
  // The receiver is asked for first.
  const [receiver, sender] = [bits.fields.destination, bits.fields.source]
  const rows = [passing.sure, passing.may, through.sure, through.may].map(set =>
    rowsOf(store, store.and(set, only), receiver, count),
  )
  const rowsTo = (party: number): readonly Bdd[] => rows.map(list => list[party] ?? NONE)
  const blocks = new Map<Bdd, readonly Block[]>()
  const blocksOfRow = (row: Bdd): readonly Block[] => {
    let found = blocks.get(row)
    if (found === undefined) blocks.set(row, (found = blocksOf(store, row, sender, count)))
    return found
  }
  const [senders, receivers] = [new Set(options.senders), new Set(options.receivers)]
  const distinct = new Set([...receivers].flatMap(rowsTo))
  const classes = columnClasses([...distinct].map(blocksOfRow), count)
  const signs = frontendSigns(reach)
  const groups = groupParties(reach, options, party =>
    [...rowsTo(party), classes[party] ?? 0, signs.get(party) ?? ''].join(' '),
  )
  const groupOf = new Map(groups.map(({ party }, index) => [party, index]))
  const cells: ReachCell[] = []
  groups.forEach((group, to) => {
    const { party } = group
    if (!receivers.has(party)) return
    const found = new Map<number, readonly Bdd[]>()
    rowsTo(party).forEach((row, place) => {
      for (const { first, last, packets } of blocksOfRow(row)) {
        if (packets === NONE) continue
        for (let other = first; other <= last; other++) {
          const from = groupOf.get(other)
          if (from === undefined || !senders.has(other)) continue
          // One pod alone has nobody to talk to but itself.
          if (to === from && group.parties.length === 1) continue
          const sets = found.get(from) ?? [NONE, NONE, NONE, NONE]
          found.set(from, sets.with(place, packets))
        }
      }
    })
    if (cells.length + found.size > most) throw new TooManyCellsError(most)
    for (const [from, [sure = NONE, may = NONE, surely = NONE, perhaps = NONE]] of found)
      cells.push({ from, to, sure, may, through: { sure: surely, may: perhaps } })
  })
  cells.sort((a, b) => a.from - b.from || a.to - b.to)
  const doubts = (cell: ReachCell, among: ClusterPassing['doubts']): readonly Doubt[] => {
    const pair = pairOf(reach, groups, cell)
    return DOUBTS.filter(doubt => store.and(store.and(among[doubt] ?? NONE, only), pair) !== NONE)
  }
  return {
    groups,
    cells,
    doubtsOf: cell => (cell.sure === cell.may ? [] : doubts(cell, passing.doubts)),
    throughDoubtsOf: cell => (cell.through.sure === cell.through.may ? [] : doubts(cell, through.doubts)),
  }
}

function pairOf({ headers }: ReachCluster, groups: readonly ReachGroup[], { from, to }: ReachCell): Bdd {
  const { bits, space } = headers
  const party = (index: number): number => groups[index]?.party ?? 0
  return space.store.and(bits.oneOf('source', [party(from)]), bits.oneOf('destination', [party(to)]))
}

/** What tells receivers apart who are behind different Services. */
function frontendSigns({ ways, frontends, headers }: ReachCluster): ReadonlyMap<number, string> {
  const behind = groupByAll(frontends.keys(), index => frontends[index]?.behind ?? [])
  const signs = new Map<number, string>()
  for (const { goal } of ways) {
    const party = headers.bits.ownerOf(goal.address)
    signs.set(party, (behind.get(goal.address) ?? []).join(','))
  }
  return signs
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
      const named =
        party.kind === 'node'
          ? { kind: 'node' as const, node: party.node }
          : party.kind === 'service'
            ? { kind: 'service' as const, service: party.service.name }
            : { kind: 'world' as const }
      others.push({ ...named, pods: [], party: number, parties: [number] })
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
  const ofKind = (wanted: ReachGroup['kind']): readonly ReachGroup[] => others.filter(({ kind }) => kind === wanted)
  return [...groups, ...ofKind('node'), ...ofKind('service'), ...ofKind('world')]
}
