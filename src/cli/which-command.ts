// calitables which: the policies of an endpoint, and the endpoints of a policy.

import type { Command } from 'commander'
import {
  allEndpoints,
  allPolicies,
  endpointSpellings,
  findEndpoints,
  findPolicies,
  fullPolicyName,
  policySpellings,
} from '../explain/names.ts'
import { createSelectionExplainer } from '../explain/explain-selection.ts'
import { policiesOf } from '../explain/which.ts'
import type { NodePlan } from '../model/plan.ts'
import { printable, printableJson } from '../text/printable.ts'
import type { AddCommand } from './command.ts'
import { EXIT_FAILED, EXIT_NO, EXIT_OK } from './exit-codes.ts'
import { compileForEndpoint } from './compile-for-endpoint.ts'
import { addInputOptions, type InputOptions, readInput } from './input-options.ts'
import type { Io } from './io.ts'
import { writeDiagnostics } from './messages.ts'
import { addNamespaceOption, formatOption } from './shared-options.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { findOtherPods, otherPods } from '../explain/other-pods.ts'
import { formatChain, formatSelection } from './which-format.ts'
import { answerOtherPod, otherPodsFitting } from './which-other-pod.ts'
import type { Policy } from '../model/ast/policy.ts'
import type { Resource } from '../model/ast/resources.ts'
import type { SourceIndex } from '../diagnostics/source-index.ts'
import { peersOf } from '../trace/members.ts'
import { chosenRules, peerLines } from '../trace/describe-members.ts'
import { unknown } from '../text/unknown-name.ts'
import { wrap } from '../text/wrap.ts'

type Question = 'policies' | 'endpoints' | 'peers'

interface WhichOptions extends InputOptions {
  readonly policy?: string
  readonly endpoint?: string
  readonly rule?: string
  readonly all?: true
  readonly namespace?: string
  readonly output?: 'text' | 'json'
}

const EXAMPLES = `Examples:
  # The policies of a pod, in the order in which packets meet them, and why each selects it
  calitables which policies -f cluster.yaml --endpoint pod/default/nginx

  # The endpoints that a policy selects; with --all, also why it does not select the others
  calitables which endpoints -f cluster.yaml --policy default/access-nginx --all

  # Who is in the source and destination of a policy's rules, and why a pod is not
  calitables which peers -f cluster.yaml --policy default/access-nginx
  calitables which peers -f cluster.yaml --policy default/access-nginx --endpoint pod/default/curl-1

  # Why a policy does not select a pod
  calitables which policies -f cluster.yaml --endpoint pod/default/nginx --policy default/access-nginx
`

export const addCommand: AddCommand = (program, io, setExitCode) => {
  const which = program
    .command('which')
    .description('Say which policies govern an endpoint, which endpoints a policy selects, and why not.')
    .addHelpText('before', EXAMPLES)
  const add = (name: Question, summary: string): Command =>
    addNamespaceOption(addInputOptions(which.command(name)))
      .summary(summary)
      .description(`${summary}.`)
      .option('--endpoint <name>', 'an endpoint: pod/NAMESPACE/NAME, host/NAME or host/INTERFACE')
      .option('--policy <name>', 'a policy: NAME, NAMESPACE/NAME or KIND/NAMESPACE/NAME')
      .option('--all', 'also those that do not match, with the first term of the selector that fails')
      .addOption(formatOption(['text', 'json']))
      .addHelpText('before', EXAMPLES)
      .argument('[name]', name === 'policies' ? 'the same as --endpoint' : 'the same as --policy')
      .action(async (given: string | undefined, options: WhichOptions) => {
        setExitCode(await runNamed(name, given, options, io))
      })
  add('policies', 'the policies that govern an endpoint, in order')
  add('endpoints', 'the endpoints that a policy selects')
  add('peers', "who is in the source and destination of a policy's rules").option(
    '--rule <name>',
    'one rule of the policy: ingress[0]',
  )
}

/** What is asked about by position is what the question is of. */
async function runNamed(what: Question, name: string | undefined, options: WhichOptions, io: Io): Promise<number> {
  if (name === undefined) return runWhich(what, options, io)
  const subject = what === 'policies' ? 'endpoint' : 'policy'
  if (options[subject] !== undefined)
    return fail(`--${subject} says which ${subject} is meant: \`${name}\` is one word too many`, io)
  return runWhich(what, { ...options, [subject]: name }, io)
}

async function runWhich(what: Question, options: WhichOptions, io: Io): Promise<number> {
  const endpointName = options.endpoint
  if (what === 'policies' && endpointName === undefined) return fail('say whose policies: --endpoint NAME', io)
  if (what !== 'policies' && options.policy === undefined) return fail('say which policy: --policy NAME', io)
  const input = await readInput(options, io)
  if (input === undefined) return EXIT_FAILED
  const { result, isAnyNode } = compileForEndpoint(input, options)
  // Which addresses the node has is no matter of policies, unless it tells which interface a host endpoint is for.
  const isAsked = ({ code, place }: Diagnostic): boolean => code !== 'host-unknown' || place !== undefined
  const isRefused = await writeDiagnostics(result.diagnostics.filter(isAsked), io)
  if (!result.ok || isRefused) return EXIT_FAILED
  const { plan, sources, resources } = result.output
  const explainSelection = createSelectionExplainer(plan, sources)
  const endpoints = allEndpoints(plan)
  const policies = allPolicies(plan)
  const foundEndpoints = findEndpoints(endpointName ?? '', endpoints, options.namespace)
  const endpoint = one(
    'endpoint',
    endpointName,
    foundEndpoints,
    foundEndpoints.map(({ name }) => name),
    () => [...endpoints, ...otherPods(resources).map(({ asEndpoint }) => asEndpoint)].flatMap(endpointSpellings),
  )
  const foundPolicies = findPolicies(options.policy ?? '', policies, options.namespace)
  const policy = one(
    'policy',
    options.policy,
    foundPolicies,
    foundPolicies.map(({ id }) => fullPolicyName(id)),
    () => policies.flatMap(policySpellings),
  )
  if (typeof policy === 'string') return fail(policy, io)
  const [other, ...more] =
    endpointName === undefined || typeof endpoint !== 'string'
      ? []
      : findOtherPods(endpointName, resources, options.namespace)
  if (other !== undefined && more.length === 0 && what !== 'peers') {
    const answer = answerOtherPod(other, policy === undefined ? policies : [policy], explainSelection)
    await print(answer.json, answer.lines, plan, options, io)
    return answer.isGoverned ? EXIT_OK : EXIT_NO
  }
  if (typeof endpoint === 'string' && what !== 'peers') return fail(endpoint, io)
  if (what === 'peers' && policy !== undefined) return runPeers(policy, plan, resources, sources, options, io)
  if (typeof endpoint === 'string') return fail(endpoint, io)
  if (endpoint !== undefined && policy === undefined) {
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
  if (policy === undefined) return EXIT_FAILED
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
async function runPeers(
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
    return fail(rule === undefined ? 'the policy has no rules' : `the policy has no rule \`${rule}\``, io)
  const sides = rules.flatMap(found => found.sides)
  const isKnown = sides.some(({ members, outside }) => members.length + outside.length > 0)
  if (wanted !== undefined && sides.length > 0 && !isKnown)
    return fail(`the input has no \`${wanted}\`: what is not in it, or has finished, is in no rule`, io)
  const named = rules.map(({ location: _, ...rest }) => rest)
  await print({ policy: fullPolicyName(policy.id), rules: named }, peerLines(policy, rules, sources), plan, options, io)
  return sides.some(({ members }) => members.length > 0) || sides.length === 0 ? EXIT_OK : EXIT_NO
}

/** The one that a name means; a text says why there is none; undefined when no name was given. */
function one<T>(
  what: string,
  wanted: string | undefined,
  found: readonly T[],
  names: readonly string[],
  spellings: () => readonly string[],
): T | string | undefined {
  if (wanted === undefined) return undefined
  const [first] = found
  if (first === undefined) return unknown(what, wanted, spellings())
  return found.length === 1 ? first : `\`${wanted}\` is ambiguous: ${names.join(', ')}`
}

async function print(
  value: object,
  lines: readonly string[],
  plan: NodePlan,
  { output }: WhichOptions,
  io: Io,
): Promise<void> {
  const json = (): string => printableJson({ version: 1, node: plan.nodeName, ...value })
  await io.writeOut(output === 'json' ? json() : lines.map(line => `${printable(line)}\n`).join(''))
}

async function fail(message: string, io: Io): Promise<number> {
  await io.writeError(`error: ${printable(message)}\n`)
  return EXIT_FAILED
}
