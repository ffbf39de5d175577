// Resources whose fields stand at the wrong place or have the wrong shape: what was meant is reported, once, and the value
// is put right, so that everything else in it can still be checked.

import type { DiagnosticCode } from '../diagnostics/codes.ts'
import type { Report } from '../diagnostics/diagnostic.ts'
import type { Location, Path } from '../diagnostics/source.ts'
import { orList } from '../diagnostics/wording.ts'
import { didYouMean } from '../text/did-you-mean.ts'
import { type ShapeTools, straightenKubernetesRule, straightenLabelSelectors } from './kubernetes-hints.ts'
import { straightenTop, takeRulesOutOfTypes } from './left-out-fields.ts'
import { Moves } from './moves.ts'
import { isMapping, labelSelectorText, listTextHelp, type Mapping } from './shape-rewrites.ts'
import {
  CALICO_RULE_FIELDS,
  ENTITY_FIELDS,
  LISTS,
  METADATA_FIELDS,
  TOP_FIELDS,
  type Vocabulary,
  vocabularyOf,
  wordFor,
} from './vocabulary.ts'

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
  return vocabulary === undefined ? undefined : new Straightener(value, vocabulary, location, report).run()
}

class Straightener {
  readonly #root: Mapping
  readonly #vocabulary: Vocabulary
  readonly #location: Location
  readonly #report: Report
  readonly #moves = new Moves()
  readonly #tools: ShapeTools = {
    fault: (...what) => this.#fault(...what),
    unknown: (holder, path, known) => this.#unknown(holder, path, known),
    wrap: (holder, key, path) => this.#wrap(holder, key, path, 'put "- " in front of its first field'),
    moves: this.#moves,
  }
  #hasFaults = false

  constructor(value: Mapping, vocabulary: Vocabulary, location: Location, report: Report) {
    this.#root = structuredClone(value)
    this.#vocabulary = vocabulary
    this.#location = location
    this.#report = report
  }

  run(): Straightened | undefined {
    this.#top()
    const { spec } = this.#root
    if (isMapping(spec)) this.#spec(spec)
    if (!this.#hasFaults) return undefined
    return { value: this.#root, origin: path => this.#moves.origin(path) }
  }

  #place(path: Path, target: 'key' | 'value'): Location {
    return { document: this.#location.document, path: [...this.#location.path, ...this.#moves.origin(path)], target }
  }

  #fault(
    code: DiagnosticCode,
    message: string,
    path: Path,
    help: string,
    target: 'key' | 'value' = 'key',
    related: readonly Path[] = [],
  ): void {
    this.#hasFaults = true
    this.#report.error(code, message, this.#place(path, target), {
      help,
      related:
        related.length === 0
          ? undefined
          : related.map(other => ({ message: 'and this', place: this.#place(other, 'key') })),
    })
  }

  /** Fields of `spec` and `metadata` that stand beside them, or in the other one. */
  #top(): void {
    const { spec: specFields } = this.#vocabulary
    const root = this.#root
    straightenTop(root, this.#vocabulary, this.#tools)
    this.#moveKeys(root, [], key => specFields.includes(key), 'spec')
    this.#moveKeys(root, [], key => METADATA_FIELDS.includes(key), 'metadata')
    const rules = this.#rulesBefore([])
    if (rules !== undefined) this.#moveToRule(root, [], rules)
    const { metadata } = root
    if (isMapping(metadata)) this.#moveKeys(metadata, ['metadata'], key => specFields.includes(key), 'spec')
    if (isMapping(metadata) && this.#vocabulary.isKubernetes) this.#unknown(metadata, ['metadata'], METADATA_FIELDS)
    const { spec } = root
    if (isMapping(spec))
      this.#moveKeys(spec, ['spec'], key => METADATA_FIELDS.includes(key) && !specFields.includes(key), 'metadata')
  }

  #moveKeys(from: Mapping, path: Path, isMoved: (key: string) => boolean, home: 'spec' | 'metadata'): void {
    const position = (key: string): number =>
      this.#report.sources.document(this.#location.document).locate([...this.#location.path, ...path, key], 'key').start
    const keys = Object.keys(from)
      .filter(isMoved)
      .sort((a, b) => position(a) - position(b))
    const [first] = keys
    if (first === undefined) return
    const target = isMapping(this.#root[home]) ? this.#root[home] : {}
    this.#fault(
      'misplaced-field',
      `${orList(keys, 'and')} ${keys.length > 1 ? 'stand' : 'stands'} outside \`${home}\``,
      [...path, first],
      `${orList(keys, 'and')} ${keys.length > 1 ? 'belong' : 'belongs'} under \`${home}\`: ${path.length === 0 ? 'indent by two more blanks' : 'move it there'}`,
      'key',
      keys.slice(1).map(key => [...path, key]),
    )
    for (const key of keys) {
      if (!Object.hasOwn(target, key)) {
        target[key] = from[key]
        this.#moves.add({ from: [...path, key], to: [home, key] })
      }
      delete from[key]
    }
    this.#root[home] = target
  }

  /** The list of rules that was open last: fields that stand behind it were meant for its last rule. */
  #rulesBefore(path: Path): { readonly path: Path; readonly rules: unknown[] } | undefined {
    const { spec } = this.#root
    if (!isMapping(spec)) return undefined
    const direction = Object.keys(spec).findLast(
      key => (key === 'ingress' || key === 'egress') && Array.isArray(spec[key]),
    )
    const rules = direction === undefined ? undefined : spec[direction]
    return Array.isArray(rules) && direction !== undefined && path.length < 2
      ? { path: ['spec', direction], rules }
      : undefined
  }

  #moveToRule(
    from: Mapping,
    path: Path,
    { path: rulesPath, rules }: { readonly path: Path; readonly rules: unknown[] },
  ): void {
    const allowed = path.length === 0 ? TOP_FIELDS : this.#vocabulary.spec
    const keys = Object.keys(from).filter(key => this.#vocabulary.rule.includes(key) && !allowed.includes(key))
    const [first] = keys
    if (first === undefined) return
    const rule = rules.at(-1)
    this.#fault(
      'misplaced-field',
      `${orList(keys, 'and')} ${keys.length > 1 ? 'stand' : 'stands'} outside the rule`,
      [...path, first],
      `${keys.length > 1 ? 'they belong' : 'it belongs'} in a rule of \`${String(rulesPath.at(-1))}\`: indent ${keys.length > 1 ? 'them' : 'it'} like ${this.#vocabulary.isKubernetes ? '`from` or `to`' : '`action`'}`,
      'key',
      keys.slice(1).map(key => [...path, key]),
    )
    for (const key of keys) {
      if (isMapping(rule) && !Object.hasOwn(rule, key)) {
        rule[key] = from[key]
        this.#moves.add({ from: [...path, key], to: [...rulesPath, rules.length - 1, key] })
      }
      delete from[key]
    }
  }

  #spec(spec: Mapping): void {
    const path: Path = ['spec']
    const { rule, spec: fields } = this.#vocabulary
    if (rule.length > 0) takeRulesOutOfTypes(spec, this.#vocabulary, this.#tools)
    this.#lists(spec, path)
    if (rule.length > 0) {
      for (const direction of ['ingress', 'egress']) this.#wrapRules(spec, direction)
      const rules = this.#rulesBefore(path)
      if (rules !== undefined) this.#moveToRule(spec, path, rules)
    }
    this.#unknown(spec, path, fields)
    this.#selectors(spec, path)
    if (this.#vocabulary.isKubernetes) straightenLabelSelectors(spec, path, this.#tools)
    for (const direction of ['ingress', 'egress']) {
      const rules = spec[direction]
      if (Array.isArray(rules) && rule.length > 0) this.#rules(rules, [...path, direction])
    }
  }

  /** `ingress:` with the fields of a rule and no dash. */
  #wrapRules(spec: Mapping, direction: string): void {
    const rules = spec[direction]
    if (!isMapping(rules)) return
    if (Object.keys(rules).length === 0) {
      spec[direction] = []
      this.#fault(
        'wrong-type',
        `\`spec.${direction}\` has to be a list of rules, and is an empty mapping`,
        ['spec', direction],
        'write `[]`, or leave it out',
      )
      return
    }
    spec[direction] = [rules]
    this.#fault(
      'wrong-type',
      `\`spec.${direction}\` has to be a list of rules, and is one mapping`,
      ['spec', direction],
      `put "- " in front of \`${Object.keys(rules)[0] ?? 'action'}\``,
    )
    this.#moves.add({ from: ['spec', direction], to: ['spec', direction, 0] })
  }

  #rules(rules: unknown[], path: Path): void {
    this.#joinItems(rules, path)
    for (const [index, rule] of rules.entries()) {
      if (!isMapping(rule)) continue
      const at: Path = [...path, index]
      if (this.#vocabulary.isKubernetes) straightenKubernetesRule(rule, at, this.#tools)
      else this.#calicoRule(rule, at)
    }
  }

  /** Each field of a rule with a dash of its own: an item without action continues the one before it. */
  #joinItems(rules: unknown[], path: Path): void {
    if (this.#vocabulary.isKubernetes) return
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
      this.#fault(
        'misplaced-field',
        `this item has no action: \`- ${first}\` starts a rule of its own`,
        [...path, index, 'action'],
        `is it meant to be part of the item before? then write \`${first}\` without the dash, in one column with \`${Object.keys(before)[0] ?? 'action'}\``,
      )
      for (const key of keys) {
        before[key] = rule[key]
        this.#moves.add({ from: [...path, index, key], to: [...path, index - 1, key] })
      }
      rules.splice(index, 1)
      for (let later = index; later < rules.length; later++) {
        this.#moves.add({ from: [...path, later + 1], to: [...path, later] })
      }
    }
  }

  #calicoRule(rule: Mapping, path: Path): void {
    const misplaced = Object.keys(rule).filter(key => ENTITY_FIELDS.includes(key) || key === 'port')
    for (const key of misplaced) {
      const field = key === 'port' ? 'ports' : key
      const side = /ports$/i.test(field) ? 'destination' : 'source'
      this.#fault(
        'misplaced-field',
        `\`${key}\` stands in the rule itself`,
        [...path, key],
        key === 'port'
          ? `write \`ports: [${String(rule[key])}]\` under \`destination\``
          : `\`${key}\` goes under \`source\` or \`destination\``,
      )
      const entity = rule[side] ?? {}
      if (isMapping(entity) && !Object.hasOwn(entity, field)) {
        entity[field] = key === 'port' && !Array.isArray(rule[key]) ? [rule[key]] : rule[key]
        this.#moves.add({ from: [...path, key], to: [...path, side, field] })
        if (key === 'port') this.#moves.add({ from: [...path, key], to: [...path, side, field, 0] })
        rule[side] = entity
      }
      delete rule[key]
    }
    this.#unknown(rule, path, CALICO_RULE_FIELDS)
    for (const side of ['source', 'destination']) {
      const entity = rule[side]
      if (!isMapping(entity)) continue
      const at: Path = [...path, side]
      this.#moveUp(entity, at, rule, path)
      if ('port' in entity && !('ports' in entity)) {
        this.#fault(
          'unknown-field',
          `unknown field \`port\` in \`${side}\``,
          [...at, 'port'],
          `write \`ports: [${String(entity['port'])}]\``,
        )
        entity['ports'] = Array.isArray(entity['port']) ? entity['port'] : [entity['port']]
        this.#moves.add(
          { from: [...at, 'port'], to: [...at, 'ports'] },
          { from: [...at, 'port'], to: [...at, 'ports', 0] },
        )
        delete entity['port']
      }
      this.#unknown(entity, at, ENTITY_FIELDS)
      this.#lists(entity, at)
      this.#selectors(entity, at)
    }
  }

  /** `protocol` and its like inside `source` or `destination`. */
  #moveUp(entity: Mapping, at: Path, rule: Mapping, path: Path): void {
    for (const key of Object.keys(entity).filter(name => CALICO_RULE_FIELDS.includes(name))) {
      this.#fault(
        'misplaced-field',
        `\`${key}\` stands inside \`${String(at.at(-1))}\``,
        [...at, key],
        `\`${key}\` belongs to the rule: indent it like \`action\``,
      )
      if (!Object.hasOwn(rule, key)) {
        rule[key] = entity[key]
        this.#moves.add({ from: [...at, key], to: [...path, key] })
      }
      delete entity[key]
    }
  }

  #wrap(holder: Mapping, key: string, path: Path, help: string): void {
    this.#fault('wrong-type', `\`${key}\` has to be a list, and is one mapping`, [...path, key], help)
    holder[key] = [holder[key]]
    this.#moves.add({ from: [...path, key], to: [...path, key, 0] })
  }

  /** Lists written as one value. */
  #lists(holder: Mapping, path: Path): void {
    for (const key of LISTS) {
      const value = holder[key]
      if (value === undefined || value === null || Array.isArray(value)) continue
      const { help, items, written } = listTextHelp(key, value)
      const place = this.#place([...path, key], isMapping(value) ? 'key' : 'value')
      this.#hasFaults = true
      this.#report.error('wrong-type', `\`${key}\` has to be a list`, place, {
        help,
        fix: written === undefined ? undefined : { title: `write ${written}`, edits: [{ place, text: written }] },
      })
      holder[key] = items
      for (const index of items.keys()) this.#moves.add({ from: [...path, key], to: [...path, key, index] })
      if (items.length === 0) delete holder[key]
    }
  }

  /** Selectors written as Kubernetes writes them. */
  #selectors(holder: Mapping, path: Path): void {
    if (this.#vocabulary.isKubernetes) return
    for (const key of ['selector', 'notSelector', 'namespaceSelector', 'serviceAccountSelector']) {
      const value = holder[key]
      if (typeof value !== 'object' || value === null) continue
      const text = labelSelectorText(value)
      this.#fault(
        'wrong-type',
        `\`${key}\` has to be text, and is a ${Array.isArray(value) ? 'list' : 'mapping'}`,
        [...path, key],
        text === undefined ? `write it as text, for example: ${key}: app == 'web'` : `write \`${key}: ${text}\``,
      )
      delete holder[key]
    }
  }

  /** Fields that do not exist here: the word that was meant takes their place, so that what it holds is checked. */
  #unknown(holder: Mapping, path: Path, known: readonly string[]): void {
    for (const key of Object.keys(holder)) {
      if (known.includes(key)) continue
      const isSameButForCase = known.some(word => word.toLowerCase() === key.toLowerCase())
      // Calico reads names of any case, which is for the field readers to warn about.
      if (isSameButForCase && !this.#vocabulary.isKubernetes) continue
      const word = wordFor(key, known, this.#vocabulary)
      if (word === undefined) continue
      const where = path.length === 0 ? '' : ` in \`${path.filter(step => typeof step === 'string').at(-1) ?? ''}\``
      this.#hasFaults = true
      this.#report.error('unknown-field', `unknown field \`${key}\`${where}`, this.#place([...path, key], 'key'), {
        help: isSameButForCase ? `field names are case-sensitive here; write \`${word}\`` : `did you mean \`${word}\`?`,
        fix: isSameButForCase
          ? { title: `write \`${word}\``, edits: [{ place: this.#place([...path, key], 'key'), text: word }] }
          : undefined,
      })
      if (!Object.hasOwn(holder, word) && (isSameButForCase || didYouMean(key, known) === word)) {
        holder[word] = holder[key]
        this.#moves.add({ from: [...path, key], to: [...path, word] })
      }
      delete holder[key]
    }
  }
}
