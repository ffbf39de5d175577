// The rules of one chain against those it should have: which are the same, and what happened to the others.

import { groupBy } from '../text/group-by.ts'
import { diffArrays } from 'diff'
import type { FoundRule, WantedRule } from './finding.ts'
import type { Keyed } from './wanted-rules.ts'

/** What became of rules; `same` are pairs that do the same. */
export interface Alignment {
  readonly same: readonly Pair[]
  readonly changed: readonly Pair[]
  readonly moved: readonly Pair[]
  /** Once more than it should be there. */
  readonly duplicated: readonly Pair[]
  readonly missing: readonly WantedRule[]
  readonly extra: readonly FoundRule[]
}

/** A place where the two lists part. */
interface Gap {
  readonly wanted: Keyed<WantedRule>[]
  readonly found: Keyed<FoundRule>[]
}

/** Beyond so many single differences a chain has little to do with the other one, and counting more costs more than it says. */
const MAX_EDITS = 2000

export function alignRules(wanted: readonly Keyed<WantedRule>[], found: readonly Keyed<FoundRule>[]): Alignment {
  const same: Pair[] = []
  const gaps: Gap[] = []
  let [w, f] = [0, 0]
  let gap: Gap | undefined
  for (const { added, removed, count } of editsOf(wanted, found)) {
    if (!added && !removed) {
      for (let i = 0; i < count; i++) {
        const [one, other] = [wanted[w++], found[f++]]
        if (one !== undefined && other !== undefined) same.push([one.rule, other.rule])
      }
      gap = undefined
      continue
    }
    if (gap === undefined) gaps.push((gap = { wanted: [], found: [] }))
    if (removed) for (let i = 0; i < count; i++) gap.wanted.push(...wanted.slice(w, ++w))
    else for (let i = 0; i < count; i++) gap.found.push(...found.slice(f, ++f))
  }
  return { same, ...explainGaps(gaps, wanted, found) }
}

type Pair = readonly [WantedRule, FoundRule]

interface Edit {
  readonly added: boolean
  readonly removed: boolean
  readonly count: number
}

function editsOf(wanted: readonly Keyed<WantedRule>[], found: readonly Keyed<FoundRule>[]): readonly Edit[] {
  const [a, b] = [wanted.map(({ key }) => key), found.map(({ key }) => key)]
  let start = 0
  while (start < a.length && start < b.length && a[start] === b[start]) start++
  let end = 0
  while (end < a.length - start && end < b.length - start && a.at(-1 - end) === b.at(-1 - end)) end++
  const [left, right] = [a.slice(start, a.length - end), b.slice(start, b.length - end)]
  const middle =
    left.length === 0 || right.length === 0 ? undefined : diffArrays(left, right, { maxEditLength: MAX_EDITS })
  const edits = middle ?? [
    { added: false, removed: true, count: left.length },
    { added: true, removed: false, count: right.length },
  ]
  const equal = (count: number): Edit => ({ added: false, removed: false, count })
  return [equal(start), ...edits, equal(end)].filter(({ count }) => count > 0)
}

function explainGaps(
  gaps: readonly Gap[],
  wanted: readonly Keyed<WantedRule>[],
  found: readonly Keyed<FoundRule>[],
): Omit<Alignment, 'same'> {
  const changed: Pair[] = []
  const moved: Pair[] = []
  const duplicated: Pair[] = []
  const taken = new Set<WantedRule | FoundRule>()
  const pair = (list: Pair[], one: WantedRule, other: FoundRule): void => {
    taken.add(one)
    taken.add(other)
    list.push([one, other])
  }
  const lost = gaps.flatMap(gap => gap.wanted)
  const strange = gaps.flatMap(gap => gap.found)
  const openWanted = (): readonly Keyed<WantedRule>[] => lost.filter(({ rule }) => !taken.has(rule))
  // The same rule elsewhere in the chain.
  const lostByKey = groupBy(lost, ({ key }) => key)
  for (const { key, rule } of strange) {
    const other = lostByKey.get(key)?.find(one => !taken.has(one.rule))
    if (other !== undefined) pair(moved, other.rule, rule)
  }
  // Changed by hand, with the hash it had.
  const lostByHash = groupBy(openWanted(), one => one.rule.hash)
  for (const { rule } of strange) {
    if (taken.has(rule) || rule.hash === undefined) continue
    const other = lostByHash.get(rule.hash)?.find(one => !taken.has(one.rule))
    if (other !== undefined) pair(changed, other.rule, rule)
  }
  // Once more what is there already.
  const wantedByKey = groupBy(wanted, ({ key }) => key)
  const foundByKey = groupBy(found, ({ key }) => key)
  for (const { key, rule } of strange) {
    // With another hash it is a rule of its own that happens to say the same.
    const other = wantedByKey.get(key)?.find(one => one.rule.hash === rule.hash)?.rule
    if (taken.has(rule) || other === undefined) continue
    if ((foundByKey.get(key)?.length ?? 0) <= (wantedByKey.get(key)?.length ?? 0)) continue
    taken.add(rule)
    duplicated.push([other, rule])
  }
  // One in the place of another.
  for (const gap of gaps) {
    const left = gap.wanted.filter(({ rule }) => !taken.has(rule))
    const right = gap.found.filter(({ rule }) => !taken.has(rule) && rule.hash !== undefined)
    if (left.length !== right.length) continue
    left.forEach(({ rule }, index) => {
      const other = right[index]
      if (other !== undefined) pair(changed, rule, other.rule)
    })
  }
  return {
    changed,
    moved,
    duplicated,
    missing: openWanted().map(({ rule }) => rule),
    extra: strange.filter(({ rule }) => !taken.has(rule)).map(({ rule }) => rule),
  }
}
