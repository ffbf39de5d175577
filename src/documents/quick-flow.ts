// The quick reader for mappings and lists in brackets on one line, as people write them: `{ app: web }`, `[80, "8080:8090"]`.

import {
  BEYOND,
  BLANK,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  DOUBLE_QUOTE,
  HASH,
  type Mapping,
  OPEN_BRACE,
  OPEN_BRACKET,
  plainKey,
  quoteEnd,
  setKey,
  SINGLE_QUOTE,
  unquoted,
  withoutBlanks,
} from './quick-scalars.ts'
import { resolvePlainScalar } from './scalars.ts'

/** Text without quotes: up to what ends it in brackets. Dashes, colons and blanks have rules of their own where they stand first or last. */
const PLAIN = /[A-Za-z0-9_./+()=$^~<-](?:[^\t\r\n,[\]{}#:]|:(?![\s,[\]{}]))*/y

/** What a plain scalar may start with that stands for something else alone. */
const LONE_DASH = /^-(?![A-Za-z0-9._])/

/** Longer keys are an error, which the full reader names. */
const LONGEST_KEY = 1000

export interface Flow {
  readonly value: unknown
  /** Offset behind the last bracket. */
  readonly end: number
}

/**
 * The mapping or list whose bracket stands at `start`.
 * @param levels how many brackets may stand in each other
 * @throws BEYOND for what is not plain or does not end before `lineEnd`
 */
export function readFlow(text: string, start: number, lineEnd: number, levels: number): Flow {
  const reader = new FlowReader(text, start, lineEnd)
  return { value: reader.collection(levels), end: reader.position }
}

class FlowReader {
  readonly #text: string
  readonly #lineEnd: number
  position: number

  constructor(text: string, start: number, lineEnd: number) {
    this.#text = text
    this.#lineEnd = lineEnd
    this.position = start
  }

  collection(levels: number): unknown {
    if (levels <= 0) throw BEYOND
    const isMapping = this.#text.charCodeAt(this.position) === OPEN_BRACE
    this.position++
    return isMapping ? this.#mapping(levels) : this.#list(levels)
  }

  #list(levels: number): unknown[] {
    const items: unknown[] = []
    while (this.#hasNext(CLOSE_BRACKET, items.length > 0)) items.push(this.#value(levels))
    return items
  }

  #mapping(levels: number): Mapping {
    const mapping: Mapping = {}
    for (let isFirst = true; this.#hasNext(CLOSE_BRACE, !isFirst); isFirst = false) {
      const key = this.#key()
      if (this.#text.charCodeAt(this.position) !== COLON || this.#text.charCodeAt(this.position + 1) !== BLANK)
        throw BEYOND
      this.position++
      this.#skipBlanks()
      setKey(mapping, key, this.#value(levels))
    }
    return mapping
  }

  /** Goes to what stands in the brackets next, behind a comma unless it is the first, or behind the closing bracket. */
  #hasNext(closing: number, needsComma: boolean): boolean {
    const next = this.#skipBlanks()
    const isEnd = next === closing
    if (!isEnd && needsComma && next !== COMMA) throw BEYOND
    if (isEnd || needsComma) this.position++
    if (!isEnd) this.#skipBlanks()
    return !isEnd
  }

  #key(): string {
    const start = this.position
    const key = this.#quoted() ?? plainKey(this.#plain())
    if (this.position - start > LONGEST_KEY) throw BEYOND
    return key
  }

  #value(levels: number): unknown {
    const first = this.#text.charCodeAt(this.position)
    if (first === OPEN_BRACE || first === OPEN_BRACKET) return this.collection(levels - 1)
    return this.#quoted() ?? resolvePlainScalar(this.#plain())
  }

  #quoted(): string | undefined {
    const first = this.#text.charCodeAt(this.position)
    if (first !== DOUBLE_QUOTE && first !== SINGLE_QUOTE) return undefined
    const open = this.position
    this.position = quoteEnd(this.#text, open, this.#lineEnd)
    return unquoted(this.#text, open, this.position)
  }

  #plain(): string {
    PLAIN.lastIndex = this.position
    const [found] = PLAIN.exec(this.#text) ?? []
    if (found === undefined || LONE_DASH.test(found)) throw BEYOND
    this.position += found.length
    // It may be a comment.
    if (this.position > this.#lineEnd || this.#text.charCodeAt(this.position) === HASH) throw BEYOND
    return withoutBlanks(found)
  }

  /** The character behind the blanks. */
  #skipBlanks(): number {
    while (this.position < this.#lineEnd && this.#text.charCodeAt(this.position) === BLANK) this.position++
    if (this.position >= this.#lineEnd) throw BEYOND
    return this.#text.charCodeAt(this.position)
  }
}
