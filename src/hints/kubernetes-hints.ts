// Fields of Kubernetes policies that stand at the wrong place, or that a peer or selector cannot have.

import { METADATA_NAME_LABEL } from '../calico/labels.ts'
import type { Path } from '../diagnostics/source.ts'
import { didYouMean } from '../text/did-you-mean.ts'
import { readPort, readSelector } from './kubernetes-values.ts'
import type { Shape } from './shape.ts'
import { flowText, isMapping, listOf, type Mapping } from './shape-rewrites.ts'
import { tellUnknown } from './straighten-part.ts'

/** What a peer cannot say: the name of a namespace, and whatever nobody knows. */
export function foreignOfPeer(key: string, peer: Mapping, path: Path, shape: Shape): boolean {
  const at: Path = [...path, key]
  const value = peer[key]
  if (/^namespaces?$/i.test(key)) {
    const selector = readSelector(value, 'namespaceSelector')
    const shown = flowText(selector ?? { matchLabels: { [METADATA_NAME_LABEL]: 'NAME' } })
    tellUnknown(peer, at, shape, `a namespace is chosen by its labels: \`namespaceSelector: ${shown}\``)
    peer['namespaceSelector'] ??= selector ?? {}
    return true
  }
  // Labels without what is around them.
  if (/^(?:match)?labels$/i.test(key) && isMapping(value) && !Object.hasOwn(peer, 'podSelector')) {
    const converted = { matchLabels: value }
    tellUnknown(peer, at, shape, `write \`podSelector: ${flowText(converted)}\``)
    peer['podSelector'] = converted
    shape.moves.add({ from: at, to: [...path, 'podSelector', 'matchLabels'] })
    return true
  }
  return false
}

/** Labels that stand in a selector itself, and what selectors of other operators have. */
export function foreignOfSelector(key: string, selector: Mapping, path: Path, shape: Shape): boolean {
  const at: Path = [...path, key]
  const value = selector[key]
  if (/^match_?names?$/i.test(key)) {
    const read = readSelector(value, 'namespaceSelector')
    const [word, converted] = Object.entries(read ?? {})[0] ?? []
    if (word === undefined) tellUnknown(selector, at, shape, 'choose namespaces by `matchLabels`')
    else tellUnknown(selector, at, shape, `write \`${word}: ${flowText(converted)}\``, { word, converted })
    Object.assign(selector, read)
    return true
  }
  if (key === 'any' && typeof value === 'boolean') {
    tellUnknown(selector, at, shape, 'leave it out: `{}` selects all')
    return true
  }
  const isLabel = typeof value === 'string' && /^[\w./-]+$/.test(key)
  if (!isLabel || didYouMean(key, ['matchLabels', 'matchExpressions']) !== undefined) return false
  tellUnknown(selector, at, shape, `write \`matchLabels: {${key}: ${value}}\` under it`)
  const labels = selector['matchLabels'] ?? {}
  if (!isMapping(labels)) return true
  selector['matchLabels'] = { ...labels, [key]: value }
  shape.moves.add({ from: at, to: [...path, 'matchLabels', key] })
  return true
}

/** `ports` in a peer, which belong to the rule. */
export function takePortsOut(peers: unknown, rule: Mapping, at: Path, path: Path, shape: Shape): void {
  const side = String(at.at(-1))
  for (const [index, peer] of listOf(peers).entries()) {
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
      rule['ports'] = isMapping(peer[key]) || Array.isArray(peer[key]) ? peer[key] : [readPort(peer[key]) ?? {}]
      shape.moves.add({ from, to: [...path, 'ports'] })
    }
    delete peer[key]
  }
}

/** `protocol` in a rule, which belongs to each of its ports. */
export function takeProtocol(rule: Mapping, path: Path, shape: Shape): void {
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
export function takeExcept(peer: Mapping, at: Path, shape: Shape): void {
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
export function moveIntoSelector(peer: Mapping, at: Path, shape: Shape): void {
  const home = Object.keys(peer).find(key => /^(?:pod|namespace)Selector$/.test(key) && peer[key] === null)
  if (home === undefined) return
  for (const field of ['matchLabels', 'matchExpressions']) {
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
