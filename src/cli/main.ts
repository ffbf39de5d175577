// argv -> command -> exit code.

import { Command, CommanderError } from 'commander'
import { LATEST_RELEASE } from '../calico/releases/releases.ts'
import type { CommandModule } from './command.ts'
import { EXIT_FAILED, EXIT_OK } from './exit-codes.ts'
import { reportFailure } from './failure.ts'
import { guardedIo, type Io, processIo } from './io.ts'
import { NO_WAIVERS } from '../report/waivers.ts'
import { printable } from '../text/printable.ts'
import { layersOf } from './input-layers.ts'
import { writeNote } from './messages.ts'
import { respell } from './old-spellings.ts'
import { addCommonOptions } from './shared-options.ts'
import { VERSION_LINE } from './version.ts'
import { readWaivers, type WaiverOptions } from './waiver-options.ts'

/** In the order of the help text. Loaded only when needed: starting up is most of a short run. */
const COMMANDS: Readonly<Record<string, () => Promise<CommandModule>>> = {
  compile: () => import('./compile-command.ts'),
  check: () => import('./check-command.ts'),
  convert: () => import('./convert-command.ts'),
  trace: () => import('./trace-command.ts'),
  explain: () => import('./explain-command.ts'),
  which: () => import('./which-command.ts'),
  collect: () => import('./collect-command.ts'),
  page: () => import('./page-command.ts'),
  diff: () => import('./diff-command.ts'),
  lockout: () => import('./lockout-command.ts'),
  audit: () => import('./audit-command.ts'),
  hits: () => import('./hits-command.ts'),
}

/** Runs the command that the arguments name. Never throws: what a user does wrong and what we did wrong end alike in words. */
export async function main(args: readonly string[], io: Io = processIo()): Promise<number> {
  try {
    return await run(args, io)
  } catch (error) {
    return reportFailure(error, args.includes('--debug'), io)
  }
}

async function run(written: readonly string[], outside: Io): Promise<number> {
  let exitCode = EXIT_OK
  let isQuiet = false
  let waivers = NO_WAIVERS
  const { args, notes } = respell(await withoutHelp(written))
  const io: Io = {
    ...guardedIo(outside),
    layers: layersOf(args),
    get isQuiet() {
      return isQuiet
    },
    get waivers() {
      return waivers
    },
  }
  // Commander writes synchronously; its text is kept until it can be awaited.
  const out: string[] = []
  const errors: string[] = []
  const program = new Command('calitables')
  program
    .description(
      `Compile Calico network policy into the exact iptables rules and IP sets that Calico ${LATEST_RELEASE.name} programs on a node`,
    )
    .version(VERSION_LINE, '-v, --version', 'print the versions of calitables and Calico')
    .option('--debug', 'say where calitables failed, should it fail by a bug of its own')
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
  for (const command of program.commands) addCommonOptions(command)
  program.hook('preAction', async (_, command) => {
    isQuiet = command.opts<{ quiet?: true }>().quiet === true
    for (const note of notes) await writeNote(note, io)
    const { applyConfigFile } = await import('./config-file.ts')
    if (!(await applyConfigFile(command, io))) throw new CommanderError(EXIT_FAILED, 'calitables.config', '')
    const read = readWaivers(command.opts<WaiverOptions>())
    if (typeof read === 'string') {
      await io.writeError(`error: ${printable(read)}\n`)
      throw new CommanderError(EXIT_FAILED, 'calitables.waivers', '')
    }
    waivers = read
  })
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

/** What people write to see the version, or what a word means. */
async function withoutHelp(args: readonly string[]): Promise<readonly string[]> {
  const [first = '', second = ''] = args
  const end = args.indexOf('--')
  if (first === '-V' || (end < 0 ? args : args.slice(0, end)).includes('--version')) return ['--version']
  if (first !== 'help' || Object.hasOwn(COMMANDS, second)) return args
  const { DIAGNOSTIC_CODES } = await import('../diagnostics/codes.ts')
  return Object.hasOwn(DIAGNOSTIC_CODES, second) ? ['explain', second] : args
}

/** Commander repeats bad arguments as they are: of the lines that come out, only those are left lines that it makes itself. */
function printableUsage(text: string): string {
  const lines = text.replace(/\n$/, '').split(/\n(?=\(Did you mean |\(try --help\))/)
  return `${lines.map(printable).join('\n')}\n`
}
