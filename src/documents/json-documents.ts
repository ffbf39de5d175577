// JSON text -> values, one list item at a time, so that a list of a whole cluster is never in memory as one value.

import { MAX_DEPTH, MAX_SCALAR_LENGTH } from './limits.ts'

/** Offsets of a value in the text, and how many keys its objects have as written, at all depths. */
export interface JsonSlice {
  readonly start: number
  readonly end: number
  readonly keys: number
  /** It is deeper, or has a longer text in it, than is read. */
  readonly isOverLimit: boolean
}

export interface JsonList {
  /** The list's own fields as JSON text, without `items`; empty for a bare array. */
  readonly envelope: string
  readonly items: readonly JsonSlice[]
}

/** The value of JSON text; undefined as for `readJsonSlice`. */
export function readJson(text: string, start: number, end: number): { readonly value: unknown } | undefined {
  const slice = new JsonScanner(text, end).scan(start)
  return slice === undefined ? undefined : readJsonSlice(text, { ...slice, end })
}

/**
 * The value of a piece of JSON; undefined for text that is not JSON, and for JSON in which some object has a key twice:
 * `JSON.parse` would silently take the last.
 */
export function readJsonSlice(
  text: string,
  { start, end, keys, isOverLimit }: JsonSlice,
): { readonly value: unknown } | undefined {
  if (isOverLimit) return undefined
  let value: unknown
  try {
    value = JSON.parse(text.slice(start, end))
  } catch {
    return undefined
  }
  return countKeys(value) === keys ? { value } : undefined
}

/** Cuts a list, or a bare array, into its items; undefined for anything else, and for what is not JSON. */
export function splitJsonList(text: string, start: number, end: number): JsonList | undefined {
  return new JsonScanner(text, end).splitList(start)
}

function countKeys(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  let keys = 0
  if (Array.isArray(value)) {
    for (const item of value) keys += countKeys(item)
    return keys
  }
  for (const key of Object.keys(value)) {
    keys++
    const child = (value as Readonly<Record<string, unknown>>)[key]
    if (typeof child === 'object' && child !== null) keys += countKeys(child)
  }
  return keys
}

const QUOTE = 34
const COMMA = 44
const COLON = 58
const OPEN_BRACKET = 91
const BACKSLASH = 92
const CLOSE_BRACKET = 93
const OPEN_BRACE = 123
const CLOSE_BRACE = 125

/** Finds where values end without reading them. Whether they are valid is for `JSON.parse` to say. */
class JsonScanner {
  readonly #text: string
  readonly #end: number

  constructor(text: string, end: number) {
    this.#text = text
    this.#end = end
  }

  /** The value that starts at or after `from`; undefined when it does not end. */
  scan(from: number): JsonSlice | undefined {
    const start = this.#skipBlanks(from)
    let keys = 0
    let depth = 0
    let isOverLimit = false
    for (let i = start; i < this.#end; i++) {
      switch (this.#text.charCodeAt(i)) {
        case QUOTE: {
          const close = this.#stringEnd(i)
          if (close < 0) return undefined
          if (close - i > MAX_SCALAR_LENGTH) isOverLimit = true
          i = close - 1
          if (depth === 0) return { start, end: close, keys, isOverLimit }
          if (this.#text.charCodeAt(this.#skipBlanks(close)) === COLON) keys++
          break
        }
        case OPEN_BRACE:
        case OPEN_BRACKET:
          if (++depth > MAX_DEPTH) isOverLimit = true
          break
        case CLOSE_BRACE:
        case CLOSE_BRACKET:
          depth--
          if (depth === 0) return { start, end: i + 1, keys, isOverLimit }
          if (depth < 0) return { start, end: i, keys, isOverLimit }
          break
        case COMMA:
          if (depth === 0) return { start, end: i, keys, isOverLimit }
          break
      }
    }
    return depth === 0 ? { start, end: this.#end, keys, isOverLimit } : undefined
  }

  splitList(from: number): JsonList | undefined {
    const start = this.#skipBlanks(from)
    if (this.#text.charCodeAt(start) === OPEN_BRACKET) {
      const list = this.#items(start)
      return list === undefined ? undefined : { envelope: '', items: list.items }
    }
    if (this.#text.charCodeAt(start) !== OPEN_BRACE) return undefined
    const fields: string[] = []
    let items: JsonList['items'] | undefined
    for (let i = this.#skipBlanks(start + 1); this.#text.charCodeAt(i) === QUOTE;) {
      const keyEnd = this.#stringEnd(i)
      const colon = keyEnd < 0 ? -1 : this.#skipBlanks(keyEnd)
      if (this.#text.charCodeAt(colon) !== COLON) return undefined
      const valueStart = this.#skipBlanks(colon + 1)
      const isItems = this.#text.slice(i, keyEnd) === '"items"' && this.#text.charCodeAt(valueStart) === OPEN_BRACKET
      if (isItems && items !== undefined) return undefined
      const value = isItems ? this.#items(valueStart) : this.scan(valueStart)
      if (value === undefined) return undefined
      if ('items' in value) items = value.items
      else fields.push(this.#text.slice(i, value.end))
      i = this.#skipBlanks(value.end)
      if (this.#text.charCodeAt(i) === CLOSE_BRACE) {
        const isAll = this.#skipBlanks(i + 1) >= this.#end
        return items === undefined || !isAll ? undefined : { envelope: `{${fields.join(',')}}`, items }
      }
      if (this.#text.charCodeAt(i) !== COMMA) return undefined
      i = this.#skipBlanks(i + 1)
    }
    return undefined
  }

  #items(open: number): { readonly items: JsonList['items']; readonly end: number } | undefined {
    const items: JsonSlice[] = []
    let i = this.#skipBlanks(open + 1)
    if (this.#text.charCodeAt(i) === CLOSE_BRACKET) return { items, end: i + 1 }
    for (;;) {
      const item = this.scan(i)
      if (item === undefined || item.end === item.start) return undefined
      items.push(item)
      i = this.#skipBlanks(item.end)
      const separator = this.#text.charCodeAt(i)
      if (separator === CLOSE_BRACKET) return { items, end: i + 1 }
      if (separator !== COMMA) return undefined
      i = this.#skipBlanks(i + 1)
    }
  }

  /** Offset behind the closing quote of the string that opens at `open`; -1 when there is none. */
  #stringEnd(open: number): number {
    let close = open
    for (;;) {
      close = this.#text.indexOf('"', close + 1)
      if (close < 0 || close >= this.#end) return -1
      let backslashes = 0
      while (this.#text.charCodeAt(close - 1 - backslashes) === BACKSLASH) backslashes++
      if (backslashes % 2 === 0) return close + 1
    }
  }

  #skipBlanks(from: number): number {
    let i = from
    for (; i < this.#end; i++) {
      const code = this.#text.charCodeAt(i)
      if (code !== 32 && code !== 10 && code !== 13 && code !== 9) break
    }
    return i
  }
}
