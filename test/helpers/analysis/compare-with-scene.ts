// The walk over sets against the walk of one packet, both in the world of a recorded node: its routes, pods, addresses and rules.

import { decide } from '../../../src/answers/decided.ts'
import { type DiffSide, journeyOfWitness, netsOfScene } from '../../../src/answers/diff-tables.ts'
import { HeaderSets } from '../../../src/analysis/sets/header-sets.ts'
import { interfaceNames } from '../../../src/analysis/sets/interface-names.ts'
import { SetWalker } from '../../../src/analysis/sets/node-walk.ts'
import { createSpace } from '../../../src/analysis/sets/packet-space.ts'
import { isIn, type Point } from '../../../src/analysis/sets/points.ts'
import { anyPoint, nearBorder } from './compare-with-walker.ts'

const VERDICTS = ['accept', 'drop', 'reject'] as const

/** @param count of packets whose way routing offers */
export function compareWithScene(
  side: DiffSide,
  { count, random }: { readonly count: number; readonly random: () => number },
): { readonly compared: number; readonly differences: readonly string[] } {
  const { tables } = side.scene
  const nets = netsOfScene(side)
  const known = [...nets.behind, ...nets.routes.flatMap(({ interfaces }) => interfaces)]
  const space = createSpace(tables.ipVersion, interfaceNames([tables], known))
  const sets = new SetWalker(new HeaderSets(space), tables, nets).walk()
  const fromBorders: Point[] = []
  const differences: string[] = []
  let compared = 0
  for (let i = 0; compared < count && i < count * 20; i++) {
    const point = i % 2 === 0 ? nearBorder(space, sets, random) : anyPoint(space, random, fromBorders)
    if (i % 2 === 0) fromBorders.push(point)
    if (!isIn(space, space.universe, point)) continue
    const found = VERDICTS.filter(verdict => isIn(space, sets[verdict], point)).join(' ')
    // Of a way that routing does not offer the sets say nothing.
    if (found === '') continue
    compared++
    const journey = journeyOfWitness(space, point, [side.scene])
    const { ends, isComplete } = decide(journey, side.scene)
    const walked = [...ends].sort().join(' ')
    if (isComplete && walked !== found)
      differences.push(`${JSON.stringify(journey)}: walked ${walked}, sets say ${found}`)
  }
  return { compared, differences }
}
