// Percent signs that a release turns into something else: the text is loaded, and says what nobody wrote.

import type { Report } from '../diagnostics/diagnostic.ts'
import type { NodePlan } from '../model/plan.ts'
import type { Rule, Ruleset } from '../model/ruleset.ts'

/** One warning for the log prefix, and one for the annotations. */
export function warnOfMangledText(
  rulesets: readonly Ruleset[],
  { release, configSources }: NodePlan,
  report: Report,
): void {
  if (!release.manglesPercentSigns) return
  const chains = rulesets.flatMap(({ tables }) => tables.flatMap(table => table.chains))
  const formatted = chains.flatMap(({ rules }) => rules.filter(({ isFormatted }) => isFormatted === true))
  const warn = (what: string, place: Parameters<Report['warn']>[2]): void => {
    report.warn(
      'release-quirk',
      `Calico ${release.name} mangles the percent signs of ${what}: \`%t\` is written as \`%!t(MISSING)\``,
      place,
      'leave percent signs out',
    )
  }
  if (formatted.some(hasPercentInPrefix)) warn('the log prefix', configSources.logPrefix)
  const annotated = formatted.find(({ comments }) => comments.some(comment => comment.includes('%')))
  if (annotated !== undefined)
    warn('annotations', 'location' in annotated.origin ? annotated.origin.location : undefined)
}

function hasPercentInPrefix({ target }: Rule): boolean {
  return target?.kind === 'log' && target.prefix.includes('%')
}
