// calitables hits: what a node's counters say of the input.

import { countHits } from '../audit/count-hits.ts'
import { formatHits, hitsToJson, hitWords } from '../audit/format-hits.ts'
import { IPTABLES } from '../backend/iptables/iptables-backend.ts'
import { Report } from '../diagnostics/diagnostic.ts'
import { printableJson } from '../text/printable.ts'
import { createScene } from '../trace/scene.ts'
import type { AddCommand } from './command.ts'
import { EXIT_FAILED, EXIT_OK } from './exit-codes.ts'
import { addInputOptions } from './input-options.ts'
import type { Io } from './io.ts'
import { refuse, writeDiagnostics } from './messages.ts'
import { type NodeTextOptions, readAndAudit, readState, strayText } from './node-state.ts'
import { formatOption } from './shared-options.ts'

interface HitsOptions extends NodeTextOptions {
  readonly since?: readonly string[]
  readonly output?: 'text' | 'json'
}

const EXAMPLES = `Examples:
  # Which rules of which policies have ever decided, and which never
  calitables hits -f cluster.yaml --node worker-1 --host host.json --rules v4.save v6.save

  # What dropped something between two dumps
  calitables hits -f cluster.yaml --node worker-1 --rules v4-now.save --since v4-before.save
`

export const addCommand: AddCommand = (program, io, setExitCode) => {
  addInputOptions(program.command('hits'))
    .description(
      'Say how many packets each rule of a policy or profile, and each default of a tier, has decided on a node.',
    )
    .option('--rules <path...>', 'output of `iptables-save -c` and `ip6tables-save -c` on the node')
    .option('--sets <path...>', 'output of `ipset save` on the node')
    .option('--since <path...>', 'the same at an earlier time: only what was counted since is shown')
    .addOption(formatOption(['text', 'json']))
    .addHelpText('before', EXAMPLES)
    .action(async (options: HitsOptions) => {
      setExitCode(await runHits(options, io))
    })
}

async function runHits(options: HitsOptions, io: Io): Promise<number> {
  const audited = await readAndAudit(options, io)
  if (audited === undefined) return EXIT_FAILED
  const stray = strayText(audited.audit)
  if (stray !== undefined) return refuse('unusable-node-text', `${stray}: no packet is counted`, io)
  const report = new Report()
  const since =
    options.since === undefined
      ? undefined
      : await readState({ ...options, rules: options.since, sets: [] }, io, report)
  if (report.hasErrors) {
    await writeDiagnostics(report.placed(), io)
    return EXIT_FAILED
  }
  const { versions, rules } = audited.audit
  const scenes = versions.map(({ found, wanted }) =>
    createScene({ ...rules, backend: IPTABLES, tables: found.tables, ruleset: wanted }),
  )
  const count = countHits({
    tables: versions.map(({ found }) => found.tables),
    since: since?.state.versions.map(({ tables }) => tables),
    originOf: (rule, ipVersion) => scenes.find(scene => scene.ipVersion === ipVersion)?.originOf(rule) ?? rule.origin,
    nameOf: origin => hitWords(origin, rules.sources),
    marks: rules.plan.marks,
  })
  if (!count.hasCounters) return refuse('unusable-node-text', 'the text has no counters: run `iptables-save -c`', io)
  const { sources } = rules
  await io.writeOut(
    options.output === 'json'
      ? printableJson(hitsToJson(count, sources))
      : formatHits(count, sources, options.since !== undefined),
  )
  return EXIT_OK
}
