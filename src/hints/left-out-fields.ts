// Rules whose own field was left out.

import type { Shape } from './shape.ts'
import { isMapping, type Mapping, scalarText } from './shape-rewrites.ts'

/** Items of `types` that are rules: the field that they belong to was left out. */
export function takeRulesOutOfTypes(spec: Mapping, shape: Shape): void {
  const field = shape.vocabulary.isKubernetes ? 'policyTypes' : 'types'
  const items = spec[field]
  if (!Array.isArray(items)) return
  const first = items.findIndex(isMapping)
  if (first < 0 || !items.slice(first).every(isMapping)) return
  const direction = items.slice(0, first).some(type => /^egress$/i.test(scalarText(type))) ? 'egress' : 'ingress'
  shape.fault(
    'misplaced-field',
    `rules stand in the list of \`${field}\``,
    ['spec', field, first],
    `is \`${direction}:\` missing before them?`,
    'value',
  )
  const rules: unknown[] = items.splice(first)
  if (Object.hasOwn(spec, direction)) return
  spec[direction] = rules
  for (const index of rules.keys())
    shape.moves.add({ from: ['spec', field, first + index], to: ['spec', direction, index] })
}
