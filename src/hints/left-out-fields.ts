// Fields at the top of a resource that are nearly right, and rules whose own field was left out.

import { didYouMean } from '../text/did-you-mean.ts'
import type { Shape } from './shape.ts'
import { isMapping, type Mapping } from './shape-rewrites.ts'
import { METADATA_FIELDS, TOP_FIELDS } from './vocabulary.ts'

/** `metdata`, `specs`: what is inside is read all the same. */
export function straightenTop(shape: Shape): void {
  const { root, vocabulary } = shape
  const { spec, rule } = vocabulary
  const elsewhere = [...spec, ...rule, ...METADATA_FIELDS]
  for (const key of Object.keys(root)) {
    const meant = TOP_FIELDS.includes(key) || elsewhere.includes(key) ? undefined : didYouMean(key, TOP_FIELDS)
    if (meant === undefined || Object.hasOwn(root, meant) || key.toLowerCase() === meant.toLowerCase()) continue
    shape.fault('unknown-field', `unknown field \`${key}\``, [key], `did you mean \`${meant}\`?`)
    root[meant] = root[key]
    shape.moves.add({ from: [key], to: [meant] })
    delete root[key]
  }
}

/** Items of `types` that are rules: the field that they belong to was left out. */
export function takeRulesOutOfTypes(spec: Mapping, shape: Shape): void {
  const field = shape.vocabulary.isKubernetes ? 'policyTypes' : 'types'
  const items = spec[field]
  if (!Array.isArray(items)) return
  const first = items.findIndex(isMapping)
  if (first < 0 || !items.slice(first).every(isMapping)) return
  const direction = items.slice(0, first).some(type => /^egress$/i.test(String(type))) ? 'egress' : 'ingress'
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
