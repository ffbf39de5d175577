// What a node does with a witness, walked as `trace` walks it, and the rule behind it.

import { asksForMark, explainDecision } from '../trace/decision.ts'
import { gatesOf } from '../trace/gates.ts'
import type { Scene } from '../trace/scene.ts'
import { denialWords, describeOriginAt, policyName } from '../words/origin.ts'
import type { Journey } from '../walk/packet.ts'
import type { Verdict, Walk } from '../walk/steps.ts'

export interface Decided {
  readonly verdict: 'accept' | 'drop' | 'reject' | 'unknown'
  /** Which policy rule, or which rule of the node. */
  readonly because: string
  /** How the ways through end that leave by the interface which the journey names. */
  readonly ends: ReadonlySet<Verdict>
  /** Where those of them that get through are sent on to. */
  readonly goals: ReadonlySet<string>
  /** Whether `ends` are those of all such ways. */
  readonly isComplete: boolean
  /** No rule loses it: it is lost because none allows it. */
  readonly isDefaultDeny?: true
}

export function decide(journey: Journey, scene: Scene): Decided {
  const { walks, isComplete } = scene.walker.walk(journey)
  const named = walks.filter(one => isAsNamed(one, journey))
  const ends = new Set(named.map(one => one.verdict))
  const [first = walks[0]] = named
  const verdict = ends.size === 1 && isComplete ? first.verdict : 'unknown'
  const through = named.filter(one => one.verdict === 'accept')
  const goals = new Set(through.map(({ packet }) => `${packet.destination} ${packet.destinationPort ?? ''}`))
  return { verdict, ...becauseOf(first, scene), ends, goals, isComplete }
}

/** Whether a way leaves as the journey has it, or never comes to where it would leave; what the node sends is routed twice. */
function isAsNamed({ steps }: Walk, { inInterface, outInterface }: Journey): boolean {
  const last = steps.findLast(step => step.kind === 'route')
  if (inInterface === undefined || outInterface === undefined || last?.route.kind !== 'out') return true
  return last.route.interfaceName === outInterface
}

/** Which policy rule a walk's end is due to, or which rule of the node. */
export function becauseOf(walk: Walk, scene: Scene): Pick<Decided, 'because' | 'isDefaultDeny'> {
  const { rule, cause, defaultDeny } = explainDecision(walk, scene)
  if (defaultDeny !== undefined) {
    const { endpoint, direction, tier, policies } = defaultDeny
    const by = policies.slice(0, 1).map(({ id }) => ` (${policyName(id)}${policies.length > 1 ? ' and others' : ''})`)
    return { because: `${denialWords(tier, direction, endpoint)}${by.join('')}`, isDefaultDeny: true }
  }
  if (walk.end.kind === 'refused') return { because: `the node has no way there: ${walk.end.route.how}` }
  // Where a host endpoint lets through last what it does not police, the mark is not that of the policy before it.
  const isMarked = walk.verdict === 'accept' && cause === undefined && rule !== undefined && asksForMark(rule)
  const gate = isMarked ? gatesOf(walk, scene).at(-1)?.step : undefined
  const step = cause ?? gate ?? rule
  if (step !== undefined) return { because: describeOriginAt(scene.originOf(step.rule), scene.sources) }
  if (walk.decidedBy?.kind !== 'policy') return { because: 'there are no rules' }
  const { chain, table } = walk.decidedBy
  return { because: `no rule decides; the policy of ${chain.name} in table ${table} is ${chain.policy}` }
}
