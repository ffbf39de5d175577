// The answer to a packet: a sentence first, then where, why, and what came nearest, as `trace` says it.

import type { Location } from '../../diagnostics/source.ts'
import { explainDecision } from '../../trace/decision.ts'
import { nearestSentence, type WayAnswer } from '../../trace/explain-way.ts'
import type { Scene } from '../../trace/scene.ts'
import type { Walk } from '../../walk/steps.ts'
import { describeOriginAt, policyName, ruleName } from '../../words/origin.ts'
import type { AnswerLine, PacketView } from '../view.ts'
import { wholeOf } from './places.ts'

/** What `trace` says in its first lines, each with the place in the input that it speaks of. */
export function answerLines(answer: WayAnswer, walk: Walk, scene: Scene, packet: string): readonly AnswerLine[] {
  const { where, why, nearest, location, defaultDeny } = answer
  const line = (label: AnswerLine['label'], text: string, found?: Location): AnswerLine =>
    found === undefined ? { label, text } : { label, text, place: wholeOf(found, scene.sources) }
  const policies = defaultDeny?.policies ?? []
  // The place of what denies; that of the nearest miss stands in its own line.
  const reason = nearest === undefined ? location : policies[0]?.location
  return [
    line('where', where),
    ...why.map((text, index) => line('why', text, index === 0 ? reason : undefined)),
    // The place stands beside it, as a link.
    ...(nearest === undefined ? [] : [line('nearest', nearestSentence(nearest), nearest.rule.location)]),
    ...(policies.length < 2 ? [] : policies.map(({ id, location: own }) => line('asked', policyName(id), own))),
    ...walk.assumptions.map(({ chain, index, text }) => line('assumed', `at rule ${index + 1} of ${chain}: ${text}`)),
    ...walk.log.map(text => line('kernel log', text)),
    line('packet', packet),
  ]
}

const VERDICT_WORDS = {
  accept: 'The packet gets through',
  drop: 'The packet is dropped',
  reject: 'The packet is rejected',
  unknown: 'What becomes of the packet cannot be said',
} as const

export function headlineOf(verdict: PacketView['verdict'], walk: Walk, scene: Scene): string {
  const words = VERDICT_WORDS[verdict]
  const { cause, defaultDeny, rule } = explainDecision(walk, scene)
  if (cause !== undefined) {
    const origin = scene.originOf(cause.rule)
    if (origin.kind === 'policyRule') return `${words}: ${ruleName(origin)} of ${policyName(origin.policy)} says so.`
    if (origin.kind === 'profileRule') return `${words}: profile ${origin.profile} says so, since no policy decides.`
  }
  if (defaultDeny !== undefined) {
    const { endpoint, direction, tier } = defaultDeny
    const name = `${endpoint.kind === 'host' ? 'host endpoint' : 'pod'} ${endpoint.name}`
    return tier === undefined
      ? `${words}: nothing allows it in the ${direction} of ${name}.`
      : `${words}: no policy of tier ${tier} allows it in the ${direction} of ${name}.`
  }
  if (rule !== undefined) return `${words}: ${describeOriginAt(scene.originOf(rule.rule), scene.sources)}.`
  return verdict === 'accept' ? `${words}: no policy stands in its way.` : `${words}.`
}
