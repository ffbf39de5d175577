// What a line of the kernel log tells, for people.

import { printable } from '../text/printable.ts'
import { printPlace } from './decision.ts'
import { verdictLines, walkLines } from './describe-trace.ts'
import type { LogSearch } from './log-search.ts'
import type { Scene } from './scene.ts'
import { describeOriginAt } from '../words/origin.ts'
import { packetWords } from '../words/packet.ts'

/** Of the rules that did not write the line, so many are named. */
const SHOWN_OTHERS = 5

export function describeLogSearch({ journey, sources, more, others }: LogSearch, scene: Scene): string {
  const { inInterface, outInterface } = journey
  const way = [
    ...(inInterface === undefined ? ['sent by the node itself'] : [`in by ${inInterface}`]),
    ...(outInterface === undefined ? [] : [`out by ${outInterface}`]),
  ].join(', ')
  const lines = [`${packetWords(journey.packet)}, ${way}`]
  for (const { step, walk } of sources) {
    const { chain, index, table, hook, rule } = step
    lines.push(
      '',
      `written by: rule ${index + 1} of ${chain}, table ${table}, hook ${hook}`,
      `  ${printPlace(step, scene)}`,
      `  ${describeOriginAt(scene.originOf(rule), scene.sources)}`,
      'then:',
      ...walkLines(walk, scene, walk.steps.indexOf(step) + 1),
      '',
      ...verdictLines({ ...walk, log: [] }, scene),
    )
  }
  if (more > 0) lines.push('', `and ${more} more rules that can have written it`)
  if (sources.length === 0) {
    const why =
      others.length === 0
        ? 'no LOG rule has the prefix that the line starts with'
        : 'no LOG rule with this prefix is reached by this packet; those that have the prefix:'
    lines.push('', why)
    for (const { chain, index, table, rule } of others.slice(0, SHOWN_OTHERS)) {
      lines.push(
        `  rule ${index + 1} of ${chain}, table ${table}  (${describeOriginAt(scene.originOf(rule), scene.sources)})`,
      )
    }
    if (others.length > SHOWN_OTHERS) lines.push(`  and ${others.length - SHOWN_OTHERS} more`)
  }
  return lines.map(line => `${printable(line)}\n`).join('')
}
