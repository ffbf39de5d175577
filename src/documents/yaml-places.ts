// Where the nodes of a YAML document stand in its text.

import {
  type Alias,
  type Document as YamlDocument,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Node as YamlNode,
  type Pair,
  type ParsedNode,
  visit,
} from 'yaml'
import type { LocationTarget, Path } from '../diagnostics/source.ts'
import { keyText } from './yaml-documents.ts'

/** From this many keys on a mapping is searched through an index: messages may be as many as keys. */
const LARGE_MAPPING = 32

/** A document that has been parsed for its positions, and what makes looking them up quick. */
export class PlacedYaml {
  readonly #document: YamlDocument.Parsed
  /** Pairs by key and by key in lower case, of large mappings. */
  readonly #pairs = new Map<readonly Pair[], ReadonlyMap<string, Pair>>()

  /** What each alias stands for, once somebody asks: the library would go through the document for each. */
  #targets: ReadonlyMap<Alias, YamlNode | undefined> | undefined

  constructor(document: YamlDocument.Parsed) {
    this.#document = document
  }

  /** Span of the node at a path, as offsets in the text; of what is missing, that of its nearest ancestor's key. */
  locate(path: Path, target: LocationTarget): readonly [number, number] {
    let node: YamlNode | ParsedNode | null | undefined = this.#document.contents
    if (target === 'extent') return this.#extent(path)
    let range: readonly [number, number] = [0, 1]
    if (node?.range) range = [node.range[0], Math.min(node.range[1], node.range[0] + 1)]
    for (const [depth, step] of path.entries()) {
      const isLast = depth === path.length - 1
      if (isAlias(node)) node = this.#resolve(node)
      if (isMap(node)) {
        const pair: Pair | undefined = this.#findPair(node.items, String(step))
        if (pair === undefined) return range
        const key = pair.key as YamlNode | null
        const value = pair.value as YamlNode | null
        const keyRange: readonly [number, number] | undefined = key?.range ? [key.range[0], key.range[1]] : undefined
        const valueRange = value && !isEmpty(value) ? tightRange(value) : undefined
        // A collection is pointed at by its key; its own range may span half the file.
        const wantsValue = target === 'value' && isLast && (isScalar(value) || isAlias(value))
        range = (wantsValue ? valueRange : undefined) ?? keyRange ?? valueRange ?? range
        node = value
      } else if (isSeq(node) && typeof step === 'number') {
        const item = node.items[step] as YamlNode | undefined
        if (item === undefined || isPair(item)) return range
        range = tightRange(item) ?? range
        node = item
      } else {
        return range
      }
    }
    return range
  }

  /** The keys and indexes that lead to the innermost node at an offset; a blank belongs to what it stands in. */
  pathAt(offset: number): Path {
    const path: (string | number)[] = []
    let node: YamlNode | ParsedNode | null | undefined = this.#document.contents
    for (;;) {
      if (isMap(node)) {
        const pair: Pair | undefined = node.items.find(item => contains(pairRange(item), offset))
        const key = pair === undefined ? undefined : keyText(pair)
        if (pair === undefined || key === undefined) return path
        path.push(key)
        if (contains((pair.key as YamlNode | null)?.range, offset)) return path
        node = pair.value as YamlNode | null
      } else if (isSeq(node)) {
        const index = node.items.findIndex(item => contains((item as YamlNode | null)?.range, offset))
        if (index < 0) return path
        path.push(index)
        node = node.items[index] as YamlNode | null
      } else {
        return path
      }
    }
  }

  /** From the first character of a key, or of an item, to the last of its value; of the last step that there is. */
  #extent(path: Path): readonly [number, number] {
    let node: YamlNode | ParsedNode | null | undefined = this.#document.contents
    let range: readonly [number, number] = node?.range ? [node.range[0], node.range[1]] : [0, 1]
    for (const step of path) {
      if (isAlias(node)) node = this.#resolve(node)
      if (isMap(node)) {
        const pair = this.#findPair(node.items, String(step))
        const key = pair?.key as YamlNode | null | undefined
        if (!key?.range) return range
        const value = pair?.value as YamlNode | null | undefined
        range = [key.range[0], Math.max(value?.range?.[1] ?? 0, key.range[1])]
        node = value
      } else if (isSeq(node) && typeof step === 'number') {
        const item = node.items[step] as YamlNode | undefined
        if (!item?.range) return range
        range = [item.range[0], item.range[1]]
        node = item
      } else {
        return range
      }
    }
    return range
  }

  #resolve(alias: Alias): YamlNode | undefined {
    this.#targets ??= targetsOf(this.#document)
    return this.#targets.get(alias)
  }

  /** Calico's loader takes a field in another case for the real one. */
  #findPair(items: readonly Pair[], name: string): Pair | undefined {
    if (items.length >= LARGE_MAPPING) {
      let pairs = this.#pairs.get(items)
      if (pairs === undefined) this.#pairs.set(items, (pairs = indexPairs(items)))
      return pairs.get(`=${name}`) ?? pairs.get(`~${name.toLowerCase()}`)
    }
    return (
      items.find(item => keyText(item) === name) ??
      items.find(item => keyText(item)?.toLowerCase() === name.toLowerCase())
    )
  }
}

function pairRange({ key, value }: Pair): readonly [number, number] | undefined {
  const from = (key as YamlNode | null)?.range
  const to = (value as YamlNode | null)?.range
  return from ? [from[0], Math.max(to?.[1] ?? 0, from[1])] : undefined
}

function contains(range: readonly number[] | null | undefined, offset: number): boolean {
  const [start = 0, end = 0] = range ?? []
  return start <= offset && offset < end
}

function indexPairs(items: readonly Pair[]): ReadonlyMap<string, Pair> {
  const pairs = new Map<string, Pair>()
  for (const item of items) {
    const key = keyText(item)
    if (key === undefined) continue
    for (const name of [`=${key}`, `~${key.toLowerCase()}`]) if (!pairs.has(name)) pairs.set(name, item)
  }
  return pairs
}

function isEmpty(node: YamlNode): boolean {
  return node.range ? node.range[0] === node.range[1] : true
}

/** Scalars whole; of a collection only its first key or item, so that messages underline one line. */
function tightRange(node: YamlNode): readonly [number, number] | undefined {
  if (!node.range) return undefined
  const [start, end] = node.range
  if (isMap(node) && node.items[0] !== undefined) {
    const key = node.items[0].key as YamlNode | null
    if (key?.range) return [key.range[0], key.range[1]]
  }
  if (isSeq(node)) return [start, Math.min(end, start + 1)]
  return [start, end]
}

function targetsOf(document: YamlDocument.Parsed): ReadonlyMap<Alias, YamlNode | undefined> {
  const anchors = new Map<string, YamlNode>()
  const targets = new Map<Alias, YamlNode | undefined>()
  visit(document, {
    Node: (_key, node) => {
      if (isAlias(node)) targets.set(node, anchors.get(node.source))
      else if (node.anchor !== undefined) anchors.set(node.anchor, node)
    },
  })
  return targets
}
