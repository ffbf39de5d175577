// What a change does, for people: opened and closed apart, packets as cubes, with an example and the rules that decide.

import { printable } from '../text/printable.ts'
import { wrap } from '../text/wrap.ts'
import { packetWords } from '../words/packet.ts'
import { cubeWords } from './cube-words.ts'
import { type Change, CHANGES, type DiffCube, type TablesDiff } from './diff-tables.ts'
import { changeWords, countChanges, type NodeDiff, type TextDiff } from './node-diff.ts'

export const CHANGE_TITLES: Readonly<Record<Change, string>> = {
  opened: 'opened: these packets were lost and now get through',
  closed: 'closed: these packets got through and now are lost',
  diverted: 'diverted: these packets get through before and now, to another destination',
  translated: 'translated: these packets get through before and now, with another source',
  answered: 'answered: these packets are lost before and now, with an answer on one side only',
  unclear: 'unclear: whether these packets get through depends on rules that are not known here',
}

/** @param most items of each list that are shown; of others only their number */
export function formatDiff(diffs: readonly NodeDiff[], most: number): string {
  return `${[...changeLines(diffs, most), ...wrap(summaryOf(diffs), '')].map(printable).join('\n')}\n`
}

export const SPOOFED_NOTE = 'packets that come from elsewhere than their source is: -o json has them'

/** Whoever spoofs a source gets what others get: beside others, these packets are not listed. @param found all groups of one change */
export function isNotedOnly({ way }: Group, found: readonly { readonly group: Group }[]): boolean {
  return way === 'with spoofed sources' && found.some(({ group }) => group.way !== way)
}

type Group = TablesDiff['groups'][number]

/** The packets that get another verdict, one block and an empty line for each kind of change; nothing where none does. */
export function changeLines(diffs: readonly NodeDiff[], most: number): readonly string[] {
  const lines: string[] = []
  for (const change of CHANGES) {
    const found = diffs.flatMap(({ node, versions }) =>
      versions.flatMap(({ ipVersion, diff }) =>
        diff.groups.filter(group => group.change === change).map(group => ({ node, ipVersion, group })),
      ),
    )
    if (found.length === 0) continue
    lines.push(CHANGE_TITLES[change])
    for (const { node, ipVersion, group } of found) {
      const where = diffs.length > 1 ? `, node ${node}` : ''
      lines.push(`  ${group.way}, IPv${ipVersion}${where}`)
      if (isNotedOnly(group, found)) {
        lines.push(`    ${SPOOFED_NOTE}`)
        continue
      }
      for (const cube of group.cubes) lines.push(...cubeLines(cube, most))
      if (group.hasMore) lines.push('    and more: --most shows more of them')
    }
    lines.push('')
  }
  return lines
}

/** One line: what changes, or the proof that nothing does; and how much of the text differs. */
export function summaryOf(diffs: readonly NodeDiff[]): string {
  return `${verdictSummary(diffs)}${textWords(diffs.map(diff => diff.text))}`
}

/** What changes, or the proof that nothing does. */
export function verdictSummary(diffs: readonly NodeDiff[]): string {
  const changes = changeWords(countChanges(diffs))
  if (changes !== '') return changes
  if (diffs.every(({ isSame }) => isSame)) return 'no packet changes its verdict'
  return 'no packet surely changes its verdict; of some neither side can tell, because of rules that are not known here'
}

function cubeLines({ cube, journey, before, after }: DiffCube, most: number): readonly string[] {
  return [
    ...wrap(cubeWords(cube, most), '    '),
    ...wrap(`for example ${packetWords(journey.packet)}`, '      '),
    ...wrap(`before: ${before.verdict}, ${before.because}`, '      '),
    ...wrap(`now: ${after.verdict}, ${after.because}`, '      '),
  ]
}

function textWords(texts: readonly TextDiff[]): string {
  const sum = (of: (text: TextDiff) => number): number => texts.reduce((total, text) => total + of(text), 0)
  const [removed, added, sets] = [
    sum(({ removedRules }) => removedRules),
    sum(({ addedRules }) => addedRules),
    sum(({ changedSets }) => changedSets),
  ]
  if (removed + added + sets === 0) return '; the rules are the same'
  return `; in the text ${removed} rules less, ${added} more, ${sets} sets with other members`
}
