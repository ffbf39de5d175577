// A command as a user runs it, with streams that can be looked at.

import type { Io } from '../../src/cli/io.ts'
import { main } from '../../src/cli/main.ts'

export interface CommandRun {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Streams at which nobody looks, and nothing to read. */
export const SILENT: Io = {
  writeOut: async () => {},
  writeError: async () => {},
  readInput: async () => new Uint8Array(),
  isErrorTerminal: false,
  isOutTerminal: false,
}

/** What a command finds around it. */
export interface CommandWorld {
  /** Standard input. */
  readonly input?: string | Uint8Array
  /** Output and messages go to a terminal. */
  readonly isTerminal?: boolean
  readonly env?: Readonly<Record<string, string>>
}

/** @param run `main`, where it is not that of this source */
export async function runCommand(
  args: readonly string[],
  { input = '', isTerminal = false, env = {} }: CommandWorld = {},
  run = main,
): Promise<CommandRun> {
  const out: string[] = []
  const err: string[] = []
  const code = await run(args, {
    writeOut: async text => void out.push(text),
    writeError: async text => void err.push(text),
    readInput: async () => (typeof input === 'string' ? new TextEncoder().encode(input) : input),
    isErrorTerminal: isTerminal,
    isOutTerminal: isTerminal,
    env,
  })
  return { code, out: out.join(''), err: err.join('') }
}
