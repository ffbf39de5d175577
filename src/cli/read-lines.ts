// Lines of a file that is read piece by piece: however long it is, no more than a piece of it is in memory.

import { closeSync, constants, openSync, readSync, statfsSync, statSync } from 'node:fs'
import { TextDecoder } from 'node:util'
import { countingText, type Line, type LineSource, linesOfText } from '../trace/packets-file.ts'
import type { Report } from '../diagnostics/diagnostic.ts'
import type { Io } from './io.ts'
import { PROC_FILE_SYSTEM } from './read-bytes.ts'
import { readSource } from './read-sources.ts'

/** Bytes that are read at a time: larger pieces of text stay in memory until the engine looks through all of it. */
const PIECE = 2 ** 14

/** The longest line; a file without ends of lines is not read into memory as one. */
const MAX_LINE = 2 ** 20

/** The text cannot be read piece by piece: it is no UTF-8, or has a line that is too long. */
export class NoLinesError extends Error {}

/**
 * Lines that can be gone through again and again. Of a file, they have no text around them, so that a place in it is a number of a line and
 * no more; what is no file is read as a whole. Undefined, with an error reported, where there is nothing to read.
 */
export async function openLines(path: string, io: Io, report: Report): Promise<LineSource | undefined> {
  if (isPlainFile(path)) return { name: path, lines: () => linesOfFile(path) }
  const file = await readSource(path, io, report)
  return file && linesOfText(file)
}

/** Whether it is a file on a disk, which can be read twice, and no UTF-16. What is no file is not opened: somebody may wait for that. */
function isPlainFile(path: string): boolean {
  try {
    const stats = statSync(path)
    if (!stats.isFile() || stats.size === 0 || statfsSync(path).type === PROC_FILE_SYSTEM) return false
    const handle = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      const first = Buffer.alloc(2)
      return readSync(handle, first, 0, 2, 0) < 2 || ![0xfeff, 0xfffe].includes(first.readUInt16BE())
    } finally {
      closeSync(handle)
    }
  } catch {
    return false
  }
}

/** @throws NoLinesError */
function* linesOfFile(path: string): Generator<Line> {
  const handle = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const file = { name: path, text: '' }
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
    const bytes = Buffer.alloc(PIECE)
    let rest = ''
    let number = 0
    for (;;) {
      const size = readSync(handle, bytes)
      rest += decode(decoder, bytes.subarray(0, size), size > 0)
      let start = 0
      for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n', start)) {
        number++
        const text = countingText(rest.slice(start, end))
        if (text !== undefined) yield { text, place: { file, start: 0, end: 0 }, number }
        start = end + 1
      }
      rest = rest.slice(start)
      if (rest.length > MAX_LINE) throw new NoLinesError()
      if (size > 0) continue
      const text = countingText(rest)
      if (text !== undefined) yield { text, place: { file, start: 0, end: 0 }, number: number + 1 }
      return
    }
  } finally {
    closeSync(handle)
  }
}

function decode(decoder: TextDecoder, bytes: Uint8Array, isMore: boolean): string {
  try {
    return decoder.decode(bytes, { stream: isMore })
  } catch {
    throw new NoLinesError()
  }
}
