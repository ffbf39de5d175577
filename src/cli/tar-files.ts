// The files of a tar archive, compressed by gzip or not, within bounds: what `calicoctl node diags` and `cluster diags` write.

import { gunzipSync } from 'node:zlib'
import { FileError, MAX_INPUT_BYTES } from './read-bytes.ts'

export interface TarFile {
  readonly name: string
  readonly bytes: Uint8Array
}

const BLOCK = 512
const MOST_FILES = 100_000

export function isArchive(name: string, bytes: Uint8Array): boolean {
  return /\.(tar|tgz|tar\.gz)$/i.test(name) || (bytes[0] === 0x1f && bytes[1] === 0x8b)
}

/**
 * Plain files alone, in the order of the archive: links and devices are left out. Names longer than 100 bytes are read in the
 * forms of POSIX (prefix field, pax) and GNU.
 *
 * @param budget bytes that archives may hold unpacked, all of one reading together; what this one holds is taken off
 * @throws FileError for what is no archive, is cut, or holds too much
 */
export function readTar(archive: Uint8Array, budget: UnpackBudget = newBudget()): readonly TarFile[] {
  const bytes = archive[0] === 0x1f && archive[1] === 0x8b ? unzip(archive, budget) : archive
  const files: TarFile[] = []
  let longName: string | undefined
  for (let at = 0; at + BLOCK <= bytes.length;) {
    const header = bytes.subarray(at, at + BLOCK)
    if (header.every(byte => byte === 0)) break
    checkSum(header)
    const size = octal(header.subarray(124, 136))
    const start = at + BLOCK
    if (start + size > bytes.length) throw new FileError('the archive is cut off')
    const body = bytes.subarray(start, start + size)
    const type = String.fromCharCode(header[156] ?? 0)
    if (type === 'L') longName = text(body)
    else if (type === 'x') longName = paxName(body) ?? longName
    else {
      if (type === '0' || type === '\0') files.push({ name: longName ?? nameOf(header), bytes: body })
      longName = undefined
    }
    if (files.length > MOST_FILES) throw new FileError(`the archive has more than ${MOST_FILES} files`)
    at = start + Math.ceil(size / BLOCK) * BLOCK
  }
  return files
}

export interface UnpackBudget {
  left: number
}

export function newBudget(bytes = MAX_INPUT_BYTES): UnpackBudget {
  return { left: bytes }
}

function unzip(archive: Uint8Array, budget: UnpackBudget): Uint8Array {
  try {
    const bytes = gunzipSync(archive, { maxOutputLength: Math.max(budget.left, 1) })
    budget.left -= bytes.length
    return bytes
  } catch (error) {
    if (!(error instanceof RangeError)) throw new FileError('it is not what gzip writes')
    const isFirst = budget.left === MAX_INPUT_BYTES
    throw new FileError(`unpacked ${isFirst ? 'it is' : 'it and the archives before it are'} larger than 512 MiB`)
  }
}

/** All bytes of the header but those of the sum itself, which count as blanks. */
function checkSum(header: Uint8Array): void {
  const sum = header.reduce((all, byte, index) => all + (index >= 148 && index < 156 ? 0x20 : byte), 0)
  if (sum !== octal(header.subarray(148, 156))) throw new FileError('it is not a tar archive')
}

function nameOf(header: Uint8Array): string {
  const isUstar = text(header.subarray(257, 262)) === 'ustar'
  const prefix = isUstar ? text(header.subarray(345, 500)) : ''
  const name = text(header.subarray(0, 100))
  return prefix === '' ? name : `${prefix}/${name}`
}

function paxName(body: Uint8Array): string | undefined {
  return /(?:^|\n)[0-9]+ path=([^\n]*)\n/.exec(new TextDecoder().decode(body))?.[1]
}

function octal(field: Uint8Array): number {
  const digits = text(field).trim()
  if (!/^[0-7]{0,12}$/.test(digits)) throw new FileError('it is not a tar archive')
  return digits === '' ? 0 : parseInt(digits, 8)
}

function text(field: Uint8Array): string {
  const end = field.indexOf(0)
  return new TextDecoder('latin1').decode(end < 0 ? field : field.subarray(0, end))
}
