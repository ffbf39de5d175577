// calitables audit: what a node has against what it should have.

import { effectOf } from '../audit-effect.ts'
import { printRepairs, repairsOf } from '../audit-repair.ts'
import { reportOf } from '../audit-report.ts'
import { formatAudit } from '../audit/format-audit.ts'
import { ClusterRules } from '../cluster-rules.ts'
import { Report } from '../diagnostics/diagnostic.ts'
import { auditNode } from '../node-audit.ts'
import { readNodeState } from '../node-text.ts'
import { printableJson } from '../text/printable.ts'
import type { AddCommand } from './command.ts'
import { EXIT_FAILED, EXIT_NO, EXIT_OK } from './exit-codes.ts'
import { addInputOptions, type InputOptions, readInput } from './input-options.ts'
import type { Io } from './io.ts'
import { writeDiagnostics, writeSkipped } from './messages.ts'
import { readNodeFiles } from './node-files.ts'
import { formatOption } from './shared-options.ts'

interface AuditOptions extends InputOptions {
  readonly rules?: readonly string[]
  readonly sets?: readonly string[]
  readonly output?: 'text' | 'json'
  readonly most?: string
  readonly effect?: boolean
  readonly repair?: true
}

/** Of each way that packets take. */
const MOST_CUBES = 3

const EXAMPLES = `Examples:
  # Does this node have the rules that it should have?
  calitables audit -f cluster.yaml --node worker-1 --host host.json --rules v4.save v6.save --sets sets.save

  # Everything that was saved on the node, in a folder or in the archive of \`calicoctl node diags\`
  calitables audit -f cluster.yaml --node worker-1 --rules diags-20260101.tar.gz
`

export const addCommand: AddCommand = (program, io, setExitCode) => {
  addInputOptions(program.command('audit'))
    .summary('say what is on a node against what should be there, why, and what it does')
    .description(
      'Compare the rules and IP sets that were saved on a node with those that Calico programs there. Exit code 0: they are the same; 1: they differ.',
    )
    .option(
      '--rules <path...>',
      'output of iptables-save and ip6tables-save on the node; or a folder or a diags archive with everything',
    )
    .option('--sets <path...>', 'output of `ipset save` on the node')
    .option('--most <number>', 'lines that are shown of one difference (default: 6)')
    .option('--repair', 'print the commands that put the node right, tried on its text; they are never run')
    .option('--no-effect', 'do not work out which packets get another verdict')
    .addOption(formatOption(['text', 'json']))
    .addHelpText('before', EXAMPLES)
    .action(async (options: AuditOptions) => {
      setExitCode(await runAudit(options, io))
    })
}

async function runAudit(options: AuditOptions, io: Io): Promise<number> {
  const { rules = [], sets = [] } = options
  if (rules.length === 0) {
    await io.writeError('error: nothing says what is on the node: give the output of iptables-save with --rules\n')
    return EXIT_FAILED
  }
  const input = await readInput(options, io)
  if (input === undefined) return EXIT_FAILED
  const report = new Report()
  const files = [
    ...(await readNodeFiles(rules, 'rules', io, report)),
    ...(await readNodeFiles(sets, 'sets', io, report)),
  ]
  const hasSets = files.some(({ kind }) => kind === 'sets')
  const state = readNodeState(files, hasSets, report)
  if (state.versions.length === 0 && !report.hasErrors) {
    report.error('iptables-syntax', 'there are no rules of iptables in what --rules names')
  }
  if (report.hasErrors) {
    await writeDiagnostics(report.placed(), io)
    return EXIT_FAILED
  }
  const cluster = new ClusterRules(input)
  const host = input.host ?? (state.host.length > 0 ? state.host : undefined)
  const isReleaseGiven = options.calicoVersion !== undefined
  const result = auditNode({ cluster, node: input.node, state, host, isReleaseGiven })
  await writeDiagnostics([...report.placed(), ...result.diagnostics], io)
  if (!result.ok) return EXIT_FAILED
  await writeSkipped(cluster.skipped(), io)
  if (options.repair === true) {
    const repairs = repairsOf(result.audit, hasSets)
    await (io.writeExact ?? io.writeOut)(printRepairs(repairs))
    return result.audit.isSame ? EXIT_OK : EXIT_NO
  }
  const bare = reportOf(result.audit)
  const wantsEffect = options.effect !== false && !bare.isSame
  const told = wantsEffect ? { ...bare, effect: effectOf(result.audit, hasSets, MOST_CUBES) } : bare
  const most = Math.max(1, Number(options.most ?? 6) || 6)
  await io.writeOut(options.output === 'json' ? printableJson(told) : formatAudit(told, { most }))
  return told.isSame ? EXIT_OK : EXIT_NO
}
