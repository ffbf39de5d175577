// The walk: each match and target both ways, chains, marks, NAT, what is not known, and whole cases.

import type { ConntrackState } from '../src/model/rule-values.ts'
import { readNatAddress } from '../src/netfilter/nat-address.ts'
import { readRuleNets } from '../src/netfilter/rule-net.ts'
import { join } from 'node:path'
import t from 'tap'
import { IPTABLES } from '../src/backend/iptables/iptables-backend.ts'
import type { KernelIpSet, KernelTables } from '../src/netfilter/kernel-tables.ts'
import { KERNEL_CHAINS, kernelTablesOf } from '../src/netfilter/kernel-tables.ts'
import type { Match, Rule, Target } from '../src/model/ruleset.ts'
import { compile } from '../src/compile.ts'
import { readRequest } from '../src/trace/packet-request.ts'
import { createScene } from '../src/trace/scene.ts'
import { Report } from '../src/diagnostics/diagnostic.ts'
import type { Packet } from '../src/netfilter/packet.ts'
import type { Journey, NodeView } from '../src/walk/packet.ts'
import { createWalker } from '../src/walk/walk-packet.ts'
import { WalkTooLong } from '../src/walk/walk-work.ts'
import { calico, hostEndpoint, hostJson, mustCompile, pod, policy } from './helpers/build.ts'
import { readCase } from './helpers/cases.ts'
import { compareVerdicts } from './helpers/compare-verdicts.ts'
import { GOLDEN_FOLDER, goldenCases } from './helpers/golden.ts'
import { type Chains, NODE, rule, tables, TCP, walk } from './helpers/hand-made-tables.ts'
import { LOCAL_NODE, SIZES, syntheticCluster } from './helpers/synthetic-cluster.ts'

const TCP6: Packet = { ...TCP, ipVersion: 6, source: '2001:db8:7::7', destination: '2001:db8::1' }
const UDP: Packet = {
  ipVersion: 4,
  source: TCP.source,
  destination: TCP.destination,
  protocol: 17,
  sourcePort: 53,
  destinationPort: 53,
}
const PING: Packet = {
  ipVersion: 4,
  source: TCP.source,
  destination: TCP.destination,
  protocol: 1,
  icmpType: 8,
  icmpCode: 0,
}

const { icmpCode: _, ...PLAIN_PING } = PING

const DROP: Target = { kind: 'drop' }
const ACCEPT: Target = { kind: 'accept' }

t.test('each match fits and does not fit, as the kernel decides it', async t => {
  const set = (
    name: string,
    type: string,
    members: readonly string[],
    rest: Partial<KernelIpSet> = {},
  ): KernelIpSet => ({
    name,
    type,
    ipVersion: 4,
    members,
    ...rest,
  })
  const sets = [
    set('ips', 'hash:ip', ['198.51.100.7']),
    set('nets', 'hash:net', ['198.51.100.0/24', '203.0.113.0/24'], { exceptions: ['198.51.100.0/29'] }),
    set('hole', 'hash:net', ['198.51.100.0/24', '198.51.100.7/32'], { exceptions: ['198.51.100.0/29'] }),
    set('ports', 'hash:ip,port', ['192.0.2.1,tcp:80', '192.0.2.1,udp:53', '192.0.2.1,icmp:8/0']),
    set('netports', 'hash:net,port', ['192.0.2.0/24,tcp:80', '192.0.2.1,tcp:443'], {
      exceptions: ['192.0.2.128/25,tcp:80'],
    }),
    set('six', 'hash:net', ['2001:db8:7::/48'], { ipVersion: 6 }),
    set('odd', 'list:set', ['ips']),
  ]
  const inSet = (name: string, side: 'source' | 'destination', withPort = false, negated = false): Match => ({
    kind: 'ipSet',
    set: name,
    side,
    withPort,
    negated,
  })
  const net = (address: string, negated = false, side: 'source' | 'destination' = 'source'): Match => ({
    kind: 'net',
    side,
    nets: readRuleNets(address),
    negated,
  })
  const ports = (first: number, last: number, negated = false): Match => ({
    kind: 'ports',
    side: 'destination',
    ranges: [
      { first: 1, last: 1 },
      { first, last },
    ],
    negated,
  })
  const proto = (protocol: 'tcp' | 'udp' | 'icmp' | number, negated = false): Match => ({
    kind: 'protocol',
    protocol,
    negated,
  })
  const icmp = (type: number, code?: number, negated = false): Match => ({
    kind: 'icmp',
    ipVersion: 4,
    type,
    ...(code === undefined ? {} : { code }),
    negated,
  })
  const state = (states: readonly ConntrackState[], negated = false): Match => ({
    kind: 'conntrackState',
    states,
    negated,
  })
  const mark = (value: number, mask: number, negated = false): Match => ({ kind: 'mark', value, mask, negated })
  const flags = (mask: readonly string[], set: readonly string[]): Match => ({ kind: 'tcpFlags', mask, flags: set })
  const local = (side: 'src' | 'dst', negated = false, limitToOutInterface = false): Match => ({
    kind: 'addressType',
    side,
    type: 'LOCAL',
    negated,
    limitToOutInterface,
  })
  const later = (hasDnat: boolean, hasSnat: boolean): Partial<Journey> => ({
    state: 'ESTABLISHED',
    connection: { hasDnat, hasSnat },
  })
  const fromHost: Partial<Journey> = { packet: { ...TCP, source: '192.0.2.1', destination: '203.0.113.9' } }
  const rows: readonly (readonly [string, Match, boolean | undefined, Partial<Journey>?])[] = [
    ['protocol', proto('tcp'), true],
    ['protocol by number', proto(6), true],
    ['another protocol', proto('udp'), false],
    ['not a protocol', proto('udp', true), true],
    ['any protocol', proto(0), true],
    ['not any protocol: the kernel asks for none', proto(0, true), true],
    ['net', net('198.51.100.0/24'), true],
    ['net of one address', net('198.51.100.7'), true],
    ['whole address space', net('0.0.0.0/0'), true],
    ['another net', net('198.51.100.0/30'), false],
    ['not in a net', net('198.51.100.0/30', true), true],
    ['one of several addresses', net('203.0.113.1,198.51.100.7'), true],
    ['none of several addresses', net('203.0.113.1,198.51.100.8'), false],
    ['destination net', net('192.0.2.0/24', false, 'destination'), true],
    ['IPv6 net', net('2001:db8:7::/48'), true, { packet: TCP6 }],
    ['another IPv6 net', net('2001:db8:8::/48'), false, { packet: TCP6 }],
    ['set of addresses', inSet('ips', 'source'), true],
    ['set of addresses, other side', inSet('ips', 'destination'), false],
    ['not in a set', inSet('ips', 'source', false, true), false],
    ['an exception of a set of nets', inSet('nets', 'source'), false],
    ['outside the exception', inSet('nets', 'source'), true, { packet: { ...TCP, source: '198.51.100.9' } }],
    ['a longer net inside an exception', inSet('hole', 'source'), true],
    ['address and port', inSet('ports', 'destination', true), true],
    [
      'address and another port',
      inSet('ports', 'destination', true),
      false,
      { packet: { ...TCP, destinationPort: 53 } },
    ],
    ['address, port and protocol', inSet('ports', 'destination', true), true, { packet: UDP }],
    ['ICMP type and code in a set', inSet('ports', 'destination', true), true, { packet: PING }],
    ['a set with ports asked without', inSet('ports', 'destination'), false],
    ['net and port', inSet('netports', 'destination', true), true],
    [
      'net and port, single address',
      inSet('netports', 'destination', true),
      true,
      { packet: { ...TCP, destinationPort: 443 } },
    ],
    ['IPv6 set', inSet('six', 'source'), true, { packet: TCP6 }],
    ['a type of set that is not known', inSet('odd', 'source'), undefined],
    ['a set that is not there', inSet('nowhere', 'source'), undefined],
    ['port in a range', ports(70, 90), true],
    ['last port of a range', ports(70, 80), true],
    ['port outside a range', ports(81, 90), false],
    ['not the ports', ports(81, 90, true), true],
    ['ports of a packet without ports', ports(0, 65535, true), false, { packet: PING }],
    ['one destination port', { kind: 'destinationPort', port: 80 }, true],
    ['another destination port', { kind: 'destinationPort', port: 81 }, false],
    ['ICMP type', icmp(8), true, { packet: PING }],
    ['ICMP type and code', icmp(8, 0), true, { packet: PING }],
    ['another ICMP code', icmp(8, 1), false, { packet: PING }],
    ['an ICMP code that nobody gives is 0', icmp(8, 0), true, { packet: PLAIN_PING }],
    ['and 0 in a set', inSet('ports', 'destination', true), true, { packet: PLAIN_PING }],
    [
      'another ICMP code than that of a set',
      inSet('ports', 'destination', true),
      false,
      { packet: { ...PING, icmpCode: 1 } },
    ],
    ['not an ICMP type', icmp(8, undefined, true), false, { packet: PING }],
    ['ICMP type of a TCP packet', icmp(8, undefined, true), false],
    ['connection state', state(['RELATED', 'NEW']), true],
    ['another connection state', state(['RELATED', 'ESTABLISHED']), false],
    ['established', state(['RELATED', 'ESTABLISHED']), true, { state: 'ESTABLISHED' }],
    ['invalid', state(['INVALID']), true, { state: 'INVALID' }],
    ['not invalid', state(['INVALID'], true), true],
    ['destination not changed', state(['DNAT']), false],
    ['destination changed', state(['DNAT']), true, { dnat: { port: 8080 } }],
    ['destination changed, as negated', state(['DNAT'], true), false, { dnat: { port: 8080 } }],
    ['source changed when the connection began', state(['SNAT']), true, later(false, true)],
    ['destination changed then, and not the source', state(['SNAT']), false, later(true, false)],
    ['destination changed when the connection began', state(['DNAT']), true, later(true, false)],
    ['neither', state(['DNAT', 'SNAT']), false, later(false, false)],
    ['untracked', state(['UNTRACKED']), false],
    ['mark', mark(0x10, 0x30), true, { mark: 0x1000_0010 }],
    ['mark with another bit of the mask', mark(0x10, 0x30), false, { mark: 0x30 }],
    ['highest bit of the mark', mark(0x8000_0000, 0x8000_0000), true, { mark: 0x8000_0000 }],
    ['not the mark', mark(0x10, 0x30, true), true, { mark: 0x20 }],
    ['mark clear', { kind: 'markClear', mask: 0xf0, negated: false }, true, { mark: 0xf }],
    ['mark not clear', { kind: 'markClear', mask: 0xf0, negated: true }, true, { mark: 0x10 }],
    ['in interface', { kind: 'inInterface', name: 'eth0' }, true],
    ['another in interface', { kind: 'inInterface', name: 'eth' }, false],
    ['beginning of an in interface', { kind: 'inInterface', name: 'eth+' }, true],
    ['any interface', { kind: 'inInterface', name: '+' }, true],
    ['not an in interface', { kind: 'notInInterface', name: 'eth0' }, false],
    ['no out interface in INPUT', { kind: 'outInterface', name: 'eth+' }, false],
    ['not an out interface in INPUT', { kind: 'notOutInterface', name: 'eth0' }, true],
    ['out interface', { kind: 'outInterface', name: 'cali+' }, true, { packet: { ...TCP, destination: '10.0.0.2' } }],
    ['reverse path', { kind: 'reversePathFails' }, false],
    ['no reverse path', { kind: 'reversePathFails' }, true, { hasReversePath: false }],
    ['destination is local', local('dst'), true],
    ['source is local', local('src'), false],
    ['source is not local', local('src', true), true],
    ['source is on the interface', local('src', false, true), true, { ...fromHost, outInterface: 'eth0' }],
    ['source is on another interface', local('src', true, true), true, { ...fromHost, outInterface: 'eth1' }],
    [
      'addresses of the interface not known',
      local('src', true, true),
      undefined,
      { ...fromHost, outInterface: 'unknown0' },
    ],
    ['TCP flags', flags(['FIN', 'SYN', 'RST', 'ACK'], ['SYN']), true],
    ['other TCP flags', flags(['ALL'], ['ACK']), false],
    ['no TCP flags', flags(['FIN', 'RST'], ['NONE']), true],
    ['no TCP flags of what is not TCP', flags(['FIN', 'RST'], ['NONE']), false, { packet: UDP }],
    ['within a limit', { kind: 'limit', rate: { count: 5, unit: 'minute', written: '5/min' }, burst: 5 }, true],
    ['connections below a limit', { kind: 'connectionLimit', above: 5, mask: 0 }, false],
    ['not known', { kind: 'unknown', text: '-m foo --bar' }, undefined],
  ]
  for (const [name, match, wanted, journey = {}] of rows) {
    const { ipVersion } = journey.packet ?? TCP
    const isSentByNode = journey.packet?.source === '192.0.2.1'
    const chains: Chains = {
      INPUT: [rule([match], DROP)],
      FORWARD: [rule([match], DROP)],
      OUTPUT: [rule([match], DROP)],
    }
    const whole: Journey = { packet: TCP, state: 'NEW', ...(isSentByNode ? {} : { inInterface: 'eth0' }), ...journey }
    const { verdict } = createWalker(tables({ filter: chains }, { ipVersion, sets }), NODE).walk(whole)
    t.equal(verdict, wanted === undefined ? 'unknown' : wanted ? 'drop' : 'accept', name)
  }
})

t.test('targets that end a table, and those that do not', async t => {
  const rows: readonly (readonly [string, readonly Rule[], string])[] = [
    ['accept', [rule([], ACCEPT), rule([], DROP)], 'accept'],
    ['drop', [rule([], DROP), rule([], ACCEPT)], 'drop'],
    ['reject', [rule([], { kind: 'reject', with: 'tcp-reset' }), rule([], ACCEPT)], 'reject'],
    ['return from the kernel’s chain', [rule([], { kind: 'return' }), rule([], DROP)], 'accept'],
    ['no target', [rule([]), rule([], DROP)], 'drop'],
    ['log', [rule([], { kind: 'log', prefix: 'x: ', level: 5 }), rule([], DROP)], 'drop'],
    ['nflog', [rule([], { kind: 'nflog', group: 1, prefix: 'x', size: 80 }), rule([], DROP)], 'drop'],
    ['dscp', [rule([], { kind: 'dscp', value: 20 }), rule([], DROP)], 'drop'],
    [
      'unknown that goes on',
      [rule([], { kind: 'unknown', text: '-j TRACE', continues: true }), rule([], DROP)],
      'drop',
    ],
    ['unknown', [rule([], { kind: 'unknown', text: '-j FOO', continues: false })], 'unknown'],
  ]
  for (const [name, rules, wanted] of rows) t.equal(walk(tables({ filter: { INPUT: rules } })).verdict, wanted, name)
  t.match(walk(tables({ filter: { INPUT: [rule([], { kind: 'reject', with: 'tcp-reset' })] } })).walks[0], {
    rejectWith: 'tcp-reset',
    decidedBy: { chain: 'INPUT', index: 0 },
  })
})

t.test('a table that accepts does not keep the next one from dropping', async t => {
  const result = walk(tables({ raw: { PREROUTING: [rule([], ACCEPT)] }, filter: { INPUT: [rule([], DROP)] } }))
  t.equal(result.verdict, 'drop')
  t.match(result.walks[0].decidedBy, { table: 'filter', chain: 'INPUT' })
})

t.test('the policy of a kernel chain decides what no rule does', async t => {
  const dropping = tables(
    { filter: { INPUT: [rule([{ kind: 'inInterface', name: 'eth9' }], ACCEPT)] } },
    { policies: { 'filter INPUT': 'DROP' } },
  )
  t.equal(walk(dropping).verdict, 'drop')
  t.match(walk(dropping).walks[0].decidedBy, { kind: 'policy', chain: { name: 'INPUT' } })
  t.equal(walk(dropping, { packet: { ...TCP, destination: '203.0.113.9' } }).verdict, 'accept', 'FORWARD has its own')
})

t.test('jump, goto and return', async t => {
  const jump = (chain: string): Rule => rule([], { kind: 'jump', chain })
  const goto = (chain: string): Rule => rule([], { kind: 'goto', chain })
  const back = rule([], { kind: 'return' })
  const rows: readonly (readonly [string, Chains, string])[] = [
    ['a jump comes back at the end', { INPUT: [jump('a'), rule([], DROP)], a: [] }, 'drop'],
    ['a return comes back early', { INPUT: [jump('a'), rule([], ACCEPT)], a: [back, rule([], DROP)] }, 'accept'],
    [
      'after a goto the caller goes on',
      { INPUT: [jump('a'), rule([], ACCEPT)], a: [goto('b'), rule([], DROP)], b: [] },
      'accept',
    ],
    [
      'a return after a goto, too',
      { INPUT: [jump('a'), rule([], ACCEPT)], a: [goto('b'), rule([], DROP)], b: [back] },
      'accept',
    ],
    [
      'a jump inside a goto comes back there',
      { INPUT: [jump('a'), rule([], ACCEPT)], a: [goto('b')], b: [jump('c'), rule([], DROP)], c: [back] },
      'drop',
    ],
    ['a goto from the kernel’s chain ends at its policy', { INPUT: [goto('a'), rule([], DROP)], a: [] }, 'accept'],
  ]
  for (const [name, chains, wanted] of rows) t.equal(walk(tables({ filter: chains })).verdict, wanted, name)
  t.throws(() => walk(tables({ filter: { INPUT: [jump('nowhere')] } })), /has no chain nowhere/)
  t.throws(() => walk(tables({ filter: { INPUT: [jump('a')], a: [jump('a')] } })), {
    message: new WalkTooLong().message,
  })
})

t.test('marks are computed as xtables does, and go from table to table', async t => {
  const rows: readonly (readonly [number, Target, number])[] = [
    [0xff, { kind: 'setMark', value: 0x10, mask: 0xf0 }, 0x1f],
    [0x0f, { kind: 'setMark', value: 0x11, mask: 0x10 }, 0x1f],
    [0, { kind: 'setMark', value: 0x8000_0000, mask: 0x8000_0000 }, 0x8000_0000],
    [0xffff_ffff, { kind: 'clearMark', mask: 0x8000_0001 }, 0x7fff_fffe],
    [0x11, { kind: 'xorMark', value: 0x01, mask: 0 }, 0x10],
    [0x11, { kind: 'xorMark', value: 0x4000, mask: 0x11 }, 0x4000],
  ]
  for (const [before, target, after] of rows) {
    const kernel = tables({
      mangle: { PREROUTING: [rule([], target)] },
      filter: { INPUT: [rule([{ kind: 'mark', value: after, mask: 0xffff_ffff, negated: false }], DROP)] },
    })
    const { walks, verdict } = walk(kernel, { mark: before })
    t.equal(walks[0].mark, after, JSON.stringify(target))
    t.equal(verdict, 'drop', 'the filter table sees it')
    t.match(
      walks[0].steps.find(step => step.kind === 'rule'),
      { markBefore: before, markAfter: after },
    )
  }
})

t.test('hooks in the kernel’s order', async t => {
  const log = (prefix: string): Rule => rule([], { kind: 'log', prefix: `${prefix} `, level: 5 })
  const kernel = tables(
    Object.fromEntries(
      (['raw', 'mangle', 'nat', 'filter'] as const).map(name => [
        name,
        Object.fromEntries(KERNEL_CHAINS[name].map(chain => [chain, [log(`${name}.${chain}`)]])),
      ]),
    ),
  )
  const order = (journey: Partial<Journey>): string =>
    walk(kernel, journey)
      .walks[0].log.map(line => line.replace(/ .*/, ''))
      .join(' ')
  const arrived = 'raw.PREROUTING mangle.PREROUTING nat.PREROUTING'
  const left = 'raw.OUTPUT mangle.OUTPUT nat.OUTPUT filter.OUTPUT mangle.POSTROUTING nat.POSTROUTING'
  t.equal(order({}), `${arrived} mangle.INPUT filter.INPUT nat.INPUT`)
  t.equal(
    order({ packet: { ...TCP, destination: '203.0.113.9' } }),
    `${arrived} mangle.FORWARD filter.FORWARD mangle.POSTROUTING nat.POSTROUTING`,
  )
  t.equal(
    order({ state: 'ESTABLISHED' }),
    'raw.PREROUTING mangle.PREROUTING mangle.INPUT filter.INPUT',
    'nat sees first packets only',
  )
  const sent = (destination: string): string =>
    createWalker(kernel, NODE)
      .walk({ packet: { ...TCP, source: '192.0.2.1', destination }, state: 'NEW' })
      .walks[0].log.map(line => line.replace(/ .*/, ''))
      .join(' ')
  t.equal(sent('203.0.113.9'), left)
  t.equal(
    sent('192.0.2.1'),
    `${left} raw.PREROUTING mangle.PREROUTING mangle.INPUT filter.INPUT`,
    'to itself: through lo',
  )
  const notrack = rule([], { kind: 'notrack' })
  const isTracked = rule([{ kind: 'conntrackState', states: ['NEW'], negated: false }], DROP)
  const late = tables({ raw: { PREROUTING: [notrack] }, filter: { INPUT: [isTracked] } })
  t.equal(walk(late).verdict, 'accept', 'what comes in is not tracked')
  const own: Journey = { packet: { ...TCP, source: '192.0.2.1' }, state: 'NEW' }
  t.equal(createWalker(late, NODE).walk(own).verdict, 'drop', 'what came by OUTPUT is tracked already')
})

t.test(
  'rules behind nat OUTPUT still see the interface of the first routing, those at POSTROUTING the new one',
  async t => {
    const leavesBy = (name: string): Rule =>
      rule([{ kind: 'outInterface', name }], { kind: 'log', prefix: name, level: 5 })
    const kernel = tables({
      nat: { OUTPUT: [rule([], { kind: 'dnat', to: readNatAddress('10.0.0.2') })] },
      filter: { OUTPUT: [leavesBy('eth1'), leavesBy('cali1')] },
      mangle: { POSTROUTING: [leavesBy('eth1'), leavesBy('cali1')] },
    })
    const sent = { packet: { ...TCP, source: '192.0.2.1', destination: '203.0.113.9' }, state: 'NEW' } as const
    const { steps } = createWalker(kernel, NODE).walk(sent).walks[0]
    const logged = steps.flatMap(step => (step.kind === 'rule' && step.log !== undefined ? [step] : []))
    t.strictSame(
      logged.map(({ table, index }) => [table, index]),
      [
        ['filter', 0],
        ['mangle', 1],
      ],
    )
  },
)

t.test('neighbour and listener messages of IPv6 are never tracked, redirects and echoes are', async t => {
  const stateOf = (packet: Packet): unknown =>
    createWalker(tables({}, { ipVersion: packet.ipVersion }), NODE)
      .walk({ packet, inInterface: 'eth0', state: 'INVALID' })
      .walks[0].steps.find(step => step.kind === 'conntrack')
  const six = (icmpType: number): Packet => ({ ...TCP6, protocol: 58, icmpType, icmpCode: 0 })
  for (const type of [130, 133, 135, 136, 143, 151, 152])
    t.match(stateOf(six(type)), { state: 'UNTRACKED' }, `type ${type}`)
  for (const type of [1, 128, 129, 137, 142]) t.match(stateOf(six(type)), { state: 'INVALID' }, `type ${type}`)
  t.match(stateOf({ ...PING, protocol: 58, icmpType: 135 }), { state: 'INVALID' }, 'IPv4 has no such messages')
})

t.test('behind DNAT the interface that was given holds only where the node merely guesses', t => {
  const to: Target = { kind: 'dnat', to: readNatAddress('203.0.113.9') }
  const out: Match = { kind: 'outInterface', name: 'eth1' }
  const rows: readonly (readonly [given: string, hasDnat: boolean, isGuess: boolean, verdict: string, why: string])[] =
    [
      ['eth2', false, false, 'accept', 'who gives it knows better than the node'],
      ['eth2', true, true, 'accept', 'the node guesses, too'],
      ['eth2', true, false, 'drop', 'a route of the node leads to the new destination'],
      ['cali1', true, true, 'drop', 'the workload that the packet was for sends nothing on'],
    ]
  for (const [given, hasDnat, isGuess, verdict, why] of rows) {
    const node: NodeView = {
      ...NODE,
      route: () => ({ kind: 'out', interfaceName: 'eth1', ...(isGuess ? { isGuess } : {}) }),
      isOfKnownWorkload: name => name === 'cali1',
    }
    const kernel = tables({
      nat: { PREROUTING: hasDnat ? [rule([], to)] : [] },
      filter: { FORWARD: [rule([out], DROP)] },
    })
    const packet: Packet = { ...TCP, destination: '198.51.100.99' }
    const found = createWalker(kernel, node).walk({ packet, state: 'NEW', inInterface: 'eth0', outInterface: given })
    t.equal(found.verdict, verdict, why)
  }
  t.end()
})

t.test('what routes refuse: in silence by a blackhole, with an answer otherwise', t => {
  const away: Packet = { ...TCP, destination: '203.0.113.9' }
  for (const [how, verdict] of [
    ['blackhole', 'drop'],
    ['unreachable', 'reject'],
    ['prohibit', 'reject'],
  ] as const) {
    const node: NodeView = { ...NODE, route: () => ({ kind: 'refused', how }) }
    const walker = createWalker(tables({ filter: { FORWARD: [rule([], ACCEPT)] } }), node)
    for (const inInterface of ['eth0', undefined]) {
      const found = walker.walk({ packet: away, state: 'NEW', ...(inInterface === undefined ? {} : { inInterface }) })
      t.equal(found.verdict, verdict, `${how} ${inInterface ?? 'from the node'}`)
    }
  }
  t.end()
})

t.test('NAT: new destinations are routed anew, and only tracked connections are translated', async t => {
  const to = (target: string): KernelTables =>
    tables({
      raw: { PREROUTING: [rule([{ kind: 'mark', value: 1, mask: 1, negated: false }], { kind: 'notrack' })] },
      nat: { PREROUTING: [rule([], { kind: 'dnat', to: readNatAddress(target) })] },
      filter: {
        INPUT: [rule([], DROP)],
        FORWARD: [
          rule(
            [
              { kind: 'outInterface', name: 'cali1' },
              { kind: 'conntrackState', states: ['DNAT'], negated: false },
            ],
            { kind: 'reject' },
          ),
        ],
      },
    })
  t.equal(walk(to('10.0.0.2:8080')).verdict, 'reject')
  t.match(walk(to('10.0.0.2:8080')).walks[0].packet, { destination: '10.0.0.2', destinationPort: 8080 })
  t.match(walk(to('10.0.0.2')).walks[0].packet, { destination: '10.0.0.2', destinationPort: 80 })
  t.equal(walk(to('10.0.0.2'), { mark: 1 }).verdict, 'drop', 'NOTRACK: not translated, so it is for the node')
  t.equal(walk(to('10.0.0.2'), { state: 'INVALID' }).verdict, 'drop')
  const plain = tables({ filter: { INPUT: [rule([], DROP)] } })
  t.equal(
    walk(plain, { dnat: { address: '10.0.0.2' } }).verdict,
    'accept',
    'what kube-proxy does comes with the journey',
  )
  t.equal(walk(plain, { dnat: { address: '10.0.0.2' }, state: 'ESTABLISHED' }).verdict, 'accept', 'later packets, too')
  t.equal(
    walk(to('10.0.0.2'), { state: 'RELATED' }).verdict,
    'reject',
    'a related connection (data of FTP) asks nat as a new one does',
  )
  t.equal(
    walk(to('10.0.0.2'), { state: 'RELATED', packet: { ...PING, icmpType: 3 } }).verdict,
    'drop',
    'a related ICMP error does not: it is translated as its connection is',
  )
  const six = tables(
    { nat: { PREROUTING: [rule([], { kind: 'dnat', to: readNatAddress('[2001:db8::2]:81') })] } },
    { ipVersion: 6 },
  )
  t.match(walk(six, { packet: TCP6 }).walks[0].packet, { destination: '2001:db8::2', destinationPort: 81 })
  const at8080 = tables({ filter: { INPUT: [rule([{ kind: 'destinationPort', port: 8080 }], DROP)] } })
  for (const [state, verdict] of [
    ['ESTABLISHED', 'drop'],
    ['NEW', 'drop'],
    ['INVALID', 'accept'],
  ] as const)
    t.equal(walk(at8080, { state, dnat: { port: 8080 } }).verdict, verdict, `only of a connection: ${state}`)
  const source = tables({
    nat: { POSTROUTING: [rule([], { kind: 'snat', to: readNatAddress('192.0.2.1'), randomFully: true })] },
  })
  t.equal(walk(source, { packet: { ...TCP, destination: '203.0.113.9' } }).walks[0].packet.source, '192.0.2.1')
})

t.test('what is not known is followed both ways and named', async t => {
  const unknown: Match = { kind: 'unknown', text: '-m foo --bar' }
  const one = walk(tables({ filter: { INPUT: [rule([unknown], DROP)] } }))
  t.equal(one.verdict, 'unknown')
  t.match(one.walks, [
    { verdict: 'drop', guesses: [{ chain: 'INPUT', index: 0, about: '-m foo --bar', taken: 'matches' }] },
    { verdict: 'accept', guesses: [{ taken: 'does not match' }] },
  ])
  const quarter: Match = { kind: 'statistic', probability: 0.25, written: '0.25', negated: false }
  const drawn = walk(tables({ filter: { INPUT: [rule([quarter], DROP), rule([quarter], DROP)] } }))
  t.match(
    drawn.walks.map(({ verdict, share, guesses }) => [verdict, share, guesses.length]),
    [
      ['drop', 0.25, 0],
      ['drop', 0.1875, 0],
      ['accept', 0.5625, 0],
    ],
    'chance has shares, and is no guess',
  )
  const others = walk(tables({ filter: { INPUT: [rule([{ ...quarter, negated: true }], DROP)] } }))
  t.match(
    others.walks.map(({ verdict, share }) => [verdict, share]),
    [
      ['drop', 0.75],
      ['accept', 0.25],
    ],
  )
  const recent: Match = { kind: 'recent', options: '--rcheck --name X', isSetting: false, hits: 1 }
  const noted = walk(tables({ filter: { INPUT: [rule([recent], DROP)] } }))
  t.match(
    noted.walks,
    [
      { verdict: 'accept', guesses: [] },
      { verdict: 'drop', guesses: [{ about: 'whether the sender has been here before', taken: 'matches' }] },
    ],
    'who has not been here before comes first',
  )
  const same = walk(tables({ filter: { INPUT: [rule([unknown], DROP), rule([], DROP)] } }))
  t.equal(same.verdict, 'drop', 'both ways end the same')
  t.equal(same.walks.length, 2)
  const aside = walk(tables({ filter: { INPUT: [rule([unknown, { kind: 'inInterface', name: 'eth9' }], DROP)] } }))
  t.strictSame([aside.verdict, aside.walks.length], ['accept', 1], 'not asked where another match fails anyway')
  const many = walk(
    tables({
      filter: { INPUT: Array.from({ length: 20 }, () => rule([unknown], { kind: 'setMark', value: 1, mask: 1 })) },
    }),
  )
  t.strictSame([many.isComplete, many.verdict], [false, 'accept'], 'ways are too many to tell; all end the same')
  const bits = Array.from({ length: 30 }, (_, bit) =>
    rule([unknown], { kind: 'setMark', value: (1 << bit) >>> 0, mask: (1 << bit) >>> 0 }),
  )
  const tooMany = walk(tables({ filter: { INPUT: bits } }))
  t.strictSame([tooMany.verdict, tooMany.verdicts], ['unknown', undefined], 'too many states are not called certain')
})

t.test('notes: log lines, why rules do not fit, what is assumed', async t => {
  const log: Target = { kind: 'log', prefix: 'calico-packet: ', level: 5 }
  const kernel = tables({
    filter: { INPUT: [rule([], { kind: 'setMark', value: 0x10000, mask: 0x10000 }), rule([], log)] },
  })
  t.strictSame(walk(kernel).walks[0].log, [
    'calico-packet: IN=eth0 OUT= SRC=198.51.100.7 DST=192.0.2.1 PROTO=TCP SPT=40000 DPT=80 SYN MARK=0x10000',
  ])
  t.strictSame(walk(kernel, { packet: PING }).walks[0].log, [
    'calico-packet: IN=eth0 OUT= SRC=198.51.100.7 DST=192.0.2.1 PROTO=ICMP TYPE=8 CODE=0 MARK=0x10000',
  ])
  const six = tables({ filter: { FORWARD: [rule([], log)] } }, { ipVersion: 6 })
  t.strictSame(walk(six, { packet: { ...TCP6, destination: '2001:db8::9' } }).walks[0].log, [
    'calico-packet: IN=eth0 OUT=eth1 SRC=2001:0db8:0007:0000:0000:0000:0000:0007 DST=2001:0db8:0000:0000:0000:0000:0000:0009 PROTO=TCP SPT=40000 DPT=80 SYN',
  ])
  const failing: Match = { kind: 'destinationPort', port: 81 }
  const missing = tables({ filter: { INPUT: [rule([{ kind: 'inInterface', name: 'eth0' }, failing], DROP)] } })
  t.match(
    walk(missing, {}, true).walks[0].steps.find(({ kind }) => kind === 'miss'),
    { chain: 'INPUT', failed: failing },
  )
  t.notOk(walk(missing).walks[0].steps.some(({ kind }) => kind === 'miss'))
  const limited = tables({
    filter: {
      INPUT: [
        rule([{ kind: 'limit', rate: { count: 1, unit: 'second', written: '1/sec' }, burst: 1 }]),
        rule([{ kind: 'connectionLimit', above: 1, mask: 0 }], DROP),
      ],
    },
  })
  t.match(walk(limited).walks[0].assumptions, [{ index: 0 }, { index: 1 }])
  // Also of a rule that only leads on, and where nobody keeps steps.
  const limit: Match = { kind: 'limit', rate: { count: 1, unit: 'second', written: '1/sec' }, burst: 1 }
  const leading = tables({ filter: { INPUT: [rule([limit], { kind: 'jump', chain: 'more' })], more: [] } })
  for (const withSteps of [true, false]) {
    const { walks } = createWalker(leading, NODE).walk(
      { packet: TCP, state: 'NEW', inInterface: 'eth0' },
      { withSteps },
    )
    t.match(walks[0].assumptions, [{ index: 0, chain: 'INPUT' }], `with steps: ${String(withSteps)}`)
  }
})

t.test('the examples of packet semantics', async t => {
  const eth0 = hostJson(['eth0', '192.0.2.1/24'])
  const tiers = calico('Tier', 'sec', '{order: 100, defaultAction: Pass}')
  const tierDefault = calico('Tier', 'default', '{order: 1000000}')
  const sec = (rules: string): string =>
    calico('GlobalNetworkPolicy', 'sec.p', `{tier: sec, selector: "app == 'web'", types: [Ingress], ingress: ${rules}}`)
  const web = `{apiVersion: projectcalico.org/v3, kind: NetworkPolicy, metadata: {name: web, namespace: default}, spec: {selector: "app == 'web'", types: [Ingress], ingress: [{action: Allow, protocol: TCP, destination: {ports: [80]}}]}}`
  const namespace = '{apiVersion: v1, kind: Namespace, metadata: {name: default}}'
  const pods = [namespace, tiers, tierDefault, pod('web', '10.65.0.2', { app: 'web' })]
  const deny = '{action: Deny, source: {nets: [10.9.0.0/16]}}'
  const icmp = policy(
    'allow-icmp',
    '{selector: has(hep), types: [Ingress], ingress: [{action: Allow, protocol: ICMP}]}',
  )
  const host = [hostEndpoint('h', { hep: 'x' })]
  const forward = policy(
    'fw',
    `{selector: has(hep), applyOnForward: true, types: [Ingress], order: 10, ingress: [${deny}]}`,
  )
  type Row = readonly [name: string, from: string, to: string, port: string, wanted: string]
  const cases: readonly (readonly [readonly string[], readonly Row[]])[] = [
    [
      [...pods, sec(`[${deny}]`), web],
      [
        ['1: denied in the first tier', '10.9.1.1', 'pod/default/web', '80', 'drop'],
        ['1: no verdict in the first tier, allowed in the next', '10.8.1.1', 'pod/default/web', '80', 'accept'],
        ['1: end of tier', '10.8.1.1', 'pod/default/web', '81', 'drop'],
        ['1: egress is for the profile', 'pod/default/web', '10.8.1.1', '81', 'accept'],
      ],
    ],
    [
      [...pods, sec(`[${deny}, {action: Pass, protocol: TCP, destination: {ports: [81]}}]`), web],
      [['2: passed to the next tier', '10.8.1.1', 'pod/default/web', '81', 'drop']],
    ],
    [
      [
        ...pods,
        policy(
          'p',
          '{selector: "app == \'web\'", order: 1, types: [Ingress], ingress: [{action: Pass, protocol: TCP, destination: {ports: [81]}}]}',
        ),
        web,
      ],
      [['2: passed to the profile', '10.8.1.1', 'pod/default/web', '81', 'accept']],
    ],
    [
      [...host, icmp],
      [
        ['3: ICMP to the host', '198.51.100.7', 'host', 'icmp', 'accept'],
        ['3: a fail-safe port', '198.51.100.7', 'host', '22', 'accept'],
        ['3: end of tier', '198.51.100.7', 'host', '80', 'drop'],
        ['3: from the host nothing is selected', 'host', '198.51.100.7', '80', 'drop'],
        ['3: a fail-safe port outwards', 'host', '198.51.100.7', '6443', 'accept'],
        ['3: forwarded', '198.51.100.7', '203.0.113.9', '80', 'accept'],
      ],
    ],
    [
      [...host, icmp, forward],
      [['4: forwarded in meets the end of the tier', '198.51.100.7', '203.0.113.9', '80', 'drop']],
    ],
    [
      [
        ...pods,
        calico(
          'StagedGlobalNetworkPolicy',
          's',
          '{selector: "app == \'web\'", types: [Ingress], ingress: [{action: Deny}]}',
        ),
      ],
      [['5: staged only, so the profile decides', '10.8.1.1', 'pod/default/web', '80', 'accept']],
    ],
    [
      pods,
      [
        ['a workload talks to its node', 'pod/default/web', 'host', '80', 'drop'],
        ['the node talks to its workload', 'host', 'pod/default/web', '80', 'accept'],
      ],
    ],
  ]
  for (const [documents, rows] of cases) {
    const { versions, plan, resources, host: facts } = mustCompile(documents, { host: eth0 })
    const { ruleset } = versions[4]
    const scene = createScene({
      backend: IPTABLES,
      tables: kernelTablesOf(ruleset),
      ruleset,
      plan,
      resources,
      host: facts,
    })
    for (const [name, from, to, port, wanted] of rows) {
      const report = new Report()
      const kind = port === 'icmp' ? { proto: 'icmp' } : { proto: 'tcp', dport: port }
      const journey = readRequest({ from, to, ...kind }, scene, undefined, report)
      t.strictSame(report.diagnostics, [], name)
      if (journey !== undefined) t.equal(scene.walker.walk(journey).verdict, wanted, name)
      if (journey === undefined || wanted !== 'drop') continue
      const later = scene.walker.walk({ ...journey, state: 'ESTABLISHED' })
      t.equal(later.verdict, 'accept', `${name}: known connections go on`)
    }
  }
})

t.test('a packet through a cluster of 2,000 pods looks at few of its rules', async t => {
  const text = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: syntheticCluster(SIZES.M) })
  const result = compile({ files: [{ name: 'cluster.json', text }], node: LOCAL_NODE })
  if (!result.ok) return t.fail('the cluster does not compile')
  const { versions, plan, resources } = result.output
  const { ruleset } = versions[4]
  const scene = createScene({ backend: IPTABLES, tables: kernelTablesOf(ruleset), ruleset, plan, resources })
  const local = [...scene.workloads.values()].filter(({ interfaceName }) => interfaceName !== undefined)
  const all = [...scene.workloads.values()]
  const verdicts = new Map<string, number>()
  let mostLooks = 0
  for (let index = 0; index < 1000; index++) {
    const from = all[(index * 7919) % all.length]
    const to = local[index % local.length]
    const journey = readRequest(
      { from: `pod/${from?.name ?? ''}`, to: `pod/${to?.name ?? ''}`, dport: String([80, 443, 5432, 53][index % 4]) },
      scene,
      undefined,
      new Report(),
    )
    if (journey === undefined) return t.fail('no journey')
    const { verdict, looks } = scene.walker.walk(journey)
    mostLooks = Math.max(mostLooks, looks)
    verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1)
  }
  t.ok((verdicts.get('accept') ?? 0) > 10 && (verdicts.get('drop') ?? 0) > 10, 'both verdicts occur')
  const rules = ruleset.tables.reduce(
    (sum, { chains }) => sum + chains.reduce((all, chain) => all + chain.rules.length, 0),
    0,
  )
  t.ok(mostLooks < rules / 5, `a packet looks at ${mostLooks} rules of ${rules} at most`)
})

t.test('rules decide as the policies say, by a plain reading of them', async t => {
  const verdicts = { accept: 0, drop: 0, none: 0 }
  for (const [index, name] of goldenCases().entries()) {
    const read = readCase(join(GOLDEN_FOLDER, name))
    if (!compile(read).ok) continue
    const comparison = compareVerdicts(read, 100, index)
    if (comparison === undefined) continue
    t.same(comparison.differences, [], name)
    for (const verdict of ['accept', 'drop', 'none'] as const) verdicts[verdict] += comparison.verdicts[verdict]
  }
  t.ok(Math.min(...Object.values(verdicts)) > 500, JSON.stringify(verdicts))
})
