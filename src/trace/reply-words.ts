// What becomes of the answer to a packet that gets there, in words.

import { explainDecision } from './decision.ts'
import { ruleWords } from './explain-way.ts'
import { gatesOf, gateWords } from './gates.ts'
import type { Way } from './way.ts'

/** `gets back to pod/shop/web: …`; undefined where the answer was not followed, or does not get back. */
export function replyWords({ verdict, legs }: Way): string | undefined {
  const back = legs.filter(({ direction }) => direction === 'reply')
  const last = back.at(-1)
  if (verdict !== 'accept' || last === undefined) return undefined
  const { walk, scene } = last
  const name = scene.workloadOf(walk.packet.destination)?.name
  const { rule } = explainDecision(walk, scene)
  const gate = back.flatMap(leg => gatesOf(leg.walk, leg.scene).map(one => gateWords(one, leg.scene))).at(-1)
  const why = gate ?? (rule === undefined ? 'no rule stands in its way' : ruleWords(rule, scene))
  return `gets back to ${name === undefined ? walk.packet.destination : `pod/${name}`}: ${why}`
}
