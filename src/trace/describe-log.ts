// What a line of the kernel log tells, for people.

import { printable } from '../text/printable.ts'
import { wrap } from '../text/wrap.ts'
import { packetWords } from '../words/packet.ts'
import { answerLines, type AnswerOptions } from './describe-answer.ts'
import { ruleAt, stepLines } from './describe-steps.ts'
import type { LogSearch, LogSource } from './log-search.ts'
import type { Scene } from './scene.ts'

export interface LogTextOptions extends AnswerOptions {
  readonly withSteps?: boolean
}

/** Of the rules that did not write the line, so many are named. */
const SHOWN_OTHERS = 5

export function describeLogSearch(search: LogSearch, scene: Scene, options: LogTextOptions): string {
  const { journey, sources, more, others } = search
  const { inInterface, outInterface } = journey
  const way = [
    ...(inInterface === undefined ? ['sent by the node itself'] : [`in by ${inInterface}`]),
    ...(outInterface === undefined ? [] : [`out by ${outInterface}`]),
  ].join(', ')
  const lines: string[] = []
  for (const source of sources) for (const line of sourceLines(source, search, scene, options)) lines.push(line)
  if (more > 0) lines.push(`and ${more} more rules that can have written it`)
  if (sources.length === 0) {
    const why =
      others.length === 0
        ? 'nothing wrote it: no LOG rule has the prefix that the line starts with'
        : 'nothing wrote it: no LOG rule with this prefix is reached by this packet; those that have the prefix:'
    lines.push(...wrap(why, ''))
    for (const other of others.slice(0, SHOWN_OTHERS)) lines.push(...wrap(ruleAt(other, scene), '  '))
    if (others.length > SHOWN_OTHERS) lines.push(`  and ${others.length - SHOWN_OTHERS} more`)
  }
  lines.push(...wrap(`line: ${packetWords(journey.packet)}, ${way}`, ''))
  return lines.map(line => `${printable(line)}\n`).join('')
}

function sourceLines(
  { step, walk }: LogSource,
  { journey }: LogSearch,
  scene: Scene,
  options: LogTextOptions,
): readonly string[] {
  const leg = { scene, direction: 'request', journey, walk: { ...walk, log: [] } } as const
  const answer = answerLines(
    { verdict: walk.verdict, ways: [{ verdict: walk.verdict, legs: [leg] }], isComplete: true, notes: [] },
    { ...options, withPacket: false },
  )
  return [
    ...wrap(`written by: ${ruleAt(step, scene)}, hook ${step.hook}`, ''),
    ...answer.map((line, index) => (index === 0 ? `then ${line}` : line)),
    ...(options.withSteps === true ? ['', ...stepLines(walk, scene, options, walk.steps.indexOf(step) + 1), ''] : []),
  ]
}
