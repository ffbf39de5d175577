// calitables check: what is wrong with these files.

import { Option } from 'commander'
import { TooManyNodesError } from '../analysis/sets/bdd.ts'
import { check, type CheckResult } from '../check.ts'
import type { InputExtent } from '../lint/input-extent.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import type { SourceFile } from '../diagnostics/source.ts'
import { type FixedFile, fixFile } from '../fix.ts'
import { formatConcise } from '../report/format-concise.ts'
import { waive } from '../report/waivers.ts'
import { counted, formatCounts, formatSummary, summarize } from '../report/summary.ts'
import { wantsColor } from './color.ts'
import type { AddCommand } from './command.ts'
import { EXIT_FAILED, EXIT_NO, EXIT_OK } from './exit-codes.ts'
import { addInputOptions, type Input, type InputOptions, readInput } from './input-options.ts'
import { addPathsArgument, formatOption, withPaths } from './shared-options.ts'
import type { Io } from './io.ts'
import {
  refuse,
  waiversOf,
  withoutNotes,
  writeDiagnostics,
  writeNote,
  writeSkipped,
  writeSkippedFiles,
} from './messages.ts'
import { reason, rootOf, STANDARD_INPUT } from './read-sources.ts'
import type { ReadFile } from './writing/replace-files.ts'
import { VERSION } from './version.ts'

const FORMATS = ['pretty', 'concise', 'json', 'sarif', 'github'] as const

type Format = (typeof FORMATS)[number]

interface CheckOptions extends InputOptions {
  readonly output?: Format
  readonly failOn: 'error' | 'warning'
  readonly fix?: true
  readonly dryRun?: true
  readonly whole?: true
  readonly part?: true
  readonly exact?: boolean
}

const EXAMPLES = `Examples:
  # Everything that is wrong with the policies in a folder and the folders in it
  calitables check -f policies/ -R

  # Beside the lines of a pull request, with warnings taken as errors
  calitables check -f policies/ -o github --fail-on warning

  # What would be mended, and then mend it
  calitables check -f policies/ --dry-run
  calitables check -f policies/ --fix
`

export const addCommand: AddCommand = (program, io, setExitCode) => {
  addPathsArgument(addInputOptions(program.command('check')))
    .description('Say everything that is wrong with these files. Exit code 1 means that something is.')
    .addOption(formatOption(FORMATS, 'pretty on a terminal, else concise'))
    .addOption(new Option('--format <name>', 'the same as -o').choices(FORMATS))
    .addOption(
      new Option('--fail-on <severity>', 'least severity for exit code 1')
        .choices(['error', 'warning'])
        .default('error'),
    )
    .addOption(
      new Option('--whole', 'the input is all that the cluster has (default: told from what it holds)').conflicts(
        'part',
      ),
    )
    .option('--part', 'the input is a part of a cluster: what is missing may be elsewhere')
    .option(
      '--exact',
      'look at all packets, however large the input is: rules that never decide, and rules without which nothing changes (default: of inputs up to a size)',
    )
    .option('--no-exact', 'do not look at all packets')
    .option('--fix', 'rewrite the files with every mistake mended that has one safe cure')
    .addOption(
      new Option('--dry-run', 'print the changes of --fix as a unified diff instead of making them').conflicts(
        'output',
      ),
    )
    .addHelpText('before', EXAMPLES)
    .action(async (paths: readonly string[], options: CheckOptions) => {
      setExitCode(await runCheck(withPaths(paths, options), io))
    })
}

async function runCheck(options: CheckOptions, io: Io): Promise<number> {
  const isWriting = options.fix === true && options.dryRun !== true
  if (isWriting && options.filename?.includes(STANDARD_INPUT))
    return refuse('usage-conflict', 'standard input cannot be rewritten (--dry-run prints the changes)', io)
  const input = await readInput(options, io)
  if (input === undefined) return EXIT_FAILED
  if (options.fix === true || options.dryRun === true) return runFix(options, input, io)
  const result = await checkWithin(options, input, io)
  if (result === undefined) return EXIT_FAILED
  const { diagnostics, unused, ignored } = waive(result.diagnostics, waiversOf(io), input.files)
  const code = await print({ ...result, diagnostics }, input, options, io)
  if (ignored > 0) await writeNote(`${counted(ignored, 'finding')} ${ignored === 1 ? 'is' : 'are'} ignored`, io)
  for (const words of unused) await writeNote(words, io)
  return code
}

/** Undefined, with a message, where the packet sets of --exact grow over all bounds. */
async function checkWithin(options: CheckOptions, input: Input, io: Io): Promise<CheckResult | undefined> {
  try {
    return check({ ...input, ...extentOption(options), isExact: options.exact })
  } catch (error) {
    if (!(error instanceof TooManyNodesError)) throw error
    await refuse('too-many-packets', `these rules are too much for --exact: ${error.message}`, io)
    return undefined
  }
}

async function runFix(options: CheckOptions, input: Input, io: Io): Promise<number> {
  if (options.dryRun !== true && input.findings.length > 0) {
    await writeDiagnostics(input.findings, io)
    return EXIT_FAILED
  }
  const fixed = new Map(input.files.map(file => [file, fixFile(file, input.calicoVersion)] as const))
  const changed = input.files.flatMap(file => {
    const after = fixed.get(file)?.text ?? file.text
    return after === file.text ? [] : [{ ...placeOf(file, options), before: file.text, after }]
  })
  const files = input.files.map(file => ({ ...file, ...textOf(fixed.get(file)) }))
  const found = check({ ...input, ...extentOption(options), files })
  const result = { ...found, diagnostics: waive(found.diagnostics, waiversOf(io), files).diagnostics }
  if (options.dryRun === true) {
    const { formatDiff } = await import('../report/format-diff.ts')
    const view = { color: wantsColor(io.isOutTerminal, io), isTerminal: io.isOutTerminal, base: process.cwd() }
    await (io.writeExact ?? io.writeOut)(changed.map(change => formatDiff(change, view)).join(''))
    await writeDiagnostics(result.diagnostics, io)
    const paths = changed.map(({ path }) => path).filter(path => path !== STANDARD_INPUT)
    const { describeOtherNames } = await import('./writing/replace-files.ts')
    await writeNotes(await describeOtherNames(paths), io)
  } else {
    try {
      const visited = input.files.map(file => placeOf(file, options))
      const { replaceFiles } = await import('./writing/replace-files.ts')
      await writeNotes(await replaceFiles(changed, visited), io)
    } catch (error) {
      return refuse('unwritable-file', `nothing was mended: ${reason(error)}`, io)
    }
  }
  const cured = [...fixed.values()].reduce((sum, file) => sum + file.cured, 0)
  const { errors, warnings } = summarize(result.diagnostics)
  const verb = options.dryRun === true ? 'would fix' : 'fixed'
  await io.writeError(
    `${verb} ${cured} of ${counted(cured + errors + warnings, 'mistake')} in ${counted(changed.length, 'file')}\n`,
  )
  return options.dryRun === true ? exitCode(result.diagnostics, options) : print(result, input, options, io)
}

function extentOption({ whole, part }: CheckOptions): { readonly extent?: InputExtent } {
  return whole === true ? { extent: 'whole' } : part === true ? { extent: 'part' } : {}
}

function placeOf({ name }: SourceFile, { filename }: CheckOptions): ReadFile {
  return { path: name, root: rootOf(name, filename ?? []) }
}

async function writeNotes(notes: readonly string[], io: Io): Promise<void> {
  for (const note of notes) await writeNote(note, io)
}

function textOf(fixed: FixedFile | undefined): { readonly text?: string } {
  return fixed === undefined ? {} : { text: fixed.text }
}

async function print(result: CheckResult, { skippedFiles }: Input, options: CheckOptions, io: Io): Promise<number> {
  const { skipped, nodesLeftOut, isExactLeftOut } = result
  const diagnostics = withoutNotes(result.diagnostics, io)
  const format = options.output ?? (io.isOutTerminal ? 'pretty' : 'concise')
  const text = await formatAs(format, diagnostics, io)
  const summary = `${formatSummary(summarize(diagnostics), result.read)}\n`
  const write = format === 'github' ? (io.writeExact ?? io.writeOut) : io.writeOut
  await write(
    format === 'pretty' ? `${text}${io.isQuiet === true ? '' : `${text === '' ? '' : '\n'}${summary}`}` : text,
  )
  if (format === 'concise' && io.isQuiet !== true) await io.writeError(summary)
  if (io.isQuiet !== true)
    await io.writeError(
      `${formatCounts(result.read)}: ${result.extent === 'whole' ? 'a dump of a cluster' : 'a part of a cluster'}\n`,
    )
  await writeSkipped(skipped, io)
  await writeSkippedFiles(skippedFiles, io)
  if (isExactLeftOut)
    await writeNote('rules that never decide were not looked for, since the input is large: --exact looks for them', io)
  if (nodesLeftOut > 0) {
    const have = nodesLeftOut === 1 ? 'has' : 'have'
    await writeNote(`${counted(nodesLeftOut, 'node')} more ${have} pods of their own: --node NAME checks one`, io)
  }
  return exitCode(diagnostics, options)
}

async function formatAs(format: Format, diagnostics: readonly Diagnostic[], io: Io): Promise<string> {
  switch (format) {
    case 'concise':
      return formatConcise(diagnostics)
    case 'pretty': {
      const { formatPretty } = await import('../report/format-pretty.ts')
      return formatPretty(diagnostics, { color: wantsColor(io.isOutTerminal, io) })
    }
    case 'json':
      return (await import('../report/format-json.ts')).formatJson(diagnostics)
    case 'github':
      return (await import('../report/format-github.ts')).formatGithub(diagnostics, { base: process.cwd() })
    case 'sarif': {
      const [{ formatSarif }, { readSections }] = await Promise.all([
        import('../report/format-sarif.ts'),
        import('./diagnostics-document.ts'),
      ])
      const sections = await readSections()
      return formatSarif(diagnostics, { base: process.cwd(), version: VERSION, explain: code => sections.get(code) })
    }
  }
}

function exitCode(diagnostics: readonly Diagnostic[], { failOn }: CheckOptions): number {
  const { errors, warnings } = summarize(diagnostics)
  return errors > 0 || (failOn === 'warning' && warnings > 0) ? EXIT_NO : EXIT_OK
}
