// Rules that were read from a node, with the cause of those that compiled rules have the hash of.

import type { Release } from '../calico/releases/release.ts'
import { defaultMarks } from '../calico/marks.ts'
import { SourceIndex } from '../diagnostics/source-index.ts'
import type { KernelTable, KernelTables } from '../netfilter/kernel-tables.ts'
import type { PrintedRule } from '../model/rule-backend.ts'
import type { Rule } from '../model/ruleset.ts'
import type { Explainer, RuleExplainer } from './explainer.ts'
import { createCallers, type IndexedChain } from './rule-index.ts'

export interface NodeExplainer extends RuleExplainer {
  /** Hashes of rules of Calico's that no compiled rule has. */
  readonly strangers: ReadonlySet<string>
}

/**
 * Matches, targets and text are those of the node, whatever a hash says; a rule whose hash is that of a compiled rule also gets
 * the cause of that one, and a set of a known name what it is made of.
 *
 * @param compiled undefined: nothing is known but the text
 * @param release whose mark bits they are, where nothing is compiled
 */
export function createNodeExplainer(
  tables: KernelTables,
  compiled: Explainer | undefined,
  release: Release,
): NodeExplainer {
  const causes = new Map((compiled?.chains ?? []).flatMap(({ rules }) => rules.map(rule => [rule.hash, rule.rule])))
  const chainCauses = new Map((compiled?.chains ?? []).map(({ name, origin }) => [name, origin] as const))
  const chains = tables.tables.flatMap(table =>
    chainsOf(table).map(({ name, rules }): IndexedChain => {
      const origin = chainCauses.get(name)
      return {
        name,
        tables: [table.name],
        ...(origin === undefined ? {} : { origin }),
        rules: rules.map(rule => printed(rule, causes)),
      }
    }),
  )
  const marks = compiled?.marks ?? defaultMarks(false, release)
  const sets = [...tables.ipSets.values()].map(({ name, type, members }) => {
    const source = compiled?.context.sets.get(name)?.source ?? { kind: 'read' as const }
    return [name, { name, type, members, source }] as const
  })
  return {
    chains,
    context: {
      marks,
      sets: new Map(sets),
      sources: compiled?.sources ?? new SourceIndex(),
    },
    marks,
    callersOf: createCallers(chains),
    strangers: strangersIn(chains),
  }
}

function chainsOf({
  kernelChains,
  userChains,
}: KernelTable): readonly { readonly name: string; readonly rules: readonly Rule[] }[] {
  return [...kernelChains, ...userChains.values()]
}

function printed(rule: Rule, causes: ReadonlyMap<string, Rule>): PrintedRule {
  const { origin } = rule
  if (origin.kind !== 'read') return { rule, hash: '', text: '' }
  const cause = origin.hash === undefined ? undefined : causes.get(origin.hash)
  const told = cause === undefined ? rule : { ...rule, origin: cause.origin }
  return { rule: told, hash: origin.hash ?? '', text: origin.text }
}

function strangersIn(chains: readonly IndexedChain[]): ReadonlySet<string> {
  const found = chains
    .flatMap(({ rules }) => rules)
    .filter(({ rule, hash }) => hash !== '' && rule.origin.kind === 'read')
  return new Set(found.map(({ hash }) => hash))
}
