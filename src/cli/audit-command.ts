// calitables audit: what a node has against what it should have.

import { Option } from 'commander'
import { effectOf } from '../audit-effect.ts'
import { printRepairs, repairsOf } from '../audit-repair.ts'
import { singleEffects } from '../audit-single-effects.ts'
import { reportOf } from '../audit-report.ts'
import { formatAudit } from '../audit/format-audit.ts'
import type { AuditReport } from '../audit/report.ts'
import { printableJson } from '../text/printable.ts'
import { isSteering } from '../text/steering.ts'
import type { AddCommand } from './command.ts'
import { EXIT_FAILED, EXIT_NO, EXIT_OK } from './exit-codes.ts'
import { addInputOptions } from './input-options.ts'
import type { Io } from './io.ts'
import { type AuditedNode, type NodeTextOptions, readAndAudit, strayText } from './node-state.ts'
import { formatOption } from './shared-options.ts'
import { VERSION } from './version.ts'
import { refuse } from './messages.ts'

const FORMATS = ['text', 'json', 'html', 'markdown', 'sarif'] as const

interface AuditOptions extends NodeTextOptions {
  readonly output?: (typeof FORMATS)[number]
  readonly most?: string
  readonly effect?: boolean
  readonly repair?: true
  readonly nodes?: string
}

/** Of each way that packets take. */
const MOST_CUBES = 3

const EXAMPLES = `Examples:
  # Does this node have the rules that it should have?
  calitables audit -f cluster.yaml --node worker-1 --host host.json --rules v4.save v6.save --sets sets.save

  # Everything that was saved on the node, in a folder or in the archive of \`calicoctl node diags\`
  calitables audit -f cluster.yaml --node worker-1 --rules diags-20260101.tar.gz

  # The commands that put it right
  calitables audit -f cluster.yaml --node worker-1 --host host.json --rules v4.save --sets sets.save --repair

  # All nodes at once, the odd one out first
  calitables audit -f cluster.yaml --nodes saved/

  # A report to keep
  calitables audit -f cluster.yaml --node worker-1 --rules node-1/ -o html > worker-1.html
`

export const addCommand: AddCommand = (program, io, setExitCode) => {
  addInputOptions(program.command('audit'))
    .description(
      'Compare the rules and IP sets that were saved on a node with those that Calico programs there. Exit code 0: they are the same; 1: they differ.',
    )
    .option(
      '--rules <path...>',
      'output of iptables-save and ip6tables-save on the node; or a folder or a diags archive with everything',
    )
    .option('--sets <path...>', 'output of `ipset save` on the node')
    .addOption(
      new Option(
        '--nodes <dir>',
        'a folder with a folder or archive for each node, named like it: all of them in one run',
      ).conflicts(['rules', 'sets', 'node', 'host', 'repair']),
    )
    .option('--most <number>', 'lines that are shown of one difference (default: 6)')
    .addOption(
      new Option(
        '--repair',
        'print the commands that put the node right, tried on its text; they are never run',
      ).conflicts('output'),
    )
    .option('--no-effect', 'do not work out which packets get another verdict')
    .addOption(formatOption(FORMATS))
    .addHelpText('before', EXAMPLES)
    .action(async (options: AuditOptions) => {
      setExitCode(await runAudit(options, io))
    })
}

async function runAudit(options: AuditOptions, io: Io): Promise<number> {
  const most = options.most === undefined ? 6 : Number(options.most)
  if (!Number.isInteger(most) || most < 1) return refuse('usage-bad-value', '--most takes a number from 1 on', io)
  if (options.nodes !== undefined) {
    const { auditFleet } = await import('./audit-fleet.ts')
    return auditFleet({ ...options, nodes: options.nodes }, io)
  }
  const audited = await readAndAudit(options, io)
  if (audited === undefined) return EXIT_FAILED
  const { audit, state } = audited
  // What another node's text does says nothing of this one.
  const stray = strayText(audit)
  if (options.repair === true) {
    if (stray !== undefined) return refuse('unusable-node-text', `${stray}: no commands are printed`, io)
    const commands = printRepairs(repairsOf(audit, state.hasSets))
    if (isSteering(commands)) {
      // Escaped, the commands would name something else.
      const what = 'rules or sets of the node hold characters that steer a terminal or a build server'
      return refuse('steering-text', `${what}: no commands are printed (see the differences without --repair)`, io)
    }
    await (io.writeExact ?? io.writeOut)(commands)
    return audit.isSame ? EXIT_OK : EXIT_NO
  }
  const wantsEffect = options.effect !== false && !audit.isSame && stray === undefined
  const bare = reportOf(audit, wantsEffect ? singleEffects(audit, state.hasSets) : undefined)
  const report = wantsEffect ? { ...bare, effect: effectOf(audit, state.hasSets, MOST_CUBES) } : bare
  await io.writeOut(await printReport(report, { ...options, most: String(most) }, audited))
  return report.isSame ? EXIT_OK : EXIT_NO
}

async function printReport(report: AuditReport, options: AuditOptions, { files }: AuditedNode): Promise<string> {
  const most = Number(options.most)
  switch (options.output) {
    case 'json':
      return printableJson(report)
    case 'sarif': {
      const { auditToSarif } = await import('../audit/audit-sarif.ts')
      return printableJson(auditToSarif(report, VERSION))
    }
    case 'markdown': {
      const { formatAuditMarkdown } = await import('../audit/format-audit-markdown.ts')
      return formatAuditMarkdown(report, most)
    }
    case 'html': {
      const [{ auditToHtml }, { provenanceOf }] = await Promise.all([
        import('../audit/audit-html.ts'),
        import('./provenance.ts'),
      ])
      return auditToHtml(report, provenanceOf(files))
    }
    default:
      return formatAudit(report, { most })
  }
}
