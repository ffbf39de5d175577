// What calitables which answers: the policies of an endpoint, the endpoints of a policy, who is in its rules.

import { fullPolicyName, type FoundEndpoint } from '../explain/names.ts'
import type { ExplainSelection } from '../explain/explain-selection.ts'
import { policiesOf } from '../explain/which.ts'
import type { SourceIndex } from '../diagnostics/source-index.ts'
import type { Policy } from '../model/ast/policy.ts'
import type { Resource } from '../model/ast/resources.ts'
import type { NodePlan } from '../model/plan.ts'
import { printable, printableJson } from '../text/printable.ts'
import { wrap } from '../text/wrap.ts'
import { peersOf } from '../trace/members.ts'
import { chosenRules, peerLines } from '../trace/describe-members.ts'
import { EXIT_NO, EXIT_OK } from './exit-codes.ts'
import type { InputOptions } from './input-options.ts'
import type { Io } from './io.ts'
import { formatChain, formatSelection } from './which-format.ts'
import { otherPodsFitting } from './which-other-pod.ts'
import { refuse } from './messages.ts'

export interface WhichOptions extends InputOptions {
  readonly policy?: string
  readonly endpoint?: string
  readonly rule?: string
  readonly all?: true
  readonly namespace?: string
  readonly output?: 'text' | 'json'
}

/** What answers are made of. */
export interface Asked {
  readonly plan: NodePlan
  readonly sources: SourceIndex
  readonly resources: readonly Resource[]
  readonly policies: readonly Policy[]
  readonly endpoints: readonly FoundEndpoint[]
  readonly explainSelection: ExplainSelection
  /** Nobody said which node: endpoints of all of them count. */
  readonly isAnyNode: boolean
}

/** The policies of an endpoint, chain by chain. */
export async function tellPolicies(
  endpoint: FoundEndpoint,
  asked: Asked,
  options: WhichOptions,
  io: Io,
): Promise<number> {
  const { plan, sources, resources, policies, explainSelection } = asked
  const chains = policiesOf(endpoint, plan, explainSelection, sources)
  const others = options.all === true ? policies.map(other => explainSelection(other, endpoint)) : []
  const unmatched = others.filter(({ matches }) => !matches)
  await print(
    { endpoint: endpoint.name, chains, unmatched },
    [
      ...(chains.length === 0 ? [noChains(endpoint.name, plan.nodeName, resources)] : []),
      ...chains.flatMap(formatChain),
      ...unmatched.flatMap(selection => formatSelection(selection, selection.policy)),
    ],
    plan,
    options,
    io,
  )
  return chains.some(({ tiers }) => tiers.length > 0) ? EXIT_OK : EXIT_NO
}

/** The endpoints of a policy, or whether it selects the one that is named. */
export async function tellEndpoints(
  policy: Policy,
  endpoint: FoundEndpoint | undefined,
  { plan, resources, endpoints, explainSelection, isAnyNode }: Asked,
  options: WhichOptions,
  io: Io,
): Promise<number> {
  const selections = (endpoint === undefined ? endpoints : [endpoint]).map(found => ({
    ...explainSelection(policy, found),
    node: found.endpoint.node,
    isLocal: found.endpoint.node === plan.nodeName,
  }))
  const matching = selections.filter(({ matches }) => matches)
  const elsewhere = matching.filter(({ isLocal }) => !isLocal).length
  const shown =
    endpoint !== undefined
      ? selections
      : selections.filter(({ matches, isLocal }) => (isLocal || isAnyNode) && (matches || options.all === true))
  const others =
    endpoint === undefined ? otherPodsFitting(policy, resources, explainSelection, matching.length === 0) : []
  await print(
    { policy: fullPolicyName(policy.id), endpoints: shown, selectedOnOtherNodes: elsewhere, others },
    [
      ...shown.flatMap(selection =>
        formatSelection(selection, isAnyNode ? `${selection.endpoint} on ${selection.node}` : selection.endpoint),
      ),
      ...(endpoint === undefined && !isAnyNode ? [`selected on other nodes: ${elsewhere}`] : []),
      ...others.flatMap(({ name, because }) => wrap(`fits, and is no endpoint: ${name}: ${because}`, '')),
    ],
    plan,
    options,
    io,
  )
  return shown.some(({ matches }) => matches) ? EXIT_OK : EXIT_NO
}

/** With the node that a pod has its chains on, where that is another one. */
function noChains(name: string, nodeName: string, resources: readonly Resource[]): string {
  const pod = resources.find(one => one.kind === 'workloadEndpoint' && `pod/${one.namespace}/${one.name}` === name)
  const where = pod?.kind === 'workloadEndpoint' && pod.node !== nodeName ? ` (it runs on ${pod.node}: --node)` : ''
  return `${name} has no chains on node ${nodeName}${where}`
}

/** Pods with hostNetwork are no endpoints, and yet the most asked about: names are looked for among all that there is. */
export async function tellPeers(
  policy: Policy,
  plan: NodePlan,
  resources: readonly Resource[],
  sources: SourceIndex,
  options: WhichOptions,
  io: Io,
): Promise<number> {
  const { endpoint: wanted, rule } = options
  const isWanted = (name: string): boolean => name === wanted || name.endsWith(`/${wanted ?? ''}`)
  const rules = chosenRules(peersOf(policy, plan, resources, wanted === undefined ? undefined : isWanted), rule)
  if (rules.length === 0)
    return refuse(
      'usage-unknown-name',
      rule === undefined ? 'the policy has no rules' : `the policy has no rule \`${rule}\``,
      io,
    )
  const sides = rules.flatMap(found => found.sides)
  const isKnown = sides.some(({ members, outside }) => members.length + outside.length > 0)
  if (wanted !== undefined && sides.length > 0 && !isKnown)
    return refuse(
      'usage-unknown-name',
      `the input has no \`${wanted}\`: what is not in it, or has finished, is in no rule`,
      io,
    )
  const named = rules.map(({ location: _, ...rest }) => rest)
  await print({ policy: fullPolicyName(policy.id), rules: named }, peerLines(policy, rules, sources), plan, options, io)
  return sides.some(({ members }) => members.length > 0) || sides.length === 0 ? EXIT_OK : EXIT_NO
}

export async function print(
  value: object,
  lines: readonly string[],
  plan: NodePlan,
  { output }: WhichOptions,
  io: Io,
): Promise<void> {
  const json = (): string => printableJson({ version: 1, node: plan.nodeName, ...value })
  await io.writeOut(output === 'json' ? json() : lines.map(line => `${printable(line)}\n`).join(''))
}
