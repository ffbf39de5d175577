// What became of a packet that the kernel traced, for people.

import { printable } from '../text/printable.ts'
import { wrap } from '../text/wrap.ts'
import { packetWords } from '../words/packet.ts'
import { answerLines, type AnswerOptions } from './describe-answer.ts'
import { ruleAt, stepLines } from './describe-steps.ts'
import type { TracedRule, TracedWay } from './follow-traced.ts'
import type { Scene } from './scene.ts'
import type { TraceResult, Way } from './way.ts'

export interface TracedTextOptions extends AnswerOptions {
  /** Every line of the trace with its rule, and the way as it is followed here. */
  readonly withSteps?: boolean
}

export function describeTraced(traced: TracedWay, scene: Scene, options: TracedTextOptions): string {
  const { journey, rules, walks, contradiction } = traced
  const { inInterface, outInterface, packet } = journey
  const lines: string[] = []
  const last = rules.at(-1)
  const answer = answerOf(traced, scene)
  if (answer === undefined) {
    const why =
      last?.place === undefined
        ? 'unknown: the rules here have none at this place: they are not those of the node'
        : 'unknown: a packet like this does not come to that rule here; the number counts what others put into the chain as well, and --state and --dnat say what the line does not'
    lines.push(...wrap(why, ''))
  } else {
    lines.push(...answerLines(answer, { ...options, withPacket: false }))
  }
  if (contradiction !== undefined) {
    const end = contradiction === 'drop' ? 'was dropped there' : 'was accepted there'
    lines.push(
      ...wrap(
        `note: the kernel says that it ${end}: the rules here are not those of the node, or the packet differs`,
        '',
      ),
    )
  }
  if (last !== undefined) lines.push(...wrap(`traced: last seen at ${tracedWords(last, scene)}`, ''))
  const way = [
    ...(inInterface === undefined ? ['sent by the node itself'] : [`in by ${inInterface}`]),
    ...(outInterface === undefined ? [] : [`out by ${outInterface}`]),
  ].join(', ')
  lines.push(...wrap(`packet: ${packetWords(packet)}, ${way}`, ''))
  const [walk] = walks
  if (options.withSteps === true) {
    lines.push('')
    for (const rule of rules) lines.push(...wrap(tracedWords(rule, scene), ''))
    if (walk !== undefined) lines.push('', ...stepLines(walk, scene, options))
  }
  return lines.map(line => `${printable(line)}\n`).join('')
}

/** What becomes of the packet on the ways that pass where the kernel saw it; undefined where none does. */
export function answerOf({ journey, walks }: TracedWay, scene: Scene): TraceResult | undefined {
  const ways = walks.map((walk): Way => {
    const leg = { scene, direction: 'request', journey, walk: { ...walk, log: [] } } as const
    return { verdict: walk.verdict, legs: [leg], ...(walk.share === undefined ? {} : { share: walk.share }) }
  })
  const [first, ...rest] = ways
  if (first === undefined) return undefined
  const verdicts = [...new Set(ways.map(({ verdict }) => verdict))].sort()
  const [only] = verdicts
  const verdict = only !== undefined && verdicts.length === 1 ? only : 'unknown'
  return { verdict, ways: [first, ...rest], isComplete: true, verdicts, notes: [] }
}

function tracedWords({ event, place, isReached }: TracedRule, scene: Scene): string {
  const { table, chain, at, number } = event
  if (place !== undefined) return `${ruleAt(place, scene)}${isReached ? '' : ', where it does not come here'}`
  if (at === 'policy') return `the policy of ${chain}, table ${table}`
  if (at === 'return') return `the end of ${chain}, table ${table}`
  const which = number === undefined ? 'a rule' : `rule ${number}`
  return `${which} of ${chain}, table ${table}, which is not among the rules here`
}
