// Lines of the kernel log, and packets that the kernel traced: to their rules, and on to what became of the packet.

import { join } from 'node:path'
import t from 'tap'
import { Report } from '../src/diagnostics/diagnostic.ts'
import { readLogEntry } from '../src/trace/log-entry.ts'
import { readTracedPiece } from '../src/trace/traced-dialects.ts'
import { loggedPrefix } from '../src/walk/log-line.ts'
import { hostEndpoint, hostJson, policy } from './helpers/build.ts'
import { GOLDEN_FOLDER } from './helpers/golden.ts'
import { type CommandRun, runCommand } from './helpers/run-command.ts'
import { TRACED } from './helpers/traced-lines.ts'

const trace = (args: readonly string[]): Promise<CommandRun> => runCommand(['trace', ...args, '--felix-env', 'none'])

const LOG_FOLDER = join(GOLDEN_FOLDER, 'actions/log-denied-packets')
const LOG_DENIED = ['-f', join(LOG_FOLDER, 'input'), '--host', join(LOG_FOLDER, 'host.json')]

/** Lines that were broken for a terminal, in one. */
function flat(text: string): string {
  return text.replaceAll(/\n +/g, ' ')
}

t.test('a line of the kernel log leads to its rule and to what became of the packet', async t => {
  const syslog = 'Nov 24 10:00:00 node-1 kernel: [123.4] calico-packet: '
  const packet =
    'MAC=02:00:00:00:00:01:02:00:00:00:00:02:08:00 SRC=198.51.100.7 DST=10.65.0.20 LEN=60 TOS=0x00 PREC=0x00 TTL=63 ID=1 DF PROTO=TCP SPT=40000 DPT=80 WINDOW=64240 RES=0x00 SYN URGP=0'
  const line = `${syslog}IN=eth0 OUT=cali468066a8ae1 ${packet}`
  const found = await trace([...LOG_DENIED, '--log', line])
  t.equal(found.code, 0)
  t.match(
    flat(found.out),
    /^written by: rule 1 of cali-pi-_83iCtZBJ6dmKTUz3Cz_, table filter \(ingress\[0\] of NetworkPolicy default\/log-denied-packets, \S*:62\), hook FORWARD\nthen drop: at the ingress of pod\/default\/nginx-5f9c on node node-1\nwhy: none of the 2 policies/,
  )
  t.match(flat((await trace([...LOG_DENIED, '--log', line, '--steps'])).out), /\nfilter FORWARD 1\. .*drop it/)
  t.equal((await trace([...LOG_DENIED, '--log', line, '--verdict-only'])).out, 'drop\n')
  t.match(JSON.parse((await trace([...LOG_DENIED, '--log', line, '-o', 'json'])).out), {
    writtenBy: [{ chain: 'cali-pi-_83iCtZBJ6dmKTUz3Cz_', then: { verdict: 'drop' } }],
  })
  const rows: readonly (readonly [string, string, string])[] = [
    ['another prefix', line.replace('calico-packet', 'other'), 'no LOG rule has the prefix'],
    ['another interface', line.replace('cali468066a8ae1', 'cali0'), 'is reached by this packet'],
    ['a packet that the policy allows', line.replace('198.51.100.7', '10.65.0.21'), 'is reached by this packet'],
    ['a mark that it cannot have', `${line} MARK=0x10000`, 'is reached by this packet'],
  ]
  for (const [name, text, wanted] of rows)
    t.match(await trace([...LOG_DENIED, '--log', text]), { code: 1, out: wanted }, name)
  const fitting: readonly (readonly [string, string])[] = [
    [
      'ICMP',
      `calico-packet: IN=eth0 OUT=cali468066a8ae1 SRC=198.51.100.7 DST=10.65.0.20 LEN=84 TTL=63 PROTO=ICMP TYPE=8 CODE=0 ID=1 SEQ=1`,
    ],
    [
      'an ICMP error, which quotes a packet',
      `calico-packet: IN=eth0 OUT=cali468066a8ae1 SRC=198.51.100.7 DST=10.65.0.20 PROTO=ICMP TYPE=3 CODE=3 [SRC=10.65.0.20 DST=1.2.3.4 PROTO=UDP SPT=1 DPT=2 ]`,
    ],
    ['UDP', `calico-packet: IN=eth0 OUT=cali468066a8ae1 SRC=198.51.100.7 DST=10.65.0.20 PROTO=UDP SPT=1 DPT=53 LEN=40`],
    ['a foreign mark', `${line} MARK=0x4000`],
  ]
  for (const [name, text] of fitting)
    t.match(await trace([...LOG_DENIED, '--log', text]), { code: 0, out: '\nthen drop: ' }, name)
})

t.test('which interfaces a line names says by which hook it was written', async t => {
  const policy = (name: string, spec: string): string =>
    `{apiVersion: projectcalico.org/v3, kind: GlobalNetworkPolicy, metadata: {name: ${name}}, spec: {selector: has(h), applyOnForward: true, types: [Ingress], ingress: [{action: Log}${spec}}}`
  const folder = t.testdir({
    'a.yaml': [
      hostEndpoint('h', { h: 'x' }),
      policy('before', '], preDNAT: true'),
      policy('forward', ', {action: Allow}]'),
    ].join('\n---\n'),
    'host.json': hostJson(['eth0', '192.0.2.1/24'], ['eth1', '203.0.113.1/24']),
  })
  const rows: readonly (readonly [interfaces: string, destination: string, hooks: readonly string[]])[] = [
    ['IN=eth0 OUT=', '203.0.113.9', ['PREROUTING']],
    ['IN=eth0 OUT=eth1', '203.0.113.9', ['FORWARD']],
    ['IN=eth0 OUT=', '192.0.2.1', ['PREROUTING', 'INPUT']],
    ['IN= OUT=eth1', '203.0.113.9', []],
  ]
  for (const [interfaces, destination, hooks] of rows) {
    const line = `calico-packet: ${interfaces} SRC=192.0.2.7 DST=${destination} PROTO=TCP SPT=40000 DPT=80 SYN`
    const base = ['-f', join(folder, 'a.yaml'), '--host', join(folder, 'host.json')]
    const { out } = await trace([...base, '--log', line, '-o', 'json'])
    const found = JSON.parse(out).writtenBy.map(({ hook }: { readonly hook: string }) => hook)
    t.strictSame(found, hooks, line)
  }
})

t.test('the mark of a line is that of the packet at its rule, as far as the bits are Calico’s', async t => {
  const log =
    '{action: Log, source: {nets: [192.0.2.0/24, 198.51.100.0/24]}, destination: {nets: [192.0.2.1/32, 10.0.0.0/8]}}'
  const folder = t.testdir({
    'a.yaml': [
      hostEndpoint('h', { h: 'x' }),
      policy('p', `{selector: has(h), types: [Ingress], ingress: [${log}, {action: Log}]}`),
    ].join('\n---\n'),
    'host.json': hostJson(['eth0', '192.0.2.1/24']),
  })
  const rows: readonly (readonly [mark: string, rules: number, why: string])[] = [
    ['', 2, 'a line that somebody shortened says nothing of the mark'],
    ['MARK=0x180000', 2, 'both nets fitted, by the bits that say so'],
    ['MARK=0x184000', 2, "a bit that is not Calico's"],
    ['MARK=0x80000', 0, 'one of them did not'],
    ['MARK=0x190000', 0, 'a policy let it through before'],
  ]
  for (const [mark, rules, why] of rows) {
    const line = `calico-packet: IN=eth0 OUT= SRC=192.0.2.7 DST=192.0.2.1 PROTO=TCP SPT=40000 DPT=80 SYN ${mark}`
    const base = ['-f', join(folder, 'a.yaml'), '--host', join(folder, 'host.json')]
    const { out } = await trace([...base, '--log', line, '-o', 'json'])
    t.equal(JSON.parse(out).writtenBy.length, rules, why)
  }
})

t.test('what a line says of its packet', t => {
  const ends = 'SRC=192.0.2.7 DST=192.0.2.1'
  const packet = { ipVersion: 4, source: '192.0.2.7', destination: '192.0.2.1' }
  const rows: readonly (readonly [why: string, text: string, packet: object, mark: number])[] = [
    [
      'TCP, with the flags that are set',
      'PROTO=TCP SPT=40000 DPT=80 SYN MARK=0x30000',
      { ...packet, protocol: 6, sourcePort: 40000, destinationPort: 80, tcpFlags: ['SYN'] },
      0x30000,
    ],
    ['ICMP', 'PROTO=ICMP TYPE=3 CODE=13', { ...packet, protocol: 1, icmpType: 3, icmpCode: 13 }, 0],
    [
      'an ICMP error is no packet of the connection that it quotes',
      'PROTO=ICMP TYPE=3 CODE=3 [SRC=192.0.2.1 DST=192.0.2.7 PROTO=UDP SPT=53 DPT=9999 ] MARK=0x1',
      { ...packet, protocol: 1, icmpType: 3, icmpCode: 3 },
      1,
    ],
    ['a protocol by its number', 'PROTO=112', { ...packet, protocol: 112 }, 0],
  ]
  for (const [why, text, wanted, mark] of rows) {
    const entry = readLogEntry(`p: IN=eth0 OUT= ${ends} LEN=60 ${text}`, new Report())
    t.strictSame([entry?.packet, entry?.mark], [wanted, mark], why)
  }
  t.end()
})

t.test('IPv6 lines of the kernel log', async t => {
  const folder = t.testdir({
    'a.yaml': [
      hostEndpoint('h', { h: 'x' }),
      '{apiVersion: projectcalico.org/v3, kind: GlobalNetworkPolicy, metadata: {name: log}, spec: {selector: has(h), ingress: [{action: Log}, {action: Deny}]}}',
    ].join('\n---\n'),
    'host.json': hostJson(['eth0', '2001:db8::1/64']),
  })
  const base = ['-f', join(folder, 'a.yaml'), '--host', join(folder, 'host.json')]
  const line =
    'calico-packet: IN=eth0 OUT= MAC=02 SRC=2001:0db8:0000:0000:0000:0000:0000:0009 DST=2001:0db8:0000:0000:0000:0000:0000:0001 LEN=64 TC=0 HOPLIMIT=64 FLOWLBL=0 PROTO=ICMPv6 TYPE=128 CODE=0 ID=1 SEQ=1'
  t.match(await trace([...base, '--log', line]), { code: 0, out: /hook INPUT\nthen drop: .*ICMPv6 type 128 /s })
})

t.test('several lines of the kernel log, and prefixes as the kernel keeps them', async t => {
  const line = (port: number): string =>
    `kernel: calico-packet: IN=eth0 OUT=cali468066a8ae1 SRC=198.51.100.7 DST=10.65.0.20 PROTO=TCP SPT=40000 DPT=${port} SYN`
  const folder = t.testdir({ 'kern.log': `boot\n${line(80)}\n\n${line(81)}\n`, 'none.log': 'boot\n' })
  const file = join(folder, 'kern.log')
  const found = await trace([...LOG_DENIED, '--log', file])
  t.equal(found.code, 0)
  t.match(found.out, /kern\.log:2\nwritten by: [^]*:80, in by[^]*\n\n.*kern\.log:4\nwritten by: [^]*:81, in by/)
  t.match(found.err, /note: 1 other line/)
  t.equal((await trace([...LOG_DENIED, '--log', file, '--verdict-only'])).out, 'drop\ndrop\n')
  t.equal(JSON.parse((await trace([...LOG_DENIED, '--log', file, '-o', 'json'])).out).lines.length, 2)
  t.match(await trace([...LOG_DENIED, '--log', join(folder, 'none.log')]), {
    code: 2,
    out: '',
    err: 'no line of a LOG rule',
  })
  t.equal(loggedPrefix('a'.repeat(40)), 'a'.repeat(29))
  t.equal(loggedPrefix('calico-packet: '), 'calico-packet: ')
})

t.test('packets that the kernel traced are followed to the rule of the policy', async t => {
  const folder = t.testdir({
    'one.log': TRACED.kernel('filter:cali-pi-_83iCtZBJ6dmKTUz3Cz_:rule:1'),
    'kern.log': `boot\n${TRACED.kernel('raw:cali-PREROUTING:rule:1', 'raw:PREROUTING:policy:2', 'filter:FORWARD:rule:1', 'filter:cali-tw-cali468066a8ae1:rule:7')}`,
    'xtables.txt': TRACED.xtables,
    'nft.txt': TRACED.nft,
    'other.log': TRACED.kernel('filter:cali-tw-cali468066a8ae1:rule:1'),
    'gone.log': TRACED.kernel('filter:cali-tw-cali468066a8ae1:rule:99'),
    'accepted.txt': TRACED.xtables.replace(/:0x31:DROP.*/, ':0x30:ACCEPT'),
  })
  const denied =
    /:[0-9-]+\ndrop: at the ingress of pod\/default\/nginx-5f9c on node node-1\nwhy: none of the 2 policies of tier default that select it lets it in\nnearest: \S*:49: ingress/
  const rows: readonly (readonly [file: string, code: number, out: RegExp])[] = [
    ['one.log', 0, denied],
    [
      'one.log',
      0,
      /\ntraced: last seen at rule 1 of cali-pi-_83iCtZBJ6dmKTUz3Cz_, table filter \(ingress\[0\] of NetworkPolicy default\/log-denied-packets/,
    ],
    ['kern.log', 0, /kern\.log:2-5\ndrop: /],
    ['kern.log', 0, denied],
    ['kern.log', 0, /\ntraced: last seen at rule 7 of cali-tw-cali468066a8ae1, table filter \(tier default/],
    ['xtables.txt', 0, denied],
    ['xtables.txt', 0, /\ntraced: last seen at rule 7 of cali-tw-cali468066a8ae1/],
    ['nft.txt', 0, denied],
    ['nft.txt', 0, /\ntraced: last seen at rule 7 of cali-tw-cali468066a8ae1/],
    [
      'other.log',
      1,
      /:1\nunknown: a packet like this does not come to that rule here; .*\ntraced: last seen at rule 1 of cali-tw/,
    ],
    ['gone.log', 1, /:1\nunknown: the rules here have none at this place/],
    ['accepted.txt', 0, /\nnote: the kernel says that it was accepted there: the rules here are not those of the node/],
  ]
  for (const [file, code, wanted] of rows) {
    const found = await trace([...LOG_DENIED, '--log', join(folder, file)])
    t.equal(found.code, code, file)
    t.match(flat(found.out), wanted, file)
  }
  t.match((await trace([...LOG_DENIED, '--log', TRACED.kernel('filter:FORWARD:rule:1').trim()])).out, /^drop: /)
  t.equal((await trace([...LOG_DENIED, '--log', join(folder, 'nft.txt'), '--verdict-only'])).out, 'drop\n')
  const steps = (await trace([...LOG_DENIED, '--log', join(folder, 'kern.log'), '--steps'])).out
  t.match(
    flat(steps),
    /\nrule 1 of cali-PREROUTING, table raw .*\nthe policy of PREROUTING, table raw\nrule 1 of FORWARD/,
  )
  const json = JSON.parse((await trace([...LOG_DENIED, '--log', join(folder, 'xtables.txt'), '-o', 'json'])).out)
  t.match(json.lines[0], {
    packet: { source: '198.51.100.7', destination: '10.65.0.20', protocol: 6, destinationPort: 80, tcpFlags: ['SYN'] },
    inInterface: 'eth0',
    outInterface: 'cali468066a8ae1',
    then: [{ verdict: 'drop' }],
  })
  t.same(
    json.lines[0].traced.map(({ chain, isReached }: { chain: string; isReached: boolean }) => [chain, isReached]),
    [
      ['PREROUTING', false],
      ['PREROUTING', true],
      ['FORWARD', true],
      ['cali-tw-cali468066a8ae1', true],
    ],
    'the rule that asks for the trace is not among those here',
  )
})

t.test('headers of traced packets', t => {
  const rows: readonly (readonly [line: string, told: number | undefined, wanted: object])[] = [
    [
      'PACKET: 10 227aa0c7 OUT=lo SRC=::1 DST=::2 LEN=29 TC=0 HOPLIMIT=64 FLOWLBL=126556 SPORT=41709 DPORT=53 ',
      undefined,
      { ipVersion: 6, source: '::1', destination: '::2', protocol: 17, sourcePort: 41709, destinationPort: 53 },
    ],
    ['PACKET: 2 2 IN=a SRC=192.0.2.1 DST=192.0.2.2 LEN=57 TTL=64 ID=9767 SPORT=1 DPORT=2', 132, { protocol: 132 }],
    ['PACKET: 2 2 IN=a SRC=192.0.2.1 DST=192.0.2.2 LEN=57 TTL=64 ID=9767', 47, { protocol: 47 }],
    ['PACKET: 2 2 IN=a SRC=192.0.2.1 DST=192.0.2.2 LEN=57 TTL=64 ID=9767', undefined, { protocol: 1, icmpType: 8 }],
    [
      'trace id 6ac0525f ip6 raw OUTPUT packet: oif "lo" ip6 saddr ::1 ip6 daddr ::1 ip6 dscp cs0 tcp sport 80 tcp dport 50676 tcp flags == 0x14 tcp window 0',
      undefined,
      { protocol: 6, sourcePort: 80, tcpFlags: ['ACK', 'RST'] },
    ],
    [
      'trace id 3 ip6 raw OUTPUT packet: oif "lo" ip6 saddr ::1 ip6 daddr ::1 ip6 hoplimit 64 icmpv6 type destination-unreachable icmpv6 code port-unreachable',
      undefined,
      { protocol: 58, icmpType: 1 },
    ],
  ]
  for (const [line, told, wanted] of rows) t.match(readTracedPiece(line)?.header?.(told)?.packet, wanted, line)
  const [rule] = [' TRACE: 2 5 filter:cali-x:rule:0x2:0xfffffffb  -4 -t filter -A cali-x -p udp -j RETURN']
  t.match(readTracedPiece(rule), { protocol: 17, event: { table: 'filter', chain: 'cali-x', at: 'rule' } })
  for (const line of [
    'TRACE: 2 x filter:a:rule:',
    'trace id zz ip filter',
    'PACKET: 2 1 IN=',
    'TRACE: a:b:rule:1 IN=',
  ]) {
    const piece = readTracedPiece(line)
    t.equal(piece?.event ?? piece?.header?.(undefined), undefined, line)
  }
  t.end()
})
