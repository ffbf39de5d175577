// What a change does to a node: both IP versions, and how much of the text differs.

import { printRule } from '../backend/iptables/iptables-rule.ts'
import type { KernelTables } from '../netfilter/kernel-tables.ts'
import type { IpVersion } from '../net/cidr.ts'
import { type Change, CHANGES, type DiffSide, diffTables, type TablesDiff } from './diff-tables.ts'

export interface NodeDiff {
  readonly node: string
  readonly versions: readonly { readonly ipVersion: IpVersion; readonly diff: TablesDiff }[]
  readonly text: TextDiff
  readonly isSame: boolean
}

/** Rules and members of sets that only one side has, both IP versions together. */
export interface TextDiff {
  readonly removedRules: number
  readonly addedRules: number
  readonly changedSets: number
}

/** Both sides of one IP version; undefined where a side has no rules of it. */
export type SidesOf = (ipVersion: IpVersion) => readonly [before: DiffSide, after: DiffSide] | undefined

/**
 * @param most cubes of a group
 * @throws TooManyNodesError where the sets grow over all bounds
 */
export function diffNode(node: string, sidesOf: SidesOf, most: number): NodeDiff {
  const versions: { ipVersion: IpVersion; diff: TablesDiff }[] = []
  const text = { removedRules: 0, addedRules: 0, changedSets: 0 }
  for (const ipVersion of [4, 6] as const) {
    const sides = sidesOf(ipVersion)
    if (sides === undefined) continue
    const [before, after] = sides
    versions.push({ ipVersion, diff: diffTables(before, after, most) })
    const [old, fresh] = [linesOf(before.scene.tables), linesOf(after.scene.tables)]
    text.removedRules += countMissing(old, fresh)
    text.addedRules += countMissing(fresh, old)
    text.changedSets += countChangedSets(before.scene.tables, after.scene.tables)
  }
  return { node, versions, text, isSame: versions.every(({ diff }) => diff.isSame) }
}

/** How many groups of packets each change has. */
export function countChanges(diffs: readonly NodeDiff[]): Readonly<Record<Change, number>> {
  const counts = { opened: 0, closed: 0, answered: 0, diverted: 0, unclear: 0, translated: 0 }
  for (const { versions } of diffs) {
    for (const { diff } of versions) {
      for (const { change, way, cubes } of diff.groups) {
        const isAlone = diff.groups.every(group => group.change !== change || group.way === way)
        // Whoever spoofs a source gets what the others get.
        if (way !== 'with spoofed sources' || isAlone) counts[change] += cubes.length
      }
    }
  }
  return counts
}

/** `2 opened, 1 closed` */
export function changeWords(counts: Readonly<Record<Change, number>>): string {
  return CHANGES.filter(change => counts[change] > 0)
    .map(change => `${counts[change]} ${change}`)
    .join(', ')
}

function linesOf({ tables }: KernelTables): ReadonlyMap<string, number> {
  const lines = new Map<string, number>()
  for (const { name, kernelChains, userChains } of tables) {
    for (const chain of [...kernelChains, ...userChains.values()]) {
      for (const rule of chain.rules) {
        // Comments and hashes do nothing.
        const line = `${name} ${chain.name}${printRule({ ...rule, comments: [] })}`
        lines.set(line, (lines.get(line) ?? 0) + 1)
      }
    }
  }
  return lines
}

function countMissing(some: ReadonlyMap<string, number>, others: ReadonlyMap<string, number>): number {
  let missing = 0
  for (const [line, count] of some) missing += Math.max(0, count - (others.get(line) ?? 0))
  return missing
}

function countChangedSets(before: KernelTables, after: KernelTables): number {
  const key = (tables: KernelTables, name: string): string =>
    [...(tables.ipSets.get(name)?.members ?? ['absent'])].sort().join(' ')
  const names = new Set([...before.ipSets.keys(), ...after.ipSets.keys()])
  return [...names].filter(name => key(before, name) !== key(after, name)).length
}
