// calitables compile: YAML in, iptables-restore and ipset-restore text out.

import { Option } from 'commander'
import { IPTABLES } from '../backend/iptables/iptables-backend.ts'
import { compile, type CompileOutput } from '../compile.ts'
import type { SourceIndex } from '../diagnostics/source-index.ts'
import type { NodePlan } from '../model/plan.ts'
import { type Ruleset, TABLE_NAMES, type TableName } from '../model/ruleset.ts'
import type { IpVersion } from '../net/cidr.ts'
import { printableJson } from '../text/printable.ts'
import { EXIT_FAILED, EXIT_OK } from './exit-codes.ts'
import type { AddCommand } from './command.ts'
import type { Io } from './io.ts'
import { addInputOptions, type InputOptions, readInput } from './input-options.ts'
import { refuse, writeDiagnostics, writeNote, writeUnknownEnvironment } from './messages.ts'
import { writeRead } from './read-summary.ts'
import { reason } from './read-sources.ts'
import { addPathsArgument, formatOption, outputDirOption, withPaths } from './shared-options.ts'

interface CompileOptions extends InputOptions {
  readonly ipv4?: true
  readonly ipv6?: true
  readonly table?: TableName
  readonly ipset?: true
  readonly output?: 'text' | 'json'
  readonly outputDir?: string
  readonly annotate?: true
  readonly force?: true
  readonly allNodes?: true
}

const EXAMPLES = `Examples:
  # The IPv4 rules of the only node that the files name
  calitables compile -f policies/

  # Load sets and rules into this node's kernel, as Calico would
  calitables compile -f cluster.yaml --node worker-1 --host host.json --ipset | ipset restore
  calitables compile -f cluster.yaml --node worker-1 --host host.json | iptables-restore --noflush

  # All that decides rules of a cluster, and what to run on the node (calitables collect --print shows it)
  calitables collect --output-dir cluster/

  # Straight from a cluster, with the addresses of the node
  ip -json addr show > host.json
  kubectl get pods,ns,sa,nodes,networkpolicies -A -o yaml | calitables compile -f - --node worker-1 --host host.json

  # With a comment above each block of rules: what it is for, and the line of YAML it comes from
  calitables compile -f policies/ --annotate

  # All four files at once
  calitables compile -f policies/ -R --output-dir rules/
`

export const addCommand: AddCommand = (program, io, setExitCode) => {
  addPathsArgument(addInputOptions(program.command('compile')))
    .description('Print the iptables-restore text that Calico programs on a node for these resources.')
    .addOption(new Option('-4, --ipv4', 'print IPv4 (default)').conflicts('ipv6'))
    .option('-6, --ipv6', 'print IPv6')
    .addOption(new Option('--table <name>', 'print one table only').choices(TABLE_NAMES).conflicts('ipset'))
    .option('--ipset', 'print the ipset-restore text instead of the rules')
    .addOption(
      outputDirOption(
        'write v4.iptables, v4.ipset, v6.iptables and v6.ipset to a folder: all of them or none',
      ).conflicts(['table', 'ipset', 'output']),
    )
    .addOption(formatOption(['text', 'json']))
    .addOption(
      new Option('--annotate', 'say above each block of rules what it comes from; still loadable').conflicts('ipset'),
    )
    .addOption(
      new Option(
        '--all-nodes',
        'every node that the input names, each in a folder of its own below --output-dir',
      ).conflicts(['node', 'host']),
    )
    .option('--force', 'print even what Felix or the kernel would refuse, with a warning')
    .addHelpText('before', EXAMPLES)
    .action(async (paths: readonly string[], options: CompileOptions) => {
      setExitCode(await runCompile(withPaths(paths, options), io))
    })
}

async function runCompile(options: CompileOptions, io: Io): Promise<number> {
  if (options.allNodes === true) return runAllNodes(options, io)
  const input = await readInput(options, io)
  if (input === undefined) return EXIT_FAILED
  const result = compile({ ...input, force: options.force ?? false })
  const isRefused = await writeDiagnostics(result.diagnostics, io)
  if (!result.ok || isRefused) return EXIT_FAILED
  await writeRead(result.output, input, io)
  await writeUnknownEnvironment(result.output.plan, io)
  if (options.outputDir !== undefined) return write(options.outputDir, options, result.output, io)
  return options.output === 'json' ? printJson(options, result.output, io) : print(options, result.output, io)
}

async function runAllNodes(options: CompileOptions, io: Io): Promise<number> {
  const { outputDir } = options
  if (outputDir === undefined)
    return refuse('usage-missing-option', '--all-nodes writes files: say where with --output-dir', io)
  const { compileAllNodes } = await import('./compile-all-nodes.ts')
  return compileAllNodes({ ...options, outputDir }, io)
}

async function print(options: CompileOptions, { versions, plan, sources }: CompileOutput, io: Io): Promise<number> {
  const version = options.ipv6 === true ? versions[6] : versions[4]
  if (version === undefined) return refuse('no-ipv6-rules', `there are no IPv6 rules: ${whyNoIpv6(plan)}`, io)
  const { table } = options
  const writeExact = io.writeExact ?? io.writeOut
  if (options.ipset === true) await writeExact(version.text.ipset)
  else if (options.annotate === true) await writeExact(await annotated(onlyTable(version.ruleset, table), sources))
  else if (table === undefined) await writeExact(version.text.iptables)
  else await writeExact(IPTABLES.printTables(onlyTable(version.ruleset, table).tables))
  return EXIT_OK
}

function whyNoIpv6({ configVariables }: NodePlan): string {
  const variable = configVariables.ipv6Support
  return variable === undefined
    ? 'FelixConfiguration sets `ipv6Support: false`'
    : `\`${variable}\` of Felix's environment is false`
}

/** Both IP versions, unless one is asked for. */
async function printJson(options: CompileOptions, { plan, versions, sources }: CompileOutput, io: Io): Promise<number> {
  const texts: (readonly [string, { readonly iptables: string; readonly ipset: string }])[] = []
  for (const ipVersion of wantedVersions(options)) {
    const version = versions[ipVersion]
    if (version === undefined) continue
    const { text, ruleset } = version
    const shown = onlyTable(ruleset, options.table)
    const iptables =
      options.annotate === true
        ? await annotated(shown, sources)
        : options.table === undefined
          ? text.iptables
          : IPTABLES.printTables(shown.tables)
    texts.push([`v${ipVersion}`, { iptables, ipset: text.ipset }])
  }
  await io.writeOut(printableJson({ version: 1, node: plan.nodeName, ...Object.fromEntries(texts) }))
  return EXIT_OK
}

function wantedVersions({ ipv4, ipv6 }: CompileOptions): readonly IpVersion[] {
  return ipv4 === true ? [4] : ipv6 === true ? [6] : [4, 6]
}

async function annotated({ tables }: Ruleset, sources: SourceIndex): Promise<string> {
  const { annotateChain, createRuleAnnotator } = await import('../explain/annotations.ts')
  return IPTABLES.printAnnotated(tables, { chain: annotateChain, rule: createRuleAnnotator(sources) })
}

function onlyTable(ruleset: Ruleset, table: TableName | undefined): Ruleset {
  return table === undefined ? ruleset : { ...ruleset, tables: ruleset.tables.filter(({ name }) => name === table) }
}

async function write(
  folder: string,
  options: CompileOptions,
  { versions, plan, sources }: CompileOutput,
  io: Io,
): Promise<number> {
  const files = new Map<string, string>()
  const stale: string[] = []
  for (const ipVersion of wantedVersions(options)) {
    const version = versions[ipVersion]
    if (version === undefined) {
      stale.push(`v${ipVersion}.iptables`, `v${ipVersion}.ipset`)
      continue
    }
    const { text, ruleset } = version
    files.set(`v${ipVersion}.iptables`, options.annotate === true ? await annotated(ruleset, sources) : text.iptables)
    files.set(`v${ipVersion}.ipset`, text.ipset)
  }
  try {
    const { writeFiles } = await import('./writing/write-files.ts')
    await writeFiles(folder, files, stale)
  } catch (error) {
    return refuse('unwritable-file', `cannot write to \`${folder}\`: ${reason(error)}`, io)
  }
  if (stale.length > 0) await writeNote(`no IPv6 files: ${whyNoIpv6(plan)}`, io)
  return EXIT_OK
}
