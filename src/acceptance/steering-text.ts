// Names and prefixes that Felix would write into rules although showing the rules would steer a terminal or a build server. No
// honest input has them, and whoever reads the text may not see what it says.

import type { Report } from '../diagnostics/diagnostic.ts'
import type { Origin } from '../model/origin.ts'
import type { Rule, Ruleset } from '../model/ruleset.ts'
import type { NodePlan } from '../model/plan.ts'
import { isSteering } from '../text/steering.ts'

/** Most texts are plain, which is soon seen. */
const PLAIN = /^[\x20-\x22\x24-\x7e]*$/

/** Reports `steering-text` once for each text, however many rules hold it. */
export function checkSteeringText(rulesets: readonly Ruleset[], plan: NodePlan, report: Report): void {
  const seen = new Set<string>()
  const check = (text: string, origin: Origin, isLogPrefix: boolean): void => {
    if (PLAIN.test(text) || seen.has(text) || !isSteering(text)) return
    seen.add(text)
    const place = isLogPrefix ? (plan.configSources.logPrefix ?? placeOf(origin)) : placeOf(origin)
    report.error(
      'steering-text',
      `the rules would hold \`${text}\`, which steers what shows them`,
      place,
      'leave out the characters that are not seen, and what build servers take for commands',
    )
  }
  for (const { tables, ipSets } of rulesets) {
    for (const { name } of ipSets) check(name, { kind: 'calicoDefault', because: 'a set' }, false)
    for (const { chains, hooks } of tables) {
      for (const { name, rules, origin } of chains) {
        check(name, origin, false)
        for (const rule of rules)
          for (const text of textsOf(rule)) check(text, rule.origin, rule.target?.kind === 'log')
      }
      for (const { inserts, appends } of hooks) {
        for (const rule of [...inserts, ...appends]) for (const text of textsOf(rule)) check(text, rule.origin, false)
      }
    }
  }
}

/** What stands in the line as it is: comments are written with none of these characters. */
function textsOf({ matches, target }: Rule): readonly string[] {
  const texts: string[] = []
  for (const part of target === undefined ? matches : [...matches, target]) {
    for (const value of Object.values(part)) if (typeof value === 'string') texts.push(value)
  }
  return texts
}

function placeOf(origin: Origin) {
  return 'location' in origin ? origin.location : undefined
}
