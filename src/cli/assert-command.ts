// calitables assert: what people expect of a cluster, proved over all packets or refuted by one.

import { TooManyNodesError } from '../analysis/sets/bdd.ts'
import { outcomeDetails, outcomeMessage } from '../answers/assert/describe-outcome.ts'
import { writeAssertions } from '../answers/assert/write-assertions.ts'
import { type AssertionOutcome, proveWith } from '../assertions.ts'
import { clusterReach, type ReachAnswer } from '../cluster-reach.ts'
import { Lines } from '../diagnostics/lines.ts'
import { Report } from '../diagnostics/diagnostic.ts'
import type { SourceFile } from '../diagnostics/source.ts'
import { sortOfText } from '../reader/text-sort.ts'
import { formatGithubTests } from '../report/format-github.ts'
import { formatJunit } from '../report/format-junit.ts'
import { formatTap } from '../report/format-tap.ts'
import type { TestOutcome } from '../report/test-outcome.ts'
import { counted } from '../report/summary.ts'
import { printable, printableJson } from '../text/printable.ts'
import { Option } from 'commander'
import type { AddCommand } from './command.ts'
import { EXIT_FAILED, EXIT_NO, EXIT_OK } from './exit-codes.ts'
import { readInputOfNodes } from './host-options.ts'
import { addInputOptions, type InputOptions } from './input-options.ts'
import type { Io } from './io.ts'
import { isFolder } from './is-folder.ts'
import { refuse, writeDiagnostics, writeNote, writeSkippedFiles } from './messages.ts'
import { readSource } from './read-sources.ts'
import { formatOption, withPaths } from './shared-options.ts'

const FORMATS = ['text', 'tap', 'junit', 'github', 'json'] as const

interface AssertOptions extends InputOptions {
  readonly init?: true
  readonly output?: (typeof FORMATS)[number]
}

const EXAMPLES = `Examples:
  # Prove what is expected of a cluster, or see the packet that refutes it
  calitables assert expectations.yaml -f cluster.yaml

  # In a pull request, beside the lines of the file
  calitables assert expectations.yaml -f policies/ -o github

  # Begin with what holds today
  calitables assert --init -f cluster.yaml
`

export const addCommand: AddCommand = (program, io, setExitCode) => {
  addInputOptions(program.command('assert'), 'several nodes')
    .summary('prove what is expected of a cluster, over all packets')
    .description(
      'Prove assertions over all packets: who reaches whom (allow), who does not (deny), nobody else does (only). Exit code 1 means that one is refuted, or cannot be proved.',
    )
    .argument('[file]', 'the assertions, as YAML')
    .argument('[path...]', 'the same as -f')
    .addOption(new Option('--init', "print today's state as assertions, as YAML").conflicts('output'))
    .addOption(formatOption(FORMATS))
    .addHelpText('before', EXAMPLES)
    .action(async (file: string | undefined, paths: readonly string[], options: AssertOptions) => {
      setExitCode(await runAssert(file, paths, options, io))
    })
}

/** `-f cluster.yaml expectations.yaml`: what is last of several is the file that is missing before them. */
function assertionsFirst(path: string | undefined, given: AssertOptions): readonly [string | undefined, AssertOptions] {
  const { filename = [], init } = given
  const isBehind = path === undefined && init !== true && filename.length > 1
  return isBehind ? [filename.at(-1), { ...given, filename: filename.slice(0, -1) }] : [path, given]
}

/** Why a file is none of assertions: what is given first are the resources. */
async function swapped(
  path: string,
  file: SourceFile | undefined,
  others: readonly string[],
): Promise<string | undefined> {
  const isOfFiles = await isFolder(path)
  if (!isOfFiles && (file === undefined || sortOfText(file.text) !== 'resources')) return undefined
  const [other = 'FILE'] = others.length === 1 && others[0] !== path ? others : []
  const what = isOfFiles ? 'is a folder' : 'holds resources'
  return `\`${path}\` ${what}, and the file of assertions comes first: calitables assert ${other} -f ${path}`
}

async function runAssert(
  first: string | undefined,
  paths: readonly string[],
  written: AssertOptions,
  io: Io,
): Promise<number> {
  const [path, given] = assertionsFirst(first, written)
  const isInit = given.init === true
  const options = withPaths(isInit && path !== undefined ? [path, ...paths] : paths, given)
  if (!isInit && path === undefined)
    return refuse('usage-missing-value', 'give the file of assertions: calitables assert FILE -f cluster.yaml', io)
  const report = new Report()
  const file = isInit || path === undefined ? undefined : await readSource(path, io, report)
  const isSwapped = isInit || path === undefined ? undefined : await swapped(path, file, options.filename ?? [])
  if (isSwapped !== undefined) return refuse('usage-bad-value', isSwapped, io)
  const input = await readInputOfNodes(options, io)
  await writeDiagnostics(report.placed(), io)
  if (input === undefined || report.hasErrors) return EXIT_FAILED
  const result = clusterReach(input)
  const isRefused = await writeDiagnostics(result.diagnostics, io)
  await writeSkippedFiles(input.skippedFiles, io)
  if (!result.ok || isRefused) return EXIT_FAILED
  try {
    return await answerWith(result.answer, file, options, io)
  } catch (error) {
    if (!(error instanceof TooManyNodesError)) throw error
    return refuse('too-many-packets', `these rules are too much to look at all packets: ${error.message}`, io)
  }
}

async function answerWith(
  answer: ReachAnswer,
  file: SourceFile | undefined,
  options: AssertOptions,
  io: Io,
): Promise<number> {
  if (file === undefined) {
    const versions = ([4, 6] as const).filter(ipVersion => answer.nodesOf(ipVersion).length > 0)
    await io.writeOut(writeAssertions(versions.map(answer.reach), answer.cluster))
    return EXIT_OK
  }
  const proved = proveWith([file], answer)
  await writeDiagnostics(proved.diagnostics, io)
  if (!proved.ok) return EXIT_FAILED
  const { outcomes } = proved
  for (const left of answer.servicesLeftOut) await writeNote(left, io)
  if (options.node !== undefined) await writeNote(`what other nodes than ${options.node} do is left out`, io)
  await print(outcomes, file, options, io)
  return outcomes.every(({ outcome }) => outcome === 'proved') ? EXIT_OK : EXIT_NO
}

async function print(
  outcomes: readonly AssertionOutcome[],
  file: SourceFile,
  { output = 'text' }: AssertOptions,
  io: Io,
): Promise<void> {
  const tests = outcomes.map(testOf)
  switch (output) {
    case 'text':
      return io.writeOut(formatText(tests))
    case 'tap':
      return io.writeOut(formatTap(tests))
    case 'junit':
      return io.writeOut(formatJunit(file.name, tests))
    case 'github':
      return (io.writeExact ?? io.writeOut)(formatGithubTests(tests, { base: process.cwd() }))
    case 'json':
      return io.writeOut(printableJson(toJson(outcomes)))
  }
}

function testOf(outcome: AssertionOutcome): TestOutcome {
  const { title, assertion, span } = outcome
  const told = { ...outcome, kind: assertion.kind }
  const { line, column } = new Lines().at(span.file, span.start)
  return {
    name: title,
    isOk: outcome.outcome === 'proved',
    message: outcomeMessage(told),
    details: outcomeDetails(told),
    place: { file: span.file.name, line, column },
  }
}

function formatText(tests: readonly TestOutcome[]): string {
  const failed = tests.filter(({ isOk }) => !isOk)
  const lines = tests.flatMap(({ name, isOk, message, details, place }) =>
    isOk
      ? [`ok      ${name}`]
      : [
          `failed  ${name}`,
          `        ${place.file}:${place.line}`,
          ...[message, ...details].map(line => `        ${line}`),
        ],
  )
  const count = counted(tests.length, 'assertion')
  const end = failed.length === 0 ? `${count}: all are proved over all packets` : `${failed.length} of ${count} failed`
  return `${[...lines, end].map(printable).join('\n')}\n`
}

function toJson(outcomes: readonly AssertionOutcome[]): unknown {
  return {
    version: 1,
    isProved: outcomes.every(({ outcome }) => outcome === 'proved'),
    assertions: outcomes.map(one => {
      const { title, assertion, outcome, ipVersions, why, example } = one
      const { place } = testOf(one)
      const shown = example && {
        text: example.words,
        ...example.connection,
        to: { name: example.connection.to.name, address: example.connection.to.address },
        verdict: example.verdict,
        because: example.because,
      }
      return { name: title, kind: assertion.kind, outcome, ipVersions, why, place, ...(shown && { example: shown }) }
    }),
  }
}
