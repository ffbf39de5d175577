// Commander's parser, which goes on after a mistake: all that is wrong with a call is told in one run.

import { Command, type ErrorOptions, type ParseOptionsResult } from 'commander'
import type { DiagnosticCode } from '../diagnostics/codes.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { orList } from '../text/wording.ts'
import { mistake } from './messages.ts'

/** What commander and `several-values.ts` call a mistake. */
const CODES: Readonly<Record<string, DiagnosticCode>> = {
  'commander.unknownCommand': 'usage-unknown-command',
  'commander.unknownOption': 'usage-unknown-option',
  'commander.missingArgument': 'usage-missing-value',
  'commander.optionMissingArgument': 'usage-missing-value',
  'commander.missingMandatoryOptionValue': 'usage-missing-option',
  'commander.invalidArgument': 'usage-bad-value',
  'commander.excessArguments': 'usage-extra-argument',
  'commander.conflictingOption': 'usage-conflict',
  'calitables.repeatedOption': 'usage-repeated-option',
}

const EXTRA_HELP: Readonly<Record<string, string>> = {
  'commander.excessArguments': 'an option that takes one value is given again for each',
}

/** A program whose mistakes, and those of its commands, are kept. Whoever runs it looks at them before any action. */
export class TellingParser extends Command {
  readonly mistakes: Diagnostic[]

  constructor(name?: string, mistakes: Diagnostic[] = []) {
    super(name)
    this.mistakes = mistakes
  }

  override createCommand(name?: string): TellingParser {
    return new TellingParser(name, this.mistakes)
  }

  /** Commander goes on where this returns, though it says that it never does. */
  override error(text: string, { code = '' }: ErrorOptions = {}): never {
    const [, said = text, meant = EXTRA_HELP[code]] = /^error: ([^]*?)(?:\n\((Did you mean [^]*)\))?$/.exec(text) ?? []
    const extra = this.args.slice(this.registeredArguments.length)
    // Commander only counts them.
    const message =
      code === 'commander.excessArguments'
        ? `${orList(extra, 'and')} ${extra.length === 1 ? 'belongs' : 'belong'} to no option of \`${this.name()}\``
        : said
    // Commander finds `--fix` nearest, which rewrites files.
    const cure = said.includes("'--file'") ? 'Did you mean --filename?' : meant
    this.mistakes.push(mistake(CODES[code] ?? 'usage-bad-value', message, cure))
    return undefined as never
  }

  /** Commander tells the first unknown option alone, and gives up on what stands behind it. */
  override parseOptions(args: string[]): ParseOptionsResult {
    const parsed = super.parseOptions(args)
    const { operands, unknown } = parsed
    // A command of commands hands on what it does not know, and help is more than an answer.
    if (this.commands.length > 0 || unknown.some(word => word === '-h' || word === '--help')) return parsed
    const end = unknown.indexOf('--')
    const words = end < 0 ? unknown : unknown.slice(0, end)
    const strange = words.filter(isOption)
    for (const word of strange) (this as unknown as TellsUnknown).unknownOption(word)
    // The word behind an unknown option may be its value.
    const others = words.filter(word => !isOption(word) && !strange.includes(args[args.indexOf(word) - 1] ?? ''))
    return { operands: [...operands, ...others, ...(end < 0 ? [] : unknown.slice(end + 1))], unknown: [] }
  }
}

function isOption(word: string): boolean {
  return word.length > 1 && word.startsWith('-')
}

/** Commander words the message, with the options that were meant. */
interface TellsUnknown {
  readonly unknownOption: (flag: string) => void
}
