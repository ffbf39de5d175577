// Who reaches whom, as one function of an input and a question in words: what the command prints as JSON.

import { reachToJson, type ReachDocument } from './answers/reach/reach-json.ts'
import { GroupNames } from './answers/reach/group-names.ts'
import { unselected } from './answers/reach/reach-summary.ts'
import { type ReachQuestion, viewReach } from './answers/reach/reach-view.ts'
import { readParty } from './answers/parties/read-party.ts'
import { readPorts } from './answers/parties/read-ports.ts'
import { type Party, portNamesOf, versionsOf } from './answers/parties/party.ts'
import { clusterReach, type ReachAnswer, type ReachInput } from './cluster-reach.ts'
import { type Diagnostic, Report } from './diagnostics/diagnostic.ts'
import type { IpVersion } from './net/cidr.ts'

/** Words, as `calitables reach` takes them. */
export interface ReachWords {
  /** Left out: every pod, and the world. */
  readonly from?: string | undefined
  readonly to?: string | undefined
  /** Left out: all protocols and ports. */
  readonly port?: string | undefined
  /** Of names that are written without one. */
  readonly namespace?: string | undefined
}

export interface ReachRequest extends ReachInput, ReachWords {
  /** Left out: that of the parties; where they have both, 4, unless pods have addresses of the other one alone. */
  readonly ipVersion?: IpVersion | undefined
}

export type ReachResult =
  | { readonly ok: true; readonly reach: ReachDocument; readonly diagnostics: readonly Diagnostic[] }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] }

/**
 * Any mistake in the input or the words means no answer.
 * @throws TooManyNodesError, TooManyCellsError where it is more than can be worked out, or told
 */
export function reach(request: ReachRequest): ReachResult {
  const { from, to, port, namespace, ipVersion, ...input } = request
  const found = clusterReach(input)
  if (!found.ok) return found
  const { answer } = found
  const report = new Report()
  const question = readQuestion({ from, to, port, namespace }, answer, report, { from: 'from', to: 'to', port: 'port' })
  const diagnostics = [...found.diagnostics, ...report.placed()]
  if (question === undefined) return { ok: false, diagnostics }
  const view = viewReach(answer.reach(ipVersion ?? versionOf(question, answer)), answer.cluster, question)
  const names = new GroupNames(answer.cluster)
  return { ok: true, reach: reachToJson(view, names, unselected(answer.plans), answer.servicesLeftOut), diagnostics }
}

/** @param fields what messages call the words */
export function readQuestion(
  { from, to, port, namespace }: ReachWords,
  { cluster }: Pick<ReachAnswer, 'cluster'>,
  report: Report,
  fields: Readonly<Record<'from' | 'to' | 'port', string>>,
): ReachQuestion | undefined {
  const party = (side: 'from' | 'to', text: string | undefined): Party | undefined =>
    text === undefined
      ? undefined
      : readParty(text, cluster, { field: fields[side], namespace, isSender: side === 'from' }, report)
  const question = {
    from: party('from', from),
    to: party('to', to),
    ports:
      port === undefined ? undefined : readPorts(port, { field: fields.port, names: portNamesOf(cluster) }, report),
  }
  return report.hasErrors ? undefined : question
}

/** That in which both parties have addresses; where it may be either, IPv4, unless no pod has any. */
export function versionOf({ from, to }: ReachQuestion, { cluster }: Pick<ReachAnswer, 'cluster'>): IpVersion {
  const ofPods = versionsOf({ kind: 'pods', text: '', pods: cluster.pods })
  const order: readonly IpVersion[] = ofPods.has(6) && !ofPods.has(4) ? [6, 4] : [4, 6]
  const found = order.find(ipVersion =>
    [from, to].every(party => party === undefined || versionsOf(party).has(ipVersion)),
  )
  return found ?? order[0] ?? 4
}
