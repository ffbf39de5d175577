// Text as the bytes that Calico, written in Go, sees: UTF-8 order and UTF-8 length.

const encoder = new TextEncoder()

const SURROGATE = /[\ud800-\udfff]/

/**
 * Order of the UTF-8 bytes of two strings, for `Array.prototype.sort`. UTF-16 code units order the same way except
 * for characters outside the basic plane, which are compared by code point.
 */
export function compareBytes(a: string, b: string): -1 | 0 | 1 {
  if (a === b) return 0
  if (SURROGATE.test(a) || SURROGATE.test(b)) return compareCodePoints(a, b)
  return a < b ? -1 : 1
}

function compareCodePoints(a: string, b: string): -1 | 0 | 1 {
  const left = [...a]
  const right = [...b]
  for (let i = 0; ; i++) {
    const l = left[i]?.codePointAt(0) ?? -1
    const r = right[i]?.codePointAt(0) ?? -1
    if (l !== r) return l < r ? -1 : 1
    if (l === -1) return 0
  }
}

/** Sorted copy without repeats, in byte order. */
export function sortedUnique(texts: Iterable<string>): string[] {
  return [...new Set(texts)].sort(compareBytes)
}

export function utf8(text: string): Uint8Array {
  return encoder.encode(text)
}

/** Bytes of a text, or of a piece of it, in UTF-8; counted, since making them takes far longer for the short texts of most calls. */
export function utf8Length(text: string, start = 0, end = text.length): number {
  let bytes = end - start
  for (let i = start; i < end; i++) {
    const code = text.charCodeAt(i)
    if (code < 0x80) continue
    bytes += code < 0x800 || isHalfOfPair(text, i, end) ? 1 : 2
  }
  return bytes
}

/** Each half of a surrogate pair stands for two of its four bytes; one that stands alone is written as U+FFFD, in three. */
function isHalfOfPair(text: string, i: number, end: number): boolean {
  const code = text.charCodeAt(i)
  if (isHighSurrogate(code)) return i + 1 < end && isLowSurrogate(text.charCodeAt(i + 1))
  return isLowSurrogate(code) && i > 0 && isHighSurrogate(text.charCodeAt(i - 1))
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code < 0xdc00
}

function isLowSurrogate(code: number): boolean {
  return code >= 0xdc00 && code < 0xe000
}
