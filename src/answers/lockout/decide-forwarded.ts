// What a node does with the packets of a node port before they are a pod's, and the rule behind it.

import { explainDecision } from '../../trace/decision.ts'
import type { Scene } from '../../trace/scene.ts'
import type { Journey } from '../../walk/packet.ts'
import type { RuleStep } from '../../walk/steps.ts'
import { describeOriginAt } from '../../words/origin.ts'
import { decide, type Decided } from '../decided.ts'

const THEN = 'then the policies of its pods decide'

/** @param kind what the sets say of the packet */
export function decideForwarded(
  journey: Journey,
  scene: Scene,
  kind: 'open' | 'failsafe' | 'closed' | 'unclear',
): Decided {
  if (kind === 'closed') {
    // Nothing translates a connection that is not followed.
    return journey.dnat === undefined ? decideUntranslated(journey, scene) : decide(journey, scene)
  }
  const decided = decide(journey, scene)
  if (kind === 'unclear')
    return {
      ...decided,
      verdict: 'unknown',
      because: `it depends on the pod that it leads to; where it is stopped: ${decided.because}`,
    }
  const [walk] = scene.walker.walk(journey).walks
  const accepting = walk.steps.filter(
    (step): step is RuleStep =>
      step.kind === 'rule' &&
      step.hook === 'PREROUTING' &&
      step.table === 'mangle' &&
      step.rule.target?.kind === 'accept',
  )
  const last = accepting.at(-1)
  if (last === undefined)
    return { ...decided, verdict: 'accept', because: `no policy of the host endpoint stands in its way; ${THEN}` }
  const { cause = last } = explainDecision({ ...walk, decidedBy: last }, scene)
  return {
    ...decided,
    verdict: 'accept',
    because: `${describeOriginAt(scene.originOf(cause.rule), scene.sources)}; ${THEN}`,
  }
}

function decideUntranslated(journey: Journey, scene: Scene): Decided {
  const decided = decide(journey, scene)
  if (decided.verdict !== 'accept') return decided
  return { ...decided, verdict: 'drop', because: `it is not tracked, so that nothing sends it on: ${decided.because}` }
}
