// Scalars on one line, for the quick YAML readers. All of it throws BEYOND for what the full reader has to decide.

import { resolvePlainScalar } from './scalars.ts'

/** Thrown where the text is beyond the quick readers; `readPlainYaml` alone catches it. */
export const BEYOND = new Error('beyond the quick reader')

export const TAB = 9
export const CARRIAGE_RETURN = 13
export const BLANK = 32
export const DOUBLE_QUOTE = 34
export const HASH = 35
export const SINGLE_QUOTE = 39
export const COMMA = 44
export const DASH = 45
export const COLON = 58
export const QUESTION_MARK = 63
export const OPEN_BRACKET = 91
export const BACKSLASH = 92
export const CLOSE_BRACKET = 93
export const OPEN_BRACE = 123
export const CLOSE_BRACE = 125

export type Mapping = Record<string, unknown>

/** Characters that cannot start a plain scalar, or that start something else: `! " # % & ' * , > @ [ ] \` { | }`. */
export const SPECIAL_STARTS = new Set([...'!"#%&\'*,>@[]`{|}'].map(character => character.charCodeAt(0)))

/** Offset behind the quote that closes the one at `open`, before `lineEnd`. */
export function quoteEnd(text: string, open: number, lineEnd: number): number {
  const quote = text.charAt(open)
  let close = open
  for (;;) {
    close = text.indexOf(quote, close + 1)
    if (close < 0 || close >= lineEnd) throw BEYOND
    if (quote === '"') return close + 1
    if (text.charAt(close + 1) !== quote || close + 1 >= lineEnd) return close + 1
    close++
  }
}

/** What stands between two quotes. */
export function unquoted(text: string, open: number, end: number): string {
  const inner = text.slice(open + 1, end - 1)
  if (inner.includes('\r')) throw BEYOND
  if (text.charCodeAt(open) === SINGLE_QUOTE) return inner.replaceAll("''", "'")
  for (let i = open + 1; i < end; i++) if (text.charCodeAt(i) === BACKSLASH) throw BEYOND
  return inner
}

/** Blanks end no plain scalar; other white space is part of it. */
export function withoutBlanks(plain: string): string {
  let end = plain.length
  while (plain.charCodeAt(end - 1) === BLANK) end--
  return plain.slice(0, end)
}

/** A key that is not in quotes. A number or word such as `yes` is a key of another type, which becomes text in a way of its own. */
export function plainKey(key: string): string {
  if (typeof resolvePlainScalar(key) !== 'string') throw BEYOND
  return key
}

/** Adds what no other key of the mapping is called, and no word that means something else. */
export function setKey(mapping: Mapping, key: string, value: unknown): void {
  if (Object.hasOwn(mapping, key) || key === '__proto__' || key === '<<') throw BEYOND
  mapping[key] = value
}
