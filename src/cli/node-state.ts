// The text of a node as the options of a command name it, with the input that says what should be there.

import type { Cause } from '../audit/cause.ts'
import { ClusterRules } from '../cluster-rules.ts'
import { Report } from '../diagnostics/diagnostic.ts'
import type { SourceFile } from '../diagnostics/source.ts'
import { auditNode, type NodeAudit } from '../node-audit.ts'
import { type NodeState, readNodeState } from '../node-text.ts'
import { type InputOptions, readInput } from './input-options.ts'
import type { Io } from './io.ts'
import { refuse, writeDiagnostics, writeUnknownEnvironment } from './messages.ts'
import { readNodeFiles } from './node-files.ts'
import { writeLeftOut } from './read-summary.ts'

export interface NodeTextOptions extends InputOptions {
  readonly rules?: readonly string[]
  readonly sets?: readonly string[]
}

export interface AuditedNode {
  readonly audit: NodeAudit
  readonly state: NodeState
  /** Everything that was read. */
  readonly files: readonly SourceFile[]
}

interface ReadState {
  readonly state: NodeState
  readonly files: readonly SourceFile[]
}

/** Undefined, with errors, when something cannot be read. */
export async function readState(
  { rules = [], sets = [], node }: NodeTextOptions,
  io: Io,
  report: Report,
): Promise<ReadState | undefined> {
  // Each file is what it holds, whichever option names it.
  const files = [
    ...(await readNodeFiles(rules, 'rules', io, report, node)),
    ...(await readNodeFiles(sets, 'sets', io, report, node)),
  ]
  const hasSets = files.some(({ kind }) => kind === 'sets')
  const state = readNodeState(files, hasSets, report)
  if (state.versions.length === 0 && !report.hasErrors) {
    report.error(
      'iptables-syntax',
      'there are no rules of iptables in what --rules names',
      undefined,
      'give what `iptables-save` prints on the node',
    )
  }
  if (sets.length > 0 && !hasSets && !report.hasErrors) {
    report.error('ipset-syntax', 'there is no output of `ipset save` in what --sets names')
  }
  return report.hasErrors ? undefined : { state, files: files.map(({ file }) => file) }
}

/** Why the rules that were read are not those by which the node works, in a sentence: of another node, or another back end. */
export function strayText({ causes }: NodeAudit): string | undefined {
  const isStray = ({ kind, orElse }: Cause): boolean =>
    kind === 'wrong-node' || (kind === 'nftables-mode' && orElse.length === 0)
  return causes.find(isStray)?.title
}

export async function readAndAudit(options: NodeTextOptions, io: Io): Promise<AuditedNode | undefined> {
  if (options.rules === undefined) {
    const message = 'nothing says what is on the node: give the output of iptables-save with --rules'
    await refuse('usage-missing-option', message, io)
    return undefined
  }
  const input = await readInput(options, io)
  if (input === undefined) return undefined
  const report = new Report()
  const read = await readState(options, io, report)
  if (read === undefined) {
    await writeDiagnostics(report.placed(), io)
    return undefined
  }
  const { state } = read
  const cluster = new ClusterRules(input)
  const host = input.host ?? (state.host.length > 0 ? state.host : undefined)
  const isReleaseGiven = options.calicoVersion !== undefined
  const result = auditNode({ cluster, node: input.node, state, host, isReleaseGiven })
  const isRefused = await writeDiagnostics([...report.placed(), ...result.diagnostics], io)
  if (!result.ok || isRefused) return undefined
  await writeLeftOut(cluster.skipped(), input, io)
  await writeUnknownEnvironment(result.audit.rules.plan, io)
  const given = input.host ?? []
  return { audit: result.audit, state, files: [...input.files, ...given, ...read.files] }
}
