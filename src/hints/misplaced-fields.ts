// Fields that stand outside the part of a resource that they belong to: `spec`, `metadata`, a rule.

import type { Path } from '../diagnostics/source.ts'
import { orList } from '../text/wording.ts'
import type { Parts } from './parts.ts'
import type { Shape } from './shape.ts'
import { isMapping, type Mapping } from './shape-rewrites.ts'
import { straightenPart } from './straighten-part.ts'
import { METADATA_FIELDS, TOP_FIELDS } from './vocabulary.ts'

const METADATA_PARTS: Parts = { metadata: { fields: Object.fromEntries(METADATA_FIELDS.map(name => [name, 'value'])) } }

/** Fields of `spec` and `metadata` that stand beside them, or in the other one. */
export function straightenPlaces(shape: Shape): void {
  const { spec: specFields } = shape.vocabulary
  const root = shape.root
  moveKeys(root, [], key => specFields.includes(key), 'spec', shape)
  moveKeys(root, [], key => METADATA_FIELDS.includes(key), 'metadata', shape)
  const rules = rulesBefore([], shape)
  if (rules !== undefined) moveToRule(root, [], rules, shape)
  const { metadata } = root
  if (isMapping(metadata)) moveKeys(metadata, ['metadata'], key => specFields.includes(key), 'spec', shape)
  if (isMapping(metadata) && shape.vocabulary.isKubernetes)
    straightenPart(METADATA_PARTS, 'metadata', metadata, ['metadata'], shape)
  const { spec } = root
  if (isMapping(spec))
    moveKeys(spec, ['spec'], key => METADATA_FIELDS.includes(key) && !specFields.includes(key), 'metadata', shape)
}

function moveKeys(
  from: Mapping,
  path: Path,
  isMoved: (key: string) => boolean,
  home: 'spec' | 'metadata',
  shape: Shape,
): void {
  const keys = Object.keys(from)
    .filter(isMoved)
    .sort((a, b) => shape.offsetOf([...path, a]) - shape.offsetOf([...path, b]))
  const [first] = keys
  if (first === undefined) return
  const target = isMapping(shape.root[home]) ? shape.root[home] : {}
  shape.fault(
    'misplaced-field',
    `${orList(keys, 'and')} ${keys.length > 1 ? 'stand' : 'stands'} outside \`${home}\``,
    [...path, first],
    `${orList(keys, 'and')} ${keys.length > 1 ? 'belong' : 'belongs'} under \`${home}\`: ${path.length === 0 ? 'indent by two more blanks' : 'move it there'}`,
    'key',
    { related: keys.slice(1).map(key => [...path, key]) },
  )
  for (const key of keys) {
    if (!Object.hasOwn(target, key)) {
      target[key] = from[key]
      shape.moves.add({ from: [...path, key], to: [home, key] })
    }
    delete from[key]
  }
  shape.root[home] = target
}

/** The list of rules that was open last: fields that stand behind it were meant for its last rule. */
export function rulesBefore(path: Path, shape: Shape): { readonly path: Path; readonly rules: unknown[] } | undefined {
  const { spec } = shape.root
  if (!isMapping(spec)) return undefined
  const direction = Object.keys(spec).findLast(
    key => (key === 'ingress' || key === 'egress') && Array.isArray(spec[key]),
  )
  const rules = direction === undefined ? undefined : spec[direction]
  return Array.isArray(rules) && direction !== undefined && path.length < 2
    ? { path: ['spec', direction], rules }
    : undefined
}

export function moveToRule(
  from: Mapping,
  path: Path,
  { path: rulesPath, rules }: { readonly path: Path; readonly rules: unknown[] },
  shape: Shape,
): void {
  const allowed = path.length === 0 ? TOP_FIELDS : shape.vocabulary.spec
  const keys = Object.keys(from).filter(key => shape.vocabulary.rule.includes(key) && !allowed.includes(key))
  const [first] = keys
  if (first === undefined) return
  const rule = rules.at(-1)
  shape.fault(
    'misplaced-field',
    `${orList(keys, 'and')} ${keys.length > 1 ? 'stand' : 'stands'} outside the rule`,
    [...path, first],
    `${keys.length > 1 ? 'they belong' : 'it belongs'} in a rule of \`${String(rulesPath.at(-1))}\`: indent ${keys.length > 1 ? 'them' : 'it'} like ${shape.vocabulary.isKubernetes ? '`from` or `to`' : '`action`'}`,
    'key',
    { related: keys.slice(1).map(key => [...path, key]) },
  )
  for (const key of keys) {
    if (isMapping(rule) && !Object.hasOwn(rule, key)) {
      rule[key] = from[key]
      shape.moves.add({ from: [...path, key], to: [...rulesPath, rules.length - 1, key] })
    }
    delete from[key]
  }
}
