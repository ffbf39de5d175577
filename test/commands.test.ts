// What is the same in every command: formats, files by position, names, quiet, version and help, and the spellings of old.

import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { findNamed, podSpellings } from '../src/text/find-named.ts'
import { respell } from '../src/cli/old-spellings.ts'
import { nearestName } from '../src/text/unknown-name.ts'
import { cliCommands } from './helpers/cli-commands.ts'
import { everyRun, PLAIN, writeWorld } from './helpers/every-command.ts'
import { GOLDEN_FOLDER } from './helpers/golden.ts'
import { type CommandRun, runCommand as run } from './helpers/run-command.ts'

const CASE = join(GOLDEN_FOLDER, 'actions/log-denied-packets-kubernetes')
const IN = ['-f', join(CASE, 'input'), '--host', join(CASE, 'host.json')]
const COMMANDS = readdirSync(fileURLToPath(new URL('../src/cli/', import.meta.url)))
  .flatMap(name => /^(.*)-command\.ts$/.exec(name)?.[1] ?? [])
  .filter(name => name !== 'which')

t.test('every command takes the options that all have', async t => {
  for (const command of [...COMMANDS.map(name => [name]), ['which', 'policies'], ['which', 'endpoints']]) {
    const { out, code } = await run([...command, '--help'])
    t.equal(code, 0)
    t.match(out, /-q, --quiet/, `${command.join(' ')} has -q`)
    if (/-o, /.test(out)) t.match(out, /-o, --output <format>/, `${command.join(' ')}: -o is the format`)
    t.match(out, /^Examples:/, `${command.join(' ')} has examples`)
  }
})

t.test('version and help as people write them', async t => {
  const version = await run(['--version'])
  t.match(version, { code: 0, out: /^calitables \d+\.\d+\.\d+ \(Calico v\d/, err: '' })
  for (const args of [['-v'], ['-V'], ['compile', '--version'], ['which', 'policies', '--version']])
    t.strictSame(await run(args), version, args.join(' '))
  const help = await run(['compile', '--help'])
  t.strictSame(await run(['help', 'compile']), help)
  t.match(await run(['help']), { code: 0, out: /Usage: calitables/ })
  t.match(await run(['help', 'bad-port']), { code: 0, out: /^bad-port: a port is not valid/ })
  t.match(await run(['help', 'comple']), {
    code: 2,
    out: '',
    err: /^error: unknown command 'comple' \(Did you mean compile\?\) \[usage-unknown-command\]\n/,
  })
})

t.test('slips of the hand are answered with what to write', async t => {
  const node = [...IN, '--felix-env', 'none']
  const slips: readonly (readonly [args: readonly string[], code: number, said: RegExp])[] = [
    [
      ['explain', 'bad-prot'],
      2,
      /^error: there is no code `bad-prot`; did you mean `bad-port`\? \[usage-unknown-name\]\n$/,
    ],
    [
      ['help', 'bad-prot'],
      2,
      /^error: there is no code `bad-prot`; did you mean `bad-port`\? \[usage-unknown-name\]\n$/,
    ],
    [
      ['audit', '--host', 'a', 'b', 'c'],
      2,
      /^error: `b` and `c` belong to no option of `audit` \(an option that takes one value is given again for each\) \[/,
    ],
    [
      ['which', 'policies', 'access-nginx', ...node],
      2,
      /^error: `access-nginx` is a policy, and no endpoint: ask `which endpoints` \[/,
    ],
    [
      ['which', 'endpoints', 'nginx-5f9c', ...node],
      2,
      /^error: `nginx-5f9c` is an endpoint, and no policy: ask `which policies` \[/,
    ],
    [['explain', 'cali-FORWARD'], 2, /^error: there is no code `cali-FORWARD` \[usage-unknown-name\]\n$/],
    [
      ['explain', 'cali-FORWARD', ...node],
      2,
      /^error: `cali-FORWARD` is no place in a file: give one of FILE:LINE, --chain,/,
    ],
    [['audit', ...node, '--rules', 'no-such-file'], 2, /cannot read `no-such-file`: no such file or folder/],
    [
      ['which', 'policies', ...IN, '--node', 'node-9', '--endpoint', 'curl-1'],
      1,
      /has no chains on node node-9 \(it runs on node-1: --node\)/,
    ],
  ]
  for (const [args, code, said] of slips) {
    const found = await run(args)
    t.equal(found.code, code, args.join(' '))
    t.match(code === 2 ? found.err : found.out, said)
    if (code === 2) t.equal(found.out, '')
  }
})

t.test('a node that the input does not have is refused by every command that takes one', async t => {
  const runs = (await everyRun(writeWorld(t.testdir({}), PLAIN))).filter(
    ({ args, format = 'text' }) => args.includes('--node') && ['text', 'table'].includes(format),
  )
  const commands = new Set<string>()
  for (const { command, args } of runs) {
    // It asks a cluster for the node.
    if (command === 'collect') continue
    commands.add(command)
    for (const [node, help] of [
      ['node-2', 'did you mean `node-1`?'],
      ['no/node-2', 'did you mean `node-1`?'],
      ['worker', 'the input names `node-1`'],
    ] as const) {
      const { code, out, err } = await run(args.map((word, index) => (args[index - 1] === '--node' ? node : word)))
      t.strictSame([code, out], [2, ''], args.join(' '))
      t.match(err, `the input does not name a node \`${node.replace('no/', '')}\` (${help}) [unknown-node]`)
    }
  }
  const takers = (await cliCommands()).filter(({ options }) => options.some(({ long }) => long === '--node'))
  t.strictSame([...commands, 'check', 'collect'].sort(), takers.map(({ name }) => name).sort())
  const { yaml } = writeWorld(t.testdir({}), PLAIN)
  t.match(await run(['check', '-f', yaml, '--node', 'node-2']), { code: 1, out: /did you mean `node-1`/ })
})

t.test('a node that one side of a diff has is a node of both', async t => {
  const { yaml } = PLAIN
  const more = `${yaml}\n---\n${yaml.slice(0, yaml.indexOf('\n---')).replaceAll('node-1', 'node-2')}`
  const folder = t.testdir({ 'old.yaml': yaml, 'new.yaml': more })
  const sides = ['old.yaml', 'new.yaml'].map(name => join(folder, name))
  const diff = (paths: readonly string[], node: string): Promise<CommandRun> =>
    run(['diff', ...paths, '--node', node, '--felix-env', 'none'])
  const taken = /: the input does not name a node `node-2`; it is taken to have no endpoints/
  t.match(await diff(sides, 'node-2'), { code: 1, out: /^opened: /, err: taken })
  t.match(await diff([...sides].reverse(), 'node-2'), { code: 1, out: /^closed: /, err: taken })
  t.match(await run(['diff', ...sides, '--felix-env', 'none']), { code: 0, out: /^no packet/ })
  t.match(await diff(sides, 'node-3'), { code: 2, out: '', err: /error: the input does not name a node `node-3`/ })
})

t.test('the list of commands is made without loading them, and says what they would say', async t => {
  // A name that is none of them loads all of them.
  const loaded = await run(['no-such-command', '--help'])
  for (const args of [['--help'], ['-h'], ['help']]) t.equal((await run(args)).out, loaded.out, args.join(' '))
  for (const command of [...COMMANDS, 'which'])
    t.match(loaded.out, new RegExp(`^  ${command}\\b.*  \\S`, 'm'), `${command} is listed`)
})

t.test('who asks what there is waits for no compiler', async t => {
  const start = fileURLToPath(new URL('../dist/cli/start.cjs', import.meta.url))
  const ask = `const { loaded, start } = require(${JSON.stringify(start)})
    start(process.argv.slice(1)).then(() => console.error([...loaded.keys()].join()))`
  for (const [option, needed] of [
    ['--version', ''],
    ['--help', 'main'],
  ] as const) {
    // `env -i`: tap would otherwise load itself into every child.
    const { stdout, stderr } = spawnSync('env', ['-i', process.execPath, '-e', ask, '--', option], { encoding: 'utf8' })
    t.match(stdout, /calitables/)
    t.equal(stderr, `${needed}\n`, option)
  }
})

t.test('files by position', async t => {
  const wanted = await run(['compile', ...IN])
  t.equal(wanted.code, 0)
  const [, input = '', ...host] = IN
  t.strictSame(await run(['compile', input, ...host]), wanted)
  t.strictSame(await run(['compile', ...host, '--', input]), wanted)
  t.strictSame(await run(['check', input]), await run(['check', '-f', input]))
  t.strictSame(await run(['convert', input]), await run(['convert', '-f', input]))
  const both = t.testdir({
    'a.yaml': 'apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n',
    'b.yaml': 'apiVersion: projectcalico.org/v3\nkind: Nonsense\nmetadata: {name: b}\n',
  })
  t.match(await run(['check', '-f', join(both, 'a.yaml'), '--', join(both, 'b.yaml')]), { code: 1, out: /b\.yaml/ })
  for (const command of ['compile', 'check', 'convert', 'trace', 'which policies --endpoint x'])
    t.match(await run(command.split(' ')), { code: 2, out: '', err: /^error: nothing says / }, command)
})

t.test('-o is the format', async t => {
  const text = await run(['compile', ...IN])
  const json = JSON.parse((await run(['compile', ...IN, '-o', 'json'])).out)
  t.match(json, { version: 1, node: 'node-1', v4: { iptables: text.out }, v6: { iptables: /^\*raw/ } })
  t.equal(json.v4.ipset, (await run(['compile', ...IN, '--ipset'])).out)
  const one = JSON.parse((await run(['compile', ...IN, '-o', 'json', '-4', '--table', 'nat'])).out)
  t.strictSame(Object.keys(one), ['version', 'node', 'v4'])
  t.match(one.v4.iptables, /^\*nat\n[^*]*COMMIT\n$/)
  t.strictSame(await run(['compile', ...IN, '-o', 'text']), text)
  for (const command of ['compile', 'check', 'convert', 'trace', 'explain', 'which policies']) {
    const { code, out, err } = await run([...command.split(' '), ...IN, '-o', 'xml'])
    t.match({ code, out }, { code: 2, out: '' }, command)
    t.match(err, /Allowed choices are /, command)
  }
  t.match(await run(['explain', ...IN, '-o', 'jsn']), {
    code: 2,
    err: /Allowed choices are text, json\. Did you mean `json`\?/,
  })
})

t.test('--output-dir and -o json do not go together', async t => {
  const folder = t.testdir({})
  t.match(await run(['compile', ...IN, '--output-dir', join(folder, 'x'), '-o', 'json']), { code: 2, out: '' })
  t.notOk(existsSync(join(folder, 'x')))
})

t.test('old spellings go on working, with a note', async t => {
  const folder = t.testdir({})
  const packet = ['trace', ...IN, '--from', '198.51.100.7', '--to', 'pod/default/nginx-5f9c', '--dport', '80']
  const pairs: readonly (readonly [readonly string[], readonly string[], string])[] = [
    [[...packet, '--json'], [...packet, '-o', 'json'], '`--json` is `-o json` now'],
    [['convert', ...IN.slice(0, 2), '-o', 'v3'], ['convert', ...IN.slice(0, 2)], '`-o v3` is `-o yaml` now'],
    [
      ['which', 'endpoints', ...IN, '--policy', 'access-nginx', '--why-not', 'curl-1'],
      ['which', 'endpoints', ...IN, '--policy', 'access-nginx', '--endpoint', 'curl-1'],
      '`--why-not` is `--endpoint` now',
    ],
  ]
  for (const [old, fresh, note] of pairs) {
    const wanted = await run(fresh)
    t.strictSame(await run(old), { ...wanted, err: `note: ${note}\n${wanted.err}` }, old.join(' '))
    t.strictSame(await run([...old, '-q']), await run([...fresh, '-q']), 'a note is quiet')
  }
  t.match(await run(['compile', ...IN, '-o', `${folder}/out`]), {
    code: 0,
    out: '',
    err: /^note: `-o DIR` is `--output-dir DIR` now\n/,
  })
  t.equal(readFileSync(join(folder, 'out/v4.iptables'), 'utf8'), (await run(['compile', ...IN])).out)
  const check = ['check', ...IN.slice(0, 2)]
  t.strictSame(await run([...check, '--format', 'json']), await run([...check, '-o', 'json']), '--format stays')
})

t.test('only what is an old spelling is rewritten', async t => {
  const rows: readonly (readonly [string, string])[] = [
    ['compile -o json', 'compile -o json'],
    ['compile -o jsn', 'compile -o jsn'],
    ['compile -ojson', 'compile -ojson'],
    ['compile -o yaml', 'compile -o yaml'],
    ['compile --output=rules/ -4', 'compile --output-dir rules/ -4'],
    ['compile -orules', 'compile --output-dir rules'],
    ['compile -o', 'compile -o'],
    ['compile -- -o rules', 'compile -- -o rules'],
    ['check --format=json -q', 'check -o json -q'],
    ['explain --json', 'explain --json'],
    ['trace --why-not', 'trace --why-not'],
    ['', ''],
  ]
  for (const [written, wanted] of rows) {
    const words = written === '' ? [] : written.split(' ')
    t.equal(respell(words).args.join(' '), wanted, written)
  }
})

t.test('-q leaves out notes and summaries, not warnings', async t => {
  const folder = t.testdir({
    'a.yaml': `apiVersion: v1
kind: ConfigMap
metadata: {name: c}
---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: g}
spec:
  types: [Ingress]
  egress: [{action: Allow}]
`,
  })
  const loud = await run(['check', '-f', folder])
  t.match(loud, { out: /note: .*\n/, err: /warning.*\nread 1 policy.*\n.*skipped 1 document/ })
  const quiet = await run(['check', '-f', folder, '-q'])
  t.equal(quiet.err, '')
  t.match(quiet.out, /: warning: /)
  t.notMatch(quiet.out, /: note: /)
  const compiled = await run(['compile', '-q', '-f', folder, '--node', 'n'])
  t.match(compiled.err, /warning: /)
  t.notMatch(compiled.err, /note: /)
})

t.test('a name means what it is enough for', async t => {
  const pods = ['shop/web', 'shop/db', 'dev/web', 'web/x']
  const find = (wanted: string, namespace?: string): readonly string[] =>
    findNamed(wanted, pods, name => podSpellings(name.split('/')[0] ?? '', name.split('/')[1] ?? ''), namespace)
  const rows: readonly (readonly [string, string | undefined, readonly string[]])[] = [
    ['pod/shop/web', undefined, ['shop/web']],
    ['shop/web', undefined, ['shop/web']],
    ['po/shop/web', 'dev', ['shop/web']],
    ['db', undefined, ['shop/db']],
    ['web', undefined, ['shop/web', 'dev/web']],
    ['web', 'dev', ['dev/web']],
    ['pod/web', 'dev', ['dev/web']],
    ['db', 'dev', []],
    ['x', undefined, ['web/x']],
    ['shop', undefined, []],
  ]
  for (const [wanted, namespace, found] of rows)
    t.strictSame(find(wanted, namespace), found, `${wanted} in ${namespace ?? 'any'}`)
})

t.test('names are written the same way everywhere', async t => {
  const whole = await run(['which', 'policies', ...IN, '--endpoint', 'pod/default/nginx-5f9c'])
  t.equal(whole.code, 0)
  for (const name of ['default/nginx-5f9c', 'nginx-5f9c', 'pod/nginx-5f9c', 'pods/default/nginx-5f9c'])
    t.strictSame(await run(['which', 'policies', ...IN, '--endpoint', name]), whole, name)
  const inNamespace = ['which', 'policies', ...IN, '--endpoint', 'nginx-5f9c', '-n']
  t.strictSame(await run([...inNamespace, 'default']), whole)
  t.match(await run([...inNamespace, 'shop']), {
    code: 2,
    err: /no namespace `shop` \(the input has `default`\)/,
  })
  const trace = (from: string, to: string, ...more: readonly string[]): ReturnType<typeof run> =>
    run(['trace', ...IN, '--from', from, '--to', to, '--dport', '80', ...more])
  const wanted = await trace('pod/default/curl-1', 'pod/default/nginx-5f9c')
  t.equal(wanted.code, 0)
  t.strictSame(await trace('curl-1', 'default/nginx-5f9c'), wanted)
  t.strictSame(await trace('curl-1', 'pod/nginx-5f9c', '-n', 'default'), wanted)
  t.match(await trace('curl-2', 'nginx-5f9c'), { code: 2, out: '', err: /no pod `curl-2`.*did you mean `curl-1`\?/ })
  const done = {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: { name: 'job-1', namespace: 'default' },
    spec: { nodeName: 'node-1' },
    status: { phase: 'Succeeded', podIP: '10.65.0.77' },
  }
  const finished = ['-f', join(t.testdir({ 'done.json': JSON.stringify(done) }), 'done.json')]
  const said = /pod `default\/job-1` has finished, and has no address any more/
  t.match(await trace('default/job-1', 'nginx-5f9c', ...finished), { code: 2, err: said })
  t.match(await run(['reach', ...IN, '--from', 'job-1', ...finished]), { code: 2, err: said })
  t.match(await run(['which', 'policies', ...IN, '--endpoint', 'job-1', ...finished]), {
    code: 1,
    out: /^pod\/default\/job-1: it has finished and has no address any more/,
  })
  t.match(await trace('1.2.3', 'nginx-5f9c'), { code: 2, err: /`1\.2\.3` is not an IP address/ })
  t.strictSame(
    await run(['explain', ...IN, '--policy', 'networkpolicy/access-nginx', '-n', 'default']),
    await run(['explain', ...IN, '--policy', 'KubernetesNetworkPolicy/default/access-nginx']),
  )
  t.strictSame(await run(['compile', ...IN, '--node', 'node/node-1']), await run(['compile', ...IN]))
  t.match(await run(['compile', ...IN, '--node', 'nod-1']), { code: 2, out: '', err: /did you mean `node-1`\?/ })
})

t.test('a name that is not enough, and a namespace that is not there, are told of every kind of thing', async t => {
  const v3 = (kind: string, name: string, rest: string, namespace?: string): string =>
    `apiVersion: projectcalico.org/v3\nkind: ${kind}\nmetadata: {name: ${name}${namespace === undefined ? '' : `, namespace: ${namespace}`}}\n${rest}`
  const core = (kind: string, name: string, rest: string, namespace: string): string =>
    v3(kind, name, rest, namespace).replace('projectcalico.org/v3', 'v1')
  const objects = ['1', '2'].flatMap(number => {
    const [node, namespace] = [`node-${number}`, `ns-${number}`]
    return [
      v3('Node', node, `spec: {bgp: {ipv4Address: 192.0.2.${number}/24}}`),
      v3('HostEndpoint', `h-${number}`, `spec: {node: ${node}, interfaceName: eth0}`),
      core('Pod', 'web', `spec: {nodeName: ${node}}\nstatus: {phase: Running, podIP: 10.65.0.${number}}`, namespace),
      core('Pod', 'proxy', `spec: {nodeName: ${node}, hostNetwork: true}\nstatus: {phase: Running}`, namespace),
      core('Service', 'api', `spec: {clusterIP: 10.96.0.${number}, selector: {a: b}, ports: [{port: 80}]}`, namespace),
      v3('NetworkPolicy', 'p', 'spec: {ingress: [{action: Allow, source: {selector: role == "x"}}]}', namespace),
      v3('NetworkSet', 'nets', `spec: {nets: [203.0.113.${number}]}`, namespace),
    ]
  })
  const folder = t.testdir({ 'a.yaml': objects.join('\n---\n') })
  const files = ['-f', join(folder, 'a.yaml'), '--felix-env', 'none']
  const one = [...files, '--node', 'node-1']
  const service = ['reach', ...files, '--from', 'world', '--to']
  const trace = ['trace', ...one, '--from', '203.0.113.9', '--dport', '80', '--to']
  const rows: readonly (readonly [args: readonly string[], wanted: string, candidates: readonly string[]])[] = [
    ...(['which policies', 'explain'] as const).flatMap(command => {
      const asked = [...command.split(' '), ...files, '--endpoint']
      const pods = ['pod/ns-1/web', 'pod/ns-2/web']
      return [
        [[...asked, 'eth0'], 'eth0', ['host/h-1', 'host/h-2']],
        [[...asked, 'host/eth0'], 'host/eth0', ['host/h-1', 'host/h-2']],
        [[...asked, 'web'], 'web', pods],
        [[...asked, 'pod/web', '--node', 'node-1'], 'pod/web', pods],
        [[...asked, 'proxy'], 'proxy', ['pod/ns-1/proxy', 'pod/ns-2/proxy']],
      ] as const
    }),
    [['which', 'peers', ...files, 'ns-1/p', '--endpoint', 'web'], 'web', ['pod/ns-1/web', 'pod/ns-2/web']],
    [['which', 'endpoints', ...files, 'p'], 'p', ['NetworkPolicy/ns-1/p', 'NetworkPolicy/ns-2/p']],
    [['explain', ...one, '--policy', 'p', '--members'], 'p', ['NetworkPolicy/ns-1/p', 'NetworkPolicy/ns-2/p']],
    [['explain', ...one, '--set', 'nets'], 'nets', ['ns-1/nets', 'ns-2/nets']],
    [[...trace, 'web'], 'web', ['pod/ns-1/web', 'pod/ns-2/web']],
    [[...trace, 'service/api'], 'service/api', ['service/ns-1/api', 'service/ns-2/api']],
    [[...service, 'web'], 'web', ['pod/ns-1/web', 'pod/ns-2/web']],
    [[...service, 'service/api'], 'service/api', ['service/ns-1/api', 'service/ns-2/api']],
    [[...service, 'networkset/nets'], 'networkset/nets', ['networkset/ns-1/nets', 'networkset/ns-2/nets']],
    [[...service, 'host'], 'host', ['host/node-1', 'host/node-2']],
  ]
  for (const [args, wanted, candidates] of rows) {
    const { code, out, err } = await run(args)
    t.strictSame([code, out], [2, ''], args.join(' '))
    t.match(err, `\`${wanted}\` may be ${candidates.map(name => `\`${name}\``).join(' or ')}`, args.join(' '))
    // Each name is enough.
    for (const name of candidates) {
      const again = await run(args.map(word => (word === wanted ? name : word)))
      t.notMatch(again.err, /` may be `/, name)
    }
  }
  const unknown: readonly (readonly string[])[] = [
    ['which', 'policies', ...files, '--endpoint', 'web'],
    ['which', 'endpoints', ...files, 'p'],
    ['which', 'peers', ...files, 'p'],
    ['explain', ...one, '--endpoint', 'web'],
    ['explain', ...one, '--policy', 'p'],
    [...trace, 'web'],
    [...service, 'web'],
  ]
  for (const args of unknown) {
    const near = await run([...args, '-n', 'ns-3'])
    t.match(
      near,
      { code: 2, out: '', err: 'error: there is no namespace `ns-3`; did you mean `ns-1`?' },
      args.join(' '),
    )
    const far = await run([...args, '-n', 'production'])
    t.match(far.err, 'error: there is no namespace `production` (the input has `ns-1` and `ns-2`)')
  }
})

t.test('a node is named the same way everywhere', async t => {
  const node = (number: number): string =>
    `apiVersion: projectcalico.org/v3\nkind: Node\nmetadata: {name: n${number}}\nspec: {bgp: {ipv4Address: 192.0.2.${number}/24}}\n---\napiVersion: projectcalico.org/v3\nkind: HostEndpoint\nmetadata: {name: h${number}}\nspec: {node: n${number}, interfaceName: eth0}`
  const host = (number: number): string =>
    JSON.stringify([{ ifname: 'eth0', addr_info: [{ local: `192.0.2.${number}`, prefixlen: 24 }] }])
  const folder = t.testdir({ 'a.yaml': `${node(1)}\n---\n${node(2)}`, h1: host(1), h2: host(2) })
  const files = ['-f', join(folder, 'a.yaml'), '--felix-env', 'none', '-q']
  const hosts = ['1', '2'].flatMap(number => ['--host', `n${number}=${join(folder, `h${number}`)}`])
  for (const word of ['host', 'node']) {
    const other = word === 'host' ? 'node' : 'host'
    const rows: readonly (readonly [args: readonly string[], out: RegExp])[] = [
      [
        ['trace', ...hosts, '--from', `${word}/n2`, '--to', '203.0.113.9', '--dport', '80'],
        /egress of host\/h2 on node n2/,
      ],
      [
        ['trace', ...hosts, '--from', '203.0.113.9', '--to', `${word}/n2`, '--dport', '80'],
        /ingress of host\/h2 on node n2/,
      ],
      [
        ['trace', ...hosts, '--from', `${word}/n1`, '--to', `${other}/n2`, '--dport', '80'],
        /egress of host\/h1 on node n1/,
      ],
      [['reach', '--from', 'world', '--to', `${word}/n2`, '-o', 'csv'], /n2/],
      [['which', 'policies', '--endpoint', `${word}/n2`, '-o', 'json'], /"endpoint": "host\/h2"/],
      [['which', 'policies', '--endpoint', `${word}/n2/eth0`, '-o', 'json'], /"endpoint": "host\/h2"/],
      [['explain', '--endpoint', `${word}/n2`], /^host\/h2/],
    ]
    for (const [args, out] of rows) t.match(await run([...args, ...files]), { out }, args.join(' '))
    const strange = ['trace', ...files, '--from', '203.0.113.9', '--to', `${word}/n22`, '--dport', '80']
    t.match(await run(strange), { code: 2, out: '', err: /no(t name a)? node `n22`.*did you mean `n2`\?/ })
  }
  const own = await run(['compile', ...files, '--node', 'n1', '--host', join(folder, 'h1')])
  t.strictSame(await run(['compile', ...files, '--node', 'n1', '--host', `n1=${join(folder, 'h1')}`]), own)
  for (const command of [['compile'], ['check'], ['explain', '--endpoint', 'h1'], ['audit', '--rules', 'x']]) {
    const { code, out, err } = await run([...command, ...files, '--node', 'n1', '--host', `n2=${join(folder, 'h2')}`])
    t.strictSame([code, out], [2, ''], command.join(' '))
    t.match(err, /`--host n2=\S+`: this command looks at one node, `n1` \(give its own: --node n2 --host FILE\)/)
  }
})

t.test('an option that takes several values leaves what cannot be one of them to the command', async t => {
  const [, input = '', , host = ''] = IN
  const { rules, dir } = nodeText(t)
  const plain = ['--host', host, '-q']
  const place = `${readdirSync(input).find(name => name.endsWith('.yaml')) ?? ''}:1`
  const rows: readonly (readonly [swallowing: string, plain: string])[] = [
    ['compile --felix-env none INPUT', 'compile INPUT --felix-env none'],
    ['compile --felix-env-file ENV INPUT', 'compile INPUT --felix-env-file ENV'],
    ['check --felix-env A=1 B=2 INPUT', 'check INPUT --felix-env A=1 --felix-env B=2'],
    ['explain -f INPUT PLACE', 'explain PLACE -f INPUT'],
    ['explain -f INPUT --felix-env none PLACE', 'explain PLACE -f INPUT --felix-env none'],
    ['diff --rules RULES INPUT', 'diff INPUT --rules RULES'],
    ['diff --felix-env none INPUT INPUT', 'diff INPUT INPUT --felix-env none'],
    ['lockout --service a=tcp/1 b=tcp/2 INPUT', 'lockout INPUT --service a=tcp/1 --service b=tcp/2'],
    ['lockout --require-open ssh kubelet INPUT', 'lockout INPUT --require-open ssh,kubelet'],
    ['reach --felix-env none INPUT', 'reach INPUT --felix-env none'],
    ['assert -f INPUT FILE', 'assert FILE -f INPUT'],
    ['assert --felix-env none FILE INPUT', 'assert FILE INPUT --felix-env none'],
    ['which policies -f INPUT curl-1', 'which policies -f INPUT --endpoint curl-1'],
    ['which endpoints -f INPUT default/access-nginx', 'which endpoints -f INPUT --policy default/access-nginx'],
  ]
  const words: Readonly<Record<string, string>> = {
    INPUT: input,
    PLACE: place,
    RULES: rules,
    ENV: join(dir, 'felix.env'),
    FILE: join(dir, 'assertions.yaml'),
  }
  const argsOf = (line: string): readonly string[] => line.split(' ').map(word => words[word] ?? word)
  for (const [swallowing, wanted] of rows) {
    const found = await run([...argsOf(swallowing), ...plain])
    t.not(found.code, 2, `${swallowing}: ${found.err}`)
    t.strictSame(found, await run([...argsOf(wanted), ...plain]), swallowing)
  }
})

t.test('what is given in the place of something else is told where it belongs', async t => {
  const [, input = ''] = IN
  const { rules, dir } = nodeText(t)
  const file = join(dir, 'assertions.yaml')
  const rows: readonly (readonly [readonly string[], RegExp])[] = [
    [
      ['assert', input, '-f', file],
      /is a folder, and the file of assertions comes first: calitables assert \S*assertions/,
    ],
    [['assert', join(CASE, 'input', readdirSync(input)[0] ?? ''), '-f', file], /holds resources, and the file of ass/],
    [['diff', rules, input], /v4\.save:1:1: error: these are not resources but rules of iptables \(give them with --r/],
    [['diff', '--rules', input, rules], /is a folder: resources are given without it, and --rules takes the text/],
    [['audit', '-f', rules, '--rules', input], /these are not resources but rules of iptables/],
    [['which', 'policies', '-f', input, 'curl-1', '--endpoint', 'curl-1'], /: `curl-1` is one word too many/],
    [['explain', '-f', input, '--set', 'ths-host'], /there is no set `ths-host`; did you mean `this-host`\?/],
    [['trace', '-f', input, '--from', 'curl-9', '--to', 'nginx-5f9c'], /no pod `curl-9`/],
  ]
  for (const [args, said] of rows) {
    const { code, out, err } = await run(args)
    t.match({ code, out }, { code: 2, out: '' }, args.join(' '))
    t.match(err, said)
    t.notMatch(err, /Felix's environment/, 'of the environment nothing is said where something is wrong')
  }
})

t.test('a name that one endpoint has says which node is meant', async t => {
  const pod = (name: string, node: string, address: string): string => `apiVersion: v1
kind: Pod
metadata: {name: ${name}, namespace: shop, labels: {app: ${name}}}
spec: {nodeName: ${node}, containers: [{name: c, image: x}]}
status: {phase: Running, podIP: ${address}, podIPs: [{ip: ${address}}]}
---
`
  const folder = t.testdir({
    'a.yaml': `${pod('web', 'n1', '10.65.0.2')}${pod('api', 'n2', '10.65.1.2')}apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: p, namespace: shop}
spec: {selector: "app in {'web', 'api'}", types: [Ingress]}
`,
  })
  t.match(await run(['compile', folder]), { code: 2, err: /ambiguous-node/ })
  for (const [name, node] of [
    ['web', 'n1'],
    ['shop/api', 'n2'],
  ] as const) {
    const given = await run(['which', 'policies', '-f', folder, '--endpoint', name, '--node', node])
    t.match(given, { code: 0, out: /NetworkPolicy shop\/p/ })
    t.strictSame(await run(['which', 'policies', name, '-f', folder]), given)
    t.match(await run(['explain', '-f', folder, '--endpoint', name]), {
      code: 0,
      out: new RegExp(`of node ${node}\\.`),
    })
  }
  t.match(await run(['which', 'endpoints', 'p', '-f', folder]), {
    code: 0,
    out: /^pod\/shop\/web on n1: selected\n[^]*^pod\/shop\/api on n2: selected$/m,
  })
  t.match(await run(['which', 'policies', 'wbe', '-f', folder]), {
    code: 2,
    err: /no endpoint `wbe`; did you mean `web`/,
  })
})

t.test(
  'a pod of the node network is said to be no endpoint, and files for another command are told where they are given',
  async t => {
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'proxy', namespace: 'shop' },
      spec: { nodeName: 'w1', hostNetwork: true, containers: [{ name: 'c', image: 'x' }] },
      status: { phase: 'Running', podIP: '192.0.2.1', podIPs: [{ ip: '192.0.2.1' }] },
    }
    const dir = t.testdir({
      'pod.yaml': JSON.stringify(pod),
      'claims.yaml': 'version: 1\nassertions: [{deny: {from: world, to: anywhere}}]\n',
    })
    const [input, claims] = [join(dir, 'pod.yaml'), join(dir, 'claims.yaml')]
    t.match(await run(['explain', '-f', input, '--node', 'w1', '--endpoint', 'shop/proxy']), {
      code: 2,
      out: '',
      err: /error: `pod\/shop\/proxy`: it has hostNetwork: it is no endpoint, no policy governs it/,
    })
    for (const sides of [
      [input, claims],
      [claims, input],
    ])
      t.match(await run(['diff', '--node', 'w1', ...sides]), {
        code: 2,
        out: '',
        err: /claims\.yaml` holds no resources to compare: this is a file of assertions for `calitables assert`/,
      })
    t.match(await run(['assert', input, '-f', input]), { code: 2, err: /calitables assert FILE -f .*pod\.yaml/ })
    t.match(await run(['assert', '--init', '-o', 'json', '-f', input]), {
      code: 2,
      out: '',
      err: /cannot be used with/,
    })
  },
)

t.test('a set is found by what it is of', async t => {
  const names: readonly (readonly [string, RegExp])[] = [
    ['this-host', /^set cali40this-host$/m],
    ['cali40this-host', /^set cali40this-host$/m],
    [
      "(projectcalico.org/namespace == 'default' && (projectcalico.org/orchestrator == 'k8s' && access == 'true'))",
      /^set cali40s:/m,
    ],
    // As the policy has it.
    ["access == 'true'", /^set cali40s:/m],
    ['access=="true"', /^set cali40s:/m],
  ]
  t.match(await run(['explain', ...IN, '--set', "access == 'false'"]), { code: 2, err: /there is no set/ })
  for (const [name, said] of names) t.match(await run(['explain', ...IN, '--set', name]), { code: 0, out: said }, name)
})

/** Rules of the case as a node would have them, and a file of assertions. */
function nodeText(t: Test): { readonly rules: string; readonly dir: string } {
  const dir = t.testdir({
    'v4.save': readFileSync(join(CASE, 'expected/v4.iptables'), 'utf8'),
    'felix.env': 'FELIX_LOGSEVERITYSCREEN=Info\n',
    'assertions.yaml': 'version: 1\nassertions:\n  - allow: {from: "pod/default/curl-1", to: "world"}\n',
  })
  return { rules: join(dir, 'v4.save'), dir }
}

t.test('the nearest name, or one that the word is a part of', t => {
  const names = [
    'pod/shop/web-0',
    'shop/web-0',
    'web-0',
    'web-10',
    'namespace/shop',
    'platform.dns',
    'unreachable-rules',
  ]
  const rows: readonly (readonly [wanted: string, near: string | undefined])[] = [
    ['wbe-0', 'web-0'],
    // A policy is called by what stands behind its tier, a pod by what stands before its number.
    ['dns', 'platform.dns'],
    ['web', 'web-0'],
    ['shop', 'namespace/shop'],
    ['unreachable', 'unreachable-rules'],
    ['hop', undefined],
    ['reachable', undefined],
    ['', undefined],
  ]
  for (const [wanted, near] of rows) t.equal(nearestName(wanted, names), near, wanted)
  t.end()
})

t.test('who writes --file is not sent to --fix, which rewrites files', async t => {
  for (const command of ['check', 'compile'])
    t.match(await run([command, '--file', 'policies']), {
      code: 2,
      err: /'--file' \(Did you mean --filename\?\)/,
    })
})
