// Bytes of one input, within bounds: a device or a pipe without an end must not stop a build server. Files are read without
// promises and streams, which take longer to load than most inputs take to read.

import {
  closeSync,
  constants,
  createReadStream,
  fstatSync,
  openSync,
  readSync,
  type Stats,
  statfsSync,
  statSync,
} from 'node:fs'

/** What fits into one text of JavaScript. */
export const MAX_INPUT_BYTES = 512 * 2 ** 20 - 2 ** 10

/** Why an input is not read or an output not written, in words for the user. */
export class FileError extends Error {}

const TOO_LARGE = 'it is larger than 512 MiB'

/** Standard input by name. */
const STDIN_PATHS: readonly string[] = ['-', '/dev/stdin', '/dev/fd/0', '/proc/self/fd/0']

/** What a shell hands over for `<(command)`. */
const DESCRIPTOR = /^\/(?:dev|proc\/(?:self|[0-9]+))\/fd\/[0-9]+$/

/** What statfs says of /proc: its files tell of the kernel, and reading some waits for it. */
export const PROC_FILE_SYSTEM = 0x9fa0

/**
 * All bytes of a file, of standard input (`-`), or of a pipe that the shell made.
 * @param readInput all of standard input
 * @throws for what is no file, and for what is too large
 */
export async function readBytes(path: string, readInput: () => Promise<Uint8Array>): Promise<Uint8Array> {
  if (STDIN_PATHS.includes(path)) return readInput()
  const before = statSync(path)
  if (isNull(before)) return new Uint8Array()
  refuseOddFile(before, DESCRIPTOR.test(path))
  if (before.isFile() && statfsSync(path).type === PROC_FILE_SYSTEM)
    throw new FileError('it is a file of the kernel, not of a disk')
  // A pipe of the shell is waited for; whatever took the place of a file since is not.
  const descriptor = openSync(path, before.isFile() ? constants.O_RDONLY | constants.O_NONBLOCK : constants.O_RDONLY)
  try {
    const stats = fstatSync(descriptor)
    refuseOddFile(stats, !before.isFile())
    if (stats.isFile()) return readFile(descriptor, stats.size)
    return await collect(createReadStream(path, { fd: descriptor, autoClose: false, highWaterMark: 2 ** 18 }))
  } finally {
    closeSync(descriptor)
  }
}

/** To its end, which may be further than its size said. @throws for what has too many bytes */
function readFile(descriptor: number, size: number): Uint8Array {
  let bytes = Buffer.allocUnsafe(size + 1)
  let length = 0
  for (;;) {
    const read = readSync(descriptor, bytes, length, bytes.length - length, null)
    if (read === 0) return bytes.subarray(0, length)
    length += read
    if (length > MAX_INPUT_BYTES) throw new FileError(TOO_LARGE)
    if (length === bytes.length) bytes = Buffer.concat([bytes, Buffer.allocUnsafe(2 ** 18)])
  }
}

/** @throws for what has too many bytes; the source is left where it is then */
export async function collect(source: AsyncIterable<unknown>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of source) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Uint8Array)
    size += bytes.length
    if (size > MAX_INPUT_BYTES) throw new FileError(TOO_LARGE)
    chunks.push(bytes)
  }
  return Buffer.concat(chunks)
}

/** @throws for devices, for pipes unless they are asked for, and for what is too large */
export function refuseOddFile(stats: Stats, mayBePipe: boolean): void {
  if (stats.isDirectory()) throw new FileError('it is a folder')
  if (stats.isSocket()) throw new FileError('it is a socket')
  if (stats.isFIFO() && !mayBePipe) throw new FileError('it is a pipe; `-` reads one from standard input')
  if (stats.isCharacterDevice() || stats.isBlockDevice()) throw new FileError('it is a device')
  if (stats.size > MAX_INPUT_BYTES) throw new FileError(TOO_LARGE)
}

/** `/dev/null` is as good as an empty file. */
export function isNull(stats: Stats): boolean {
  return stats.isCharacterDevice() && stats.rdev === 0x103
}
