// Resources whose fields stand at the wrong place or have the wrong shape: what was meant is reported, once, and the value
// is put right, so that everything else in it can still be checked.

import type { Report } from '../diagnostics/diagnostic.ts'
import type { Location, Path } from '../diagnostics/source.ts'
import { CALICO_PARTS } from './calico-parts.ts'
import { joinCalicoItems } from './calico-rule-hints.ts'
import { KUBERNETES_PARTS } from './kubernetes-parts.ts'
import { takeRulesOutOfTypes } from './left-out-fields.ts'
import { moveToRule, rulesBefore, straightenPlaces } from './misplaced-fields.ts'
import { Shape } from './shape.ts'
import { isMapping, type Mapping } from './shape-rewrites.ts'
import { straightenPart } from './straighten-part.ts'
import { vocabularyOf } from './vocabulary.ts'

const DIRECTIONS = ['ingress', 'egress']

/** A value put right, and where something of it stands in the value as written. */
export interface Straightened {
  readonly value: unknown
  readonly origin: (path: Path) => Path
}

/** Reports what is out of shape in a resource that its schema refuses; undefined where that is nothing. */
export function straighten(value: unknown, location: Location, report: Report): Straightened | undefined {
  if (!isMapping(value) || typeof value['kind'] !== 'string') return undefined
  const apiVersion = typeof value['apiVersion'] === 'string' ? value['apiVersion'] : ''
  const vocabulary = vocabularyOf(apiVersion, value['kind'])
  if (vocabulary === undefined) return undefined
  const shape = new Shape(value, vocabulary, location, report)
  for (const part of ['metadata', 'spec']) joinFields(part, shape)
  straightenPlaces(shape)
  const { spec } = shape.root
  if (isMapping(spec)) straightenSpec(spec, shape)
  return shape.hasFaults ? { value: shape.root, origin: path => shape.moves.origin(path) } : undefined
}

/** Fields of `metadata` or `spec` that stand behind dashes. */
function joinFields(part: string, shape: Shape): void {
  const items = shape.root[part]
  if (!Array.isArray(items) || items.length === 0 || !items.every(isMapping)) return
  const message = `\`${part}\` has to be a mapping, and is a list`
  shape.fault('wrong-type', message, [part], 'remove the `- ` in front of its fields')
  shape.root[part] = Object.assign({}, ...items) as Mapping
  for (const [index, item] of items.entries())
    for (const key of Object.keys(item)) shape.moves.add({ from: [part, index, key], to: [part, key] })
}

function straightenSpec(spec: Mapping, shape: Shape): void {
  const path: Path = ['spec']
  const { isKubernetes, part, rule } = shape.vocabulary
  if (rule.length > 0) straightenRules(spec, path, shape)
  straightenPart(isKubernetes ? KUBERNETES_PARTS : CALICO_PARTS, part, spec, path, shape)
}

/** Rules that stand at the wrong place, or not as the items of a list. */
function straightenRules(spec: Mapping, path: Path, shape: Shape): void {
  takeRulesOutOfTypes(spec, shape)
  for (const direction of DIRECTIONS) wrapRules(spec, direction, shape)
  const last = rulesBefore(path, shape)
  if (last !== undefined) moveToRule(spec, path, last, shape)
  if (shape.vocabulary.isKubernetes) return
  for (const direction of DIRECTIONS) {
    const rules = spec[direction]
    if (Array.isArray(rules)) joinCalicoItems(rules, [...path, direction], shape)
  }
}

/** `ingress:` with the fields of a rule and no dash. */
function wrapRules(spec: Mapping, direction: string, shape: Shape): void {
  const rules = spec[direction]
  if (!isMapping(rules)) return
  if (Object.keys(rules).length === 0) {
    spec[direction] = []
    shape.fault(
      'wrong-type',
      `\`spec.${direction}\` has to be a list of rules, and is an empty mapping`,
      ['spec', direction],
      'write `[]`, or leave it out',
    )
    return
  }
  spec[direction] = [rules]
  shape.fault(
    'wrong-type',
    `\`spec.${direction}\` has to be a list of rules, and is one mapping`,
    ['spec', direction],
    `put "- " in front of \`${Object.keys(rules)[0] ?? 'action'}\``,
  )
  shape.moves.add({ from: ['spec', direction], to: ['spec', direction, 0] })
}
