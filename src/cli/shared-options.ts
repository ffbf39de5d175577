// Options that mean the same in every command; docs/commands.md is the convention.

import { type Command, InvalidArgumentError, Option } from 'commander'
import { didYouMean } from '../text/did-you-mean.ts'

/** `-o FORMAT`: how to print. The first format is the default. */
export function formatOption<Format extends string>(formats: readonly [Format, ...Format[]], more = ''): Option {
  const [first] = formats
  const words = `how to print: ${formats.join(', ')} (default: ${more === '' ? first : more})`
  const option = new Option('-o, --output <format>', words).argParser(text => readFormat(text, formats))
  FORMATS.set(option, formats)
  return option
}

const FORMATS = new WeakMap<Option, readonly string[]>()

/** Whether the option of a command takes a format, without a message where it does not. */
export function hasFormat(option: Option, format: string): boolean {
  return FORMATS.get(option)?.includes(format) === true
}

function readFormat(text: string, formats: readonly string[]): string {
  if (formats.includes(text)) return text
  const meant = didYouMean(text, formats)
  const choices = `Allowed choices are ${formats.join(', ')}.`
  throw new InvalidArgumentError(meant === undefined ? choices : `${choices} Did you mean \`${meant}\`?`)
}

/** `--output-dir DIR`: several files at once, all of them or none. */
export function outputDirOption(what: string): Option {
  return new Option('--output-dir <dir>', what)
}

/** `-n NAMESPACE`: of names that are given without one. */
export function addNamespaceOption(command: Command): Command {
  return command.option('-n, --namespace <name>', 'the namespace of names that are given without one')
}

/** Files behind the command itself, as well as with `-f`: for commands that take nothing else. */
export function addPathsArgument(command: Command): Command {
  return command.argument('[path...]', 'the same as -f')
}

/** Options with the files that were given by position put to those of `-f`. */
export function withPaths<Options extends { readonly filename?: readonly string[] }>(
  paths: readonly string[],
  options: Options,
): Options {
  return paths.length === 0 ? options : { ...options, filename: [...(options.filename ?? []), ...paths] }
}

/** Commands that read the files of a folder when nothing says which. */
const READS_PATHS = ['compile', 'check', 'trace', 'explain', 'which', 'audit', 'hits', 'lockout', 'reach', 'assert']

/** Commands that are told what to read, or read nothing, and take the other settings. */
const TAKES_SETTINGS = ['diff', 'convert', 'page']

/** What a command takes of the settings of a folder. */
export function settingsFor(command: Command): 'all' | 'all but paths' | 'none' {
  if (READS_PATHS.includes(command.name()) || READS_PATHS.includes(command.parent?.name() ?? '')) return 'all'
  return TAKES_SETTINGS.includes(command.name()) ? 'all but paths' : 'none'
}

/** What main.ts gives to every command, so that a new one has it too. */
export function addCommonOptions(command: Command): void {
  for (const child of command.commands) addCommonOptions(child)
  if (command.commands.length > 0) return
  command.option('-q, --quiet', 'leave out notes and summaries; errors and warnings stay')
  if (settingsFor(command) === 'none') return
  command.option('--config <file>', 'settings of a folder; none: no file (default: calitables.yaml here or above)')
}
