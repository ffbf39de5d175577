// What a release makes of valid input that says something else: the text is loaded, and is not what anybody meant.

import { SET_ENDPOINT_MARK } from '../calico/chains.ts'
import type { Report } from '../diagnostics/diagnostic.ts'
import type { NodePlan } from '../model/plan.ts'
import type { Rule, Ruleset } from '../model/ruleset.ts'
import { locationOf } from '../model/origin.ts'

export function warnOfReleaseQuirks(rulesets: readonly Ruleset[], plan: NodePlan, report: Report): void {
  warnOfMangledText(rulesets, plan, report)
  warnOfSharedChains(rulesets, plan, report)
}

/** Percent signs: one warning for the log prefix, and one for the annotations. */
function warnOfMangledText(rulesets: readonly Ruleset[], { release, configSources }: NodePlan, report: Report): void {
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
  if (annotated !== undefined) warn('annotations', locationOf(annotated.origin))
}

function hasPercentInPrefix({ target }: Rule): boolean {
  return target?.kind === 'log' && target.prefix.includes('%')
}

/** Under IPVS a chain that pods and host endpoints both lead to has the rules of the host endpoints alone. */
function warnOfSharedChains(rulesets: readonly Ruleset[], { release, network }: NodePlan, report: Report): void {
  if (!network.isIpvs || release.endpointMarkChains === 'byKind') return
  const filter = rulesets[0]?.tables.find(({ name }) => name === 'filter')
  const root = filter?.chains.find(({ name }) => name === SET_ENDPOINT_MARK)
  const targets = (root?.rules ?? []).flatMap(({ target }) => (target?.kind === 'goto' ? [target.chain] : []))
  const shared = targets.find((chain, index) => targets.indexOf(chain) !== index)
  if (shared === undefined) return
  report.warn(
    'release-quirk',
    `Calico ${release.name} has one chain \`${shared}\` for pods and host endpoints, with the rules of the host endpoints: packets of those pods get no endpoint mark`,
    undefined,
    'v3.32 tells them apart; before, it takes other names of interfaces',
  )
}
