// YAML text -> values and node positions. The only import of `yaml`.

import {
  Composer,
  type Document as YamlDocument,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Node as YamlNode,
  type Pair,
  Parser,
  type ParsedNode,
  type ScalarTag,
  visit,
} from 'yaml'
import type { LocationTarget, Path, SourceFile, Span } from '../diagnostics/source.ts'
import type { Report } from '../diagnostics/diagnostic.ts'
import { isTemplate, lowerFirst, reportSyntax, reportTemplate } from '../hints/document-hints.ts'
import { mendText, type TextEdit } from '../text/mend.ts'
import { resolvePlainScalar } from './scalars.ts'
import { guardNodes, guardText, type Refusal } from './yaml-guard.ts'

const PLAIN: ScalarTag = {
  tag: 'tag:yaml.org,2002:plain',
  default: true,
  identify: () => false,
  test: /^/,
  resolve: text => resolvePlainScalar(text),
}

/** `!!int "5"` and its like: the text is read as if it stood there unquoted. */
const EXPLICIT: readonly ScalarTag[] = ['int', 'float', 'bool', 'null'].map(name => ({
  tag: `tag:yaml.org,2002:${name}`,
  identify: () => false,
  resolve: text => resolvePlainScalar(text),
}))

export interface YamlText {
  readonly file: SourceFile
  /** Offsets of the document in its file. */
  readonly start: number
  readonly end: number
  /** The text is an item of a sequence: the dash in front of it counts as a blank. */
  readonly dash: boolean
  /** Its mistakes have been mended once: what is still wrong stays. */
  readonly isMended?: boolean
}

/** What was read, and the text it was read from where a mistake had to be mended first. */
export interface YamlValue {
  readonly value: unknown
  readonly mended?: MendedDocument
}

/** A document that could be read only after its mistakes, already reported, had been mended. */
export interface MendedDocument {
  readonly text: YamlText
  /** Offset in the document as written for an offset in the mended text. */
  readonly toWritten: (offset: number) => number
}

/** Undefined for text that is not safe to compose. */
export function parseYaml(source: YamlText): YamlDocument.Parsed | undefined {
  const text = textOf(source)
  return guardText(text) === undefined ? compose(text) : undefined
}

function textOf({ file, start, end, dash }: YamlText): string {
  const text = file.text.slice(start, end)
  return dash ? text.replace('-', ' ') : text
}

function compose(text: string): YamlDocument.Parsed {
  const composer = new Composer({
    version: '1.1',
    schema: 'failsafe',
    customTags: [...EXPLICIT, PLAIN],
    merge: true,
    prettyErrors: false,
    // Our own check below gives both lines, and is linear where the library's is quadratic.
    uniqueKeys: false,
    keepSourceTokens: false,
    logLevel: 'silent',
  })
  // Broken text makes an error of nearly every token; their stacks would cost ten times what the rest does.
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0
  try {
    // What stands behind a document's end is not even looked at.
    for (const document of composer.compose(new Parser().parse(text), true, text.length)) {
      return document as YamlDocument.Parsed
    }
    throw new Error('the composer makes a document of any text when forced to')
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
}

/** Reads one document, mending what is understood; undefined when it cannot be read. All mistakes are reported. */
export function readYaml(text: YamlText, report: Report): YamlValue | undefined {
  const span = (from: number, to: number): Span => ({ file: text.file, start: text.start + from, end: text.start + to })
  const refuse = ({ code, message, help, start, end }: Refusal): undefined => {
    report.error(code, message, span(start, end), help)
    return undefined
  }
  const yaml = textOf(text)
  const unsafe = guardText(yaml)
  if (unsafe !== undefined) return refuse(unsafe)
  const document = compose(yaml)
  if (isTemplate(yaml)) {
    reportTemplate(yaml, span, report)
    return undefined
  }
  const edits = reportSyntax(document.errors[0], yaml, document.warnings, span, report)
  if (document.errors.length > 0 || (edits ?? []).length > 0) {
    return edits === undefined || text.isMended === true ? undefined : readMended(text, yaml, edits, report)
  }
  const before = report.diagnostics.length
  reportDuplicateKeys(document, span, report)
  if (report.diagnostics.slice(before).some(({ severity }) => severity === 'error')) return undefined
  const excessive = guardNodes(document)
  if (excessive !== undefined) return refuse(excessive)
  try {
    // The guard has counted what the aliases stand for.
    return { value: document.toJS({ maxAliasCount: -1 }) as unknown }
  } catch (error) {
    // What `<<` names is looked at only now.
    const isBadMerge = error instanceof Error && error.message.startsWith('Merge sources must be maps')
    if (!(error instanceof ReferenceError) && !isBadMerge) throw error
    report.error('yaml-syntax', lowerFirst(error.message), span(0, 1))
    return undefined
  }
}

/** The text without its mistakes, which are reported by now. */
function readMended(
  text: YamlText,
  written: string,
  edits: readonly TextEdit[],
  report: Report,
): YamlValue | undefined {
  const { text: mendedText, toWritten } = mendText(written, edits)
  const mended: YamlText = {
    file: { name: text.file.name, text: mendedText },
    start: 0,
    end: mendedText.length,
    dash: text.dash,
    isMended: true,
  }
  const document = parseYaml(mended)
  if (document === undefined || document.errors.length > 0 || guardNodes(document) !== undefined) return undefined
  const toSpan = (from: number, to: number): Span => ({
    file: text.file,
    start: text.start + toWritten(from),
    end: text.start + toWritten(to),
  })
  reportDuplicateKeys(document, toSpan, report)
  try {
    return { value: document.toJS({ maxAliasCount: -1 }) as unknown, mended: { text: mended, toWritten } }
  } catch {
    return undefined
  }
}

function reportDuplicateKeys(
  document: YamlDocument.Parsed,
  span: (from: number, to: number) => Span,
  report: Report,
): void {
  visit(document, {
    Map(_, map) {
      const seen = new Map<string, Pair>()
      for (const pair of map.items) {
        const key = keyText(pair)
        if (key === undefined || key === '<<') continue
        const earlier = seen.get(key)
        if (earlier === undefined) {
          seen.set(key, pair)
          continue
        }
        const place = keySpan(pair, span)
        const first = keySpan(earlier, span)
        report.error('duplicate-key', `key \`${key}\` is already set in this mapping`, place, {
          related: first && [{ message: 'set here first', place: first }],
        })
      }
    },
  })
}

function keySpan(pair: Pair, span: (from: number, to: number) => Span): Span | undefined {
  const range = (pair.key as YamlNode | null)?.range
  return range ? span(range[0], range[1]) : undefined
}

function keyText(pair: Pair): string | undefined {
  const { key } = pair
  return isScalar(key) ? String(key.value) : undefined
}

/** Finds the node at a path in a document that has been parsed for its positions. */
export function locateInYaml(
  document: YamlDocument.Parsed,
  path: Path,
  target: LocationTarget,
): readonly [number, number] {
  let node: YamlNode | ParsedNode | null | undefined = document.contents
  if (target === 'extent') return extentInYaml(document, path)
  let range: readonly [number, number] = [0, 1]
  if (node?.range) range = [node.range[0], Math.min(node.range[1], node.range[0] + 1)]
  for (const [depth, step] of path.entries()) {
    const isLast = depth === path.length - 1
    if (isAlias(node)) node = node.resolve(document)
    if (isMap(node)) {
      const pair: Pair | undefined = findPair(node.items, String(step))
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

/** From the first character of a key, or of an item, to the last of its value; of the last step that there is. */
function extentInYaml(document: YamlDocument.Parsed, path: Path): readonly [number, number] {
  let node: YamlNode | ParsedNode | null | undefined = document.contents
  let range: readonly [number, number] = node?.range ? [node.range[0], node.range[1]] : [0, 1]
  for (const step of path) {
    if (isAlias(node)) node = node.resolve(document)
    if (isMap(node)) {
      const pair = findPair(node.items, String(step))
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

/** The keys and indexes that lead to the innermost node at an offset; a blank belongs to what it stands in. */
export function pathInYaml(document: YamlDocument.Parsed, offset: number): Path {
  const path: (string | number)[] = []
  let node: YamlNode | ParsedNode | null | undefined = document.contents
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

function pairRange({ key, value }: Pair): readonly [number, number] | undefined {
  const from = (key as YamlNode | null)?.range
  const to = (value as YamlNode | null)?.range
  return from ? [from[0], Math.max(to?.[1] ?? 0, from[1])] : undefined
}

function contains(range: readonly number[] | null | undefined, offset: number): boolean {
  const [start = 0, end = 0] = range ?? []
  return start <= offset && offset < end
}

/** From this many keys on a mapping is searched through an index: messages may be as many as keys. */
const LARGE_MAPPING = 32

/** Pairs by key and by key in lower case, of large mappings. */
const PAIRS = new WeakMap<readonly Pair[], ReadonlyMap<string, Pair>>()

/** Calico's loader takes a field in another case for the real one. */
function findPair(items: readonly Pair[], name: string): Pair | undefined {
  if (items.length >= LARGE_MAPPING) {
    let pairs = PAIRS.get(items)
    if (pairs === undefined) PAIRS.set(items, (pairs = indexPairs(items)))
    return pairs.get(`=${name}`) ?? pairs.get(`~${name.toLowerCase()}`)
  }
  return (
    items.find(item => keyText(item) === name) ??
    items.find(item => keyText(item)?.toLowerCase() === name.toLowerCase())
  )
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
