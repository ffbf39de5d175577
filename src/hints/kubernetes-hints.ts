// Kubernetes policies whose fields have the names of other formats, stand at the wrong place, or have the wrong shape.

import type { Path } from '../diagnostics/source.ts'
import { orList } from '../diagnostics/wording.ts'
import { didYouMean } from '../text/did-you-mean.ts'
import { type Content, KUBERNETES_PARTS, type Part, type PartName } from './kubernetes-parts.ts'
import type { Shape } from './shape.ts'
import { flowText, isMapping, itemsOfText, type Mapping } from './shape-rewrites.ts'

/** A part, and all that is in it. */
export function straightenKubernetes(name: PartName, holder: Mapping, path: Path, shape: Shape): void {
  const part = KUBERNETES_PARTS[name]
  if (part.fields === undefined) return
  if (name === 'rule') {
    for (const side of ['from', 'to']) takePortsOut(holder[side], holder, [...path, side], path, shape)
    takeProtocol(holder, path, shape)
  }
  if (name === 'peer') {
    moveIntoSelector(holder, path, shape)
    takeExcept(holder, path, shape)
  }
  for (const key of Object.keys(holder)) if (part.fields[key] === undefined) rename(key, name, holder, path, shape)
  for (const [field, content] of Object.entries(part.fields)) straightenField(field, content, holder, path, shape)
  if (name === 'peer' && Object.keys(holder).length === 0 && shape.isFaulty(path)) holder['podSelector'] = {}
}

/** A field that does not exist here: what it holds is put into the one that was meant, in its shape. */
function rename(key: string, name: PartName, holder: Mapping, path: Path, shape: Shape): void {
  const { fields = {}, words = {} }: Part = KUBERNETES_PARTS[name]
  const known = Object.keys(fields)
  const value = holder[key]
  const isCase = known.some(field => field.toLowerCase() === key.toLowerCase())
  const word = (Object.hasOwn(words, key) ? words[key] : undefined) ?? didYouMean(key, known)
  // Where packets come from is for ingress rules to say: the reader of the field tells that.
  const isOtherSide = name === 'rule' && word !== undefined && word === (path[1] === 'ingress' ? 'to' : 'from')
  const message = `unknown field \`${key}\` in \`${String(path.findLast(step => typeof step === 'string') ?? '')}\``
  const at: Path = [...path, key]
  const tell = (help: string, written?: string, converted?: unknown): void => {
    const edits = [{ place: shape.place(at, 'key'), text: written ?? '' }]
    if (converted !== undefined) edits.push({ place: shape.place(at, 'value'), text: flowText(converted) })
    const title = `write \`${written}${converted === undefined ? '' : `: ${flowText(converted)}`}\``
    // The place of a list or mapping is not all of it.
    const isWhole = written !== undefined && (converted === undefined || typeof value !== 'object')
    shape.fault('unknown-field', message, at, help, 'key', { fix: isWhole ? { title, edits } : undefined })
    delete holder[key]
  }
  if (word !== undefined && Object.hasOwn(holder, word) && Object.hasOwn(words, key)) {
    tell(`leave it out: \`${word}\` stands beside it`)
    return
  }
  if (name === 'peer' && /^namespaces?$/i.test(key)) {
    const selector = KUBERNETES_PARTS.selector.read?.(value, 'namespaceSelector')
    const shown = flowText(selector ?? { matchLabels: { 'kubernetes.io/metadata.name': 'NAME' } })
    tell(`a namespace is chosen by its labels: \`namespaceSelector: ${shown}\``)
    holder['namespaceSelector'] ??= selector ?? {}
    return
  }
  if (name === 'selector' && word === undefined && isNamed(key, value)) {
    // `matchNames` and `any` are of other operators' selectors of namespaces.
    const isNames = /^match_?names?$/i.test(key)
    if (!isNames && key !== 'any') return takeLabel(key, holder, at, tell, shape)
    const selector = isNames ? KUBERNETES_PARTS.selector.read?.(value, 'namespaceSelector') : {}
    const [field, labels] = Object.entries(selector ?? {})[0] ?? []
    if (!isNames) tell('leave it out: `{}` selects all')
    else if (field === undefined) tell('choose namespaces by `matchLabels`')
    else tell(`write \`${field}: ${flowText(labels)}\``, field, labels)
    Object.assign(holder, selector)
    return
  }
  if (word === undefined || isOtherSide) {
    if (name === 'peer') tell(`a peer has ${orList(known)}`)
    return
  }
  const converted = isCase ? value : convert(fields[word] ?? 'value', value, word, key)
  if (isCase) tell(`field names are case-sensitive here; write \`${word}\``, word)
  else if (converted === undefined || converted === value) tell(`did you mean \`${word}\`?`)
  else tell(`write \`${word}: ${flowText(converted)}\``, word, converted)
  if (Object.hasOwn(holder, word) || converted === undefined) return
  holder[word] = converted
  shape.moves.add({ from: at, to: [...path, word] })
}

function isNamed(key: string, value: unknown): boolean {
  return typeof value !== 'object' || value === null || /^match_?names?$/i.test(key)
}

/** `podSelector: {app: web}` */
function takeLabel(key: string, holder: Mapping, at: Path, tell: (help: string) => void, shape: Shape): void {
  const value = holder[key]
  if (typeof value !== 'string' || !/^[\w./-]+$/.test(key)) return
  tell(`write \`matchLabels: {${key}: ${value}}\` under it`)
  if (holder['matchLabels'] !== undefined && !isMapping(holder['matchLabels'])) return
  holder['matchLabels'] = { ...holder['matchLabels'], [key]: value }
  shape.moves.add({ from: at, to: [...at.slice(0, -1), 'matchLabels', key] })
}

/** A value as a field takes it; undefined where it cannot be told. */
function convert(content: Content, value: unknown, field: string, written = field): unknown {
  if (content === 'value') return Array.isArray(value) ? (value.length === 1 ? value[0] : undefined) : value
  if (content === 'texts') return typeof value === 'object' ? value : itemsOfText(value)
  const isList = content.endsWith('[]')
  const part = KUBERNETES_PARTS[content.replace('[]', '') as PartName]
  if (isList) {
    const items: readonly unknown[] = Array.isArray(value) ? value : isMapping(value) ? [value] : itemsOfText(value)
    const read = items.map(item => (isMapping(item) ? item : part.read?.(item, field)))
    if (read.includes(undefined)) return undefined
    return Array.isArray(value) && read.every((item, index) => item === items[index]) ? value : read
  }
  // Labels without what is around them.
  if (isMapping(value) && /^(?:match)?labels$/i.test(written) && field !== 'matchLabels') return { matchLabels: value }
  return isMapping(value) ? value : part.read?.(value, field)
}

function straightenField(field: string, content: Content, holder: Mapping, path: Path, shape: Shape): void {
  if (content === 'value') return
  const at: Path = [...path, field]
  const value = holder[field]
  if (value === undefined || value === null) return
  const isList = content.endsWith('[]')
  if (content === 'texts' || (isList && !Array.isArray(value) && !isMapping(value))) {
    if (!Array.isArray(value) && !isMapping(value)) replace(field, content, 'a list', holder, at, shape)
    if (content === 'texts') return
  }
  const name = content.replace('[]', '') as PartName
  if (!isList) {
    if (!isMapping(value)) replace(field, content, 'a mapping', holder, at, shape)
    const now = holder[field]
    if (isMapping(now)) straightenKubernetes(name, now, at, shape)
    return
  }
  if (isMapping(value) && field !== 'ingress' && field !== 'egress') shape.wrap(holder, field, path)
  const items = holder[field]
  if (!Array.isArray(items)) return
  const list = items as unknown[] as unknown as Mapping
  for (const index of items.keys()) {
    const item: unknown = items[index]
    if (item !== null && !isMapping(item)) replace(String(index), name, 'a mapping', list, [...at, index], shape, field)
    const now: unknown = items[index]
    if (isMapping(now)) straightenKubernetes(name, now, [...at, index], shape)
  }
}

/** A value of the wrong type, where it tells what was meant. */
function replace(
  key: string,
  content: Content,
  wanted: string,
  holder: Mapping,
  at: Path,
  shape: Shape,
  field = key,
): void {
  const value = holder[key]
  const converted = convert(content, value, field)
  if (converted === undefined) return
  const text = flowText(converted)
  const place = shape.place(at, 'value')
  const isDashed = Array.isArray(value) && value.every(isMapping)
  // A block of lines is not put on one line.
  const fix = typeof value === 'object' ? undefined : { title: `write ${text}`, edits: [{ place, text }] }
  const name = key === field ? `\`${field}\`` : `an item of \`${field}\``
  shape.fault(
    'wrong-type',
    `${name} has to be ${wanted}`,
    at,
    isDashed ? 'remove the `- ` in front of its fields' : `write \`${text}\``,
    'value',
    { fix },
  )
  holder[key] = converted
  const items = Array.isArray(converted) ? converted.keys() : []
  for (const index of items) shape.moves.add({ from: at, to: [...at, index] })
}

/** `ports` in a peer, which belong to the rule. */
function takePortsOut(peers: unknown, rule: Mapping, at: Path, path: Path, shape: Shape): void {
  const side = String(at.at(-1))
  const list: readonly unknown[] = Array.isArray(peers) ? peers : [peers]
  for (const [index, peer] of list.entries()) {
    const key = isMapping(peer) ? Object.keys(peer).find(name => /^ports?$/.test(name)) : undefined
    if (!isMapping(peer) || key === undefined) continue
    const from: Path = Array.isArray(peers) ? [...at, index, key] : [...at, key]
    shape.fault(
      'misplaced-field',
      `\`${key}\` stands inside a peer of \`${side}\``,
      from,
      `\`${key}\` belongs beside \`${side}\`, in the same rule`,
    )
    if (!Object.hasOwn(rule, 'ports')) {
      rule['ports'] = convert('port[]', peer[key], 'ports') ?? peer[key]
      shape.moves.add({ from, to: [...path, 'ports'] })
    }
    delete peer[key]
  }
}

/** `protocol` in a rule, which belongs to each of its ports. */
function takeProtocol(rule: Mapping, path: Path, shape: Shape): void {
  const key = ['protocol', 'proto'].find(name => Object.hasOwn(rule, name))
  if (key === undefined) return
  shape.fault(
    'misplaced-field',
    `\`${key}\` stands in the rule itself`,
    [...path, key],
    'a protocol belongs to each item of `ports`, beside its `port`',
  )
  delete rule[key]
}

/** `except` beside the block that it is an exception of. */
function takeExcept(peer: Mapping, at: Path, shape: Shape): void {
  const block = peer['ipBlock']
  if (!Object.hasOwn(peer, 'except') || !isMapping(block)) return
  shape.fault(
    'misplaced-field',
    '`except` stands beside `ipBlock` instead of in it',
    [...at, 'except'],
    'indent it by two more blanks, in one column with `cidr`',
  )
  if (!Object.hasOwn(block, 'except')) {
    block['except'] = peer['except']
    shape.moves.add({ from: [...at, 'except'], to: [...at, 'ipBlock', 'except'] })
  }
  delete peer['except']
}

/** `namespaceSelector:` with nothing in it, and its `matchLabels` in the same column. */
function moveIntoSelector(peer: Mapping, at: Path, shape: Shape): void {
  const home = Object.keys(peer).find(key => /^(?:pod|namespace)Selector$/.test(key) && peer[key] === null)
  if (home === undefined) return
  for (const field of Object.keys(KUBERNETES_PARTS.selector.fields ?? {})) {
    if (!Object.hasOwn(peer, field)) continue
    shape.fault(
      'misplaced-field',
      `\`${field}\` stands beside \`${home}\` instead of in it`,
      [...at, field],
      'indent it by two more blanks',
    )
    peer[home] = { ...(isMapping(peer[home]) ? peer[home] : {}), [field]: peer[field] }
    shape.moves.add({ from: [...at, field], to: [...at, home, field] })
    delete peer[field]
  }
}
