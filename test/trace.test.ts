// calitables trace as a user meets it: packets in words, files of packets, lines of the kernel log.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { fromJSONSchema } from 'zod'
import { IPTABLES } from '../src/backend/iptables/iptables-backend.ts'
import type { Rule } from '../src/model/ruleset.ts'
import { explainDecision } from '../src/trace/decision.ts'
import { kernelTablesOf } from '../src/netfilter/kernel-tables.ts'
import { createScene, type Scene } from '../src/trace/scene.ts'
import type { Packet } from '../src/netfilter/packet.ts'
import { answerAfter, answerTo, isAnswerTo, replyJourney } from '../src/trace/reply.ts'
import type { Leg } from '../src/trace/way.ts'
import type { Journey } from '../src/walk/packet.ts'
import type { RuleStep, Walk } from '../src/walk/steps.ts'
import { TCP } from './helpers/hand-made-tables.ts'
import { hostEndpoint, hostJson, mustCompile, pod } from './helpers/build.ts'
import { GOLDEN_FOLDER } from './helpers/golden.ts'
import { type CommandRun, runCommand } from './helpers/run-command.ts'
import { strictSchema } from './helpers/strict-schema.ts'
import { TRACED } from './helpers/traced-lines.ts'

const trace = (args: readonly string[]): Promise<CommandRun> => runCommand(['trace', ...args, '--felix-env', 'none'])

function golden(name: string): readonly string[] {
  const folder = join(GOLDEN_FOLDER, name)
  return ['-f', join(folder, 'input'), '--host', join(folder, 'host.json')]
}

/** `a.yaml` and `host.json` of a folder. */
function inputIn(folder: string): readonly string[] {
  return ['-f', join(folder, 'a.yaml'), '--host', join(folder, 'host.json'), '--node', 'node-1']
}

const NODE_PORTS = golden('host-endpoint/ibm-deny-nodeports')
const LOG_DENIED = golden('actions/log-denied-packets')

t.test('verdicts of golden cases, reasoned from their policies', async t => {
  const nginx = 'pod/default/nginx-5f9c'
  const curl = 'pod/default/curl-1'
  const rows: readonly (readonly [readonly string[], readonly string[], string])[] = [
    // preDNAT denies node ports on eth1, whoever they are for; eth0 has no host endpoint.
    [
      NODE_PORTS,
      ['--from', '198.51.100.7', '--in-interface', 'eth1', '--to', '192.0.2.78', '--dport', '30080'],
      'drop',
    ],
    [
      NODE_PORTS,
      ['--from', '198.51.100.7', '--in-interface', 'eth0', '--to', '10.176.48.78', '--dport', '30080'],
      'accept',
    ],
    [NODE_PORTS, ['--from', '192.0.2.70', '--to', 'host', '--proto', 'udp', '--dport', '32767'], 'drop'],
    [NODE_PORTS, ['--from', '192.0.2.70', '--to', 'host', '--dport', '22'], 'accept'],
    [NODE_PORTS, ['--from', '192.0.2.70', '--to', 'host', '--dport', '80'], 'drop'],
    [NODE_PORTS, ['--from', '192.0.2.70', '--to', 'host', '--dport', '30080', '--state', 'established'], 'accept'],
    [NODE_PORTS, ['--from', '192.0.2.70', '--to', 'host', '--dport', '30080', '--state', 'invalid'], 'drop'],
    [
      NODE_PORTS,
      [
        '--from',
        '192.0.2.70',
        '--to',
        'host',
        '--dport',
        '30080',
        '--dnat',
        '203.0.113.9:80',
        '--out-interface',
        'eth0',
      ],
      'drop',
    ],
    [NODE_PORTS, ['--from', 'host', '--to', 'host', '--dport', '30080'], 'accept'],
    [LOG_DENIED, ['--from', curl, '--to', nginx, '--dport', '80'], 'accept'],
    [LOG_DENIED, ['--from', '10.65.0.21', '--to', '10.65.0.20', '--dport', '80'], 'accept'],
    [LOG_DENIED, ['--from', nginx, '--to', curl, '--dport', '80'], 'accept'],
    [LOG_DENIED, ['--from', '198.51.100.7', '--to', nginx, '--proto', 'icmp'], 'drop'],
    [LOG_DENIED, ['--from', '198.51.100.7', '--to', nginx, '--proto', '47'], 'drop'],
    [LOG_DENIED, ['--from', 'host', '--to', nginx, '--dport', '80'], 'accept'],
    [LOG_DENIED, ['--from', nginx, '--to', 'host', '--dport', '80'], 'drop'],
    [LOG_DENIED, ['--from', '198.51.100.7', '--to', 'host', '--dport', '30080', '--dnat', `${nginx}:80`], 'drop'],
    [LOG_DENIED, ['--from', curl, '--to', '10.96.0.10', '--dport', '80', '--dnat', '10.65.0.20:80'], 'accept'],
    // A pod that sends from an address that is not its own.
    [LOG_DENIED, ['--from', '10.65.9.9', '--in-interface', 'cali16bbf0fbce1', '--to', curl, '--dport', '80'], 'drop'],
    // An interface of a workload that nobody knows.
    [LOG_DENIED, ['--from', '10.65.9.9', '--in-interface', 'cali0', '--to', nginx, '--dport', '80'], 'drop'],
  ]
  for (const [input, packet, wanted] of rows) {
    t.strictSame(
      await trace([...input, ...packet, '--verdict-only']),
      { code: 0, out: `${wanted}\n`, err: '' },
      packet.join(' '),
    )
  }
})

/** Lines that were broken for a terminal, in one. */
function flat(text: string): string {
  return text.replaceAll(/\n +/g, ' ')
}

t.test('a trace names hooks, marks, the deciding rule with its hash, the policy rule and its line', async t => {
  const args = [...NODE_PORTS, '--from', '192.0.2.70', '--to', 'host', '--dport', '30080']
  const { out, code, err } = await trace(args)
  t.strictSame([code, err], [0, ''])
  t.match(
    flat(out),
    /^drop: at the ingress of host\/node-1-public on node node-1\nwhy: ingress\[0\] of GlobalNetworkPolicy deny-nodeports, \S*cluster\.yaml:26, denies it\nrule: 2 of cali-pi-gnp\/deny-nodeports, table mangle, cali:RU8dMzxaQaGkr_nM\npacket: TCP 192\.0\.2\.70:40000 -> 192\.0\.2\.78:30080, connection NEW, comes in by eth1\n$/,
  )
  const steps = await trace([...args, '--steps'])
  t.ok(steps.out.startsWith(out), 'the answer stands in front of the steps')
  t.match(steps.out, /\nraw PREROUTING\n.*\nmangle PREROUTING\n/s)
  t.match(
    flat(steps.out),
    /destination port is in 30000:32767: set mark 0x40000 \(denied\); the mark is now 0x40000 \(denied\) \(ingress\[0\] of GlobalNetworkPolicy deny-nodeports/,
  )
  t.notMatch(steps.out, /-A cali-/)
  for (const line of steps.out.split('\n'))
    t.ok(line.length <= 80 || line.includes(GOLDEN_FOLDER), `80 columns: ${line}`)
  t.match(
    (await trace([...args, '--rules-text'])).out,
    /\nrule: 2 of .*\n {2}-A cali-pi-gnp\/deny-nodeports -m comment --comment "cali:RU8dMzxaQaGkr_nM" /,
  )
})

t.test('an accepted packet names the rule that set the mark', async t => {
  const { out } = await trace([
    ...LOG_DENIED,
    '--from',
    'pod/default/curl-1',
    '--to',
    'pod/default/nginx-5f9c',
    '--dport',
    '80',
  ])
  t.match(
    flat(out),
    /^accept: reaches pod\/default\/nginx-5f9c on node node-1, TCP 80\nwhy: ingress\[0\] of NetworkPolicy default\/access-nginx, \S*cluster\.yaml:49, allows the ingress of pod\/default\/nginx-5f9c\nwhy: egress\[0\] of profile kns\.default \(namespace default\), allows the egress of pod\/default\/curl-1\nrule: 2 of FORWARD, table filter/,
  )
  t.notMatch(out, /^answer: /m, 'an answer that was not asked about')
  const between = ['--from', 'pod/default/curl-1', '--to', 'pod/default/nginx-5f9c', '--dport', '80']
  const { out: both } = await trace([...LOG_DENIED, ...between, '--reply'])
  t.match(
    flat(both),
    /\nanswer: gets back to pod\/default\/curl-1: workload default\/nginx-5f9c \(cali468066a8ae1\): packets of a known connection are allowed, \S*cluster\.yaml:\d+\nrule: /,
  )
})

t.test('the answer to a packet, and what connection tracking makes of it', t => {
  const [client, server, behind] = ['192.0.2.1', '192.0.2.2', '192.0.2.3']
  const packet = (protocol: number, sourcePort?: number, destinationPort?: number): Packet => ({
    ipVersion: 4,
    source: client,
    destination: server,
    protocol,
    ...(sourcePort === undefined ? {} : { sourcePort }),
    ...(destinationPort === undefined ? {} : { destinationPort }),
  })
  const [icmp, tcp, udp, icmpv6] = [1, 6, 17, 58]
  t.strictSame(answerTo(packet(tcp, 40000, 80), true), {
    ...packet(tcp, 80, 40000),
    source: server,
    destination: client,
    tcpFlags: ['SYN', 'ACK'],
  })
  t.strictSame(answerTo(packet(tcp, 40000, 80), false)?.tcpFlags, ['ACK'], 'of a connection that is there')
  t.strictSame(answerTo(packet(udp, 40000, 53), true)?.tcpFlags, undefined)
  // RFC 792 and RFC 4443: an echo reply has type 0 or 129, and code 0; nothing else is answered.
  const ping = (protocol: number, icmpType: number): Packet => ({ ...packet(protocol), icmpType, icmpCode: 0 })
  t.match(answerTo(ping(icmp, 8), true), { icmpType: 0, icmpCode: 0, source: server, destination: client })
  t.match(answerTo(ping(icmpv6, 128), true), { icmpType: 129, icmpCode: 0 })
  for (const type of [0, 3, 11, 129, 135]) t.equal(answerTo(ping(icmp, type), true), undefined, `type ${type}`)

  const request = packet(tcp, 40000, 80)
  const legOf = (before: Packet, after: Packet, state = 'NEW'): Leg =>
    ({ journey: { packet: before, state: 'NEW' }, walk: { packet: after, state, end: { kind: 'delivered' } } }) as Leg
  const reply = (before: Packet, after: Packet, state = 'NEW'): Journey =>
    replyJourney(legOf(before, after, state), answerTo(after, true) ?? after)
  t.match(reply(request, request), { state: 'ESTABLISHED', connection: { hasDnat: false, hasSnat: false } })
  t.equal(reply(request, request).dnat, undefined)
  // A translation of a port alone is one: REDIRECT, host ports, and masquerading of a client whose port is taken.
  t.match(reply(request, { ...request, destinationPort: 8080 }), { connection: { hasDnat: true, hasSnat: false } })
  t.match(reply(request, { ...request, destination: behind }), { connection: { hasDnat: true, hasSnat: false } })
  t.match(
    reply(request, { ...request, sourcePort: 1024 }),
    { connection: { hasDnat: false, hasSnat: true }, dnat: { address: client, port: 40000 } },
    'the answer is for the client again once it has passed',
  )
  t.match(reply(request, { ...request, source: behind }), {
    connection: { hasDnat: false, hasSnat: true },
    dnat: { address: client, port: 40000 },
  })
  const states: readonly (readonly [protocol: number, state: string])[] = [
    [tcp, 'INVALID'],
    [icmp, 'INVALID'],
    [udp, 'NEW'],
    [132, 'NEW'],
  ]
  for (const [protocol, state] of states) {
    const sent = protocol === icmp ? ping(icmp, 8) : packet(protocol, 40000, 80)
    t.strictSame(
      [reply(sent, sent, 'UNTRACKED').state, reply(sent, sent, 'UNTRACKED').connection],
      [state, undefined],
      `an answer of protocol ${protocol} to what was not tracked`,
    )
  }
  const back: Packet = { ...packet(tcp, 80, 40000), source: server, destination: client }
  t.ok(isAnswerTo(request, back))
  for (const other of [{ source: behind }, { destination: behind }, { sourcePort: 8080 }, { destinationPort: 40001 }])
    t.notOk(isAnswerTo(request, { ...back, ...other }), `${JSON.stringify(other)} is of another connection`)
  const walked = (state: string): Leg['walk'] =>
    ({ packet: { ...back, source: behind, sourcePort: 8080 }, state }) as Leg['walk']
  t.match(answerAfter(legOf(request, request), walked('ESTABLISHED')), { source: server, sourcePort: 80 })
  t.match(
    answerAfter(legOf(request, request), walked('NEW')),
    { source: behind, sourcePort: 8080 },
    'what is not known is not translated back',
  )
  t.end()
})

t.test('where the answer to an untracked packet falls, nothing is said to get back', async t => {
  const name = 'host-endpoint/do-not-track-both-directions'
  const both = readFileSync(join(GOLDEN_FOLDER, name, 'input/cluster.yaml'), 'utf8')
  const ingress = both.replace('types: [Ingress, Egress]', 'types: [Ingress]').replace(/^ {2}egress:[^]*/m, '')
  const folder = t.testdir({ 'both.yaml': both, 'ingress.yaml': ingress })
  const host = ['--host', join(GOLDEN_FOLDER, name, 'host.json'), '--node', 'node-1']
  const dns = ['--from', '198.51.100.7', '--to', '192.0.2.1', '--proto', 'udp', '--dport', '53']
  const ask = async (file: string) => flat((await trace(['-f', join(folder, file), ...host, ...dns])).out)
  t.match(await ask('both.yaml'), /^accept: [^]*\nanswer: gets back to 198\.51\.100\.7: egress\[0\] of /)
  const fallen = await ask('ingress.yaml')
  t.match(fallen, /^no connection: the answer falls at the egress of host\/node-1-eth0 on node node-1\n/)
  t.notMatch(fallen, /^answer: /m)
})

t.test('of two rules that set a mark the later one is the cause', async t => {
  const setBy = (name: string): Rule => ({
    comments: [],
    matches: [],
    target: { kind: 'setMark', value: 1, mask: 1 },
    origin: { kind: 'profileRule', profile: name, direction: 'ingress', index: 0 },
  })
  const accepted: Rule = {
    comments: [],
    matches: [{ kind: 'mark', value: 1, mask: 1, negated: false }],
    target: { kind: 'accept' },
    origin: { kind: 'calicoDefault', because: 'policy said so' },
  }
  const steps = [setBy('first'), setBy('second'), accepted].map((rule, index): RuleStep => ({
    kind: 'rule',
    hook: 'FORWARD',
    table: 'filter',
    chain: 'c',
    index,
    depth: 0,
    rule,
    markBefore: index === 0 ? 0 : 1,
    markAfter: 1,
    packet: TCP,
  }))
  const [, second, decidedBy] = steps
  const walk = { verdict: 'accept', steps, decidedBy } as unknown as Walk
  const scene = { originOf: (rule: Rule) => rule.origin, tables: { tables: [] }, backend: IPTABLES } as unknown as Scene
  t.equal(explainDecision(walk, scene).cause, second)
})

t.test('a drop by default names the policies that select the endpoint, and log lines are shown', async t => {
  const { out } = await trace([
    ...LOG_DENIED,
    '--from',
    '198.51.100.7',
    '--to',
    'pod/default/nginx-5f9c',
    '--dport',
    '80',
  ])
  t.match(
    flat(out),
    /^drop: at the ingress of pod\/default\/nginx-5f9c on node node-1\nwhy: none of the 2 policies of tier default that select it lets it in\nnearest: \S*:49: ingress\[0\] of NetworkPolicy default\/access-nginx is for pods in namespace default with access == "true"; 198\.51\.100\.7 is no pod, host endpoint or network set of the input, so no selector finds it\nasked, in this order: NetworkPolicy default\/access-nginx, \S*:39 NetworkPolicy default\/log-denied-packets, \S*:52\n/,
  )
  t.match(
    out,
    /kernel log: calico-packet: IN=eth0 OUT=cali468066a8ae1 SRC=198\.51\.100\.7 DST=10\.65\.0\.20 PROTO=TCP SPT=40000 DPT=80 SYN\n/,
  )
  const host = await trace([...NODE_PORTS, '--from', '192.0.2.70', '--to', 'host', '--dport', '80'])
  t.match(host.out, /\nwhy: no policy lets it in, and it has no profile: what nothing allows is dropped\n/)
  const unknown = await trace([
    ...LOG_DENIED,
    '--from',
    '10.65.9.9',
    '--in-interface',
    'cali0',
    '--to',
    'pod/default/nginx-5f9c',
    '--dport',
    '80',
  ])
  t.match(flat(unknown.out), /\nwhy: .*a workload interface without a workload\n/)
})

t.test('--why-not says in words of the policy what does not fit', async t => {
  const args = [...NODE_PORTS, '--from', '192.0.2.70', '--to', 'host', '--dport', '80', '--why-not']
  t.match(
    flat((await trace(args)).out),
    /\ndo not fit: ingress\[0\] of GlobalNetworkPolicy deny-nodeports, \S*:26: is for ports 30000:32767; the packet goes to TCP 80 ingress\[1\] of .* is for UDP and ports 30000:32767; the packet is TCP; the packet goes to TCP 80\n$/,
  )
  t.match(
    flat((await trace([...args, '--steps'])).out),
    /cali-pi-gnp\/deny-nodeports 1: no, not so that the destination port is in 30000:32767 /,
  )
})

t.test('--json has a version, steps, origin and default deny', async t => {
  const denied = await trace([...NODE_PORTS, '--from', '192.0.2.70', '--to', 'host', '--dport', '30080', '-o', 'json'])
  t.match(JSON.parse(denied.out), {
    version: 1,
    verdict: 'drop',
    isComplete: true,
    walks: [
      {
        decidedBy: { table: 'mangle', chain: 'cali-pi-gnp/deny-nodeports', index: 1, hash: 'RU8dMzxaQaGkr_nM' },
        cause: {
          origin: { kind: 'policyRule', policy: 'gnp/deny-nodeports', direction: 'ingress', index: 0, line: 26 },
        },
      },
    ],
  })
  const byDefault = await trace([
    ...LOG_DENIED,
    '--from',
    '198.51.100.7',
    '--to',
    'pod/default/nginx-5f9c',
    '--dport',
    '80',
    '-o',
    'json',
  ])
  t.match(JSON.parse(byDefault.out).walks[0].defaultDeny, {
    tier: 'default',
    policies: [{ policy: 'np/default/access-nginx', line: 39 }, { policy: 'np/default/log-denied-packets' }],
  })
})

t.test('IPv6, remote pods, and what cannot be told without the node', async t => {
  const folder = t.testdir({
    'a.yaml': [
      pod('a', '10.65.0.2').replace(
        'podIP: "10.65.0.2"',
        'podIP: "10.65.0.2", podIPs: [{ip: "10.65.0.2"}, {ip: "2001:db8:65::2"}]',
      ),
      pod('far', '10.65.1.2', {}, { node: 'node-2' }),
      hostEndpoint('h', {}, 'interfaceName: eth0, expectedIPs: [192.0.2.1]'),
      hostEndpoint('i', {}, 'interfaceName: eth1'),
    ].join('\n---\n'),
    'host.json': hostJson(['eth0', '192.0.2.1/24', '2001:db8::1/64'], ['eth1', '198.51.100.1/24']),
  })
  const base = ['-f', join(folder, 'a.yaml'), '--node', 'node-1']
  const host = [...base, '--host', join(folder, 'host.json')]
  t.match(await trace([...host, '--from', '2001:db8::9', '--to', 'pod/default/a', '--dport', '80']), {
    code: 0,
    out: /\npacket: TCP \[2001:db8::9\]:40000 -> \[2001:db8:65::2\]:80, connection NEW,\s+comes\s+in\s+by\s+eth0\n/,
  })
  t.match(await trace([...host, '-6', '--from', '2001:db8::9', '--to', 'host', '--proto', 'icmp']), {
    out: /\npacket: ICMPv6 type 128 code 0 2001:db8::9 -> 2001:db8::1,/,
  })
  t.match(await trace([...host, '--from', 'pod/default/far', '--to', 'pod/default/a', '--dport', '80']), {
    code: 0,
    out: /^accept, whichever way it takes:\n  if it comes in from 10\.65\.1\.2 by eth0 \(nobody says so\):\n[^]* by eth1 \(nobody says so\):\n[^]*\npacket: [^\n]*, connection NEW\n$/,
  })
  t.match(
    await trace([
      ...host,
      '--from',
      'pod/default/far',
      '--in-interface',
      'eth1',
      '--to',
      'pod/default/a',
      '--dport',
      '80',
      '--verdict-only',
    ]),
    {
      code: 0,
      out: 'accept\n',
    },
  )
  t.match(await trace([...host, '--from', 'host', '--to', '203.0.113.1', '--dport', '80']), {
    code: 0,
    out: /^drop, whichever way it takes:\n[^]*if it leaves towards 203\.0\.113\.1 by eth1 \(nobody says so\):\n/,
  })
})

t.test('mistakes are all told at once, with exit code 2 and nothing on standard output', async t => {
  const rows: readonly (readonly [readonly string[], RegExp])[] = [
    [['--to', 'host', '--dport', '80'], /`from` is missing/],
    [
      ['--from', '1.2.3', '--to', 'pod/x', '--proto', 'foo', '--state', 'x'],
      /`1\.2\.3` is not an IP address.*\n.*no pod `x`.*\n.*`foo` is not a protocol.*\n.*`x` is not a connection state/,
    ],
    [['--from', '192.0.2.70', '--to', 'host', '--dport', '65536'], /`65536` is not a number from 0 to 65535/],
    [['--from', '192.0.2.70', '--to', 'host'], /`dport` is missing/],
    [['--from', '192.0.2.70', '--to', 'host', '--dport', '80', '--icmp-type', '8'], /only ICMP has a type/],
    [['--from', '192.0.2.70', '--to', 'host', '--proto', 'icmp', '--dport', '80'], /protocol 1 has no ports/],
    [['--from', '192.0.2.70', '--to', '2001:db8::1', '--dport', '80'], /not an IPv6 address/],
    [['--log', 'nothing'], /cannot read `nothing`/],
    [['--log', 'IN= nothing'], /it has no `IN=… OUT=…`/],
    [['--log', 'x: IN=eth0 OUT= SRC=1.2.3.4 DST=1.2.3.5 PROTO=TCP'], /no `SPT=` and `DPT=`/],
    [['--packets', '/nowhere'], /cannot read/],
  ]
  for (const [args, wanted] of rows)
    t.match(await trace([...NODE_PORTS, ...args]), { code: 2, out: '', err: wanted }, args.join(' '))
})

t.test('long files of packets are read piece by piece', async t => {
  // A piece has 256 KiB: characters of several bytes lie across its ends, and so do lines.
  const filler = Array.from({ length: 9_000 }, (_, index) => `# ${'é€😀'.repeat(9)}${'x'.repeat(index % 7)}`)
  const packet = '192.0.2.70,host,tcp,30080,drop'
  const lines = [
    'from,to,proto,dport,expect',
    ...filler.flatMap((line, at) => (at % 50 === 0 ? [line, packet] : [line])),
  ]
  const wrong = lines.length + 1
  const text = `\ufeff${[...lines, packet.replace('drop', 'accept')].join('\r\n')}`
  const bad = text.replace(/30080,accept$/, '30080,perhaps')
  const folder = t.testdir({
    'long.csv': text,
    'bad.csv': bad,
    'utf16.csv': Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text.slice(1), 'utf16le')]),
    'broken.csv': Buffer.concat([Buffer.from(text), Buffer.from([0xff, 0x0a])]),
    'line.csv': `from,to,proto,dport,expect\n# ${'x'.repeat(2 ** 20 + 2 ** 19)}\n${packet}\n`,
    'verdicts.txt': `${'drop\n'.repeat(180)}accept\n`,
  })
  const run = (name: string, ...args: readonly string[]): Promise<CommandRun> =>
    trace([...NODE_PORTS, '--packets', join(folder, name), ...args])
  for (const name of ['long.csv', 'utf16.csv']) {
    const { code, out, err } = await run(name)
    t.equal(code, 1, name, { err })
    t.match(out, new RegExp(`^\\S*/${name}:${wrong}: expected accept, found drop`), name)
    t.match(out, /\n181 packets, 1 difference\n$/, name)
  }
  t.match(await run('long.csv', '--expect', join(folder, 'verdicts.txt')), {
    code: 1,
    out: '181 packets, 1 difference',
  })
  t.match(await run('line.csv'), { code: 0, out: '1 packet, 0 differences\n' })
  t.match(await run('bad.csv'), {
    code: 2,
    out: '',
    err: new RegExp(`bad\\.csv:${wrong}:27: error: \`perhaps\` is not a verdict`),
  })
  t.match(await run('broken.csv'), { code: 2, out: '', err: /the byte 0xFF is not UTF-8/ })
})

t.test('files of packets', async t => {
  const folder = t.testdir({
    'right.csv': `# what the policy is meant to do
from,to,proto,dport,expect
192.0.2.70,host,tcp,30080,drop

"192.0.2.70",host,tcp,22,accept
192.0.2.70,host,udp,32767,DROP
`,
    'wrong.csv': 'from,to,dport,expect\n192.0.2.70,host,30080,accept\n192.0.2.70,host,22,accept\n192.0.2.70,host,80,\n',
    'packets.jsonl':
      '{"from": "192.0.2.70", "to": "host", "dport": 30080}\n{"from": "192.0.2.70", "to": "host", "proto": "icmp", "icmp-type": 8, "ipv6": false}\n',
    'expected.txt': 'drop\ndrop\n',
    'short.txt': 'drop\n',
    'mistakes.csv': 'from,to,dport,expect\n192.0.2.70,host,80,maybe\n192.0.2.70,host,x,drop\n1,2,3,4,5\n',
    'column.csv': 'from,to,port\n192.0.2.70,host,80\n',
    'columns.csv': 'id,source,to,destport\n1,2,3,4\n',
    'mistakes.jsonl': '{"from": "192.0.2.70", "to": "host", "dport": 80, "port": 1}\n[1]\n{"from": {}}\n',
  })
  const run = (name: string, ...args: readonly string[]): Promise<CommandRun> =>
    trace([...NODE_PORTS, '--packets', join(folder, name), ...args])
  t.strictSame(await run('right.csv'), { code: 0, out: '3 packets, 0 differences\n', err: '' })
  const wrong = await run('wrong.csv')
  t.equal(wrong.code, 1)
  t.match(
    wrong.out,
    /wrong\.csv:2: expected accept, found drop: TCP 192\.0\.2\.70:40000 -> 192\.0\.2\.78:30080, connection NEW, comes in by eth1\n {2}drop: at the ingress of host\/node-1-public on node node-1\n {2}why: ingress\[0\] of/,
  )
  t.match(wrong.out, /\n3 packets, 1 difference, 1 without an expectation\n$/)
  t.match(await run('packets.jsonl'), { code: 0, out: /:1: drop: TCP .*\n.*:2: drop: ICMP/ })
  t.strictSame(await run('packets.jsonl', '--verdict-only'), { code: 0, out: 'drop\ndrop\n', err: '' })
  t.match(await run('packets.jsonl', '--expect', join(folder, 'expected.txt')), {
    code: 0,
    out: '2 packets, 0 differences\n',
  })
  t.match(await run('packets.jsonl', '--expect', join(folder, 'short.txt')), {
    code: 2,
    out: '',
    err: 'has 1 verdicts for the 2 packets',
  })
  t.match(JSON.parse((await run('wrong.csv', '-o', 'json')).out), {
    version: 1,
    packets: [{ expect: 'accept', isAsExpected: false, verdict: 'drop' }, {}, {}],
  })
  t.match(await run('mistakes.csv'), {
    code: 2,
    out: '',
    err: /csv:2:20: error: `maybe` is not a verdict.*\n.*csv:3:17: error: `dport`: `x` is not.*\n.*csv:4:9: error: 5 values/,
  })
  t.match(await run('column.csv'), { code: 2, err: /csv:1:9: error: unknown column `port` \(did you mean `dport`\?/ })
  const columns =
    /^\S*csv:1:1: error: unknown columns `id`, `source` and `destport` \(did you mean `from` for `source`, `dport` for `destport`\? the fields are .*\n$/
  t.match(await run('columns.csv'), { code: 2, out: '', err: columns })
  t.match(await run('mistakes.jsonl'), {
    code: 2,
    err: /jsonl:1:51: error: unknown field `port`.*\n.*jsonl:2:1: error: expected one JSON object.*\n.*`from`: expected text/,
  })
})

t.test('text of a node instead of resources, or beside them', async t => {
  const expected = join(GOLDEN_FOLDER, 'actions/log-denied-packets/expected')
  const host = ['--host', join(GOLDEN_FOLDER, 'actions/log-denied-packets/host.json')]
  const text = ['--rules', join(expected, 'v4.iptables'), '--sets', join(expected, 'v4.ipset')]
  const toPod = ['--to', '10.65.0.20', '--out-interface', 'cali468066a8ae1', '--dport', '80']
  const byEth0 = ['--from', '198.51.100.7', '--in-interface', 'eth0']
  const alone = await trace([...text, ...host, ...byEth0, ...toPod])
  t.match(flat(alone.out), /^drop: .*\nwhy: .*v4\.iptables:129\n.*\nrule: 7 of cali-tw-.*cali:nvNlHrL7GpJwxJ8n\n/)
  const allowed = ['--from', '10.65.0.21', '--in-interface', 'cali16bbf0fbce1']
  t.equal((await trace([...text, ...host, ...allowed, ...toPod, '--verdict-only'])).out, 'accept\n')
  const beside = await trace([
    ...text,
    ...LOG_DENIED,
    '--from',
    'pod/default/curl-1',
    '--to',
    'pod/default/nginx-5f9c',
    '--dport',
    '80',
  ])
  t.match(flat(beside.out), /\nwhy: ingress\[0\] of NetworkPolicy default\/access-nginx, \S*cluster\.yaml:49, allows/)
  const kubeProxy = t.testdir({
    'nat.txt': `*nat
:PREROUTING ACCEPT [0:0]
:KUBE-SVC - [0:0]
-A PREROUTING -d 10.96.0.10/32 -p tcp -m tcp --dport 80 -j KUBE-SVC
-A KUBE-SVC -m statistic --mode random --probability 0.5 -j DNAT --to-destination 10.65.0.20:80
-A KUBE-SVC -p tcp -j DNAT --to-destination 10.65.0.21:80
COMMIT
`,
    'filter.txt': `*filter
:FORWARD ACCEPT [0:0]
-A FORWARD -d 10.65.0.20/32 -j DROP
COMMIT
`,
    'loop.txt': '*filter\n:INPUT ACCEPT\n:a -\n:b -\n-A INPUT -j a\n-A a -j b\n-A b -g a\nCOMMIT\n',
  })
  const loop = ['--rules', join(kubeProxy, 'loop.txt'), ...host, '--from', 'host', '--to', 'host', '--dport', '1']
  t.match(await trace(loop), { code: 2, out: '', err: /loop\.txt:3:1: error: chain `a` leads back to itself/ })
  const rules = ['--rules', join(kubeProxy, 'nat.txt'), join(kubeProxy, 'filter.txt')]
  const service = await trace([...rules, ...host, '--from', '198.51.100.7', '--to', '10.96.0.10', '--dport', '80'])
  t.match(
    flat(service.out),
    / 50 % of connections: drop: in filter FORWARD why: .* 50 % of connections: accept: leaves .*10\.65\.0\.21/,
  )
  t.match(service.out, /^unknown: accept or drop; it depends:\n/)
  t.match(await trace([...rules, ...rules, ...host, '--from', 'host', '--to', 'host', '--dport', '1']), {
    code: 2,
    out: '',
    err: 'which another file has too',
  })
  t.match(await trace([...rules, ...host, '--from', '::1', '--to', '::2', '--dport', '1']), {
    code: 2,
    out: '',
    err: 'no rules of this IP version',
  })
  t.match(await trace(['--from', 'host', '--to', 'host', '--dport', '1']), {
    code: 2,
    out: '',
    err: 'nothing says which rules',
  })
})

t.test('help starts with examples', async t => {
  const { out, code } = await trace(['--help'])
  t.equal(code, 0)
  t.match(out, /^Examples:\n/)
})

t.test('without its steps a walk ends as with them, and keeps none', async t => {
  const input = readFileSync(join(GOLDEN_FOLDER, 'actions/log-denied-packets/input/cluster.yaml'), 'utf8')
  const { plan, versions, resources, sources } = mustCompile(input)
  const { ruleset } = versions[4]
  const scene = createScene({ backend: IPTABLES, tables: kernelTablesOf(ruleset), ruleset, plan, resources, sources })
  for (const source of ['10.65.0.21', '198.51.100.7']) {
    const packet = { ...TCP, source, destination: '10.65.0.20', destinationPort: 80 }
    const journey = { packet, inInterface: source === '10.65.0.21' ? 'cali16bbf0fbce1' : 'eth0', state: 'NEW' } as const
    const whole = scene.walker.walk(journey)
    const brief = scene.walker.walk(journey, { withSteps: false })
    t.strictSame([brief.verdict, brief.looks], [whole.verdict, whole.looks])
    t.ok(whole.walks[0].steps.length > 10)
    t.equal(brief.walks[0].steps.length, 0)
    t.match(brief.walks[0].decidedBy, { kind: 'rule' })
  }
})

const QUESTIONS = fileURLToPath(new URL('../docs/questions/', import.meta.url))
const SHOP = [
  '-f',
  join(QUESTIONS, 'shop.yaml'),
  '--host',
  join(QUESTIONS, 'host.json'),
  '--node',
  'w1',
  '--felix-env',
  'none',
]

t.test('a suggested policy does what it is for, and nothing else of it is closed', async t => {
  const web = ['--from', 'pod/frontend/web', '--to', 'pod/shop/api', '--dport', '8080']
  const rows: readonly (readonly [readonly string[], string, RegExp])[] = [
    [web, 'accept', /name: allow-ingress-api\n.*namespaceSelector: projectcalico\.org\/name == "frontend"/s],
    [['--from', 'pod/shop/api', '--to', '169.254.169.254', '--dport', '80'], 'accept', /order: 9\n/],
    [['--from', '198.51.100.4', '--to', 'host', '--dport', '9100'], 'accept', /kind: GlobalNetworkPolicy/],
    [['--from', 'pod/frontend/web', '--to', 'pod/shop/db', '--proto', 'icmp'], 'accept', /protocol: ICMP\n/],
  ]
  for (const [packet, verdict, wanted] of rows) {
    const { code, out } = await trace([...SHOP, ...packet, '--allow-policy'])
    t.equal(code, 0)
    t.match(out, wanted)
    const folder = t.testdir({ 'more.yaml': out })
    const again = await trace([...SHOP, '-f', join(folder, 'more.yaml'), ...packet, '--verdict-only'])
    t.equal(again.out, `${verdict}\n`)
  }
  const log = await trace([...SHOP, ...web, '--log-policy'])
  t.match(log.out, /name: zz-log-ingress-api\n.*- action: Log\n$/s)
  const folder = t.testdir({ 'log.yaml': log.out })
  const logged = await trace([...SHOP, '-f', join(folder, 'log.yaml'), ...web])
  t.match(logged.out, /^drop: .*\nkernel log: calico-packet: IN=/s)
  t.match(await trace([...SHOP, '--from', 'host', '--to', 'pod/shop/api', '--dport', '80', '--allow-policy']), {
    code: 1,
    out: '',
    err: 'the packet is accepted as it is',
  })
  t.match(await trace([...SHOP, '--from', 'pod/shop/api', '--to', 'host', '--dport', '10250', '--allow-policy']), {
    code: 1,
    out: '',
    err: 'no policy was found that allows this packet',
  })
  // What an untracked policy denies can only be let through untracked: its answers are known to nothing then.
  const untracked = t.testdir({
    'a.yaml': ['Ingress', 'Egress']
      .map(
        direction => `apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: deny-${direction.toLowerCase()}}
spec: {order: 5, selector: role == 'edge', doNotTrack: true, applyOnForward: true, types: [${direction}], ${direction.toLowerCase()}: [{action: Deny, ${direction === 'Ingress' ? 'source' : 'destination'}: {nets: [198.51.100.0/24]}}]}
---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: open-${direction.toLowerCase()}}
spec: {order: 9, selector: role == 'edge', types: [${direction}], ${direction.toLowerCase()}: [{action: Allow}]}
---
`,
      )
      .concat(
        '{apiVersion: projectcalico.org/v3, kind: HostEndpoint, metadata: {name: edge, labels: {role: edge}}, spec: {node: node-1, interfaceName: eth0, expectedIPs: [192.0.2.1]}}',
      )
      .join(''),
    'host.json': hostJson(['eth0', '192.0.2.1/24']),
  })
  const edge = inputIn(untracked)
  for (const packet of [
    ['--from', '198.51.100.7', '--to', 'host', '--dport', '443'],
    ['--from', '198.51.100.7', '--to', 'host', '--proto', 'icmp'],
    ['--from', 'host', '--to', '198.51.100.7', '--dport', '444'],
  ]) {
    const { code, out } = await trace([...edge, ...packet, '--allow-policy'])
    t.equal(code, 0, packet.join(' '))
    t.match(out, /order: 4\n.* - Ingress\n {2}- Egress\n {2}doNotTrack: true\n/s)
    const more = join(untracked, 'more.yaml')
    writeFileSync(more, out)
    const again = await trace([...edge, '-f', more, ...packet, '--verdict-only'])
    t.equal(again.out, 'accept\n')
  }
  // Batch pods have the label too, and no policy closes them.
  const open = t.testdir({
    'a.yaml': [
      pod('a', '10.65.0.2', { app: 'x', part: '1' }),
      pod('b', '10.65.0.3', { app: 'x', part: '1' }, { namespace: 'other' }),
      pod('c', '10.65.0.4', { app: 'x', part: '1', open: 'true' }),
      '{apiVersion: projectcalico.org/v3, kind: NetworkPolicy, metadata: {name: p, namespace: default}, spec: {selector: "!has(open)", types: [Ingress]}}',
    ].join('\n---\n'),
    'host.json': hostJson(['eth0', '192.0.2.1/24']),
  })
  const base = inputIn(open)
  const narrow = await trace([
    ...base,
    '--from',
    '192.0.2.9',
    '--to',
    'pod/default/a',
    '--dport',
    '1',
    '--allow-policy',
  ])
  t.match(narrow.out, / {2}selector: app == "x" && part == "1" && \(/)
})

t.test('which peers says who is in a rule, and why somebody is not', async t => {
  const which = (...args: readonly string[]): Promise<CommandRun> =>
    runCommand(['which', 'peers', '-f', join(QUESTIONS, 'shop.yaml'), '--node', 'w1', '--felix-env', 'none', ...args])
  const db = ['--policy', 'shop/allow-db', '--rule', 'ingress[0]']
  const all = await which(...db)
  t.match(
    flat(all.out),
    / {2}|source: endpoints and network sets in namespace shop with .* pod\/shop\/api 10\.65\.0\.3/,
  )
  const rows: readonly (readonly [string, number, RegExp])[] = [
    ['pod/shop/api', 0, /pod\/shop\/api 10\.65\.0\.3/],
    ['pod/shop/probe', 1, /not pod\/shop\/probe .*it has hostNetwork/],
    ['pod/shop/batch', 1, /label app is "batch" at pod\/shop\/batch/],
    ['pod/frontend/web', 1, /pod\/frontend\/web is in namespace frontend/],
  ]
  for (const [name, code, wanted] of rows) {
    const found = await which(...db, '--endpoint', name)
    t.equal(found.code, code, name)
    t.match(flat(found.out), wanted, name)
  }
  t.match(await which(...db, '--endpoint', 'pod/shop/nobody'), { code: 2, err: 'the input has no `pod/shop/nobody`' })
  t.match(await which('--policy', 'shop/allow-db', '--rule', 'ingress[9]'), { code: 2, err: 'no rule `ingress[9]`' })
  t.match(JSON.parse((await which(...db, '-o', 'json')).out), {
    version: 1,
    rules: [{ rule: 'ingress[0]', sides: [{ side: 'source', members: [{ name: 'pod/shop/api' }] }] }],
  })
})

t.test('--members says who is in the rule that decides or comes nearest', async t => {
  const rows: readonly (readonly [args: readonly string[], wanted: RegExp, unwanted?: RegExp])[] = [
    [
      ['--from', 'pod/frontend/web', '--to', 'pod/shop/api', '--dport', '8080'],
      /\nmembers:\ningress\[0\] of KubernetesNetworkPolicy shop\/allow-api, \S*:53: Allow source: pods whose namespace has name == "frontend": nobody not pod\/frontend\/web 10\.65\.0\.2: namespace frontend has no label name/,
      /not pod\/shop\/api/,
    ],
    [
      ['--from', 'pod/shop/api', '--to', 'pod/shop/db', '--dport', '5432'],
      /\nmembers:\ningress\[0\] of NetworkPolicy shop\/allow-db, .* pod\/shop\/api 10\.65\.0\.3 not pod\/shop\/probe 192\.0\.2\.2: it has hostNetwork/,
      /not pod\/shop\/db/,
    ],
    [['--from', 'host', '--to', '203.0.113.9', '--dport', '80'], /\nmembers: no rule of a policy decides here\n/],
  ]
  for (const [args, wanted, unwanted] of rows) {
    const { out, err } = await trace([...SHOP, ...args, '--members'])
    t.match(flat(out), wanted, args.join(' '), { err })
    if (unwanted !== undefined) t.notMatch(out, unwanted)
  }
  const json = await trace([...SHOP, ...(rows[0]?.[0] ?? []), '--members', '-o', 'json'])
  t.match(JSON.parse(json.out).walks[0].members, {
    policy: 'knp/shop/allow-api',
    rules: [{ rule: 'ingress[0]', sides: [{ side: 'source', members: [], outside: [{ name: 'pod/frontend/web' }] }] }],
  })
  const explain = (...args: readonly string[]): Promise<CommandRun> =>
    runCommand(['explain', ...args, '-f', join(QUESTIONS, 'shop.yaml'), '--node', 'w1', '--felix-env', 'none'])
  const policy = await explain('--policy', 'shop/allow-db', '--members')
  t.match(flat(policy.out), /\n\ningress\[0\] of NetworkPolicy shop\/allow-db, .*\ningress\[1\] of NetworkPolicy/)
  const line = await explain('shop.yaml:53', '--members')
  t.match(flat(line.out), /\n\ningress\[0\] of KubernetesNetworkPolicy shop\/allow-api, .*: nobody\n$/)
  t.match(JSON.parse((await explain('shop.yaml:53', '--members', '-o', 'json')).out).members, [
    { policy: 'KubernetesNetworkPolicy/shop/allow-api', rules: [{ rule: 'ingress[0]' }] },
  ])
  t.match(await explain('--chain', 'cali-FORWARD', '--members'), {
    code: 2,
    out: '',
    err: '--members is about a policy',
  })
})

t.test('the first three lines of everyday questions say what, where and why, with the place in YAML', async t => {
  const text = readFileSync(fileURLToPath(new URL('../docs/trace.md', import.meta.url)), 'utf8')
  const section = text.slice(text.indexOf('## Everyday questions'))
  const blocks = [...section.matchAll(/^\*\*(.*)\*\*\n\n```console\n((?:.*\n)*?)```$/gm)]
  t.ok(blocks.length >= 20, `${blocks.length} questions`)
  for (const [, question = '', body = ''] of blocks) {
    const lines = body.split('\n').filter(line => line !== '' && !line.startsWith('$ '))
    const first = lines.slice(0, 3).join('\n')
    t.match(
      first,
      /^(accept|drop|reject|no connection|unknown): .*\n(why|nearest): |^(ingress|egress)\[\d\] of /,
      question,
    )
    t.match(first, /shop\.yaml:\d+|Calico's default|does not stand between/, question)
    for (const line of lines) t.ok(line.length <= 80, `${question}: ${line}`)
  }
})

t.test('what -o json prints is as the published schema says, field by field', async t => {
  const path = fileURLToPath(new URL('../docs/schemas/trace.schema.json', import.meta.url))
  const schema = fromJSONSchema(strictSchema(path))
  const folder = t.testdir({
    'p.csv': 'from,to,dport,expect\npod/frontend/web,pod/shop/api,8080,accept\npod/shop/api,pod/shop/db,5432,\n',
    'traced.txt': TRACED.xtables,
    'kern.log': 'calico-packet: IN=eth0 OUT=cali0 SRC=198.51.100.7 DST=10.65.0.3 PROTO=TCP SPT=40000 DPT=80 SYN\n',
  })
  const line = readFileSync(join(folder, 'kern.log'), 'utf8').trim()
  const logged =
    'calico-packet: IN=eth0 OUT=cali468066a8ae1 SRC=198.51.100.7 DST=10.65.0.20 PROTO=TCP SPT=40000 DPT=80 SYN'
  const rows: readonly (readonly string[])[] = [
    [...SHOP, '--from', 'pod/frontend/web', '--to', 'pod/shop/api', '--dport', '8080', '--why-not'],
    [...SHOP, '--from', 'pod/frontend/web', '--to', 'pod/shop/api', '--dport', '8080', '--members'],
    [...SHOP, '--from', 'pod/shop/api', '--to', '192.0.2.2', '--proto', 'udp', '--dport', '53'],
    [...SHOP, '--from', 'pod/shop/api', '--to', 'host', '--proto', 'icmp'],
    [...SHOP, '--from', 'pod/shop/api', '--to', 'pod/shop/api', '--dport', '80'],
    [...NODE_PORTS, '--from', '198.51.100.7', '--to', '192.0.2.78', '--dport', '22', '--dnat', '10.176.48.90:8080'],
    [...NODE_PORTS, '--from', 'host', '--to', 'host', '--dport', '80'],
    [...SHOP, '--packets', join(folder, 'p.csv')],
    [...SHOP, '--log', line],
    [...LOG_DENIED, '--log', logged],
    [...SHOP, '--log', join(folder, 'kern.log')],
    [...LOG_DENIED, '--log', join(folder, 'traced.txt')],
    [...LOG_DENIED, '--log', TRACED.kernel('filter:FORWARD:rule:1').trim()],
  ]
  for (const args of rows) {
    const { out, err } = await trace([...args, '-o', 'json'])
    const found = schema.safeParse(JSON.parse(out))
    t.ok(found.success, args.slice(6).join(' '), { err, issues: found.error?.issues.slice(0, 3) })
  }
  t.notOk(schema.safeParse({ version: 1, verdict: 'maybe', isComplete: true, walks: [] }).success)
})
