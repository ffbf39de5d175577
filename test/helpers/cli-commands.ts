// The commands as the command line itself declares them, so that a table over all of them cannot forget one.

import { Command, type Option } from 'commander'
import type { CommandModule } from '../../src/cli/command.ts'
import { addCommonOptions } from '../../src/cli/shared-options.ts'
import { runCommand, SILENT } from './run-command.ts'

export interface CliCommand {
  /** As it is written: `check`, `which policies`. */
  readonly name: string
  readonly options: readonly Option[]
  /** Those of `-o`; none where there is no such option. */
  readonly formats: readonly string[]
}

/** All commands of the help text, those inside others by both names. */
export async function cliCommands(): Promise<readonly CliCommand[]> {
  const { out } = await runCommand(['help'])
  const names = [...out.replace(/^[^]*^Commands:$/m, '').matchAll(/^ {2}([a-z]+)/gm)].map(([, name = '']) => name)
  const all: CliCommand[] = []
  for (const name of names.filter(one => one !== 'help')) {
    const { addCommand } = (await import(`../../src/cli/${name}-command.ts`)) as CommandModule
    const program = new Command()
    addCommand(program, { ...SILENT }, () => undefined)
    for (const command of program.commands) {
      addCommonOptions(command)
      const inner = command.commands.length === 0 ? [command] : command.commands
      for (const one of inner) {
        const path = one === command ? one.name() : `${command.name()} ${one.name()}`
        all.push({ name: path, options: one.options, formats: formatsOf(one) })
      }
    }
  }
  return all
}

/** The option says them in its help. */
function formatsOf(command: Command): readonly string[] {
  const option = command.options.find(one => one.attributeName() === 'output')
  if (option === undefined) return []
  const [, list] = /^how to print: (.*) \(default: /.exec(option.description) ?? []
  if (list === undefined) throw new Error(`${command.name()} does not say its formats: ${option.description}`)
  return list.split(', ')
}
