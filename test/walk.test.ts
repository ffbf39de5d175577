// The walk: targets, chains, marks, hooks, routing, NAT, and what is not known.

import { readNatAddress } from '../src/netfilter/nat-address.ts'
import t from 'tap'
import type { KernelTables } from '../src/netfilter/kernel-tables.ts'
import { KERNEL_CHAINS } from '../src/netfilter/kernel-tables.ts'
import type { Match, Rule, Target } from '../src/model/ruleset.ts'
import type { Packet } from '../src/netfilter/packet.ts'
import type { Journey, NodeView } from '../src/walk/packet.ts'
import { createWalker } from '../src/walk/walk-packet.ts'
import { WalkTooLong } from '../src/walk/walk-work.ts'
import { ACCEPT, type Chains, DROP, NODE, PING, rule, tables, TCP, TCP6, walk } from './helpers/hand-made-tables.ts'

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
