// Two states of the rules, chain by chain: lines that are gone and lines that are new.

import { diffArrays } from 'diff'
import type { RulesView } from './view.ts'

export interface ChainDifference {
  /** `filter/cali-FORWARD` */
  readonly id: string
  readonly lines: readonly { readonly sign: '+' | '-'; readonly text: string }[]
}

export function chainDifferences(before: RulesView, after: RulesView): readonly ChainDifference[] {
  const old = chainTexts(before)
  const now = chainTexts(after)
  const ids = [...new Set([...old.keys(), ...now.keys()])]
  return ids.flatMap(id => {
    const lines = diffArrays([...(old.get(id) ?? [])], [...(now.get(id) ?? [])]).flatMap(({ added, removed, value }) =>
      added || removed ? value.map(text => ({ sign: added ? ('+' as const) : ('-' as const), text })) : [],
    )
    return lines.length === 0 ? [] : [{ id, lines }]
  })
}

/** Without the hashes: the hash of a rule changes with every rule before it. */
function chainTexts({ tables }: RulesView): ReadonlyMap<string, readonly string[]> {
  const chains = tables.flatMap(table => table.chains)
  return new Map(
    chains.map(({ id, rules }) => [id, rules.map(({ text }) => text.replace(/"cali:[\w-]{16}"/, '"cali:…"'))] as const),
  )
}
