// The outside world as commands see it, so that tests can stand in for it.

import { fstatSync } from 'node:fs'
import { collect, isNull, refuseOddFile } from './read-bytes.ts'
import type { Waivers } from '../report/waivers.ts'
import { guardLines } from '../text/printable.ts'

export interface Io {
  readonly writeOut: (text: string) => Promise<void>
  /** Text whose bytes count, and in which nothing steers what shows it: all other goes through `guardLines`. Left out, `writeOut`. */
  readonly writeExact?: (text: string) => Promise<void>
  readonly writeError: (text: string) => Promise<void>
  /** All of standard input. */
  readonly readInput: () => Promise<Uint8Array>
  /** Whether messages go to a terminal. */
  readonly isErrorTerminal: boolean
  readonly isOutTerminal: boolean
  /** The layer of each path of `-f`; left out, all are one input. */
  readonly layers?: ReadonlyMap<string, number>
  /** Notes and summaries are left out. */
  readonly isQuiet?: boolean
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
    writeError: text => io.writeError(guardLines(text)),
  }
}

/** Standard output cannot take what is written, such as on a full disk. */
export class OutputError extends Error {
  readonly code: string | undefined
  constructor(error: NodeJS.ErrnoException) {
    super(error.message)
    this.code = error.code
  }
}

/** The process's own streams. A reader that has gone away is no error: `| head` ends so. */
export function processIo(): Io {
  const write =
    (stream: NodeJS.WriteStream) =>
    (text: string): Promise<void> =>
      new Promise((resolve, reject) => {
        stream.write(text, error => {
          if (!error || (error as NodeJS.ErrnoException).code === 'EPIPE') resolve()
          else reject(new OutputError(error))
        })
      })
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
  return {
    writeOut: write(process.stdout),
    writeError: write(process.stderr),
    readInput: readStandardInput,
    isErrorTerminal: process.stderr.isTTY,
    isOutTerminal: process.stdout.isTTY,
    env: process.env,
  }
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
