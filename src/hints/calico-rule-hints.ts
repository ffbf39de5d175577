// Rules of Calico's policies whose fields stand at the wrong place or have the wrong shape.

import type { Path } from '../diagnostics/source.ts'
import type { Shape } from './shape.ts'
import { namespaceText } from './calico-values.ts'
import { flowText, isMapping, listOf, type Mapping, scalarText } from './shape-rewrites.ts'
import { tellUnknown } from './straighten-part.ts'
import { CALICO_RULE_FIELDS, ENTITY_FIELDS } from './vocabulary.ts'

/** Each field of a rule with a dash of its own: an item without action continues the one before it. */
export function joinCalicoItems(rules: unknown[], path: Path, shape: Shape): void {
  for (let index = 1; index < rules.length;) {
    const rule: unknown = rules[index]
    const before: unknown = rules[index - 1]
    const keys = isMapping(rule) ? Object.keys(rule) : []
    const first = keys[0]
    const isContinued =
      isMapping(rule) &&
      isMapping(before) &&
      first !== undefined &&
      !('action' in rule) &&
      keys.every(key => CALICO_RULE_FIELDS.includes(key) && !Object.hasOwn(before, key))
    if (!isContinued) {
      index++
      continue
    }
    shape.fault(
      'misplaced-field',
      `this item has no action: \`- ${first}\` starts a rule of its own`,
      [...path, index, 'action'],
      `is it meant to be part of the item before? then write \`${first}\` without the dash, in one column with \`${Object.keys(before)[0] ?? 'action'}\``,
    )
    for (const key of keys) {
      before[key] = rule[key]
      shape.moves.add({ from: [...path, index, key], to: [...path, index - 1, key] })
    }
    rules.splice(index, 1)
    for (let later = index; later < rules.length; later++) {
      shape.moves.add({ from: [...path, later + 1], to: [...path, later] })
    }
  }
}

/** Fields of a rule in one of its sides, and the other way round. */
export function prepareRule(rule: Mapping, path: Path, shape: Shape): void {
  takeEntityFields(rule, path, shape)
  for (const side of ['source', 'destination']) {
    const entity = rule[side]
    if (isMapping(entity)) {
      moveUp(entity, [...path, side], rule, path, shape)
      takeEndPort(entity, [...path, side], shape)
    }
  }
}

/** What belongs to one side, and stands in the rule itself. */
function takeEntityFields(rule: Mapping, path: Path, shape: Shape): void {
  const misplaced = Object.keys(rule).filter(key => ENTITY_FIELDS.includes(key) || key === 'port')
  for (const key of misplaced) {
    const field = key === 'port' ? 'ports' : key
    const side = /ports$/i.test(field) ? 'destination' : 'source'
    shape.fault(
      'misplaced-field',
      `\`${key}\` stands in the rule itself`,
      [...path, key],
      key === 'port'
        ? `write \`ports: ${flowText(listOf(rule[key]))}\` under \`destination\``
        : `\`${key}\` goes under \`source\` or \`destination\``,
    )
    const entity = rule[side] ?? {}
    if (isMapping(entity) && !Object.hasOwn(entity, field)) {
      entity[field] = key === 'port' ? listOf(rule[key]) : rule[key]
      shape.moves.add({ from: [...path, key], to: [...path, side, field] })
      if (key === 'port' && !Array.isArray(rule[key]))
        shape.moves.add({ from: [...path, key], to: [...path, side, field, 0] })
      rule[side] = entity
    }
    delete rule[key]
  }
}

/** A namespace by its name, and the tags of Calico 1: words for selectors that are none themselves. */
export function foreignOfEntity(key: string, entity: Mapping, path: Path, shape: Shape): boolean {
  const value = entity[key]
  const isNamespace = /^namespaces?$/.test(key)
  const word = isNamespace ? 'namespaceSelector' : key === 'tag' ? 'selector' : 'notSelector'
  if (!isNamespace && key !== 'tag' && key !== 'notTag') return false
  const converted = isNamespace ? namespaceText(value) : typeof value === 'string' ? `${value} == ''` : undefined
  const help =
    converted !== undefined
      ? `write \`${word}: ${converted}\``
      : isNamespace
        ? 'choose namespaces by `namespaceSelector`'
        : `did you mean \`${word}\`?`
  tellUnknown(entity, [...path, key], shape, help, converted === undefined ? {} : { word, converted })
  return true
}

/** `port` and `endPort`, as Kubernetes has them. */
function takeEndPort(entity: Mapping, at: Path, shape: Shape): void {
  const { port, endPort } = entity
  if (port === undefined || endPort === undefined || Object.hasOwn(entity, 'ports')) return
  const range = `${scalarText(port)}:${scalarText(endPort)}`
  tellUnknown(entity, [...at, 'port'], shape, `write \`ports: ["${range}"]\`, without \`endPort\``)
  delete entity['endPort']
  entity['ports'] = [range]
  shape.moves.add({ from: [...at, 'port'], to: [...at, 'ports'] }, { from: [...at, 'port'], to: [...at, 'ports', 0] })
}

/** `protocol` and its like inside `source` or `destination`. */
function moveUp(entity: Mapping, at: Path, rule: Mapping, path: Path, shape: Shape): void {
  for (const key of Object.keys(entity).filter(name => CALICO_RULE_FIELDS.includes(name))) {
    shape.fault(
      'misplaced-field',
      `\`${key}\` stands inside \`${String(at.at(-1))}\``,
      [...at, key],
      `\`${key}\` belongs to the rule: indent it like \`action\``,
    )
    if (!Object.hasOwn(rule, key)) {
      rule[key] = entity[key]
      shape.moves.add({ from: [...at, key], to: [...path, key] })
    }
    delete entity[key]
  }
}
