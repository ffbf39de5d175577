// Bytes of a file -> text: UTF-8, or UTF-16 with a byte order mark. What is neither is an error at its place.

import { isUtf8 } from 'node:buffer'
import type { Report } from '../diagnostics/diagnostic.ts'
import type { SourceFile } from '../diagnostics/source.ts'

/** What a file begins with that git-crypt has encrypted. */
const GIT_CRYPT = Buffer.from('\0GITCRYPT')

/** Undefined, with an error, for bytes that are no text. A byte order mark of UTF-8 stays: whoever writes the file back needs it. */
export function decodeText(name: string, bytes: Uint8Array, report: Report): SourceFile | undefined {
  const [first, second, third, fourth] = bytes
  const isLittleEndian = first === 0xff && second === 0xfe
  if ((isLittleEndian && third === 0 && fourth === 0) || (!first && !second && third === 0xfe && fourth === 0xff)) {
    report.error('bad-encoding', `\`${name}\` is UTF-32`, undefined, 'save it as UTF-8')
    return undefined
  }
  if (GIT_CRYPT.equals(bytes.subarray(0, GIT_CRYPT.length))) {
    const place = { file: { name, text: '' }, start: 0, end: 0 }
    report.error(
      'bad-encoding',
      'the file is encrypted by git-crypt',
      place,
      'unlock it, or leave it out with `--exclude`',
    )
    return undefined
  }
  if (isLittleEndian || (first === 0xfe && second === 0xff)) return decodeUtf16(name, bytes, isLittleEndian, report)
  const file = { name, text: new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes) }
  if (isUtf8(bytes)) return file
  const bad = firstBadByte(bytes)
  // What comes before is right, so its text is as long in the file as by itself.
  const start = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(0, bad)).length
  const hex = (bytes[bad] ?? 0).toString(16).toUpperCase().padStart(2, '0')
  report.error(
    'bad-encoding',
    `the byte 0x${hex} is not UTF-8`,
    { file, start, end: start + 1 },
    'save the file as UTF-8',
  )
  return undefined
}

function decodeUtf16(name: string, bytes: Uint8Array, isLittleEndian: boolean, report: Report): SourceFile | undefined {
  try {
    return { name, text: new TextDecoder(isLittleEndian ? 'utf-16le' : 'utf-16be', { fatal: true }).decode(bytes) }
  } catch {
    report.error('bad-encoding', `\`${name}\` begins as UTF-16 and is not`, undefined, 'save it as UTF-8')
    return undefined
  }
}

/** Offset of the first byte that no UTF-8 sequence can hold there. */
function firstBadByte(bytes: Uint8Array): number {
  // INVARIANT: the bytes up to `right` are UTF-8 but for a sequence cut at the end, those up to `wrong` are not.
  let right = 0
  let wrong = bytes.length + 1
  while (wrong - right > 1) {
    const middle = (right + wrong) >> 1
    if (isUtf8(bytes.subarray(0, cutSequence(bytes, middle)))) right = middle
    else wrong = middle
  }
  return cutSequence(bytes, right)
}

/** The end less the bytes of a sequence that goes on behind it. */
function cutSequence(bytes: Uint8Array, end: number): number {
  for (let back = 1; back <= 3 && back <= end; back++) {
    const byte = bytes[end - back] ?? 0
    if (byte < 0x80) return end
    if (byte >= 0xc0) {
      const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2
      return length > back ? end - back : end
    }
  }
  return end
}
