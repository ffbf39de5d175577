// The outside world as commands see it, so that tests can stand in for it.

import { fstatSync, type Stats, writeSync } from 'node:fs'
import { collect, FileError, isNull, refuseOddFile } from './read-bytes.ts'
import type { Waivers } from '../report/waivers.ts'
import { guardLines } from '../text/printable.ts'

export interface Io {
  readonly writeOut: (text: string) => Promise<void>
  /** Text whose bytes count, and in which nothing steers what shows it: all other goes through `guardLines`. Left out, `writeOut`. */
  readonly writeExact?: (text: string) => Promise<void>
  /** Whether nobody reads what is written any more; left out: somebody does. */
  readonly isOutClosed?: () => boolean
  readonly writeError: (text: string) => Promise<void>
  /** The same as `writeExact`, for messages. Left out, `writeError`. */
  readonly writeExactError?: (text: string) => Promise<void>
  /** The form of findings on standard error, where it is that of the command's own; left out: text. */
  readonly findings?: 'json' | 'github' | undefined
  /** All of standard input. */
  readonly readInput: () => Promise<Uint8Array>
  /** Whether messages go to a terminal. */
  readonly isErrorTerminal: boolean
  readonly isOutTerminal: boolean
  /** The layer of each path of `-f`; left out, all are one input. */
  readonly layers?: ReadonlyMap<string, number>
  /** Notes and summaries are left out. */
  readonly isQuiet?: boolean
  /** Notes that are said last, when the command has done its work; left out, they are said where they arise. */
  readonly lastNotes?: Set<string>
  /** Findings that are left out or count otherwise; left out, none. */
  readonly waivers?: Waivers
  /** Environment variables; left out, none. */
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** The streams behind the gate through which everything goes that commands write for people. */
export function guardedIo(io: Io): Io {
  return {
    ...io,
    writeOut: text => io.writeOut(guardLines(text)),
    writeExact: io.writeExact ?? io.writeOut,
    // Messages that nothing takes are no reason to stop: the exit code says what they would.
    writeError: text => io.writeError(guardLines(text)).catch(ignoreOutputError),
    writeExactError: text => io.writeError(text).catch(ignoreOutputError),
  }
}

/** Standard output cannot take what is written, such as on a full disk. */
export class OutputError extends FileError {
  readonly code: string | undefined
  constructor(error: NodeJS.ErrnoException) {
    super(error.message)
    this.code = error.code
  }
}

function ignoreOutputError(error: unknown): void {
  if (!(error instanceof OutputError)) throw error
}

/** The process's own streams. A reader that has gone away is no error: `| head` ends so. */
export function processIo(): Io {
  const [out, error] = [statsOf(1), statsOf(2)]
  let isOutClosed = false
  return {
    writeOut: writer(
      1,
      out,
      () => process.stdout,
      () => (isOutClosed = true),
    ),
    isOutClosed: () => isOutClosed,
    writeError: writer(2, error, () => process.stderr),
    readInput: readStandardInput,
    isErrorTerminal: mayBeTerminal(error) && process.stderr.isTTY,
    isOutTerminal: mayBeTerminal(out) && process.stdout.isTTY,
    env: process.env,
  }
}

function statsOf(descriptor: number): Stats | undefined {
  try {
    return fstatSync(descriptor)
  } catch {
    return undefined
  }
}

function mayBeTerminal(stats: Stats | undefined): boolean {
  return stats === undefined || (stats.isCharacterDevice() && !isNull(stats))
}

/** Files and pipes are written without the process's streams, which take longer to make than a few lines to write. */
function writer(
  descriptor: number,
  stats: Stats | undefined,
  streamOf: () => NodeJS.WriteStream,
  onClosed: () => void = () => undefined,
): (text: string) => Promise<void> {
  let stream: NodeJS.WriteStream | undefined
  const write = (rest: string | Uint8Array): Promise<void> => {
    stream ??= streamOf().on('error', () => undefined)
    const open = stream
    return new Promise((resolve, reject) => {
      open.write(rest, error => {
        if (error && isClosed(error)) onClosed()
        if (!error || isClosed(error)) resolve()
        else reject(new OutputError(error))
      })
    })
  }
  const isPlain = stats !== undefined && (stats.isFile() || stats.isFIFO() || isNull(stats))
  // A device that is full refuses even nothing.
  if (!isPlain) return async text => (text === '' ? undefined : write(text))
  return async text => {
    let bytes: Uint8Array = Buffer.from(text)
    try {
      while (stream === undefined && bytes.length > 0) bytes = bytes.subarray(writeSync(descriptor, bytes))
    } catch (error) {
      if (isClosed(error as NodeJS.ErrnoException)) return onClosed()
      // The reader is slower than we are: the stream waits for it.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw new OutputError(error as NodeJS.ErrnoException)
    }
    if (bytes.length > 0) await write(bytes)
  }
}

function isClosed(error: NodeJS.ErrnoException): boolean {
  return error.code === 'EPIPE'
}

async function readStandardInput(): Promise<Uint8Array> {
  if (!process.stdin.isTTY) {
    const stats = fstatSync(0)
    if (isNull(stats)) return new Uint8Array()
    if (!stats.isSocket()) refuseOddFile(stats, true)
  }
  try {
    return await collect(process.stdin)
  } finally {
    // Whoever still writes is not waited for.
    process.stdin.destroy()
  }
}
