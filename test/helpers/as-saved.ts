// Text as Felix writes it, brought to the form in which the kernel's tools show it: without a kernel.

import type { Match, Rule } from '../../src/model/ruleset.ts'
import { kernelForms } from '../../src/netfilter/kernel-form.ts'
import type { KernelTables } from '../../src/netfilter/kernel-tables.ts'

/** What iptables-save prints first, in its order. */
const FIRST: readonly ((match: Match) => boolean)[] = [
  match => match.kind === 'net' && match.side === 'source',
  match => match.kind === 'net',
  ({ kind }) => kind === 'inInterface',
  ({ kind }) => kind === 'outInterface',
  ({ kind }) => kind === 'protocol',
]

function rank(match: Match): number {
  const found = FIRST.findIndex(isOf => isOf(match))
  return found < 0 ? FIRST.length : found
}

/** Several where addresses were joined by commas. */
function savedRules(rule: Rule): readonly Rule[] {
  const { comments, origin, target } = rule
  const ordered = [...rule.matches].sort((a, b) => rank(a) - rank(b))
  let alternatives: readonly (readonly Match[])[] = [[]]
  for (const match of ordered) {
    const forms = kernelForms({ matches: [match] })
    alternatives = alternatives.flatMap(before => forms.map(form => [...before, ...form.matches]))
  }
  const [body] = kernelForms({ matches: [], ...(target === undefined ? {} : { target }) })
  const kept = body?.target === undefined ? {} : { target: body.target }
  return alternatives.map(matches => ({ comments, matches, ...kept, origin }))
}

export function asSaved(tables: KernelTables): KernelTables {
  const all = (rules: readonly Rule[]): readonly Rule[] => rules.flatMap(savedRules)
  return {
    ...tables,
    tables: tables.tables.map(table => ({
      ...table,
      kernelChains: table.kernelChains.map(chain => ({ ...chain, rules: all(chain.rules) })),
      userChains: new Map(
        [...table.userChains].map(([name, { origin, rules }]) => [name, { name, origin, rules: all(rules) }]),
      ),
    })),
  }
}
