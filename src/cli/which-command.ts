// calitables which: the policies of an endpoint, and the endpoints of a policy.

import type { Command } from 'commander'
import {
  allEndpoints,
  allPolicies,
  endpointSpellings,
  type FoundEndpoint,
  findEndpoints,
  findPolicies,
  fullPolicyName,
  policySpellings,
} from '../explain/names.ts'
import { createSelectionExplainer } from '../explain/explain-selection.ts'
import type { AddCommand } from './command.ts'
import { EXIT_FAILED, EXIT_NO, EXIT_OK } from './exit-codes.ts'
import { compileForEndpoint } from './compile-for-endpoint.ts'
import { addInputOptions, readInput } from './input-options.ts'
import type { Io } from './io.ts'
import { refuse, writeDiagnostics } from './messages.ts'
import { addNamespaceOption, formatOption } from './shared-options.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { findOtherPods, otherPods } from '../explain/other-pods.ts'
import { type Asked, print, tellPeers, tellEndpoints, tellPolicies, type WhichOptions } from './which-answers.ts'
import { answerOtherPod } from './which-other-pod.ts'
import type { Policy } from '../model/ast/policy.ts'
import type { Resource } from '../model/ast/resources.ts'
import { mayBe } from '../text/wording.ts'
import { oneNamed, unknownNamespace } from './one-named.ts'

type Question = 'policies' | 'endpoints' | 'peers'

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
    return refuse(
      'usage-extra-argument',
      `--${subject} says which ${subject} is meant: \`${name}\` is one word too many`,
      io,
    )
  return runWhich(what, { ...options, [subject]: name }, io)
}

async function runWhich(what: Question, options: WhichOptions, io: Io): Promise<number> {
  const endpointName = options.endpoint
  if (what === 'policies' && endpointName === undefined)
    return refuse('usage-missing-option', 'say whose policies: --endpoint NAME', io)
  if (what !== 'policies' && options.policy === undefined)
    return refuse('usage-missing-option', 'say which policy: --policy NAME', io)
  const input = await readInput(options, io)
  if (input === undefined) return EXIT_FAILED
  const { result, isAnyNode, candidates } = compileForEndpoint(input, options)
  // Which addresses the node has is no matter of policies, unless it tells which interface a host endpoint is for.
  const isAsked = ({ code, place }: Diagnostic): boolean => code !== 'host-unknown' || place !== undefined
  const isRefused = await writeDiagnostics(result.diagnostics.filter(isAsked), io)
  if (!result.ok || isRefused) return EXIT_FAILED
  const { plan, sources, resources } = result.output
  const nowhere = unknownNamespace(options.namespace, resources)
  if (nowhere !== undefined) return refuse('usage-unknown-name', nowhere, io)
  if (candidates.length > 0) return refuse('usage-unknown-name', mayBe(endpointName ?? '', candidates), io)
  const explainSelection = createSelectionExplainer(plan, sources)
  const endpoints = allEndpoints(plan)
  const policies = allPolicies(plan)
  const endpoint = endpointNamed(options, endpoints, resources)
  const policy = policyNamed(options, policies)
  if (typeof policy === 'string') {
    const isEndpoint = findEndpoints(options.policy ?? '', endpoints, options.namespace).length > 0
    const other = `\`${options.policy ?? ''}\` is an endpoint, and no policy: ask \`which policies\``
    return refuse('usage-unknown-name', isEndpoint ? other : policy, io)
  }
  if (what === 'peers' && policy !== undefined) return tellPeers(policy, plan, resources, sources, options, io)
  const [other] =
    endpointName === undefined || typeof endpoint !== 'string'
      ? []
      : findOtherPods(endpointName, resources, options.namespace)
  if (other !== undefined) {
    const answer = answerOtherPod(other, policy === undefined ? policies : [policy], explainSelection)
    await print(answer.json, answer.lines, plan, options, io)
    return answer.isGoverned ? EXIT_OK : EXIT_NO
  }
  if (typeof endpoint === 'string') {
    const isPolicy = findPolicies(endpointName ?? '', policies, options.namespace).length > 0
    const other = `\`${endpointName ?? ''}\` is a policy, and no endpoint: ask \`which endpoints\``
    return refuse('usage-unknown-name', isPolicy ? other : endpoint, io)
  }
  const asked: Asked = { plan, sources, resources, policies, endpoints, explainSelection, isAnyNode }
  if (policy !== undefined) return tellEndpoints(policy, endpoint, asked, options, io)
  return endpoint === undefined ? EXIT_FAILED : tellPolicies(endpoint, asked, options, io)
}

/** Undefined when no name was given. */
function endpointNamed(
  { endpoint: wanted, namespace }: WhichOptions,
  endpoints: readonly FoundEndpoint[],
  resources: readonly Resource[],
): FoundEndpoint | string | undefined {
  if (wanted === undefined) return undefined
  const found = findEndpoints(wanted, endpoints, namespace)
  const spellings = (): readonly string[] =>
    [...endpoints, ...otherPods(resources).map(({ asEndpoint }) => asEndpoint)].flatMap(endpointSpellings)
  return oneNamed({ what: 'endpoint', wanted, found, nameOf: ({ name }) => name, spellings })
}

function policyNamed(
  { policy: wanted, namespace }: WhichOptions,
  policies: readonly Policy[],
): Policy | string | undefined {
  if (wanted === undefined) return undefined
  const found = findPolicies(wanted, policies, namespace)
  const spellings = (): readonly string[] => policies.flatMap(policySpellings)
  return oneNamed({ what: 'policy', wanted, found, nameOf: ({ id }) => fullPolicyName(id), spellings })
}
