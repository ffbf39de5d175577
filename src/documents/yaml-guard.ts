// What a YAML document may do to its reader: looked at in the tokens before anything is composed, and in the nodes before
// aliases are followed. Both are linear, and neither calls itself for each level of the text.

import { type Document as YamlDocument, isAlias, isMap, isPair, isSeq, Lexer } from 'yaml'
import type { DiagnosticCode } from '../diagnostics/codes.ts'
import { MAX_ALIASES, MAX_ANCHORS_LOOKED_AT, MAX_DEPTH, MAX_SCALAR_LENGTH, MAX_TOKENS } from './limits.ts'
import { findRefusedCharacter, type Refusal, refuseCharacter } from './refused-characters.ts'

/** Looks at the text of a document. Undefined when composing it is safe. */
export function guardText(text: string): Refusal | undefined {
  const refused = findRefusedCharacter(text, 0)
  return refused < text.length ? refuseCharacter(text, refused) : guardTokens(text)
}

const TOO_DEEP = {
  code: 'over-limit',
  message: `nested deeper than ${MAX_DEPTH} levels`,
  help: 'no resource needs that many: is a bracket missing?',
} as const

function guardTokens(text: string): Refusal | undefined {
  const depth = new DepthCounter()
  let offset = 0
  let tokens = 0
  let aliases = 0
  let anchors = 0
  let lookedAt = 0
  for (const token of new Lexer().lex(text)) {
    // Marks of the lexer's own, which take no room in the text.
    if (token === SCALAR_FOLLOWS || token === FLOW_BROKEN_OFF || token === DOCUMENT_STARTS) {
      if (token !== SCALAR_FOLLOWS) depth.breakOffFlow()
      continue
    }
    const start = offset
    offset += token.length
    const refuse = (rest: Pick<Refusal, 'code' | 'message' | 'help'>): Refusal => ({ ...rest, start, end: start + 1 })
    const first = token.length > 1 ? token.charCodeAt(0) : 0
    if (first === AMPERSAND) anchors++
    if (first === ASTERISK) {
      lookedAt += anchors
      if (++aliases > MAX_ALIASES || lookedAt > MAX_ANCHORS_LOOKED_AT) {
        return refuse({
          code: 'over-limit',
          message: aliases > MAX_ALIASES ? `more than ${MAX_ALIASES} aliases` : 'too many anchors in front of aliases',
          help: 'write the values out, or cut the document',
        })
      }
    }
    if (++tokens > MAX_TOKENS) {
      return refuse({
        code: 'over-limit',
        message: `more than ${MAX_TOKENS} words, values and brackets in one document of this style`,
        help: 'write it as JSON, or in the plain style of `kubectl get -o yaml`, where there is no such limit',
      })
    }
    if (token.length > MAX_SCALAR_LENGTH && token.charCodeAt(0) !== HASH && token.trim() !== '') {
      return refuse({
        code: 'over-limit',
        message: `a text of more than ${MAX_SCALAR_LENGTH} characters`,
        help: 'no cluster stores an object of that size: is a quote missing?',
      })
    }
    const found = depth.add(token)
    if (found > MAX_DEPTH) return refuse(TOO_DEEP)
    if (depth.strayClosers > MAX_DEPTH) {
      return refuse({
        code: 'yaml-syntax',
        message: 'too many closing brackets',
        help: 'each one needs an opening one',
      })
    }
  }
  return undefined
}

const DOCUMENT_STARTS = '\u0002'
const FLOW_BROKEN_OFF = '\u0018'
const SCALAR_FOLLOWS = '\u001f'

const NEWLINE = 10
const CARRIAGE_RETURN = 13
const TAB = 9
const BLANK = 32
const HASH = 35
const AMPERSAND = 38
const ASTERISK = 42
const COMMA = 44
const DASH = 45
const COLON = 58
const QUESTION_MARK = 63
const OPEN_BRACKET = 91
const CLOSE_BRACKET = 93
const OPEN_BRACE = 123
const CLOSE_BRACE = 125

/**
 * How deep the composer will be at a token. Right for YAML that is right, never too high; for YAML that is not, near enough
 * to how far the parser opens collections before it says so.
 */
class DepthCounter {
  /** Closing brackets that close nothing. */
  strayClosers = 0
  /** Column of the current token. */
  #column = 0
  /** Column of what may turn out to be a key: the first word since the line or an indicator began. */
  #wordColumn = -1
  /** Block collections that are open: columns, never falling; a sequence may stand at the column of its mapping. */
  readonly #columns: number[] = []
  readonly #isSequence: boolean[] = []
  /** Flow collections that are open: whether in brackets, and colons since the last comma. */
  readonly #isBracket: boolean[] = []
  readonly #colons: number[] = []
  /** Mappings of one pair inside flow collections: `[a: b]`. */
  #pairs = 0

  add(token: string): number {
    const first = token.charCodeAt(0)
    const isInFlow = this.#colons.length > 0
    if (token.length === 1 && first >= COMMA && (isInFlow ? this.#addFlow(first) : this.#addBlock(first))) {
      this.#column++
    } else {
      const isBlank =
        first === NEWLINE || first === CARRIAGE_RETURN || first === BLANK || first === TAB || first === HASH
      if (!isBlank && !isInFlow && this.#wordColumn < 0) this.#wordColumn = this.#column
      const newline = token.lastIndexOf('\n')
      if (newline < 0) {
        this.#column += token.length
      } else {
        this.#column = token.length - newline - 1
        if (!isInFlow) this.#wordColumn = -1
      }
    }
    return this.#columns.length + this.#colons.length + this.#pairs
  }

  /** A line that stands too far to the left ends all brackets. */
  breakOffFlow(): void {
    this.#isBracket.length = 0
    this.#colons.length = 0
    this.#pairs = 0
  }

  #addBlock(indicator: number): boolean {
    switch (indicator) {
      case OPEN_BRACKET:
      case OPEN_BRACE:
        if (this.#wordColumn < 0) this.#wordColumn = this.#column
        return this.#addFlow(indicator)
      case CLOSE_BRACKET:
      case CLOSE_BRACE:
        this.strayClosers++
        return true
      case DASH:
        this.#open(this.#column, true)
        return true
      case QUESTION_MARK:
        this.#open(this.#column, false)
        return true
      case COLON:
        this.#open(this.#wordColumn < 0 ? this.#column : this.#wordColumn, false)
        return true
      default:
        return false
    }
  }

  /** A block collection with something at this column: a new one, or the next part of one that is open. */
  #open(column: number, isSequence: boolean): void {
    this.#wordColumn = -1
    for (;;) {
      const top = this.#columns.at(-1)
      if (top === undefined || top < column) break
      if (top === column) {
        if (this.#isSequence.at(-1) === isSequence) return
        if (isSequence) break
      }
      this.#columns.pop()
      this.#isSequence.pop()
    }
    this.#columns.push(column)
    this.#isSequence.push(isSequence)
  }

  #addFlow(indicator: number): boolean {
    const top = this.#colons.length - 1
    switch (indicator) {
      case OPEN_BRACKET:
      case OPEN_BRACE:
        this.#isBracket.push(indicator === OPEN_BRACKET)
        this.#colons.push(0)
        return true
      case CLOSE_BRACKET:
      case CLOSE_BRACE:
        this.#pairs -= this.#pairsAt(top)
        this.#isBracket.pop()
        this.#colons.pop()
        return true
      case COMMA:
        this.#pairs -= this.#pairsAt(top)
        this.#colons[top] = 0
        return true
      case COLON:
        this.#pairs -= this.#pairsAt(top)
        this.#colons[top] = (this.#colons[top] ?? 0) + 1
        this.#pairs += this.#pairsAt(top)
        return true
      default:
        return false
    }
  }

  /** In braces the first colon is the entry's own. */
  #pairsAt(level: number): number {
    const colons = this.#colons[level] ?? 0
    return this.#isBracket[level] === true ? colons : Math.max(0, colons - 1)
  }
}

/** What a node becomes when it is read. */
interface Extent {
  /** Values in it, as Calico's loader counts them: each key, value, collection and alias is one. */
  readonly values: number
  /** Those that aliases stand for. */
  readonly aliased: number
  /** Levels of mappings and lists. */
  readonly depth: number
}

/** Looks at a composed document before its aliases are followed. */
export function guardNodes(document: YamlDocument.Parsed): Refusal | undefined {
  return new AliasGuard().check(document)
}

class AliasGuard {
  /** By name, the latest node in the text that has it; undefined while inside of that node. */
  readonly #anchors = new Map<string, Extent | undefined>()
  #values = 0
  #aliased = 0
  #refusal: Refusal | undefined

  check(document: YamlDocument.Parsed): Refusal | undefined {
    this.#measure(document.contents)
    return this.#refusal
  }

  /** Calls itself for each level of nodes, of which the tokens have been counted. */
  #measure(node: unknown): Extent {
    const before = { values: this.#values, aliased: this.#aliased }
    const range = rangeOf(node)
    if (isAlias(node)) {
      const target = this.#anchors.get(node.source)
      this.#values++
      if (target === undefined) {
        if (this.#anchors.has(node.source))
          this.#refuse(
            range,
            'yaml-syntax',
            `\`*${node.source}\` stands inside of what it stands for`,
            'write the values out',
          )
        return { values: 1, aliased: 0, depth: 0 }
      }
      this.#values += target.values
      this.#aliased += target.values
      if (isExcessive(this.#values, this.#aliased)) {
        this.#refuse(
          range,
          'over-limit',
          'the aliases of this document stand for too many values',
          'Calico refuses this as excessive aliasing; write the values out',
        )
      }
      return { values: target.values + 1, aliased: target.values, depth: target.depth }
    }
    const anchor = anchorOf(node)
    if (anchor !== undefined) this.#anchors.set(anchor, undefined)
    let depth = 0
    if (isMap(node) || isSeq(node)) {
      for (const item of node.items) {
        if (this.#refusal !== undefined) break
        // An item `[a: b]` of a list is a pair.
        if (isPair(item)) {
          const key = this.#measure(item.key).depth
          if (key > 0) {
            this.#refuse(
              rangeOf(item.key),
              'yaml-syntax',
              'a mapping or list cannot be a key',
              'write a word in front of the colon',
            )
          }
          depth = Math.max(depth, key, this.#measure(item.value).depth)
        } else depth = Math.max(depth, this.#measure(item).depth)
      }
      depth++
      if (depth > MAX_DEPTH) this.#refuse(range, TOO_DEEP.code, TOO_DEEP.message, TOO_DEEP.help)
    }
    this.#values++
    const extent = { values: this.#values - before.values, aliased: this.#aliased - before.aliased, depth }
    if (anchor !== undefined) this.#anchors.set(anchor, extent)
    return extent
  }

  #refuse([start, end]: readonly [number, number], code: DiagnosticCode, message: string, help: string): void {
    this.#refusal ??= { code, message, help, start, end: Math.min(end, start + 1) }
  }
}

/** The rule of Calico's loader (go-yaml's `decode.go: allowedAliasRatio`): what is small may be nearly all aliases. */
function isExcessive(values: number, aliased: number): boolean {
  if (aliased <= 100 || values <= 1000) return false
  const [low, high] = [400_000, 4_000_000]
  const allowed = values <= low ? 0.99 : values >= high ? 0.1 : 0.99 - (0.89 * (values - low)) / (high - low)
  return aliased / values > allowed
}

function rangeOf(node: unknown): readonly [number, number] {
  const range =
    typeof node === 'object' && node !== null && 'range' in node ? (node.range as readonly number[] | null) : null
  return [range?.[0] ?? 0, range?.[1] ?? 1]
}

function anchorOf(node: unknown): string | undefined {
  return typeof node === 'object' && node !== null && 'anchor' in node && typeof node.anchor === 'string'
    ? node.anchor
    : undefined
}
