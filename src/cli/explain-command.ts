// calitables explain: which line made this rule, which rules this line makes, and what the code of a message means.

import { IPTABLES } from '../backend/iptables/iptables-backend.ts'
import { compile, type CompileOutput } from '../compile.ts'
import { explainEndpoint, explainPolicy } from '../explain/explain-subject.ts'
import { createExplainer, type Explainer } from '../explain/explainer.ts'
import type { Explanation } from '../explain/explanation.ts'
import { formatExplanation } from '../explain/format-explanation.ts'
import {
  allPolicies,
  endpointSpellings,
  findEndpoints,
  findPolicies,
  fullPolicyName,
  policySpellings,
} from '../explain/names.ts'
import { mayBe } from '../text/wording.ts'
import type { SourceFile } from '../diagnostics/source.ts'
import { explainPlace as explainAt } from '../explain/explain-place.ts'
import type { IpVersion } from '../net/cidr.ts'
import { findSets } from '../explain/find-sets.ts'
import { findOtherPods } from '../explain/other-pods.ts'
import { Lines } from '../diagnostics/lines.ts'
import { findNamed, qualifiedSpellings } from '../text/find-named.ts'
import { printable, printableJson } from '../text/printable.ts'
import type { AddCommand } from './command.ts'
import { EXIT_FAILED, EXIT_NO, EXIT_OK } from './exit-codes.ts'
import { explainCode } from './explain-code.ts'
import { membersAsked, membersJson, membersText } from './explain-members.ts'
import { explainNode, explainRules, isAboutRules } from './explain-rules.ts'
import { type CompiledFor, compileForEndpoint } from './compile-for-endpoint.ts'
import { addInputOptions, type Input, type InputOptions, readInput } from './input-options.ts'
import type { Io } from './io.ts'
import { refuse, writeDiagnostics } from './messages.ts'
import { oneNamed, unknownNamespace } from './one-named.ts'
import { addNamespaceOption, formatOption } from './shared-options.ts'

interface ExplainOptions extends InputOptions {
  readonly filename: readonly string[]
  readonly ipv6?: true
  readonly rules?: readonly string[]
  readonly sets?: readonly string[]
  readonly chain?: string
  readonly rule?: string
  readonly policy?: string
  readonly endpoint?: string
  readonly set?: string
  readonly mark?: string
  readonly members?: true
  readonly namespace?: string
  readonly output?: 'text' | 'json'
}

const EXAMPLES = `Examples:
  # The rules that line 17 of a file makes
  calitables explain policy.yaml:17 -f policies/

  # What a chain of the node is for, rule by rule, with the YAML behind each
  calitables explain -f policies/ --chain cali-pi-_ZGe_CBEYi1Q3ic73s2t

  # The hash of a rule, from iptables-save on the node
  calitables explain -f policies/ --rule cali:SrciZ5epFwsGYkUq

  # Everything of one policy, one endpoint, one set, one mark
  calitables explain -f policies/ --policy default/access-nginx
  calitables explain -f policies/ --endpoint pod/default/nginx
  calitables explain -f policies/ --set cali40:vo4-kfEnOosXkVLJ1lskp4l
  calitables explain -f policies/ --mark 0x20000

  # A chain as a node has it, in words; with -f also the YAML behind its rules
  calitables explain --rules iptables-save.txt --sets ipset-save.txt --chain cali-FORWARD

  # What the code at the end of a message means, and what to do about it
  calitables explain unknown-field
`

const SUBJECTS = ['chain', 'rule', 'policy', 'endpoint', 'set', 'mark'] as const

export const addCommand: AddCommand = (program, io, setExitCode) => {
  addNamespaceOption(addInputOptions(program.command('explain')))
    .description('Show rules and the YAML behind them side by side, in plain words.')
    .argument('[place]', 'a line of the input as FILE:LINE or FILE:LINE:COLUMN, or the code of a message')
    .option('-6, --ipv6', 'explain the IPv6 rules')
    .option('--chain <name>', 'a chain')
    .option('--rule <hash>', 'a rule by its hash, with or without cali: in front')
    .option('--policy <name>', 'a policy: NAME, NAMESPACE/NAME or KIND/NAMESPACE/NAME')
    .option('--endpoint <name>', 'an endpoint: pod/NAMESPACE/NAME, host/NAME or host/INTERFACE')
    .option('--set <name>', 'an IP set: its name, or what it is of: this-host, a selector, NAMESPACE/NAME of a service')
    .option('--mark <bits>', 'bits of the packet mark, such as 0x20000')
    .option('--members', "also say who is in the source and destination of the policy's rules")
    .option('--rules <file...>', 'output of iptables-save or ip6tables-save on a node: explain what it has')
    .option('--sets <file...>', 'output of `ipset save` on the node, for --rules')
    .addOption(formatOption(['text', 'json']))
    .addHelpText('before', EXAMPLES)
    .action(async (place: string | undefined, options: Partial<ExplainOptions>) => {
      setExitCode(await runAny(place, options, io))
    })
}

async function runAny(place: string | undefined, options: Partial<ExplainOptions>, io: Io): Promise<number> {
  const { filename } = options
  if (filename !== undefined) return runExplain(place, { ...options, filename }, io)
  if (options.rules !== undefined && place === undefined) return runExplain(place, { ...options, filename: [] }, io)
  if (place !== undefined && !place.includes(':')) return explainCode(place, options.output ?? 'text', io)
  return refuse(
    'usage-missing-option',
    'nothing says what to read: give files or folders with -f (only the code of a message and --rules need none)',
    io,
  )
}

async function runExplain(place: string | undefined, options: ExplainOptions, io: Io): Promise<number> {
  const asked = SUBJECTS.filter(subject => options[subject] !== undefined)
  if (asked.length + (place === undefined ? 0 : 1) !== 1) {
    return refuse('usage-missing-option', `say what to explain: one of ${WAYS_TO_ASK}`, io)
  }
  if (options.rules !== undefined && !isAboutRules(options))
    return refuse('usage-conflict', 'of the rules of a node, --chain, --rule, --set and --mark can be asked for', io)
  const input = await readInput(options, io)
  if (input === undefined) return EXIT_FAILED
  // Without resources nothing is compiled, and the text of the node is all there is.
  const { result, candidates = [] } = options.filename.length === 0 ? {} : compileAsked(input, options)
  const isRefused = await writeDiagnostics(result?.diagnostics ?? [], io)
  if (result?.ok === false || isRefused) return EXIT_FAILED
  const nowhere = unknownNamespace(options.namespace, result?.output.resources ?? [])
  if (nowhere !== undefined) return refuse('usage-unknown-name', nowhere, io)
  if (candidates.length > 0) return refuse('usage-unknown-name', mayBe(options.endpoint ?? '', candidates), io)
  const ipVersion = options.ipv6 === true ? 6 : 4
  const compiled = result === undefined ? undefined : compiledExplainer(result.output, ipVersion)
  if (compiled === undefined && result !== undefined)
    return refuse('no-ipv6-rules', 'there are no IPv6 rules: FelixConfiguration sets `ipv6Support: false`', io)
  const found =
    options.rules !== undefined
      ? await explainNode(options, ipVersion, compiled, io)
      : compiled === undefined
        ? undefined
        : place === undefined
          ? (networkSetMeant(options, compiled) ?? explainOption(options, compiled))
          : explainPlace(place, compiled, input.files)
  if (found === undefined) return EXIT_FAILED
  if (typeof found === 'string') return refuse('usage-unknown-name', found, io)
  const node = compiled === undefined ? {} : { node: compiled.plan.nodeName }
  const members =
    options.members === true && compiled !== undefined ? membersAsked({ place, ...options }, compiled) : []
  if (options.members === true && members.length === 0)
    return refuse('usage-conflict', '--members is about a policy: ask for --policy NAME, or FILE:LINE of one', io)
  const told = members.length === 0 ? {} : { members: membersJson(members) }
  const json = { version: 1, ...node, ipVersion, ...found, ...told }
  const lines = compiled === undefined ? [] : membersText(members, compiled)
  const text = lines.map(line => `${printable(line)}\n`).join('')
  await io.writeOut(options.output === 'json' ? printableJson(json) : formatExplanation(found) + text)
  return found.chains.length === 0 && found.sets.length === 0 && found.marks.length === 0 ? EXIT_NO : EXIT_OK
}

/** An endpoint has its chains on one node: nobody need say on which. */
function compileAsked(input: Input, options: ExplainOptions): Pick<CompiledFor, 'result' | 'candidates'> {
  return options.endpoint === undefined
    ? { result: compile(input), candidates: [] }
    : compileForEndpoint(input, options)
}

function compiledExplainer(
  { plan, resources, versions, sources }: CompileOutput,
  ipVersion: IpVersion,
): Explainer | undefined {
  const ruleset = versions[ipVersion]?.ruleset
  if (ruleset === undefined) return undefined
  return createExplainer({ plan, resources, ruleset, sources }, IPTABLES)
}

const WAYS_TO_ASK = 'FILE:LINE, --chain, --rule, --policy, --endpoint, --set and --mark'

/** The explanation, or why there is none. */
function explainOption(options: ExplainOptions, explainer: Explainer): Explanation | string {
  const aboutRules = explainRules(options, explainer)
  if (aboutRules !== undefined) return aboutRules
  const { plan } = explainer
  const { policy, endpoint = '', namespace } = options
  if (policy !== undefined) {
    const policies = allPolicies(plan)
    const found = oneNamed({
      what: 'policy',
      wanted: policy,
      found: findPolicies(policy, policies, namespace),
      nameOf: ({ id }) => fullPolicyName(id),
      spellings: () => policies.flatMap(policySpellings),
    })
    return typeof found === 'string' ? found : explainPolicy(found, explainer)
  }
  const { endpoints } = explainer
  const all = findEndpoints(endpoint, endpoints, namespace)
  const [other] = all.length > 0 ? [] : findOtherPods(endpoint, explainer.resources, namespace)
  if (other !== undefined) return `\`${other.name}\`: ${other.because}`
  const found = oneNamed({
    what: 'endpoint',
    wanted: endpoint,
    found: all,
    nameOf: ({ name }) => name,
    spellings: () => endpoints.flatMap(endpointSpellings),
  })
  return typeof found === 'string' ? found : explainEndpoint(found, explainer)
}

/** The nets of a network set are in the IP sets of every selector that fits it: its line says in which. */
function networkSetMeant(
  { set, namespace }: ExplainOptions,
  { resources, sources, context }: Explainer,
): string | undefined {
  if (set === undefined || findSets(set, context.sets).length > 0) return undefined
  const all = resources.filter(one => one.kind === 'networkSet')
  const [found, ...others] = findNamed(set, all, qualifiedSpellings, namespace)
  if (found === undefined) return undefined
  if (others.length > 0)
    return mayBe(
      set,
      [found, ...others].map(one => qualifiedSpellings(one).spellings[0] ?? ''),
    )
  const kind = found.namespace === '' ? 'GlobalNetworkSet' : 'NetworkSet'
  const { file, start } = sources.spanOf(found.location)
  const place = `${file.name}:${new Lines().at(file, start).line}`
  return `\`${set}\` is a ${kind}, no IP set: \`calitables explain ${place}\` says in which sets its nets are`
}

function explainPlace(place: string, explainer: Explainer, files: readonly SourceFile[]): Explanation | string {
  // A column may follow; a name that holds colons itself is taken for what it is.
  const [, file = '', line, column] = /^(.+?):([1-9][0-9]{0,8})(?::([1-9][0-9]{0,8}))?$/.exec(place) ?? []
  if (line === undefined) return `\`${place}\` is no place in a file: give one of ${WAYS_TO_ASK}`
  const named = files.filter(({ name }) => name === file || name.endsWith(`/${file}`))
  const nameOf = ({ name }: SourceFile): string => name
  const only = oneNamed({ what: 'file', wanted: file, found: named, nameOf, spellings: () => files.map(nameOf) })
  if (typeof only === 'string') return only
  const found = explainAt(only, Number(line), column === undefined ? undefined : Number(column), explainer)
  return found ?? `\`${only.name}\` has no line ${line}`
}
