// argv -> command -> exit code.

import { type Command, CommanderError } from 'commander'
import type { CommandModule } from './command.ts'
import { EXIT_FAILED, EXIT_OK } from './exit-codes.ts'
import { reportFailure } from './failure.ts'
import { guardedIo, type Io, processIo } from './io.ts'
import { NO_WAIVERS } from '../report/waivers.ts'
import { layersOf } from './input-layers.ts'
import { mistake, writeNote } from './messages.ts'
import { respell } from './old-spellings.ts'
import { type Call, refuseCall, settleCall } from './settle-call.ts'
import { spreadValues, takeOneEach } from './several-values.ts'
import { addCommonOptions } from './shared-options.ts'
import { TellingParser } from './telling-parser.ts'
import { CALICO_VERSION, VERSION_LINE } from './version.ts'

interface Listed {
  readonly summary: string
  /** What it is given by position. */
  readonly argument?: string
  /** It has commands of its own, and no options. */
  readonly hasCommands?: true
  readonly load: () => Promise<CommandModule>
}

/** In the order of the help text. Loaded only when needed: starting up is most of a short run. */
const COMMANDS: Readonly<Record<string, Listed>> = {
  compile: {
    summary: 'print the rules and IP sets that Calico programs on a node',
    argument: '[path...]',
    load: () => import('./compile-command.ts'),
  },
  check: {
    summary: 'say what is wrong with these files',
    argument: '[path...]',
    load: () => import('./check-command.ts'),
  },
  trace: {
    summary: 'follow one packet through the node, to the rule and the line of YAML that decide',
    load: () => import('./trace-command.ts'),
  },
  explain: {
    summary: 'say why a rule, chain, set or mark is there, and what a line of YAML makes',
    argument: '[place]',
    load: () => import('./explain-command.ts'),
  },
  which: {
    summary: 'list the policies of an endpoint, or the endpoints of a policy, with the reasons',
    hasCommands: true,
    load: () => import('./which-command.ts'),
  },
  diff: {
    summary: 'say which packets get another verdict',
    argument: '[path...]',
    load: () => import('./diff-command.ts'),
  },
  reach: {
    summary: 'say who reaches whom, and on which ports',
    argument: '[path...]',
    load: () => import('./reach-command.ts'),
  },
  assert: {
    summary: 'prove what is expected of a cluster, over all packets',
    argument: '[file] [path...]',
    load: () => import('./assert-command.ts'),
  },
  lockout: {
    summary: 'say who can reach a node itself, and what it can reach',
    argument: '[path...]',
    load: () => import('./lockout-command.ts'),
  },
  audit: {
    summary: 'say what is on a node against what should be there, why, and what it does',
    load: () => import('./audit-command.ts'),
  },
  hits: {
    summary: 'join the counters of a node to the rules of policies',
    load: () => import('./hits-command.ts'),
  },
  collect: {
    summary: 'ask a cluster, with kubectl, for all that decides rules, and say what to run on a node',
    load: () => import('./collect-command.ts'),
  },
  convert: {
    summary: 'print v1 files and Kubernetes policies as projectcalico.org/v3',
    argument: '[path...]',
    load: () => import('./convert-command.ts'),
  },
  page: {
    summary: 'make a page on which one sees how policy becomes rules',
    argument: '[path...]',
    load: () => import('./page-command.ts'),
  },
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
  const call: Call = { isQuiet: false, waivers: NO_WAIVERS, findings: undefined }
  const lastNotes = new Set<string>()
  const { args, notes } = respell(await withoutHelp(written))
  const io: Io = {
    ...guardedIo(outside),
    layers: layersOf(args),
    lastNotes,
    get isQuiet() {
      return call.isQuiet
    },
    get waivers() {
      return call.waivers
    },
    get findings() {
      return call.findings
    },
  }
  // Commander writes synchronously; its text is kept until it can be awaited.
  const out: string[] = []
  const errors: string[] = []
  const program = createProgram(out, errors)
  const [name = ''] = args
  const isListOnly = args.length === 0 || (args.length === 1 && LISTING.includes(name))
  for (const [own, listed] of Object.entries(COMMANDS)) {
    if (isListOnly) list(program, own, listed)
    else if (own === name || !Object.hasOwn(COMMANDS, name)) {
      const { addCommand } = await listed.load()
      addCommand(program, io, code => {
        exitCode = code
      })
      const added = program.commands.find(command => command.name() === own)
      if (added === undefined) continue
      addCommonOptions(added.summary(listed.summary))
      takeOneEach(added)
    }
  }
  program.hook('preAction', async (_, command) => {
    call.isQuiet = command.opts<{ quiet?: true }>().quiet === true
    for (const note of notes) await writeNote(note, io)
    const mayAct = await settleCall(command, call, program.mistakes, io)
    if (!mayAct) throw new CommanderError(EXIT_FAILED, 'calitables.usage', '')
  })
  try {
    await program.parseAsync(withValuesSpread(args, program), { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    exitCode = error.exitCode === 0 ? EXIT_OK : EXIT_FAILED
    const isHelpForced = error.code === 'commander.help' && error.exitCode !== 0
    if (isHelpForced && program.mistakes.length === 0)
      program.mistakes.push(mistake('usage-missing-command', 'the call names no command'))
  }
  if (program.mistakes.length > 0) return refuseCall(program.mistakes, errors, io)
  if (out.length > 0) await io.writeOut(out.join(''))
  if (exitCode !== EXIT_FAILED) for (const note of lastNotes) await writeNote(note, io)
  return exitCode
}

/** The program without its commands. @param out takes what it prints of itself, and `errors` the help of a call that names none */
function createProgram(out: string[], errors: string[]): TellingParser {
  const program = new TellingParser('calitables')
  program
    .description(
      `Compile Calico network policy into the exact iptables rules and IP sets that Calico ${CALICO_VERSION} programs on a node`,
    )
    .version(VERSION_LINE, '-v, --version', 'print the versions of calitables and Calico')
    .option('--debug', 'say where calitables failed, should it fail by a bug of its own')
    .configureOutput({
      writeOut: text => out.push(text),
      writeErr: text => errors.push(text),
    })
    .exitOverride()
    .showSuggestionAfterError()
  return program
}

/** Arguments of the command that they name, each value behind its option. */
function withValuesSpread(args: readonly string[], program: Command): readonly string[] {
  const [name = '', second = ''] = args
  const command = program.commands.find(one => one.name() === name)
  const child = command?.commands.find(one => one.name() === second)
  if (child !== undefined) return [name, second, ...spreadValues(args.slice(2), child, `${name} ${second}`)]
  return command === undefined ? args : [name, ...spreadValues(args.slice(1), command, name)]
}

/** What asks for nothing but the list of commands. */
const LISTING: readonly string[] = ['--help', '-h', 'help']

/** A command as it stands in the list, without loading it. */
function list(program: Command, name: string, { summary, argument, hasCommands }: Listed): void {
  const command = program.command(name).summary(summary)
  if (argument !== undefined) command.argument(argument)
  if (hasCommands !== true) addCommonOptions(command)
}

/** What people write to see the version, or what a word means. */
async function withoutHelp(args: readonly string[]): Promise<readonly string[]> {
  const [first = '', second = ''] = args
  const end = args.indexOf('--')
  if (first === '-V' || (end < 0 ? args : args.slice(0, end)).includes('--version')) return ['--version']
  if (first !== 'help' || Object.hasOwn(COMMANDS, second)) return args
  const { DIAGNOSTIC_CODES } = await import('../diagnostics/codes.ts')
  // No command has such a name: of a code that is none the nearest is told.
  if (Object.hasOwn(DIAGNOSTIC_CODES, second) || /^[a-z0-9]+(-[a-z0-9]+)+$/.test(second)) return ['explain', second]
  // Of what is no command it says so, instead of the whole help.
  return second === '' || second === 'help' || second.startsWith('-') ? args : [second]
}
