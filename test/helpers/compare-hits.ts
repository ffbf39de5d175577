// The rules that a traced way passes, against those that counted the packets of the real attempt.

import { answerTo, replyJourney, translationOf } from '../../src/trace/reply.ts'
import type { Leg, TraceResult, Way } from '../../src/trace/way.ts'
import type { Journey } from '../../src/walk/packet.ts'
import type { Walk } from '../../src/walk/steps.ts'

export interface HitDifference {
  /** Rules of the way that counted nothing. */
  readonly missing: readonly string[]
  /** Rules that counted something and are not on the way. */
  readonly extra: readonly string[]
}

/**
 * Of the ways of the attempt the one that fits best; undefined where none is left to compare. A packet that was lost left the
 * marks of its way alone; a connection also those of the packets after the first, and of the answers.
 *
 * @param before what the attempts before it counted: a late packet of theirs may be among the hits
 */
export function compareHits(
  result: TraceResult,
  outcome: string,
  hits: ReadonlySet<string>,
  before: ReadonlySet<string>,
): HitDifference {
  // The kernel counts no policies in nftables.
  const hasPolicies = [...hits].some(hit => hit.endsWith(' policy'))
  const isCounted = (rule: string): boolean => hasPolicies || !rule.endsWith(' policy')
  const found = result.ways.map((way): HitDifference => {
    const first = new Set(way.legs.flatMap(({ walk }) => rulesOf(walk)))
    const known = new Set([...first, ...laterRules(way, outcome)].filter(isCounted))
    return {
      missing: [...known].filter(rule => !hits.has(rule)),
      extra: [...hits].filter(rule => !known.has(rule) && !before.has(rule)),
    }
  })
  const size = ({ missing, extra }: HitDifference): number => missing.length * 100 + extra.length
  return found.sort((a, b) => size(a) - size(b))[0] ?? { missing: [], extra: [] }
}

/** `filter cali-FORWARD 3`, `nat PREROUTING policy` */
function rulesOf({ steps }: Walk): readonly string[] {
  return steps.flatMap(step => {
    if (step.kind === 'rule') return [`${step.table} ${step.chain} ${step.index + 1}`]
    return step.kind === 'policy' ? [`${step.table} ${step.chain.name} policy`] : []
  })
}

/** Of a request that got through: its answer, and what the sender sends after it. */
function laterRules({ verdict, legs }: Way, outcome: string): readonly string[] {
  if (verdict !== 'accept' || outcome === 'timeout') return []
  return legs
    .filter(({ direction }) => direction === 'request')
    .flatMap(leg => {
      const answer = answerTo(leg.walk.packet, true)
      const back = answer === undefined ? [] : walked(leg, replyJourney(leg, answer))
      return outcome === 'connected' ? [...back, ...walked(leg, secondPacket(leg))] : back
    })
}

function walked({ scene }: Leg, journey: Journey): readonly string[] {
  return scene.walker.walk(journey).walks.flatMap(rulesOf)
}

function secondPacket(leg: Leg): Journey {
  const { journey, walk } = leg
  const { destination, destinationPort } = walk.packet
  const connection = translationOf(leg)
  return {
    ...journey,
    state: walk.state === 'UNTRACKED' ? 'INVALID' : 'ESTABLISHED',
    packet: { ...journey.packet, tcpFlags: ['ACK'] },
    connection,
    ...(connection.hasDnat
      ? { dnat: { address: destination, ...(destinationPort === undefined ? {} : { port: destinationPort }) } }
      : {}),
  }
}
