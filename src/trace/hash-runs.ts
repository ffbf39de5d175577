// Rules that have one hash: iptables makes several rules of one with a list of addresses.

import type { ReadOrigin } from '../model/origin.ts'
import type { Match, Rule } from '../model/ruleset.ts'
import { groupBy } from '../text/group-by.ts'

export interface HashedRule extends Rule {
  readonly origin: ReadOrigin & { readonly hash: string }
}

/** Rules of one hash, one behind the other. */
export type Run = readonly HashedRule[]

export function isHashed(rule: Rule): rule is HashedRule {
  return rule.origin.kind === 'read' && rule.origin.hash !== undefined
}

/** The rules of a chain as its runs. */
export function runsOf(rules: readonly HashedRule[]): readonly Run[] {
  const runs: HashedRule[][] = []
  for (const rule of rules) {
    const last = runs.at(-1)
    if (last?.[0]?.origin.hash === rule.origin.hash) last.push(rule)
    else runs.push([rule])
  }
  return runs
}

/** Those of a run that say the same but for their nets; of what Felix wrote that is all of it. */
export function partsOf(run: Run): readonly Run[] {
  return run.length === 1 ? [run] : [...groupBy(run, rule => `${bodyOf(rule)} ${JSON.stringify(rule.target)}`).values()]
}

/** What a rule asks for but for its nets. */
export function bodyOf({ matches }: Rule): string {
  return JSON.stringify(matches.map(match => (match.kind === 'net' ? { ...match, nets: [] } : match)))
}

/** @param nets rules whose nets it has */
export function joined(run: Run, nets: Run = run): HashedRule {
  const [first] = run
  if (first === undefined) throw new Error('no rule')
  if (nets.length === 1) return first
  const netsOf = (side: string): Extract<Match, { kind: 'net' }>['nets'] => {
    const found = nets.flatMap(({ matches }) =>
      matches.flatMap(match => (match.kind === 'net' && match.side === side ? match.nets : [])),
    )
    return [...new Map(found.map(net => [JSON.stringify(net), net])).values()]
  }
  return {
    ...first,
    matches: first.matches.map(match => (match.kind === 'net' ? { ...match, nets: netsOf(match.side) } : match)),
  }
}
