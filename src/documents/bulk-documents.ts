// The quick reader for plain YAML: the block style that kubectl, calicoctl and Helm write, and brackets on one line. It gives the
// same value as the full reader (yaml-documents.ts) or none at all: whatever it is not sure of is left to that one. A test compares
// the two.

import { MAX_SCALAR_LENGTH } from './limits.ts'
import { readFlow } from './quick-flow.ts'
import {
  BEYOND,
  BLANK,
  CARRIAGE_RETURN,
  COLON,
  DASH,
  DOUBLE_QUOTE,
  HASH,
  type Mapping,
  OPEN_BRACE,
  OPEN_BRACKET,
  plainKey,
  QUESTION_MARK,
  quoteEnd,
  setKey,
  SINGLE_QUOTE,
  SPECIAL_STARTS,
  TAB,
  unquoted,
  withoutBlanks,
} from './quick-scalars.ts'
import { resolvePlainScalar } from './scalars.ts'

const MAX_DEPTH = 60

const NEWLINE = 10
const BAR = 124

/**
 * Value of one document, or undefined where the full reader has to decide.
 * @param dash the document is an item of a sequence, and a `- ` at its start counts as two blanks
 */
export function readPlainYaml(
  text: string,
  start: number,
  end: number,
  { dash = false }: { readonly dash?: boolean } = {},
): { readonly value: unknown } | undefined {
  try {
    return { value: new PlainReader(text, end).read(start, dash) }
  } catch (error) {
    if (error === BEYOND) return undefined
    throw error
  }
}

class PlainReader {
  readonly #text: string
  readonly #end: number
  /** The current line: column of its first character that is not blank, that character's offset, and the line's end. */
  #indent = -1
  #position = 0
  #lineEnd = 0
  #depth = 0

  constructor(text: string, end: number) {
    this.#text = text
    this.#end = end
  }

  read(start: number, dash: boolean): unknown {
    this.#lineEnd = start - 1
    this.#nextLine()
    if (dash) {
      if (!this.#startsItem()) throw BEYOND
      this.#enterItem()
    }
    if (this.#indent < 0) throw BEYOND
    const value = this.#node(this.#indent)
    if (this.#indent >= 0) throw BEYOND
    return value
  }

  /** Goes to the next line that holds anything; at the end `#indent` is -1. */
  #nextLine(): void {
    const text = this.#text
    let lineStart = this.#lineEnd + 1
    for (;;) {
      if (lineStart >= this.#end) {
        this.#indent = -1
        this.#position = this.#end
        return
      }
      let i = lineStart
      while (text.charCodeAt(i) === BLANK) i++
      const code = text.charCodeAt(i)
      if (i >= this.#end) {
        lineStart = this.#end
      } else if (code === NEWLINE) {
        lineStart = i + 1
      } else if (code === HASH) {
        const newline = text.indexOf('\n', i)
        lineStart = newline < 0 ? this.#end : newline + 1
        this.#refuseCarriageReturn(i, lineStart)
      } else if (code === TAB || code === CARRIAGE_RETURN) {
        throw BEYOND
      } else {
        const newline = text.indexOf('\n', i)
        this.#lineEnd = newline < 0 || newline > this.#end ? this.#end : newline
        this.#indent = i - lineStart
        this.#position = i
        if (text.charCodeAt(this.#lineEnd - 1) === CARRIAGE_RETURN) throw BEYOND
        if (this.#lineEnd - i > MAX_SCALAR_LENGTH) throw BEYOND
        return
      }
    }
  }

  /** A `-` followed by a blank or the end of the line. */
  #startsItem(): boolean {
    if (this.#text.charCodeAt(this.#position) !== DASH) return false
    const next = this.#text.charCodeAt(this.#position + 1)
    return next === BLANK || this.#position + 1 >= this.#lineEnd
  }

  /** Takes the dash of an item for a blank, so that what follows it stands at its own column. */
  #enterItem(): void {
    let i = this.#position + 1
    while (i < this.#lineEnd && this.#text.charCodeAt(i) === BLANK) i++
    this.#indent += i - this.#position
    this.#position = i
  }

  #node(indent: number): unknown {
    if (++this.#depth > MAX_DEPTH) throw BEYOND
    const value = this.#startsItem() ? this.#sequence(indent) : this.#mapping(indent)
    this.#depth--
    return value
  }

  #sequence(indent: number): unknown[] {
    const items: unknown[] = []
    while (this.#indent === indent && this.#startsItem()) {
      this.#enterItem()
      items.push(this.#item(indent))
    }
    // Something between the items' column and their parent's is a mistake that the full reader names.
    if (this.#indent > indent) throw BEYOND
    return items
  }

  /** What stands behind the dash, on its line or below it. */
  #item(indent: number): unknown {
    const isBare = this.#position >= this.#lineEnd || this.#text.charCodeAt(this.#position) === HASH
    if (isBare) {
      this.#refuseCarriageReturn(this.#position, this.#lineEnd)
      this.#nextLine()
      return this.#indent > indent ? this.#node(this.#indent) : null
    }
    if (!this.#startsFlow() && (this.#startsItem() || this.#keyEnd() >= 0)) return this.#node(this.#indent)
    return this.#scalar(this.#position, indent)
  }

  #startsFlow(): boolean {
    const first = this.#text.charCodeAt(this.#position)
    return first === OPEN_BRACE || first === OPEN_BRACKET
  }

  #mapping(indent: number): Mapping {
    const mapping: Mapping = {}
    while (this.#indent === indent) {
      const colon = this.#keyEnd()
      if (colon < 0) throw BEYOND
      setKey(mapping, this.#key(colon), this.#valueBehind(colon, indent))
    }
    if (this.#indent > indent) throw BEYOND
    return mapping
  }

  /** Offset of the colon that ends the key of the current line; -1 when the line is no `key: value`. */
  #keyEnd(): number {
    const text = this.#text
    const first = text.charCodeAt(this.#position)
    if (first === DOUBLE_QUOTE || first === SINGLE_QUOTE) {
      const close = quoteEnd(text, this.#position, this.#lineEnd)
      return close < this.#lineEnd && text.charCodeAt(close) === COLON && this.#isBlankAt(close + 1) ? close : -1
    }
    if (SPECIAL_STARTS.has(first)) throw BEYOND
    if ((first === QUESTION_MARK || first === DASH || first === COLON) && this.#isBlankAt(this.#position + 1))
      throw BEYOND
    for (let i = this.#position; i < this.#lineEnd; i++) {
      const code = text.charCodeAt(i)
      if (code === COLON && this.#isBlankAt(i + 1)) return i
      if (code === HASH && text.charCodeAt(i - 1) === BLANK) return -1
      if (code === TAB || code === CARRIAGE_RETURN) throw BEYOND
    }
    return -1
  }

  #isBlankAt(offset: number): boolean {
    if (offset >= this.#lineEnd) return true
    const code = this.#text.charCodeAt(offset)
    if (code === TAB) throw BEYOND
    return code === BLANK
  }

  #key(colon: number): string {
    const first = this.#text.charCodeAt(this.#position)
    if (first === DOUBLE_QUOTE || first === SINGLE_QUOTE) return unquoted(this.#text, this.#position, colon)
    return plainKey(withoutBlanks(this.#text.slice(this.#position, colon)))
  }

  #valueBehind(colon: number, indent: number): unknown {
    let i = colon + 1
    while (i < this.#lineEnd && this.#text.charCodeAt(i) === BLANK) i++
    if (i < this.#lineEnd && this.#text.charCodeAt(i) !== HASH) return this.#scalar(i, indent)
    this.#refuseCarriageReturn(i, this.#lineEnd)
    this.#nextLine()
    if (this.#indent > indent) return this.#node(this.#indent)
    // Items of a sequence may stand at the column of their key.
    if (this.#indent === indent && this.#startsItem()) return this.#node(indent)
    return null
  }

  /** A value on the rest of the current line; nothing below it may be indented deeper than its parent. */
  #scalar(start: number, parentIndent: number): unknown {
    const text = this.#text
    const first = text.charCodeAt(start)
    let value: unknown
    if (first === TAB) throw BEYOND
    if (first === BAR) return this.#literal(start, parentIndent)
    if (first === DOUBLE_QUOTE || first === SINGLE_QUOTE) {
      const close = quoteEnd(text, start, this.#lineEnd)
      this.#expectLineEnd(close)
      value = unquoted(text, start, close)
    } else if (first === OPEN_BRACE || first === OPEN_BRACKET) {
      const flow = readFlow(text, start, this.#lineEnd, MAX_DEPTH - this.#depth)
      this.#expectLineEnd(flow.end)
      value = flow.value
    } else {
      value = this.#plain(start)
    }
    this.#nextLine()
    // Deeper lines would continue the scalar.
    if (this.#indent > parentIndent) throw BEYOND
    return value
  }

  #plain(start: number): unknown {
    const text = this.#text
    const first = text.charCodeAt(start)
    if (SPECIAL_STARTS.has(first)) throw BEYOND
    if ((first === DASH || first === QUESTION_MARK || first === COLON) && this.#isBlankAt(start + 1)) throw BEYOND
    let end = this.#lineEnd
    for (let i = start + 1; i < end; i++) {
      const code = text.charCodeAt(i)
      if (code === COLON && this.#isBlankAt(i + 1)) throw BEYOND
      if (code === TAB || code === CARRIAGE_RETURN) throw BEYOND
      if (code === HASH && text.charCodeAt(i - 1) === BLANK) {
        this.#refuseCarriageReturn(i, this.#lineEnd)
        end = i
      }
    }
    while (text.charCodeAt(end - 1) === BLANK) end--
    return resolvePlainScalar(text.slice(start, end))
  }

  #expectLineEnd(from: number): void {
    let i = from
    while (i < this.#lineEnd && this.#text.charCodeAt(i) === BLANK) i++
    if (i >= this.#lineEnd) return
    if (this.#text.charCodeAt(i) !== HASH || i === from) throw BEYOND
    this.#refuseCarriageReturn(i, this.#lineEnd)
  }

  /** In the middle of a line it ends the line for some readers and not for others. */
  #refuseCarriageReturn(from: number, to: number): void {
    if (this.#text.slice(from, to).includes('\r')) throw BEYOND
  }

  /** A `|` or `|-` block: the lines below that are indented deeper than the parent, less the indent of the first. */
  #literal(start: number, parentIndent: number): string {
    const text = this.#text
    const isStripped = text.charCodeAt(start + 1) === DASH
    if (text.slice(start, this.#lineEnd).trimEnd() !== (isStripped ? '|-' : '|')) throw BEYOND
    const lines: string[] = []
    let blockIndent = -1
    let lineStart = this.#lineEnd + 1
    while (lineStart < this.#end) {
      let i = lineStart
      while (text.charCodeAt(i) === BLANK) i++
      const newline = text.indexOf('\n', i)
      const lineEnd = newline < 0 || newline > this.#end ? this.#end : newline
      const column = i - lineStart
      const isEmpty = i >= lineEnd
      if (!isEmpty && blockIndent < 0) {
        if (column <= parentIndent) break
        blockIndent = column
      }
      if (!isEmpty && column < blockIndent) break
      // Blank lines deeper than the block, or before its first line, have rules of their own; so have tabs.
      if (isEmpty && (blockIndent < 0 || column > blockIndent)) throw BEYOND
      if (text.charCodeAt(i) === TAB) throw BEYOND
      this.#refuseCarriageReturn(i, lineEnd)
      lines.push(isEmpty ? '' : text.slice(lineStart + blockIndent, lineEnd))
      lineStart = lineEnd + 1
    }
    if (blockIndent < 0 || lineStart - this.#lineEnd > MAX_SCALAR_LENGTH) throw BEYOND
    while (lines.at(-1) === '') lines.pop()
    this.#lineEnd = lineStart - 1
    this.#nextLine()
    return lines.join('\n') + (isStripped ? '' : '\n')
  }
}
