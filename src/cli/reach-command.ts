// calitables reach: who reaches whom, over all pods and all packets.

import type { Command } from 'commander'
import { Option } from 'commander'
import { TooManyNodesError } from '../analysis/sets/bdd.ts'
import {
  formatIsolated,
  formatOpen,
  formatReachCsv,
  formatReachDot,
  formatReachMermaid,
} from '../answers/reach/format-reach.ts'
import { versionsOf } from '../answers/parties/party.ts'
import { formatReachTable, formatReachWide } from '../answers/reach/format-reach-table.ts'
import { GroupNames } from '../answers/reach/group-names.ts'
import { reachToJson } from '../answers/reach/reach-json.ts'
import { TooManyCellsError } from '../answers/reach/reach-matrix.ts'
import { unselected } from '../answers/reach/reach-summary.ts'
import { type ReachView, viewReach } from '../answers/reach/reach-view.ts'
import { clusterReach, type ReachAnswer } from '../cluster-reach.ts'
import { Report } from '../diagnostics/diagnostic.ts'
import { readQuestion, versionOf } from '../reach.ts'
import { printableJson } from '../text/printable.ts'
import type { AddCommand } from './command.ts'
import { EXIT_FAILED, EXIT_OK } from './exit-codes.ts'
import { readInputOfNodes } from './host-options.ts'
import { addInputOptions, type InputOptions } from './input-options.ts'
import type { Io } from './io.ts'
import { refuse, writeDiagnostics, writeNote, writeSkippedFiles } from './messages.ts'
import { unknownNamespace } from './one-named.ts'
import { addNamespaceOption, addPathsArgument, formatOption, withPaths } from './shared-options.ts'

const FORMATS = ['table', 'wide', 'json', 'csv', 'dot', 'mermaid'] as const

interface ReachCommandOptions extends InputOptions {
  readonly from?: string
  readonly to?: string
  readonly port?: string
  readonly namespace?: string
  readonly ipv6?: true
  readonly open?: true
  readonly isolated?: true
  readonly output?: (typeof FORMATS)[number]
}

const EXAMPLES = `Examples:
  # Who reaches whom: every pod, and the world
  calitables reach -f cluster.yaml

  # Who reaches the database, and on which ports?
  calitables reach -f cluster.yaml --to pod/shop/db-0

  # Where can the pods of a namespace open connections to port 443?
  calitables reach -f cluster.yaml --from namespace/dev --port 443 -o wide

  # What does everybody reach? What does nobody, and what does no policy select?
  calitables reach -f cluster.yaml --open
  calitables reach -f cluster.yaml --isolated

  # As a picture
  calitables reach -f cluster.yaml -o mermaid
`

export const addCommand: AddCommand = (program, io, setExitCode) => {
  addQuestion(addNamespaceOption(addPathsArgument(addInputOptions(program.command('reach'), 'several nodes'))))
    .summary('say who reaches whom, and on which ports')
    .description(
      "Say who reaches whom: which new connections get through the rules of the sender's node and of the receiver's, over all pods, protocols and ports. With --node, the rules of that node alone.",
    )
    .addOption(new Option('--open', 'list what the world or every pod reaches').conflicts('isolated'))
    .addOption(new Option('--isolated', 'list what nobody reaches, and endpoints that no policy selects'))
    .option('-6, --ipv6', 'IPv6 (default: that of --from and --to; of both IPv4, unless pods have none)')
    .addOption(formatOption(FORMATS))
    .addHelpText('before', EXAMPLES)
    .action(async (paths: readonly string[], options: ReachCommandOptions) => {
      setExitCode(await runReach(withPaths(paths, options), io))
    })
}

function addQuestion(command: Command): Command {
  return command
    .option(
      '--from <party>',
      'who opens connections: pod/NAMESPACE/NAME, namespace/NAME, "selector EXPRESSION", host/NODE, networkset/NAME, a net, world',
    )
    .option('--to <party>', 'to whom, in the same words, or service/NAMESPACE/NAME')
    .option('--port <ports>', 'on which ports: 80, tcp/80,443, udp/53, 8000-8100, the name of a port, icmp')
}

async function runReach(options: ReachCommandOptions, io: Io): Promise<number> {
  const { output = 'table' } = options
  const list = options.open === true ? '--open' : options.isolated === true ? '--isolated' : undefined
  if (list !== undefined && output !== 'table' && output !== 'json')
    return refuse('usage-conflict', `option '${list}' cannot be used with '-o ${output}': it has table and json`, io)
  const input = await readInputOfNodes(options, io)
  if (input === undefined) return EXIT_FAILED
  const result = clusterReach(input)
  const isRefused = await writeDiagnostics(result.diagnostics, io)
  await writeSkippedFiles(input.skippedFiles, io)
  if (!result.ok || isRefused) return EXIT_FAILED
  const { answer } = result
  const report = new Report()
  const nowhere = unknownNamespace(options.namespace, answer.resources)
  if (nowhere !== undefined) report.error('bad-value', nowhere)
  const question = report.hasErrors
    ? undefined
    : readQuestion(options, answer, report, { from: '--from', to: '--to', port: '--port' })
  await writeDiagnostics(report.placed(), io)
  if (question === undefined) return EXIT_FAILED
  const ipVersion = options.ipv6 === true ? 6 : versionOf(question, answer)
  let view: ReachView
  try {
    view = viewReach(answer.reach(ipVersion), answer.cluster, question)
  } catch (error) {
    if (!(error instanceof TooManyNodesError) && !(error instanceof TooManyCellsError)) throw error
    const help =
      error instanceof TooManyCellsError
        ? 'ask about some with --from, --to or --port'
        : 'ask about one node with --node'
    return refuse('too-many-packets', `this is too much to be told: ${error.message}; ${help}`, io)
  }
  for (const side of ['from', 'to'] as const) {
    const party = question[side]
    if (party !== undefined && !versionsOf(party).has(ipVersion))
      await writeNote(`nobody of \`--${side}\` has an IPv${ipVersion} address`, io)
  }
  for (const left of answer.servicesLeftOut) await writeNote(left, io)
  if (options.node !== undefined) await writeNote(`what other nodes than ${options.node} do is left out`, io)
  await io.writeOut(print(view, options, answer))
  return EXIT_OK
}

function print(
  view: ReachView,
  { output = 'table', open, isolated }: ReachCommandOptions,
  answer: ReachAnswer,
): string {
  const names = new GroupNames(answer.cluster)
  if (output !== 'json' && open === true) return formatOpen(view, names)
  if (output !== 'json' && isolated === true) return formatIsolated(view, names, unselected(answer.plans))
  switch (output) {
    case 'table':
      return formatReachTable(view, names)
    case 'wide':
      return formatReachWide(view, names)
    case 'json':
      return printableJson(reachToJson(view, names, unselected(answer.plans), answer.servicesLeftOut))
    case 'csv':
      return formatReachCsv(view, names)
    case 'dot':
      return formatReachDot(view, names)
    case 'mermaid':
      return formatReachMermaid(view, names)
  }
}
