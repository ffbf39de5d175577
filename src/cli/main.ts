// argv -> command -> exit code.

import { Command, CommanderError } from 'commander'
import { LATEST_RELEASE } from '../calico/releases/releases.ts'
import type { CommandModule } from './command.ts'
import { EXIT_FAILED, EXIT_OK } from './exit-codes.ts'
import { type Io, processIo } from './io.ts'
import { printable } from '../text/printable.ts'
import { VERSION } from './version.ts'

/** In the order of the help text. Loaded only when needed: starting up is most of a short run. */
const COMMANDS: Readonly<Record<string, () => Promise<CommandModule>>> = {
  compile: () => import('./compile-command.ts'),
  check: () => import('./check-command.ts'),
  convert: () => import('./convert-command.ts'),
  trace: () => import('./trace-command.ts'),
  explain: () => import('./explain-command.ts'),
  which: () => import('./which-command.ts'),
}

/** Runs the command that the arguments name. Never throws for what a user does wrong. */
export async function main(args: readonly string[], io: Io = processIo()): Promise<number> {
  let exitCode = EXIT_OK
  // Commander writes synchronously; its text is kept until it can be awaited.
  const out: string[] = []
  const errors: string[] = []
  const program = new Command('calitables')
  program
    .description(
      `Compile Calico network policy into the exact iptables rules and IP sets that Calico ${LATEST_RELEASE.name} programs on a node`,
    )
    .version(`calitables ${VERSION} (Calico ${LATEST_RELEASE.name})`, '-V, --version')
    .configureOutput({
      writeOut: text => out.push(text),
      writeErr: text => errors.push(text),
      outputError: (text, write) => write(printableUsage(text)),
    })
    .exitOverride()
    .showSuggestionAfterError()
    .showHelpAfterError('(try --help)')
  const [name = ''] = args
  const wanted = Object.hasOwn(COMMANDS, name) ? [COMMANDS[name]] : Object.values(COMMANDS)
  for (const load of wanted) {
    const module = await load?.()
    module?.addCommand(program, io, code => {
      exitCode = code
    })
  }
  try {
    await program.parseAsync(args, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    exitCode = error.exitCode === 0 ? EXIT_OK : EXIT_FAILED
  }
  if (out.length > 0) await io.writeOut(out.join(''))
  if (errors.length > 0) await io.writeError(errors.join(''))
  return exitCode
}

/** Commander repeats bad arguments as they are: of the lines that come out, only those are left lines that it makes itself. */
function printableUsage(text: string): string {
  const lines = text.replace(/\n$/, '').split(/\n(?=\(Did you mean |\(try --help\))/)
  return `${lines.map(printable).join('\n')}\n`
}
