// Names and prefixes that Felix would write into rules although showing the rules would steer a terminal or a build server. No
// honest input has them, and whoever reads the text may not see what it says.

import type { Report } from '../diagnostics/diagnostic.ts'
import { locationOf, type Origin } from '../model/origin.ts'
import type { Match, Rule, Ruleset, Target } from '../model/ruleset.ts'
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
    const place = isLogPrefix ? (plan.configSources.logPrefix ?? locationOf(origin)) : locationOf(origin)
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
          for (const text of oddTextsOf(rule)) check(text, rule.origin, rule.target?.kind === 'log')
      }
      for (const { inserts, appends } of hooks) {
        for (const rule of [...inserts, ...appends])
          for (const text of oddTextsOf(rule)) check(text, rule.origin, false)
      }
    }
  }
}

const NONE: readonly string[] = []

/** What stands in the line as it is and is not plain: comments are written with none of these characters. */
function oddTextsOf({ matches, target }: Rule): readonly string[] {
  let texts: string[] | undefined
  const look = (part: Match | Target): void => {
    for (const key in part) {
      const value: unknown = part[key as keyof typeof part]
      if (typeof value === 'string' && !PLAIN.test(value)) (texts ??= []).push(value)
    }
  }
  for (const match of matches) look(match)
  if (target !== undefined) look(target)
  return texts ?? NONE
}
