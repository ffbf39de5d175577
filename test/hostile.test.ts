// Input that means harm: what is too deep or too long, what is no text, and names that would be rules, terminal sequences or
// workflow commands if anything let them.

import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { main } from '../src/cli/main.ts'
import type { CompileOutput } from '../src/compile.ts'
import { formatDiagnostic } from '../src/diagnostics/format.ts'
import { MAX_ALIASES, MAX_RESOURCE_BYTES, MAX_SCALAR_LENGTH } from '../src/documents/limits.ts'
import { printable } from '../src/text/printable.ts'
import { hangGuard } from './helpers/cpu-time.ts'
import { calico, compileYaml, hostEndpoint, mustCompile, pod, policy } from './helpers/build.ts'
import { fuzz } from './helpers/fuzzing.ts'
import { countRules, loadIntoKernel, whyNoKernel } from './helpers/kernel.ts'
import { RESOURCES_OF_A_CLUSTER } from './helpers/valid-cluster.ts'
import { PAYLOADS } from './helpers/payloads.ts'
import { type CommandRun, runCommand } from './helpers/run-command.ts'

const NODE = 'apiVersion: v1\nkind: Node\nmetadata: {name: node-1}\n'
const config = (data: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: ${data}\n`
const codes = (text: string): string => {
  const result = compileYaml([NODE, text])
  return [...new Set(result.diagnostics.filter(d => d.severity === 'error').map(d => d.code))].join(' ')
}

const nest = (levels: number, open: string, close: string): string => open.repeat(levels) + '1' + close.repeat(levels)
const block = (levels: number, key: string): string =>
  Array.from({ length: levels }, (_, i) => `\n${' '.repeat(i + 1)}${key}`).join('') + ' 1'

t.test('just under each limit, just over it, and far over it', async t => {
  // The document's own mapping is the first level.
  const rows: readonly (readonly [string, (size: number) => string, number])[] = [
    ['brackets', n => config(nest(n, '[', ']')), 63],
    ['braces', n => config(nest(n, '{a: ', '}')), 63],
    ['pairs in brackets', n => config(nest(n / 2, '[a: ', ']')), 62],
    ['block mappings', n => config(block(n, 'a:')), 63],
    ['block lists', n => config(block(n, '-')), 63],
    ['dashes on a line', n => config(`\n${'- '.repeat(n)}1`), 63],
    ['lists at the column of their key', n => config(block(n / 2, 'a:').replace(/\n( +)a:/g, '\n$1a:\n$1- b: 1')), 2],
    ['a chain of aliases', n => config(`\n a0: &a0 [1]${chain(n - 1)}`), 62],
    ['JSON', n => `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":${nest(n, '[', ']')}}`, 63],
    ['aliases', n => config(`\n a: &a 1\n b: [${'*a, '.repeat(n)}]`), MAX_ALIASES],
    ['a text in double quotes', n => config(`{a: "${'x'.repeat(n - 2)}"}`), MAX_SCALAR_LENGTH],
    ['a resource', n => config('').padEnd(n, '\n#'.padEnd(1000, 'x')).slice(0, n), MAX_RESOURCE_BYTES - 1],
  ]
  function chain(links: number): string {
    return Array.from({ length: links }, (_, i) => `\n a${i + 1}: &a${i + 1} [*a${i}]`).join('')
  }
  for (const [title, make, size] of rows) {
    t.equal(codes(make(size)), '', `${title}: ${size} pass`)
    if (title.startsWith('lists at')) continue
    t.equal(codes(make(size + 2)), 'over-limit', `${title}: ${size + 2} do not`)
  }
})

t.test('what makes a reader run out of stack, memory or time is refused', async t => {
  const many = 100_000
  const rows: Readonly<Record<string, string>> = {
    '[': '['.repeat(many),
    '{a: ': '{a: '.repeat(many),
    'a: ': 'a: '.repeat(many),
    ': ': ': '.repeat(many),
    '- ': '- '.repeat(many),
    '? ': '? '.repeat(many),
    '[a: a:': `[${'a: '.repeat(many)}`,
    '- a: ': '- a: '.repeat(many),
    '&a ': '&a '.repeat(many),
    '*a ': `${'*a '.repeat(9_000)}`,
    ']': ']'.repeat(many),
    'deep JSON': `{"a":${'['.repeat(many)}${']'.repeat(many)}}`,
    'billion laughs': config(
      `\n a0: &a0 [x, x, x, x, x, x, x, x, x]${Array.from({ length: 12 }, (_, i) => `\n a${i + 1}: &a${i + 1} [${`*a${i}, `.repeat(9)}]`).join('')}`,
    ),
    'billion laughs by merging': config(
      `\n a0: &a0 {k: 1}${Array.from({ length: 3_000 }, (_, i) => `\n a${i + 1}: &a${i + 1} {<<: *a${i}, k${i}: 1}`).join('')}`,
    ),
    'a mapping as a key': config('{? {on: v} : x}'),
    'a merge of text': config('{<<: v}'),
    'an alias of itself': config('&a [*a]'),
  }
  for (const [title, text] of Object.entries(rows)) {
    const took = hangGuard(() => t.not(codes(text), '', `${title} is an error`))
    t.ok(took.isFine, `${title}: ${took.text}`)
  }
  for (const [title, text] of [
    ['carriage returns', '\r'.repeat(many)],
    ['blank documents', '---\n\n'.repeat(many)],
    ['20,000 keys', config(Array.from({ length: 20_000 }, (_, i) => `\n  "k${i}": !!str v`).join(''))],
  ] as const) {
    const took = hangGuard(() => t.equal(codes(text), '', title))
    t.ok(took.isFine, `${title}: ${took.text}`)
  }
  t.equal(codes(config(Array.from({ length: 20_000 }, (_, i) => `\n  k${i % 19_999}: v`).join(''))), 'duplicate-key')
})

const run = (args: readonly string[], input: Uint8Array | string = ''): Promise<CommandRun> =>
  runCommand(args, { input })

t.test('bytes that are text, and bytes that are none', async t => {
  const swap = (bytes: Buffer): Buffer => Buffer.from(bytes).swap16()
  const utf16 = Buffer.from(`\ufeff${NODE}`, 'utf16le')
  const rows: readonly (readonly [string, Uint8Array, RegExp | undefined])[] = [
    ['UTF-8 with a mark', Buffer.from(`\ufeff${NODE}`), undefined],
    ['UTF-16, little end first', utf16, undefined],
    ['UTF-16, big end first', swap(utf16), undefined],
    ['CRLF', Buffer.from(NODE.replaceAll('\n', '\r\n')), undefined],
    ['UTF-16 without a mark', utf16.subarray(2), /^-:1:2: error: the control character U\+0000 .*UTF-16/],
    ['UTF-32', Buffer.from([0xff, 0xfe, 0, 0, 97, 0, 0, 0]), /UTF-32/],
    ['Latin-1', Buffer.from(`${NODE}# é\xff\n`, 'latin1'), /^-:4:3: error: the byte 0xE9 is not UTF-8/],
    ['cut off', Buffer.from(`${NODE}# é`).subarray(0, -1), /^-:4:3: error: the byte 0xC3 is not UTF-8/],
    ['NUL', Buffer.from(`${NODE}# \0`), /^-:4:3: error: the control character U\+0000/],
    ['ESC', Buffer.from(`${NODE}#\u001b[2J`), /^-:4:2: error: the control character U\+001B/],
  ]
  for (const [title, bytes, wanted] of rows) {
    const { code, err } = await run(['compile', '-f', '-'], bytes)
    t.equal(code, wanted === undefined ? 0 : 2, `${title}: ${err}`)
    if (wanted !== undefined) t.match(err, wanted, title)
  }
})

t.test('what a folder may hold besides files', async t => {
  const folder = t.testdir({ in: { 'a.yaml': NODE, 'b.yaml': { 'c.yaml': '' }, 'empty.yaml': '' }, pipe: {}, link: {} })
  symlinkSync('..', join(folder, 'in/b.yaml/up'))
  symlinkSync('a.yaml', join(folder, 'in/again.yaml'))
  t.match(
    await run(['compile', '-R', '-f', join(folder, 'in')]),
    { code: 0 },
    'a circle of links, a folder, an empty file',
  )
  symlinkSync('nowhere', join(folder, 'link/x.yaml'))
  t.match(await run(['compile', '-f', join(folder, 'link')]), {
    code: 2,
    err: /link\/x\.yaml`: it is a link, and no such/,
  })
  execFileSync('mkfifo', [join(folder, 'pipe/x.yaml')])
  t.match(await run(['compile', '-f', join(folder, 'pipe')]), { code: 2, err: /pipe\/x\.yaml`: it is a pipe/ })
  mkdirSync(join(folder, 'odd'))
  writeFileSync(join(folder, 'odd/\u001b[2J\n::error::x.yaml'), 'a: b: c')
  for (const args of [
    ['-f', join(folder, 'odd')],
    ['-f', 'x\n::error::y'],
    ['-f', 'x', '--ta\n::error::b'],
  ]) {
    const { code, err } = await run(['compile', ...args])
    t.equal(code, 2)
    t.notMatch(err, /^::|\u001b/m, 'no line begins with a workflow command')
  }
})

t.test('names of what every object inherits are names like any other', async t => {
  for (const name of ['__proto__', 'constructor', 'hasOwnProperty', 'toString', 'valueOf']) {
    const rule = `{ingress: [{action: Allow, source: {selector: "has(${name})"}}]}`
    for (const labels of [`{"${name}": "x"}`, '{a: "y"}']) {
      const with1 = pod('web', '10.65.0.2').replace('labels: {}', `labels: ${labels}`)
      for (const text of [with1, `- ${with1}`]) {
        const result = compileYaml([text, policy('p', rule)])
        if (name === '__proto__' && labels.includes(name)) {
          // As a label it cannot be: a name begins with a letter or a digit.
          t.strictSame([...new Set(result.diagnostics.map(({ code }) => code))], ['bad-name'])
          continue
        }
        t.ok(result.ok, `${name}: ${result.diagnostics.map(formatDiagnostic).join()}`)
        if (!result.ok) continue
        const members = result.output.versions[4].ruleset.ipSets.find(s => s.id.startsWith('s:'))?.members
        t.equal(members?.length, labels.includes(name) ? 1 : 0, `has(${name}) on ${labels}`)
      }
    }
    t.not(codes(policy('p', `{"${name}": 1}`)), '', `spec.${name} is an unknown field`)
  }
  t.equal(({} as Record<string, unknown>)['x'], undefined)
})

type Place = (text: string) => readonly string[]
const q = JSON.stringify
const meta = (text: string, field: string): string => `, ${field}: ${text}`
const allow = '{ingress: [{action: Log}, {action: Allow}]}'
const PLACES: Readonly<Record<string, Place>> = {
  'policy name': x => [policy(q(x), allow)],
  'policy namespace': x => [calico('NetworkPolicy', 'p', allow, meta(q(x), 'namespace'))],
  'policy label': x => [calico('GlobalNetworkPolicy', 'p', allow, meta(`{${q(x)}: ${q(x)}}`, 'labels'))],
  'policy annotation': x => [calico('GlobalNetworkPolicy', 'p', allow, meta(`{${q(x)}: ${q(x)}}`, 'annotations'))],
  'rule annotation key': x => [policy('p', `{ingress: [{action: Allow, metadata: {annotations: {${q(x)}: v}}}]}`)],
  'rule annotation value': x => [policy('p', `{ingress: [{action: Allow, metadata: {annotations: {k: ${q(x)}}}}]}`)],
  selector: x => [policy('p', `{selector: ${q(`a == '${x}'`)}, ingress: [{action: Allow}]}`)],
  'rule selector': x => [policy('p', `{ingress: [{action: Allow, source: {selector: ${q(`a != '${x}'`)}}}]}`)],
  'tier name': x => [calico('Tier', q(x), '{order: 1}'), policy('p', `{tier: ${q(x)}, ingress: [{action: Allow}]}`)],
  'Kubernetes policy name': x => [
    `{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: ${q(x)}, namespace: ${q(x)}}, spec: {podSelector: {}, ingress: [{}]}}`,
  ],
  'pod name': x => [pod(q(x), '10.65.0.9')],
  'pod namespace': x => [pod('other', '10.65.0.9', {}, { namespace: q(x) })],
  'pod label': x => [pod('other', '10.65.0.9', { [x]: x })],
  'pod port name': x => [
    pod('other', '10.65.0.9', {}, { ports: `[{name: ${q(x)}, containerPort: 80, protocol: TCP}]` }),
  ],
  'pod node': x => [pod('other', '10.65.0.9', {}, { node: q(x) })],
  'namespace name': x => [`{apiVersion: v1, kind: Namespace, metadata: {name: ${q(x)}, labels: {${q(x)}: ${q(x)}}}}`],
  'host endpoint name': x => [hostEndpoint(q(x))],
  'interface name': x => [hostEndpoint('other', {}, `interfaceName: ${q(x)}`)],
  'profile name': x => [
    calico('Profile', q(x), allow),
    hostEndpoint('other', {}, `interfaceName: eth1, profiles: [${q(x)}]`),
  ],
  'workload interface': x => [
    calico(
      'WorkloadEndpoint',
      'w',
      `{node: node-1, workload: w, orchestrator: k8s, endpoint: eth0, interfaceName: ${q(x)}, ipNetworks: [10.65.0.7/32]}`,
    ),
  ],
  'network set': x => [calico('GlobalNetworkSet', q(x), `{nets: [${q(x)}]}`)],
  'pool name': x => [calico('IPPool', q(x), '{cidr: 10.65.0.0/16, natOutgoing: true}')],
  'service account': x => [policy('p', `{ingress: [{action: Allow, source: {serviceAccounts: {names: [${q(x)}]}}}]}`)],
  service: x => [
    policy(
      'p',
      `{types: [Egress], egress: [{action: Allow, destination: {services: {name: ${q(x)}, namespace: ${q(x)}}}}]}`,
    ),
  ],
  port: x => [policy('p', `{ingress: [{action: Allow, protocol: TCP, destination: {ports: [${q(x)}]}}]}`)],
  net: x => [policy('p', `{ingress: [{action: Allow, source: {nets: [${q(x)}]}}]}`)],
  protocol: x => [policy('p', `{ingress: [{action: Allow, protocol: ${q(x)}}]}`)],
  ...Object.fromEntries(
    [
      'logPrefix',
      'interfacePrefix',
      'interfaceExclude',
      'chainInsertMode',
      'iptablesFilterAllowAction',
      'natOutgoingAddress',
      'metadataAddr',
      'featureDetectOverride',
      'logActionRateLimit',
      'natPortRange',
      'deviceRouteSourceAddress',
      'flowLogsPolicyEvaluationMode',
    ].map((field): readonly [string, Place] => [
      field,
      x => [calico('FelixConfiguration', 'default', `{flowLogsFlushInterval: 15s, ${field}: ${q(x)}}`)],
    ]),
  ),
}

const BASE = [pod('web', '10.65.0.2'), hostEndpoint('h'), policy('log', '{ingress: [{action: Log}]}')]

/** Whether there are as many rules, sets and members in the text as in the ruleset. */
function isFaithful({ versions }: CompileOutput): boolean {
  return [versions[4], versions[6]].every(version => {
    if (version === undefined) return true
    const { ruleset, text } = version
    const rules = ruleset.tables.flatMap(({ chains, hooks }) => [
      ...chains.map(chain => chain.rules.length),
      ...hooks.map(hook => hook.inserts.length + hook.appends.length),
    ])
    const chains = ruleset.tables.reduce((sum, table) => sum + table.chains.length, 0)
    const wantedRules = rules.reduce((sum, count) => sum + count, 0)
    const lines = text.iptables.split('\n').length - 1
    const members = ruleset.ipSets.reduce((sum, set) => sum + set.members.length, 0)
    const isSetText = text.ipset.split('\n').length - 1 === ruleset.ipSets.length + members + 1
    const isPlain = !/[^\n\u0020-\u007e\u00a0-\uffff]/.test(text.ipset)
    return (
      countRules(text.iptables) === wantedRules &&
      lines === wantedRules + chains + 2 * ruleset.tables.length &&
      isSetText &&
      isPlain
    )
  })
}

const compiled: CompileOutput[] = []

t.test('no payload in any field makes a rule, a set or a line of its own', async t => {
  t.ok(PAYLOADS.length >= 40, `${PAYLOADS.length} payloads in ${Object.keys(PLACES).length} fields`)
  for (const [field, place] of Object.entries(PLACES)) {
    const wrong: string[] = []
    let taken: CompileOutput | undefined
    for (const payload of PAYLOADS) {
      const result = compileYaml([...BASE, ...place(payload)])
      if (result.ok) taken = result.output
      if (result.ok && field === 'logPrefix') compiled.push(result.output)
      if (result.ok && !isFaithful(result.output)) wrong.push(q(payload))
      for (const diagnostic of result.diagnostics) {
        const line = formatDiagnostic(diagnostic)
        if (/[\n\r\u001b\u009b\u202e]/.test(line) || line.startsWith('::')) wrong.push(`${q(payload)}: ${q(line)}`)
      }
    }
    if (taken !== undefined) compiled.push(taken)
    t.strictSame(wrong, [], field)
  }
})

/** What no stream may hold: characters that steer a terminal or hide text, and lines that a workflow runner would obey. */
const STEERS =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]|^\s*::|##\[/m

t.test('no command shows input that steers a terminal or a workflow', async t => {
  const bad = '\u001b[2J\u202e\n::error::x\r\u009b##[error]\u2028y'
  const meta = { labels: { app: 'web' }, annotations: { note: bad } }
  const v3 = (kind: string, name: string, spec: object, more: object = {}): string =>
    JSON.stringify({ apiVersion: 'projectcalico.org/v3', kind, metadata: { ...meta, ...more, name }, spec })
  const written = q(bad).replace('\u009b', '\\u009b')
  const policyYaml = `apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: p}
spec:
  selector: app == 'web'
  ingress:
    - action: Allow # \u202e ##[error] \u2028
      metadata:
        annotations:
          note: |
            ##[error]
            ::error::x
          other: ${written}
      source:
        selector: app != '\u202e::error'
    - action: Log
    - {action: Deny, metadata: {annotations: {note: ${written}}}}
`
  const documents = [
    NODE,
    v3('FelixConfiguration', 'default', { logPrefix: 'calico-packet' }),
    v3('HostEndpoint', 'h', { node: 'node-1', interfaceName: 'eth0', expectedIPs: ['192.0.2.1'] }),
    v3('GlobalNetworkSet', 'set', { nets: ['198.51.100.0/24'] }, { labels: { kind: 'set' } }),
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { ...meta, name: 'web', namespace: 'default', labels: { app: 'web' } },
      spec: {
        nodeName: 'node-1',
        containers: [{ name: bad, ports: [{ name: bad, containerPort: 80, protocol: 'TCP' }] }],
      },
      status: { phase: 'Running', podIP: '10.65.0.2' },
    }),
    JSON.stringify({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { ...meta, name: 'k', namespace: 'default' },
      spec: { podSelector: { matchLabels: { app: 'web' } }, ingress: [{ ports: [{ port: 80 }] }] },
    }),
    JSON.stringify({ apiVersion: bad, kind: bad, metadata: { name: bad } }),
    policyYaml,
  ]
  const folder = t.testdir()
  const file = join(folder, '\u001b[2J\n::error::\u202e.yaml')
  writeFileSync(file, documents.join('\n---\n'))
  const input = ['-f', file, '--node', 'node-1']
  const packet = ['--from', '198.51.100.7', '--to', 'pod/default/web', '--dport', '80']
  const line = policyYaml.split('\n').findIndex(text => text.includes('Allow')) + 1
  const place = documents.slice(0, -1).join('\n---\n').split('\n').length + 1 + line
  t.strictSame(
    compileYaml(documents)
      .diagnostics.filter(d => d.severity === 'error')
      .map(formatDiagnostic),
    [],
  )
  const { tables } = mustCompile(documents).versions[4].ruleset
  const chain = tables.flatMap(table => table.chains.map(({ name }) => name))
  const runs: readonly (readonly string[])[] = [
    ['compile', ...input],
    ['compile', ...input, '--annotate'],
    ...['pretty', 'concise', 'json', 'sarif', 'github'].map(format => ['check', '-f', file, '--format', format]),
    ['convert', '-f', file],
    ...[[], ['--json'], ['--why-not'], ['--verdict-only']].map(more => ['trace', ...input, ...packet, ...more]),
    ['trace', ...input, '--from', bad, '--to', bad],
    [
      'trace',
      ...input,
      '--log',
      `${bad}calico-packet: IN=${bad} OUT= SRC=198.51.100.7 DST=10.65.0.2 PROTO=TCP SPT=1 DPT=80`,
    ],
    ...[[], ['-o', 'json']].flatMap(more => [
      ...['--policy=p', '--endpoint=pod/default/web', `--policy=${bad}`, `--endpoint=${bad}`, `--chain=${bad}`].map(
        subject => ['explain', ...input, subject, ...more],
      ),
      ['explain', `${file}:${place}`, ...input, ...more],
      ['explain', bad, ...input, ...more],
      ...chain.map(name => ['explain', ...input, '--chain', name, ...more]),
      ['which', 'policies', ...input, '--endpoint', 'pod/default/web', '--all', ...more],
      ['which', 'endpoints', ...input, '--policy', 'p', '--all', ...more],
      ['which', 'endpoints', ...input, '--policy', bad, ...more],
    ]),
    [bad],
    ['compile', bad],
    ['compile', `--${bad}`],
  ]
  let shown = 0
  for (const args of runs) {
    const out: string[] = []
    const write = async (text: string): Promise<void> => void out.push(text)
    const code = await main(args, {
      writeOut: write,
      writeError: write,
      readInput: async () => new Uint8Array(),
      isErrorTerminal: false,
      isOutTerminal: false,
    })
    const title = args.map(arg => printable(arg.replace(file, 'FILE'))).join(' ')
    // The format for GitHub is made of its commands, and rules hold the prefix as Felix writes it.
    const isMeant = args.includes('github') ? /^::(?:error|warning|notice) file=/gm : /--log-prefix "[^"]*"/g
    const text = out.join('').replaceAll(['check', 'compile'].includes(args[0] ?? '') ? isMeant : /(?!)/g, '')
    const found = STEERS.exec(text)
    const around = found === null ? '' : text.slice(Math.max(0, found.index - 60), found.index + 40)
    // Not in the title, which TAP would take apart.
    t.equal(encodeURI(around), '', title.replace(/[^\w ./-]/g, '_'))
    if (code === 0) shown += text.length
  }
  t.ok(shown > 10_000, `${shown} characters were shown`)
})

const why = whyNoKernel()
if (why !== undefined) console.error(`\n*** PAYLOADS ARE NOT LOADED INTO A KERNEL: ${why} ***\n`)

t.test('the kernel lists as many rules as were planned', { skip: why ?? false }, async t => {
  t.ok(compiled.length > 15, `${compiled.length} rulesets`)
  for (const { versions } of compiled) {
    const { iptables, ipset } = versions[4].text
    const loaded = loadIntoKernel('legacy', 4, ipset, iptables)
    t.ok(loaded.ok, 'it loads', { found: loaded.errors })
    t.equal(loaded.rules, countRules(iptables))
  }
})

t.test(
  'thousands of random inputs: no crash, no hang, the text is read back to the byte, and the same twice',
  async t => {
    const unhandled: unknown[] = []
    const listen = (error: unknown): void => void unhandled.push(error)
    process.on('unhandledRejection', listen)
    const fixed = 20_240_501
    const random = Math.floor(Math.random() * 2 ** 31)
    // A valid input is a cluster of many resources: planning and rendering cost the same for one.
    const clusters = Math.ceil(1_000 / RESOURCES_OF_A_CLUSTER)
    for (const [name, inputs] of [
      ['bytes', 800],
      ['yaml', 1_200],
      ['valid', clusters],
    ] as const)
      for (const seed of [fixed, random]) t.equal(fuzz(name, seed, inputs).find, undefined, `${name}, seed ${seed}`)
    await new Promise(resolve => setImmediate(resolve))
    process.off('unhandledRejection', listen)
    t.strictSame(unhandled, [])
  },
)

t.test('no line that any command writes is a command to a build server or steers a terminal', async t => {
  const folder = t.testdir({})
  const evil = [
    ...['\u001b[2J', '\u009b1m', '\u061c', '\u00ad', '\u202e', '\u{e0041}', '\u2066', '\ufeff', '\u3164', '\u034f'],
    ...['##[error]x', '##vso[task.setvariable variable=x]y'],
  ]
  const long = 'a'.repeat(70)
  /** In double quotes, with escapes that YAML knows: raw, most of these characters cannot stand in a file. */
  const quoted = (text: string): string =>
    JSON.stringify(text).replace(/[^\x20-\x7e]/gu, c => `\\U${(c.codePointAt(0) ?? 0).toString(16).padStart(8, '0')}`)
  const write = (name: string, text: string): string => {
    const path = join(folder, name)
    writeFileSync(path, text)
    return path
  }
  const shown =
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u034f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff]|[\u{e0000}-\u{e0fff}]|##(vso)?\[/u
  for (const [index, piece] of evil.entries()) {
    const text = quoted(`${piece} ${long} ::error::${piece}`)
    const rules = `[{action: Log, metadata: {annotations: {a: ${text}}}}, {action: Deny, source: {selector: ${quoted(`b == "${piece} ${long} ::error::x"`)}}}]`
    const annotations = `annotations: {a: ${text}}`
    const documents = [
      NODE,
      hostEndpoint('h', { role: 'any' }),
      `{apiVersion: projectcalico.org/v3, kind: GlobalNetworkPolicy, metadata: {name: p, ${annotations}}, spec: {selector: "role == 'any'", types: [Ingress], ingress: ${rules}}}`,
    ]
    const path = write(`p${index}.yaml`, documents.join('\n---\n'))
    const broken = write(
      `b${index}.yaml`,
      `apiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata:\n  name: x\n  annotations:\n    a: |\n      ::error::x\n      ##[error]x ##vso[a]b\n    b: ${text}\nspec:\n  Selector: all()\n  ${quoted(piece)}: 1\n`,
    )
    const prefix = write(
      `c${index}.yaml`,
      [...documents, calico('FelixConfiguration', 'default', `{logPrefix: ${quoted(`::${piece}`)}}`)].join('\n---\n'),
    )
    const save = write(
      `r${index}.txt`,
      `*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n-A INPUT -m string --string "${piece} ${long} ::error::x" -j LOG --log-prefix "::${piece}"\nCOMMIT\n`,
    )
    const packet = ['--from', '198.51.100.7', '--to', '192.0.2.1', '--dport', '80', '--in-interface', 'eth0']
    const commands: readonly (readonly string[])[] = [
      ...['pretty', 'concise', 'json', 'sarif'].map(format => ['check', '-f', broken, '--output', format]),
      ['check', '-f', broken, '--dry-run'],
      ['convert', '-f', path],
      ['compile', '-f', path],
      ['compile', '-f', path, '--annotate'],
      ['compile', '-f', prefix],
      ['explain', '-f', path, 'policy', 'p'],
      ['explain', '-f', path, 'policy', 'p', '--output', 'json'],
      ['explain', '--rules', save, 'chain', 'INPUT'],
      ['which', '-f', path, 'h'],
      ['trace', '-f', path, ...packet, '--why-not'],
      ['trace', '-f', path, ...packet, '--json'],
      ['trace', '--rules', save, ...packet, '--out-interface', 'eth0'],
      ['explain', piece],
      ['trace', '-f', path, '--from', piece, '--to', `::${piece}`, '--dport', '80'],
    ]
    for (const args of commands) {
      const { out, err } = await runCommand(args)
      const title = `${args.slice(0, 1).join(' ')} ${args.slice(-2).join(' ')} with ${JSON.stringify(piece)}`
      const bad = `${out}\n${err}`.split('\n').filter(line => shown.test(line) || /^\s*::/.test(line))
      if (bad.length > 0) t.strictSame(bad, [], title)
    }
    const run = await runCommand(['compile', '-f', prefix])
    t.match(
      [run.code, run.out, run.err],
      [2, '', /steering-text/],
      `a log prefix of ${JSON.stringify(piece)} is refused`,
    )
    const forced = await runCommand(['compile', '-f', prefix, '--force'])
    t.ok(forced.code === 0 && forced.out.includes(`::${piece}`), 'and printed by --force')
  }
})
