// calitables collect: what a cluster and a node have to be asked for, and asking the cluster.

import { spawn } from 'node:child_process'
import { printable } from '../text/printable.ts'
import type { AddCommand } from './command.ts'
import { EXIT_OK } from './exit-codes.ts'
import type { Io } from './io.ts'
import { mistake, refuse, refuseWith, writeNote } from './messages.ts'
import { reason } from './read-sources.ts'
import { writeFiles } from './writing/write-files.ts'

/** Kinds that decide rules, as `kubectl get` names them. Nothing else is ever asked for: no secrets, no ConfigMaps but Calico's. */
const KUBERNETES = [
  'namespaces',
  'serviceaccounts',
  'pods',
  'nodes',
  'services',
  'endpointslices.discovery.k8s.io',
  'networkpolicies.networking.k8s.io',
  'adminnetworkpolicies.policy.networking.k8s.io',
  'baselineadminnetworkpolicies.policy.networking.k8s.io',
  'clusternetworkpolicies.policy.networking.k8s.io',
  'installations.operator.tigera.io',
  'deployments.apps',
  'configmaps',
] as const

const CALICO = [
  'globalnetworkpolicies',
  'networkpolicies',
  'stagedglobalnetworkpolicies',
  'stagednetworkpolicies',
  'stagedkubernetesnetworkpolicies',
  'tiers',
  'globalnetworksets',
  'networksets',
  'hostendpoints',
  'ippools',
  'felixconfigurations',
  'bgpconfigurations',
  'kubecontrollersconfigurations',
  'clusterinformations',
] as const

/** Of these kinds one object alone: the Deployment that makes host endpoints, and the ConfigMap of Felix's environment. */
const ONLY: Readonly<Record<string, readonly string[]>> = {
  'deployments.apps': ['-A', '--field-selector', 'metadata.name=calico-kube-controllers'],
  configmaps: ['-n', 'kube-system', '--field-selector', 'metadata.name=calico-config'],
}

/** Where a cluster may have a kind: as Calico stores it, or from v3.32 on as a native v3 CRD, which is asked for where it has no other. */
const KINDS: readonly (readonly string[])[] = [
  ...KUBERNETES.map(kind => [kind]),
  ...CALICO.map(kind => [`${kind}.crd.projectcalico.org`, `${kind}.projectcalico.org`]),
]

/** On one line, so that it can be pasted; each file is taken by the option behind it. */
const ON_THE_NODE =
  '(ip -json addr show; ip -json route; ip -json -6 route) > host.json; iptables-save -c > v4.save; ip6tables-save -c > v6.save; ipset save > sets.save'

const NO_CALICO =
  "warning: the cluster has no kinds of Calico's, so none of its policies are here (where it keeps them in etcd, add what `calicoctl get KIND -A -o yaml` prints)\n"

interface CollectOptions {
  readonly context?: string
  readonly node?: string
  readonly outputDir: string
  readonly print?: true
}

const EXAMPLES = `Examples:
  # All that decides rules, one file a kind, into a folder; then the rules of a node
  calitables collect --output-dir cluster/
  calitables compile -f cluster/ --node worker-1

  # What would be run, without running it
  calitables collect --print --context prod --node worker-1
`

export const addCommand: AddCommand = (program, io, setExitCode) => {
  program
    .command('collect')
    .description('Run `kubectl get` for every kind that decides rules, and print what to run on a node.')
    .option('--context <name>', 'the context of kubectl (default: the current one)')
    .option('--node <name>', 'the node that is asked about')
    .option('--output-dir <dir>', 'the folder to write one file a kind to', 'cluster')
    .option('--print', 'print the commands instead of running them')
    .addHelpText('before', EXAMPLES)
    .action(async (options: CollectOptions) => {
      const { context = '', node = '', outputDir } = options
      const odd = [context, node, outputDir].find(word => printable(word) !== word)
      if (odd !== undefined)
        return setExitCode(await refuse('usage-bad-value', `\`${odd}\` cannot stand in a command to paste`, io))
      setExitCode(options.print === true ? await print(options, io) : await collect(options, io))
    })
}

async function print(options: CollectOptions, io: Io): Promise<number> {
  // With a dash it would be an option.
  const folder = quote(options.outputDir.replace(/^(?=-)/, './'))
  const lines = KINDS.map(names => {
    const commands = names.map(
      kind => `kubectl ${argumentsOf(kind, options).map(quote).join(' ')} > ${folder}/${fileOf(kind)}`,
    )
    return commands.join(' || ')
  })
  await io.writeOut([`mkdir -p ${folder}`, ...lines, ...nodeLines(options), ''].join('\n'))
  return EXIT_OK
}

async function collect(options: CollectOptions, io: Io): Promise<number> {
  const files = new Map<string, string>()
  const missing: string[] = []
  for (const names of KINDS) {
    const found = await firstFound(names, options)
    // Clusters differ in the kinds that they have.
    if (found === undefined) missing.push(names.at(-1) ?? '')
    else if ('err' in found) return refuseKind(found.kind, found.err, io)
    else files.set(fileOf(found.kind), found.out)
  }
  const stale = KINDS.flat()
    .map(fileOf)
    .filter(name => !files.has(name))
  try {
    await writeFiles(options.outputDir, files, stale)
  } catch (error) {
    return refuse('unwritable-file', `cannot write to \`${options.outputDir}\`: ${reason(error)}`, io)
  }
  const hasCalico = CALICO.some(kind => !missing.includes(`${kind}.projectcalico.org`))
  const told = hasCalico ? missing : missing.slice(0, -CALICO.length)
  if (told.length > 0) await writeNote(`the cluster does not have ${told.join(', ')}`, io)
  if (!hasCalico) await io.writeError(NO_CALICO)
  await io.writeOut([...nodeLines(options), ''].join('\n'))
  return EXIT_OK
}

/** What a cluster says of the first of the names that it has; undefined where it has none of them. */
async function firstFound(
  names: readonly string[],
  options: CollectOptions,
): Promise<
  { readonly kind: string; readonly out: string } | { readonly kind: string; readonly err: string } | undefined
> {
  for (const kind of names) {
    const { code, out, err } = await kubectl(argumentsOf(kind, options))
    if (code === 0) return { kind, out }
    if (!/doesn't have a resource type|could not find the requested resource/.test(err))
      return { kind, err: err.trim() === '' ? `exit code ${code}` : err.trim() }
  }
  return undefined
}

/** The last line of kubectl says what is wrong; those before it are its log. */
async function refuseKind(kind: string, text: string, io: Io): Promise<number> {
  const lines = text.split('\n').filter(line => !/^[EWIF]\d{4} /.test(line))
  const words = lines.at(-1) ?? text.split('\n').at(-1) ?? text
  const cure = '--context NAME asks another cluster; --print says what to run where kubectl reaches it'
  return refuseWith([mistake('kubectl-failed', `kubectl get ${kind}: ${words}`, cure)], io)
}

function nodeLines({ node, context }: CollectOptions): readonly string[] {
  const name = quote(node ?? 'NODE')
  const where = context === undefined ? '' : `--context ${quote(context)} `
  return [
    `# On node ${node ?? 'NODE'}:`,
    ON_THE_NODE,
    '# Or through kubectl, into one of its files at a time:',
    `kubectl ${where}debug node/${name} -q -i --profile=sysadmin --image=IMAGE -- chroot /host sh -c 'ip -json addr show; ip -json route; ip -json -6 route' > host.json`,
  ]
}

function argumentsOf(kind: string, { context }: CollectOptions): readonly string[] {
  return [
    ...(context === undefined ? [] : ['--context', context]),
    'get',
    kind,
    ...(ONLY[kind] ?? ['-A']),
    '-o',
    'yaml',
  ]
}

/** `kubectl get networkpolicies.networking.k8s.io` into `networkpolicies.networking.k8s.io.yaml`: two kinds may share a name. */
function fileOf(kind: string): string {
  return `${kind}.yaml`
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}

function kubectl(
  args: readonly string[],
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  return new Promise(resolve => {
    const out: Buffer[] = []
    const err: Buffer[] = []
    const child = spawn('kubectl', [...args], { stdio: ['ignore', 'pipe', 'pipe'] })
    child.stdout.on('data', (data: Buffer) => out.push(data))
    child.stderr.on('data', (data: Buffer) => err.push(data))
    child.on('error', error => resolve({ code: 127, out: '', err: `kubectl cannot be run: ${reason(error)}` }))
    child.on('close', code =>
      resolve({ code: code ?? 1, out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString() }),
    )
  })
}
