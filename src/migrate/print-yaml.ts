// A plain value -> YAML text that every reader takes for the same value, with comments of the source. A door to `yaml`.

import { Document, isCollection, isMap, isPair, isScalar, isSeq, type Node, parseDocument, Scalar, visit } from 'yaml'
import { isSteering, RUNNER_COMMAND, steeringIn } from '../text/steering.ts'
import type { Path } from '../diagnostics/source.ts'
import { resolvePlainScalar } from '../documents/scalars.ts'

export interface YamlSource {
  readonly text: string
  /** Where in the source the node at a path of the value comes from. */
  readonly sourcePath: (path: Path) => Path
}

/** Text that some reader of YAML 1.1 would take for a date, a number to the base of 60, or a merge key. */
const AMBIGUOUS = /^[-+]?[0-9][0-9_]*(:[0-9]+)+(\.[0-9_]*)?$|^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}|^(=|<<)$/

/** One document in block style, without `---`. */
export function printYaml(value: unknown, source: YamlSource): string {
  const document = new Document(value, { aliasDuplicateObjects: false })
  visit(document, {
    Scalar(_, scalar) {
      if (typeof scalar.value === 'string') scalar.type = scalarType(scalar.value)
    },
  })
  copyComments(document, source)
  const text = document.toString({
    lineWidth: 0,
    minContentWidth: 0,
    blockQuote: false,
    doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER,
    indentSeq: false,
  })
  // All of these stand in double quotes by now, where they can be escaped.
  return text
    .replace(RUNNER_COMMAND, '#\\u0023')
    .replace(steeringIn(text), character =>
      character === '\n' || character === '\t' ? character : escapeInQuotes(character),
    )
}

function escapeInQuotes(character: string): string {
  const code = character.codePointAt(0) ?? 0
  return code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
}

function scalarType(text: string): Scalar.Type {
  if (isSteering(text) || /[\n\r\t]/.test(text)) return Scalar.QUOTE_DOUBLE
  return resolvePlainScalar(text) === text && !AMBIGUOUS.test(text) ? Scalar.PLAIN : Scalar.QUOTE_SINGLE
}

type Commented = Pick<Node, 'comment' | 'commentBefore' | 'spaceBefore'>

/** Every comment moves to what became of its node; the second node that comes from one place gets none. */
function copyComments(document: Document, { text, sourcePath }: YamlSource): void {
  const parsed = parseDocument(text, { schema: 'failsafe', version: '1.1', uniqueKeys: false, logLevel: 'silent' })
  const taken = new Set<object>()
  const copy = (from: unknown, to: unknown): void => {
    if (typeof from !== 'object' || from === null || typeof to !== 'object' || to === null || taken.has(from)) return
    taken.add(from)
    const { comment, commentBefore, spaceBefore } = from as Commented
    const target = to as Commented
    if (comment) target.comment = tameComment(comment)
    if (commentBefore) target.commentBefore = tameComment(commentBefore)
    if (spaceBefore) target.spaceBefore = true
  }
  const walk = (node: unknown, path: Path): void => {
    const [, value] = nodeAt(parsed.contents, sourcePath(path))
    copy(value, node)
    if (isMap(node)) {
      for (const pair of node.items) {
        const key = isScalar(pair.key) ? String(pair.key.value) : ''
        const inner = [...path, key]
        copy(nodeAt(parsed.contents, sourcePath(inner))[0], pair.key)
        walk(pair.value, inner)
      }
    } else if (isSeq(node)) {
      for (const [index, item] of node.items.entries()) walk(item, [...path, index])
    }
  }
  walk(document.contents, [])
  if (parsed.commentBefore) document.commentBefore = tameComment(parsed.commentBefore)
  if (parsed.comment) document.comment = tameComment(parsed.comment)
}

function tameComment(comment: string): string {
  return comment
    .replace(steeringIn(comment), character => (character === '\n' || character === '\t' ? character : ' '))
    .replace(RUNNER_COMMAND, '# ')
}

/** Key and value at a path; of an item of a sequence, and of what does not exist, no key. */
function nodeAt(root: unknown, path: Path): readonly [key: unknown, value: unknown] {
  let key: unknown
  let node = root
  for (const step of path) {
    if (!isCollection(node)) return [undefined, undefined]
    const item: unknown = isSeq(node)
      ? node.items[Number(step)]
      : node.items.find(pair => isPair(pair) && isScalar(pair.key) && String(pair.key.value) === String(step))
    key = isPair(item) ? item.key : undefined
    node = isPair(item) ? item.value : item
  }
  return [key, node]
}
