// Rules on the way of a packet that are not as Felix wrote them: what they decide is nobody's policy.

import type { RuleStep } from '../walk/steps.ts'
import { describeOriginAt } from '../words/origin.ts'
import { explainWay } from './explain-way.ts'
import { isChanged } from './scene-origins.ts'
import type { TraceNote, Way } from './way.ts'

/** Rules that are told one by one. */
const SHOWN = 3

/** Those that fit the packet, in the order in which it meets them; not what the answer says of the rule that decides. */
export function changedNotes(ways: readonly Way[]): readonly TraceNote[] {
  const found = new Map<string, string>()
  for (const { walk, scene } of ways.flatMap(({ legs }) => legs)) {
    if (!scene.isText) continue
    for (const step of walk.steps) {
      if (step.kind !== 'rule') continue
      const origin = scene.originOf(step.rule)
      if (isChanged(origin)) found.set(ruleWords(step), describeOriginAt(origin, scene.sources))
    }
  }
  if (found.size === 0) return []
  const said = ways.flatMap(way => explainWay(way).why)
  const texts = [...found].flatMap(([rule, words]) =>
    said.some(why => why.includes(words)) ? [] : [`the packet meets ${rule}, ${words}`],
  )
  const more = texts.length - SHOWN
  return [
    ...texts.slice(0, SHOWN),
    ...(more > 0 ? [`${more} more rules on its way are not as Felix wrote them either`] : []),
  ].map(text => ({ kind: 'rule-changed', text }))
}

function ruleWords({ chain, index, table }: RuleStep): string {
  return `rule ${index + 1} of ${chain}, table ${table}`
}
