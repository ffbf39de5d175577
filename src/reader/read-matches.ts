// Options of a rule -> matches, by what the matches say of themselves; anything else about them is not known here.

import type { MatchReading } from '../netfilter/match-facets.ts'
import { MATCHES } from '../netfilter/match-table.ts'
import type { Option } from '../netfilter/option.ts'
import type { Match } from '../model/ruleset.ts'

type Reading<By extends MatchReading['by']> = Extract<MatchReading, { readonly by: By }>

const READINGS = Object.values(MATCHES).flatMap(({ read }) => read)

function readingsBy<By extends MatchReading['by']>(by: By): readonly Reading<By>[] {
  return READINGS.filter((reading): reading is Reading<By> => reading.by === by)
}

const GENERIC = new Map(readingsBy('generic').flatMap(({ options, read }) => options.map(option => [option, read])))

const WHOLE = new Map(readingsBy('module').flatMap(({ modules, read }) => modules.map(module => [module, read])))

/** By module and option. */
const PIECES = new Map(
  readingsBy('option').flatMap(({ modules, options, read }) =>
    modules.flatMap(module => options.map(option => [`${module} ${option}`, read] as const)),
  ),
)

/** Modules of which all is known that Calico asks of them. */
export const MATCH_MODULES: ReadonlySet<string> = new Set([
  ...WHOLE.keys(),
  ...readingsBy('option').flatMap(({ modules }) => modules),
])

/** Undefined when the options, or the module, say something that is not known here. */
export function readModule(module: string, options: readonly Option[]): readonly Match[] | undefined {
  const whole = WHOLE.get(module)
  if (whole !== undefined) return whole(options)
  if (!MATCH_MODULES.has(module)) return undefined
  const matches: Match[] = []
  for (const option of options) {
    const match = PIECES.get(`${module} ${option.name}`)?.(option)
    if (match === undefined) return undefined
    matches.push(match)
  }
  return matches
}

/** @param option of the rule itself, under its short name */
export function readGeneric({ name, negated, arguments: words }: Option): Match | undefined {
  return GENERIC.get(name)?.(words[0]?.text ?? '', negated, name)
}
