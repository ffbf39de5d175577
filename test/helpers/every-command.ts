// Every command with every option, over one small world of files: what a test runs that has something to say about all of them.
// The commands, options and formats are those of the command line itself; `everyRun` throws where the table here lacks one.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cliCommands } from './cli-commands.ts'

/** What stands in the files. */
export interface Texts {
  readonly yaml: string
  /** The same cluster later. */
  readonly newer: string
  readonly host: string
  readonly routes: string
  readonly rules: string
  readonly sets: string
  readonly packets: string
  readonly expectations: string
  readonly environment: string
  readonly settings: string
  /** A line of the kernel's log. */
  readonly log: string
  /** A chain and a set of the node. */
  readonly chain: string
  readonly set: string
}

/** Paths of the files with the texts, and what else commands are given. */
export interface World extends Texts {
  readonly since: string
  readonly nodes: string
  readonly lessons: string
  readonly verdicts: string
  /** For what a run writes. */
  readonly out: string
  /** The node on whose rules most commands are run. */
  readonly node: string
}

export interface Run {
  readonly command: string
  /** That of `-o`, if there is one. */
  readonly format: string | undefined
  readonly args: readonly string[]
}

const V3 = 'apiVersion: projectcalico.org/v3\nkind: '

export const YAML = [
  'apiVersion: v1\nkind: Node\nmetadata: {name: node-1}\nstatus: {addresses: [{type: InternalIP, address: 192.0.2.1}]}',
  'apiVersion: v1\nkind: Namespace\nmetadata: {name: default}',
  `${V3}HostEndpoint\nmetadata: {name: h, labels: {role: any}}\nspec: {node: node-1, interfaceName: eth0, expectedIPs: [192.0.2.1]}`,
  ...['web', 'db'].map(
    (name, index) =>
      `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}, namespace: default, labels: {role: any, app: ${name}}}\nspec: {nodeName: node-1, containers: [{name: c, ports: [{name: http, containerPort: 80}]}]}\nstatus: {phase: Running, podIP: 10.65.0.${index + 2}, podIPs: [{ip: 10.65.0.${index + 2}}]}`,
  ),
  `${V3}GlobalNetworkPolicy\nmetadata: {name: p}\nspec:\n  selector: role == "any"\n  types: [Ingress, Egress]\n  ingress:\n  - action: Log\n  - {action: Allow, protocol: TCP, source: {selector: app == "web"}, destination: {ports: [80]}}\n  egress:\n  - action: Allow`,
].join('\n---\n')

export const PLAIN: Texts = {
  yaml: YAML,
  newer: YAML.replace('ports: [80]', 'ports: [81]'),
  host: '[{"ifname":"eth0","flags":["UP"],"addr_info":[{"family":"inet","local":"192.0.2.1","prefixlen":24}]}]',
  routes:
    '[{"dst":"default","gateway":"192.0.2.254","dev":"eth0"},{"dst":"10.65.0.0/26","gateway":"192.0.2.2","dev":"eth0"}]',
  rules: `*filter
:INPUT DROP [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:a - [0:0]
:cali-b - [0:0]
-A INPUT -s 10.0.0.0/8 -p tcp -m tcp --dport 80 -j a
-A INPUT -m set --match-set s src -j cali-b
-A a -j MARK --set-xmark 0x1/0x1
-A a -m string --string "x" --algo bm -j cali-b
-A cali-b -j LOG --log-prefix "calico-packet: "
-A cali-b -j ACCEPT
COMMIT
`,
  sets: 'create s hash:net family inet hashsize 1024 maxelem 65536\nadd s 10.0.0.0/8\n',
  packets: 'from,to,proto,dport,expect\n10.0.0.1,192.0.2.1,tcp,80,accept\nhost,10.0.0.1,udp,53,accept\n',
  expectations:
    'version: 1\nassertions:\n- allow: {from: default/web, to: default/db, ports: tcp/80}\n- name: nobody else\n  deny: {from: world, to: namespace/default}\n- only: {from: "selector app == \'web\'", to: pod/default/db}\n',
  environment: 'FELIX_LOGPREFIX=x\nFELIX_IPV6SUPPORT=false\nFELIX_INTERFACEEXCLUDE=/^a/,kube-ipvs0\n',
  settings:
    'paths: [a.yaml]\nrecursive: true\nexclude: ["*.json", "**/x/**"]\nnode: node-1\nseverity: {host-unknown: warning}\n',
  log: 'calico-packet: IN=eth0 OUT= SRC=10.0.0.1 DST=192.0.2.1 PROTO=TCP SPT=40000 DPT=80 SYN',
  chain: 'a',
  set: 's',
}

/** Makes the files, in a folder that is there. */
export function writeWorld(folder: string, texts: Texts): World {
  const write = (name: string, text: string): string => {
    const path = join(folder, name)
    mkdirSync(join(path, '..'), { recursive: true })
    writeFileSync(path, text)
    return path
  }
  write('nodes/node-1/v4.save', texts.rules)
  write('nodes/node-1/sets.save', texts.sets)
  write('lessons/one/cluster.yaml', texts.yaml)
  write('lessons/one/solution/cluster.yaml', texts.newer)
  write('lessons/one/lesson.md', LESSON)
  write('verdicts.txt', 'accept\naccept\n')
  return {
    ...texts,
    yaml: write('a.yaml', texts.yaml),
    newer: write('b.yaml', texts.newer),
    host: write('host.txt', texts.host),
    routes: write('routes.txt', texts.routes),
    rules: write('rules.txt', texts.rules.replace(/^-A/gm, '[7:420] -A')),
    since: write('since.txt', texts.rules.replace(/^-A/gm, '[3:20] -A')),
    sets: write('sets.txt', texts.sets),
    packets: write('packets.csv', texts.packets),
    expectations: write('expectations.yaml', texts.expectations),
    environment: write('felix.env', texts.environment),
    settings: write('calitables.yaml', texts.settings),
    nodes: join(folder, 'nodes'),
    lessons: join(folder, 'lessons'),
    verdicts: join(folder, 'verdicts.txt'),
    out: join(folder, 'out'),
    node: 'node-1',
  }
}

const LESSON = `---
title: One
minutes: 1
node: node-1
predict:
  question: What?
  packets: [{title: a, from: 198.51.100.7, to: host, dport: 80, verdict: accept}]
  because: So.
task:
  text: Do.
  checks: [{kind: packet, title: a, verdict: drop, packet: {from: 198.51.100.7, to: host, dport: 80}}]
  hints: [h]
remember: [r]
---

Text.
`

const PACKET = ['--from', '10.0.0.1', '--to', '192.0.2.1', '--dport', '80', '--in-interface', 'eth0']
const from = ({ yaml, host, node }: World): readonly string[] => ['-f', yaml, '--node', node, '--host', host]
const kernel = ({ rules, sets }: World): readonly string[] => ['--rules', rules, '--sets', sets]

type Rows = (world: World) => readonly (readonly string[])[]

/** What each command is given. Where a row says no format, it is run in each. */
const ROWS: Readonly<Record<string, Rows>> = {
  compile: w => [
    from(w),
    [...from(w), '-6', '--annotate'],
    [...from(w), '-4', '--table', 'filter'],
    [...from(w), '--ipset', '-o', 'text'],
    [...from(w), '--force', '--output-dir', join(w.out, 'compile')],
    ['-f', w.yaml, '--all-nodes', '--output-dir', join(w.out, 'all')],
  ],
  check: w => [
    ['-f', w.yaml],
    ['-f', w.yaml, '--whole', '--exact', '--fail-on', 'warning', '--host', w.host],
    ['-f', w.yaml, '--part', '--no-exact', '--format', 'concise'],
    ['-f', w.yaml, '--dry-run'],
    ['-f', w.newer, '--fix'],
    ['--config', w.settings, '--felix-env-file', w.environment],
    [
      '-f',
      w.yaml,
      '--ignore',
      'host-unknown',
      '--severity',
      'selects-nothing=note',
      '--exclude',
      '**/*.json',
      '-R',
      '-q',
    ],
  ],
  convert: w => [
    ['-f', w.yaml],
    ['-R', '-f', w.lessons, '-q'],
    [w.yaml, '--config', w.settings],
  ],
  trace: w => [
    [...kernel(w), '--host', w.host, ...PACKET, '--steps', '--why-not', '--rules-text'],
    [...kernel(w), '--host', w.host, '--routes', w.routes, '--packets', w.packets],
    [...kernel(w), '--host', w.host, '--packets', w.packets, '--expect', w.verdicts],
    [...kernel(w), '--host', w.host, '--log', w.log],
    [...from(w), '--log', w.log, '--rules-text'],
    [...from(w), ...PACKET, '--reply', '--sport', '1', '--out-interface', 'eth0', '--members'],
    [...from(w), ...PACKET, '--felix-env-file', w.environment, '--routes', w.routes, '--calico-version', '3.30'],
    [...from(w), '--from', 'web', '--to', 'db', '--dport', '80', '-n', 'default', '--steps'],
    [...from(w), '--from', 'pod/default/db', '--to', 'web', '--dport', '81', '--allow-policy', '-o', 'text'],
    [...from(w), '--from', 'pod/default/db', '--to', 'web', '--dport', '81', '--log-policy', '-o', 'text'],
    [...from(w), ...PACKET, '--verdict-only'],
    [...from(w), '--from', 'host', '--to', '10.65.0.2', '--proto', 'icmp', '--icmp-type', '8', '--icmp-code', '0'],
    [...from(w), ...PACKET, '--state', 'established', '--dnat', '10.65.0.2:80'],
    [...from(w), '-6', '--from', 'fd00::1', '--to', 'fd00::2', '--proto', '58'],
  ],
  explain: w => [
    [`${w.yaml}:3`, ...from(w)],
    [...from(w), '--policy', 'p', '--members', '-6'],
    [...from(w), '--endpoint', 'web', '-n', 'default'],
    [...from(w), '--set', 'cali40this-host'],
    [...from(w), '--mark', '0x10000'],
    [...from(w), '--rule', 'cali:Cz_u1IQiXIMmKD4c'],
    [...kernel(w), '--chain', w.chain],
    [...kernel(w), '--chain', 'INPUT'],
    [...kernel(w), '--set', w.set],
    ['unknown-field', '-o', 'text'],
  ],
  'which policies': w => [
    [...from(w), '--endpoint', 'h', '--all'],
    [...from(w), '--endpoint', 'web', '-n', 'default'],
  ],
  'which endpoints': w => [
    [...from(w), '--policy', 'p', '--all'],
    [...from(w), '--policy', 'p', '--endpoint', 'db', '-n', 'default'],
  ],
  'which peers': w => [
    [...from(w), '--policy', 'p'],
    [...from(w), '--policy', 'p', '--rule', 'ingress[1]', '--endpoint', 'web', '-n', 'default', '--all'],
  ],
  diff: w => [
    [w.yaml, w.newer, '--node', w.node, '--host', w.host, '--most', '3'],
    [...from(w), ...kernel(w)],
    [...from(w), '--calico-version', '3.30,3.32', '--all'],
    [...from(w), '--calico-version', 'v3.27.5,v3.31.7', '--felix-env', 'FELIX_IPV6SUPPORT=false'],
  ],
  reach: w => [
    ['-f', w.yaml],
    [...from(w), '--from', 'pod/default/web', '--to', 'namespace/default', '--port', 'http'],
    ['-f', w.yaml, '--from', 'world', '--to', 'selector app == "db"', '-n', 'default', '-6'],
    ['-f', w.yaml, '--open'],
    ['-f', w.yaml, '--isolated'],
  ],
  assert: w => [
    [w.expectations, '-f', w.yaml],
    [w.expectations, ...from(w)],
    ['--init', '-f', w.yaml],
  ],
  lockout: w => [from(w), [...from(w), '--service', 'db=tcp/5432,in', '--require-open', 'ssh,kubelet', 'db']],
  audit: w => [
    [...from(w), ...kernel(w), '--most', '2'],
    [...from(w), ...kernel(w), '--no-effect', '--calico-version', '3.31'],
    [...from(w), ...kernel(w), '--repair', '--no-effect'],
    ['-f', w.yaml, '--nodes', w.nodes, '--no-effect'],
  ],
  hits: w => [
    [...from(w), ...kernel(w)],
    [...from(w), ...kernel(w), '--since', w.since],
  ],
  collect: w => [['--print', '--context', 'c', '--node', w.node, '--output-dir', join(w.out, 'cluster')]],
  page: w => [
    from(w),
    [...from(w), '--redact', '--output-file', join(w.out, 'page.html')],
    ['--lessons', w.lessons, '--output-file', join(w.out, 'lessons.html')],
  ],
}

/** Of these nothing is asked here: what a command does with them, it does before it starts. */
const NOT_RUN = ['--debug']

/**
 * Every command with every option and in every format.
 * @throws when the command line has a command or an option that is not among them, or they have one that it lacks
 */
export async function everyRun(world: World): Promise<readonly Run[]> {
  const commands = await cliCommands()
  const missing: string[] = []
  const names = commands.map(({ name }) => name)
  for (const name of Object.keys(ROWS)) if (!names.includes(name)) missing.push(`${name}, which is no command`)
  const used = new Set<string>(NOT_RUN)
  const runs = commands.flatMap(({ name, options, formats }) => {
    const rows = ROWS[name]?.(world) ?? []
    if (rows.length === 0) missing.push(name)
    for (const { short, long } of options)
      if (rows.some(row => row.includes(long ?? '') || row.includes(short ?? ''))) used.add(long ?? '')
    return rows.flatMap((row): readonly Run[] => {
      const args = [...name.split(' '), ...row]
      const isFixed = formats.length === 0 || row.some(word => WITHOUT_FORMAT.includes(word))
      if (isFixed) return [{ command: name, format: row.includes('-o') ? row[row.indexOf('-o') + 1] : undefined, args }]
      return formats.map(format => ({ command: name, format, args: [...args, '-o', format] }))
    })
  })
  for (const { name, options } of commands)
    for (const { long } of options) if (!used.has(long ?? '')) missing.push(`${name} ${long ?? ''}`)
  if (missing.length > 0) throw new Error(`every-command.ts lacks ${missing.join('; ')}`)
  return runs
}

/** With these a format is given, or cannot be. */
const WITHOUT_FORMAT = [
  '--init',
  '-o',
  '--format',
  '--output-dir',
  '--dry-run',
  '--open',
  '--isolated',
  '--verdict-only',
  '--repair',
]
