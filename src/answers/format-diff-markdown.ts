// What a change does, as a comment under a pull request.

import { markdownText } from '../text/markup.ts'
import { packetWords } from '../words/packet.ts'
import { cubeWords } from './cube-words.ts'
import { CHANGES } from './diff-tables.ts'
import { CHANGE_TITLES, isNotedOnly, SPOOFED_NOTE, summaryOf } from './format-diff.ts'
import type { NodeDiff } from './node-diff.ts'

/** @param most items of each list that are shown; of others only their number */
export function formatDiffMarkdown(diffs: readonly NodeDiff[], most: number): string {
  const lines: string[] = [`**calitables diff**: ${markdownText(summaryOf(diffs))}`, '']
  for (const change of CHANGES) {
    const found = diffs.flatMap(({ node, versions }) =>
      versions.flatMap(({ ipVersion, diff }) => {
        const where = `, IPv${ipVersion}${diffs.length > 1 ? `, ${node}` : ''}`
        return diff.groups.filter(group => group.change === change).map(group => ({ group, where }))
      }),
    )
    const rows = found.flatMap(({ group, where }) => {
      const place = `${group.way}${where}`
      if (isNotedOnly(group, found)) return [[place, SPOOFED_NOTE, '', '', '']]
      return [
        ...group.cubes.map(({ cube, journey, before, after }) => [
          place,
          cubeWords(cube, most),
          packetWords(journey.packet),
          before.because,
          after.because,
        ]),
        ...(group.hasMore ? [[place, 'and more', '', '', '']] : []),
      ]
    })
    if (rows.length === 0) continue
    lines.push(
      `### ${markdownText(CHANGE_TITLES[change])}`,
      '',
      '| Where | Packets | For example | Before | Now |',
      '|---|---|---|---|---|',
    )
    for (const row of rows) lines.push(`| ${row.map(markdownText).join(' | ')} |`)
    lines.push('')
  }
  return `${lines.join('\n').trimEnd()}\n`
}
