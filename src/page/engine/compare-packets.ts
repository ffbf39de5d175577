// What a change does, for the page: the packets that get another verdict, over all of them, as `calitables diff` finds them.

import { TooManyNodesError } from '../../analysis/sets/bdd.ts'
import { CHANGE_TITLES } from '../../answers/format-diff.ts'
import { cubeWords } from '../../answers/cube-words.ts'
import {
  type Change,
  CHANGES,
  type DiffCube,
  type DiffSide,
  diffTables,
  type TablesDiff,
} from '../../answers/diff-tables.ts'
import { changeWords } from '../../answers/node-diff.ts'
import { packetWords } from '../../words/packet.ts'
import type { ComparisonView } from '../view.ts'

/** Cubes of a group that are shown, and items of each list in one. */
const MOST_CUBES = 12
const MOST_ITEMS = 6

/** @param before undefined where the input has errors, or no rules of this IP version */
export function comparePackets(before: DiffSide | undefined, after: DiffSide | undefined): ComparisonView {
  if (before === undefined || after === undefined) {
    return { summary: 'one of the two has errors, or no rules of this IP version', groups: [] }
  }
  try {
    return viewDiff(diffTables(before, after, MOST_CUBES))
  } catch (error) {
    if (!(error instanceof TooManyNodesError)) throw error
    return { summary: `these rules are too much to compare: ${error.message}`, groups: [] }
  }
}

function viewDiff({ groups, isSame }: TablesDiff): ComparisonView {
  // Whoever spoofs a source gets what the others get.
  const meant = groups.length === 1 ? groups : groups.filter(({ way }) => way !== 'with spoofed sources')
  const counts = Object.fromEntries(CHANGES.map(change => [change, 0])) as Record<Change, number>
  for (const { change, cubes } of meant) counts[change] += cubes.length
  const words = changeWords(counts)
  const none = isSame
    ? 'no packet changes its verdict'
    : 'no packet surely changes its verdict; of some neither side can tell'
  return {
    summary: words === '' ? none : words,
    groups: meant.map(({ change, way, cubes, hasMore }) => ({
      title: CHANGE_TITLES[change],
      change,
      way,
      cubes: cubes.map(viewCube),
      hasMore,
    })),
  }
}

function viewCube({ cube, journey, before, after }: DiffCube): ComparisonView['groups'][number]['cubes'][number] {
  return {
    words: cubeWords(cube, MOST_ITEMS),
    example: packetWords(journey.packet),
    before: `${before.verdict}, ${before.because}`,
    after: `${after.verdict}, ${after.because}`,
  }
}
