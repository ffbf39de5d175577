// What a run says that could not end as it should: a bug of ours, or an output that takes nothing more.

import { printable } from '../text/printable.ts'
import { EXIT_FAILED } from './exit-codes.ts'
import { type Io, OutputError } from './io.ts'
import { reason } from './read-sources.ts'
import { VERSION } from './version.ts'

/** Says what went wrong, without the stack unless it is asked for. Returns the exit code. */
export async function reportFailure(error: unknown, wantsStack: boolean, io: Io): Promise<number> {
  const text =
    error instanceof OutputError
      ? `error: cannot write: ${printable(reason(error))} [unwritable-file]\n`
      : bug(error, wantsStack)
  // Standard error may be what takes nothing more.
  await io.writeError(text).catch(() => undefined)
  return EXIT_FAILED
}

function bug(error: unknown, wantsStack: boolean): string {
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  const lines = [
    `error: this is a bug in calitables ${VERSION}, not a mistake of yours; nothing was printed or written`,
    // One line, however long the message is.
    message.replace(/\s+/g, ' ').slice(0, 500),
    wantsStack
      ? 'please report it with the command and the lines below:'
      : 'please report it with the command and what it prints with --debug, which adds where it happened',
    ...(wantsStack ? stack.split('\n') : []),
  ]
  return lines.map(line => `${printable(line)}\n`).join('')
}
