// The walk over sets against the walk of one packet: packets from anywhere, and from both sides of the sets' borders.

import { HeaderSets } from '../../../src/analysis/sets/header-sets.ts'
import { interfaceNames } from '../../../src/analysis/sets/interface-names.ts'
import type { NodeNets } from '../../../src/analysis/sets/node-nets.ts'
import { SetWalker } from '../../../src/analysis/sets/node-walk.ts'
import type { VerdictSets } from '../../../src/analysis/sets/set-journey.ts'
import { createSpace, FIELD_NAMES, type FieldName, type PacketSpace } from '../../../src/analysis/sets/packet-space.ts'
import { isIn, journeyOf, pickPoint, type Point } from '../../../src/analysis/sets/points.ts'
import type { KernelTables } from '../../../src/netfilter/kernel-tables.ts'
import { NetTable, addressToBits } from '../../../src/netfilter/net-table.ts'
import type { NodeView } from '../../../src/walk/packet.ts'
import { createWalker } from '../../../src/walk/walk-packet.ts'

export interface SetComparison {
  readonly packets: number
  readonly fromBorders: number
  readonly differences: readonly string[]
  readonly verdicts: ReadonlyMap<string, number>
  readonly nodes: number
}

/** So many packets from borders are kept to make others of their fields. */
const POOL = 500

const VERDICTS = ['accept', 'drop', 'reject'] as const

/** @param count of packets; every other one is drawn from beside a border of the sets */
export function compareWithWalker(
  tables: KernelTables,
  nets: NodeNets,
  { count, random }: { readonly count: number; readonly random: () => number },
): SetComparison {
  const space = createSpace(tables.ipVersion, interfaceNames([tables]))
  const headers = new HeaderSets(space)
  const sets = new SetWalker(headers, tables, nets).walk()
  const walker = createWalker(tables, viewOf(nets, tables.ipVersion))
  const differences: string[] = []
  const verdicts = new Map<string, number>()
  const known: Point[] = []
  let fromBorders = 0
  for (let i = 0; i < count; i++) {
    const isBorder = i % 2 === 1
    const point = isBorder ? nearBorder(space, sets, random) : anyPoint(space, random, known)
    if (!isIn(space, space.universe, point)) {
      i--
      continue
    }
    if (isBorder) {
      known[fromBorders % POOL] = point
      fromBorders++
    }
    const journey = journeyOf(space, point)
    const { verdicts: ways } = walker.walk(journey)
    if (ways === undefined) continue
    const walked = ways.join(' ')
    const found = VERDICTS.filter(verdict => isIn(space, sets[verdict], point)).join(' ')
    verdicts.set(walked, (verdicts.get(walked) ?? 0) + 1)
    if (walked !== found) differences.push(`${JSON.stringify(journey)}: walked ${walked}, sets say ${found}`)
  }
  return { packets: count, fromBorders, differences, verdicts, nodes: space.store.size }
}

/** Everything that is not the node's own leaves by the interface that the journey names. */
export function viewOf({ local, addressesOn }: NodeNets, ipVersion: 4 | 6): NodeView {
  const own = new NetTable<true>(ipVersion)
  for (const net of local) own.add(net, true)
  const isLocal = (address: string): boolean => own.find(addressToBits(address, ipVersion)) === true
  return {
    isLocal,
    route: destination => (isLocal(destination) ? { kind: 'local' } : { kind: 'out', interfaceName: '' }),
    isOnInterface: (address, name) => addressesOn(name)?.includes(address),
  }
}

/** Each field for itself: that of some packet from a border, or any value. */
export function anyPoint({ fields }: PacketSpace, random: () => number, known: readonly Point[]): Point {
  const values = FIELD_NAMES.map(name => {
    const base = known[Math.floor(random() * known.length)]
    if (base !== undefined && random() < 0.85) return [name, base[name]] as const
    if (name === 'protocol' && random() < 0.8)
      return [name, [1n, 6n, 17n, 58n, 132n][Math.floor(random() * 5)] ?? 6n] as const
    if (name === 'state' && random() < 0.7) return [name, 0n] as const
    let value = 0n
    for (let bit = 0; bit < fields[name].width; bit++) value = (value << 1n) | (random() < 0.5 ? 0n : 1n)
    return [name, value] as const
  })
  return Object.fromEntries(values) as Record<FieldName, bigint>
}

/** A packet of one of the sets, half the time with a bit turned over that decided about it. */
export function nearBorder(space: PacketSpace, sets: VerdictSets, random: () => number): Point {
  const names = VERDICTS.filter(verdict => sets[verdict] !== 0)
  const set = sets[names[Math.floor(random() * names.length)] ?? 'accept']
  const decided: number[] = []
  const point = pickPoint(space, set, bit => {
    decided.push(bit)
    return random() < 0.5 ? 0 : 1
  })
  if (point === undefined) throw new Error('a set without packets')
  if (random() < 0.5) return point
  const turned = decided[Math.floor(random() * decided.length)]
  for (const name of FIELD_NAMES) {
    const { first, width } = space.fields[name]
    if (turned !== undefined && turned >= first && turned < first + width) {
      return { ...point, [name]: point[name] ^ (1n << BigInt(first + width - 1 - turned)) }
    }
  }
  return point
}
