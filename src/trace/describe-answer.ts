// The answer to a trace for people: in its first lines the verdict, where, why and where that is written.

import { wrap } from '../text/wrap.ts'
import { policyName } from '../words/origin.ts'
import { placeWords } from '../words/place.ts'
import type { Route } from '../walk/packet.ts'
import { changedNotes } from './changed-rules.ts'
import { hashOf } from './decision.ts'
import { peerLines } from './describe-members.ts'
import { explainWay, nearestWords, type WayAnswer } from './explain-way.ts'
import { replyWords } from './reply-words.ts'
import { connectionWords, interfaceWords, requestWords } from './request-words.ts'
import type { Scene } from './scene.ts'
import { membersOfWay } from './way-members.ts'
import { decidingLeg, type Leg, type TraceResult, type Way } from './way.ts'

/** Ways through that are told; of the others only their number. */
export const SHOWN_WAYS = 4

export interface AnswerOptions {
  /** The whole text of the rule that decided. */
  readonly withRulesText?: boolean
  /** Who is in the source and destination of the rule that decides, or that comes nearest. */
  readonly withMembers?: boolean
  /** `false`: whoever asks has said which packet it is. */
  readonly withPacket?: boolean
}

/** Lines without their ends, none of them longer than a terminal is wide where words can be broken. */
export function answerLines(result: TraceResult, options: AnswerOptions): readonly string[] {
  const { ways, verdict, notes } = result
  const [first] = ways
  const lines: string[] = []
  if (ways.length === 1) {
    for (const line of wayLines(verdict, first, options, '')) lines.push(line)
  } else {
    lines.push(...wrap(headOf(result), ''))
    for (const way of ways.slice(0, SHOWN_WAYS)) {
      lines.push(...wrap(conditionOf(way), '  '))
      for (const line of wayLines(way.verdict, way, options, '    ')) lines.push(line)
    }
    if (ways.length > SHOWN_WAYS) lines.push(`  and ${ways.length - SHOWN_WAYS} more ways through`)
  }
  for (const { text } of [...notes, ...changedNotes(ways.slice(0, SHOWN_WAYS))])
    lines.push(...wrap(`note: ${text}`, ''))
  const packet = packetOf(result)
  if (packet !== undefined && options.withPacket !== false) lines.push(...wrap(`packet: ${packet}`, ''))
  return lines
}

/** What is asked about; ways that begin at several interfaces say themselves by which. */
function packetOf({ ways }: TraceResult): string | undefined {
  const [leg] = ways[0].legs
  if (leg === undefined) return undefined
  const isGuessed = leg.walk.routeGuesses.some(({ side }) => side === 'source')
  return isGuessed && ways.length > 1 ? connectionWords(leg) : requestWords(leg)
}

function headOf(result: TraceResult): string {
  const { verdict, verdicts, isComplete } = result
  if (verdict !== 'unknown') return `${verdict}, whichever way it takes:`
  const ends = endsOf(result)
  // All end the same, and something that is not shown may still change it: a note says what.
  if (isComplete && verdicts?.length === 1) return `unknown: ${ends} as far as can be told, whichever way it takes:`
  return `unknown: ${ends}${isComplete ? '' : ', of more ways than are followed'}; it depends:`
}

/** What the ways through end in: `accept or drop`. */
export function endsOf({ ways, verdicts }: TraceResult): string {
  const found = verdicts ?? [...new Set(ways.map(({ verdict }) => verdict))].sort()
  return `${found.join(' or ')}${verdicts === undefined ? ', and more ways than are followed' : ''}`
}

/** What one way takes for granted. */
export function conditionOf({ legs, share }: Way): string {
  const guesses = legs.flatMap(({ walk }) => walk.guesses)
  const texts = guesses.map(
    ({ chain, index, about, taken }) => `rule ${index + 1} of ${chain} ${taken} (${about} is not known here)`,
  )
  for (const { side, address, route } of legs.flatMap(({ walk }) => walk.routeGuesses)) {
    const way = side === 'source' ? 'it comes in from' : 'it leaves towards'
    texts.push(`${way} ${address} ${byWords(route)} (nobody says so)`)
  }
  // A chain that is called twice asks its rule twice; that is one condition, and calls of calls would say it thousands of times.
  const conditions = [...new Set(texts)]
  const chance = share === undefined || share === 1 ? [] : [`${Math.round(share * 1000) / 10} % of connections`]
  return conditions.length === 0 ? `${chance.join('')}:` : `if ${[...conditions, ...chance].join(' and ')}:`
}

function byWords(route: Route): string {
  if (route.kind !== 'out') return 'nowhere'
  return `by ${interfaceWords(route.interfaceName)}`
}

/** @param indent in front of each line */
function wayLines(
  verdict: string,
  way: Way,
  { withRulesText = false, withMembers = false }: AnswerOptions,
  indent: string,
): readonly string[] {
  const answer = explainWay(way)
  const leg = decidingLeg(way)
  const reject = leg?.walk.rejectWith
  const lines = [...wrap(`${verdict}${reject === undefined ? '' : ` (${reject})`}: ${answer.where}`, indent)]
  for (const why of answer.why) lines.push(...wrap(`why: ${why}`, indent))
  const reply = replyWords(way)
  if (reply !== undefined) lines.push(...wrap(`answer: ${reply}`, indent))
  if (leg === undefined) return lines
  const { scene, walk } = leg
  if (answer.nearest !== undefined) lines.push(...wrap(`nearest: ${nearestWords(answer.nearest, scene)}`, indent))
  else if (answer.defaultDeny?.tier !== undefined && scene.resources !== undefined)
    lines.push(`${indent}nearest: no rule of these policies allows anything in its ${answer.defaultDeny.direction}`)
  for (const line of policyLines(answer, scene, indent)) lines.push(line)
  for (const { chain, index, text } of walk.assumptions)
    lines.push(...wrap(`assumed at rule ${index + 1} of ${chain}: ${text}`, indent))
  for (const { walk: passed } of way.legs) for (const line of passed.log) lines.push(`${indent}kernel log: ${line}`)
  for (const line of ruleLines(answer, leg, withRulesText, indent)) lines.push(line)
  if (withMembers) lines.push(...memberLines(way, answer, scene, indent))
  return lines
}

function memberLines(way: Way, answer: WayAnswer, { sources, resources }: Scene, indent: string): readonly string[] {
  const found = membersOfWay(way, answer)
  if (found !== undefined) return [`${indent}members:`, ...peerLines(found.policy, found.rules, sources, indent)]
  const why =
    resources === undefined
      ? 'members: who is in the sources of rules is told by the resources: give them with -f'
      : 'members: no rule of a policy decides here'
  return wrap(why, indent)
}

const SHOWN_POLICIES = 10

/** The policies that make a default deny, where the sentence has not named them. */
function policyLines({ defaultDeny }: WayAnswer, scene: Scene, indent: string): readonly string[] {
  const policies = defaultDeny?.policies ?? []
  if (policies.length < 2) return []
  const shown = policies.slice(0, SHOWN_POLICIES)
  const rest = policies.length - shown.length
  return [
    `${indent}asked, in this order:`,
    ...shown.flatMap(({ id, location }) =>
      wrap(`${policyName(id)}, ${placeWords(location, scene.sources)}`, `${indent}  `),
    ),
    ...(rest > 0 ? [`${indent}  and ${rest} more`] : []),
  ]
}

/** Where the node has the rule. */
function ruleLines({ decision }: WayAnswer, { scene }: Leg, withText: boolean, indent: string): readonly string[] {
  const rule = decision?.rule
  if (rule === undefined) return []
  const hash = hashOf(rule, scene)
  const text = decision?.text
  return [
    ...wrap(
      `rule: ${rule.index + 1} of ${rule.chain}, table ${rule.table}${hash === undefined ? '' : `, cali:${hash}`}`,
      indent,
    ),
    ...(withText && text !== undefined ? [`${indent}  ${text}`] : []),
  ]
}
