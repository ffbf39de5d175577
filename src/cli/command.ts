// What a command module gives to main.ts.

import type { Command } from 'commander'
import type { Io } from './io.ts'

/** Adds a command to the program; its action hands the exit code over. */
export type AddCommand = (program: Command, io: Io, setExitCode: (code: number) => void) => void

export interface CommandModule {
  readonly addCommand: AddCommand
}
