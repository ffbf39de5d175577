// What is known of a chain without reading its rules, or seen from them where nothing else tells it.

import type { Chain, Rule } from '../model/ruleset.ts'

export function ruleCountOf(chain: Chain): number {
  return chain.outline?.ruleCount ?? chain.rules.length
}

/** Names of the chains that its rules lead to, each at least once; a name that the table does not have may be among them. */
export function leadsOf(chain: Chain): readonly string[] {
  return chain.outline?.leadsTo ?? chain.rules.flatMap(rule => leadOf(rule) ?? [])
}

/** Name of the chain that a rule jumps or goes to. */
export function leadOf({ target }: Rule): string | undefined {
  return target?.kind === 'jump' || target?.kind === 'goto' ? target.chain : undefined
}
