// What a node does with a witness, walked as `trace` walks it, and the rule behind it.

import { explainDecision } from '../trace/decision.ts'
import type { Scene } from '../trace/scene.ts'
import { describeOriginAt, policyName } from '../words/origin.ts'
import type { Journey } from '../walk/packet.ts'

export interface Decided {
  readonly verdict: 'accept' | 'drop' | 'reject' | 'unknown'
  /** Which policy rule, or which rule of the node. */
  readonly because: string
}

export function decide(journey: Journey, scene: Scene): Decided {
  const { verdict, walks } = scene.walker.walk(journey)
  const [walk] = walks
  const { rule, cause, defaultDeny } = explainDecision(walk, scene)
  if (defaultDeny !== undefined) {
    const { endpoint, direction, tier, policies } = defaultDeny
    const name = `${endpoint.kind === 'host' ? 'host endpoint' : 'pod'} ${endpoint.name}`
    const by = policies.slice(0, 1).map(({ id }) => ` (${policyName(id)}${policies.length > 1 ? ' and others' : ''})`)
    const who = tier === undefined ? 'no policy and no profile' : `no policy of tier ${tier}`
    return { verdict, because: `${who} allows this ${direction} of ${name}${by.join('')}` }
  }
  const step = cause ?? rule
  if (step !== undefined) return { verdict, because: describeOriginAt(scene.originOf(step.rule), scene.sources) }
  if (walk.decidedBy?.kind !== 'policy') return { verdict, because: 'there are no rules' }
  const { chain, table } = walk.decidedBy
  return { verdict, because: `no rule decides; the policy of ${chain.name} in table ${table} is ${chain.policy}` }
}
