// What a node's `ip` says of addresses and routes, as people have it: several commands in one file, or written by hand.

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Report } from '../src/diagnostics/diagnostic.ts'
import { Lines } from '../src/diagnostics/lines.ts'
import type { HostFacts } from '../src/model/host.ts'
import { parseHost } from '../src/reader/parse-host.ts'
import { CORPUS_FOLDER } from './helpers/cases.ts'
import { runCommand } from './helpers/run-command.ts'

function read(...texts: readonly string[]): { facts: HostFacts | undefined; said: readonly string[] } {
  const report = new Report()
  const facts = parseHost(
    texts.map((text, index) => ({ name: `h${index}.json`, text })),
    report,
  )
  const said = report.placed().map(({ severity, message, place: span, help }) => {
    const { line, column } = span === undefined ? { line: 0, column: 0 } : new Lines().at(span.file, span.start)
    return `${span?.file.name ?? ''}:${line}:${column}: ${severity}: ${message}${help === undefined ? '' : ` (${help})`}`
  })
  return { facts, said }
}

const ADDR = `[{"ifindex":1,"ifname":"lo","flags":["LOOPBACK","UP","LOWER_UP"],"addr_info":[{"family":"inet","local":"127.0.0.1","prefixlen":8}]},
{},{"ifindex":2,"ifname":"eth0","flags":["BROADCAST","UP"],"addr_info":[{"family":"inet","local":"192.0.2.11","prefixlen":24}]},
{"ifindex":3,"ifname":"down0","flags":["BROADCAST"],"addr_info":[]}]\n`
const ADDR6 = `[{"ifindex":2,"ifname":"eth0","flags":["BROADCAST","UP"],"addr_info":[{"family":"inet6","local":"2001:db8::11","prefixlen":64}]}]\n`
const ROUTE = `[{"dst":"default","gateway":"192.0.2.1","dev":"eth0","flags":[]},{"dst":"192.0.2.0/24","dev":"eth0","protocol":"kernel","scope":"link","prefsrc":"192.0.2.11","flags":[]},{"type":"blackhole","dst":"10.65.0.0/26","protocol":"bird","flags":[]}]\n`
const ROUTE6 = `[{"dst":"2001:db8::/64","dev":"eth0","metric":256,"flags":[],"pref":"medium"},{"dst":"default","gateway":"fe80::1","dev":"eth0","metric":1024,"flags":["dead","linkdown"],"pref":"medium"}]`

t.test('addresses and routes are told apart in any order, in one file or several', async t => {
  const wanted = read(ADDR, ROUTE, ROUTE6)
  t.strictSame(wanted.said, [])
  t.same(
    wanted.facts?.interfaces?.map(({ name, isUp, isLoopback }) => [name, isUp, isLoopback]),
    [
      ['lo', true, true],
      ['eth0', true, false],
      ['down0', false, false],
    ],
  )
  t.strictSame(wanted.facts?.routeVersions, [4, 6])
  t.same(wanted.facts?.routes?.length, 5)
  const sorted = (facts: HostFacts | undefined): unknown => ({
    ...facts,
    routes: [...(facts?.routes ?? [])].map(route => JSON.stringify(route)).sort(),
  })
  const rows: readonly (readonly string[])[] = [
    [ROUTE6, ROUTE, ADDR],
    [ADDR + ROUTE + ROUTE6],
    [ROUTE + ADDR, ROUTE6],
    [`root@node-1:~# ip -json addr show\n${ADDR}root@node-1:~# ip -json route\n${ROUTE}$ ip -j -6 route\n${ROUTE6}\n`],
    [`\uFEFF# of node-1\r\n${ADDR}`, `${ROUTE6}${ROUTE}`],
  ]
  for (const texts of rows) {
    const { facts, said } = read(...texts)
    t.strictSame(said, [], texts.join('|').slice(0, 40))
    t.same(sorted(facts), sorted(wanted.facts))
  }
})

t.test('what was not asked for on the node is absent, not empty', async t => {
  t.strictSame(Object.keys(read(ADDR).facts ?? {}), ['interfaces'])
  t.strictSame(Object.keys(read(ROUTE).facts ?? {}), ['routes', 'routeVersions'])
  t.strictSame(read(ROUTE).facts?.routeVersions, [4])
  t.strictSame(read('[{"dst":"default","dev":"tun0","flags":[]}]').facts?.routeVersions, [4])
  t.strictSame(read('[{"dst":"default","dev":"tun0","flags":[],"pref":"medium"}]').facts?.routeVersions, [6])
})

t.test('a route says where its packets go', async t => {
  const one = (json: string): unknown => read(`[${json}]`).facts?.routes?.[0]
  t.strictSame(one('{"dst":"default","gateway":"192.0.2.1","dev":"eth0","flags":[]}'), {
    kind: 'unicast',
    destination: { ipVersion: 4, address: '0.0.0.0', prefixLength: 0 },
    nextHops: [{ interfaceName: 'eth0', gateway: { ipVersion: 4, text: '192.0.2.1' }, isDead: false }],
    metric: 0,
    table: 'main',
  })
  t.match(one('{"type":"unreachable","dst":"10.0.0.1","metric":5,"table":"200","prefsrc":"192.0.2.1"}'), {
    kind: 'unreachable',
    destination: { address: '10.0.0.1', prefixLength: 32 },
    nextHops: [],
    metric: 5,
    table: '200',
    source: { text: '192.0.2.1' },
  })
  t.match(
    one(
      '{"dst":"10.0.0.0/8","flags":[],"nexthops":[{"gateway":"192.0.2.1","dev":"eth0","weight":1,"flags":[]},{"via":{"family":"inet6","host":"fe80::1"},"dev":"eth1","weight":3,"flags":["linkdown"]}]}',
    ),
    {
      nextHops: [
        { interfaceName: 'eth0', isDead: false },
        { interfaceName: 'eth1', gateway: { ipVersion: 6, text: 'fe80::1' }, isDead: true },
      ],
    },
  )
})

t.test('a file written by hand needs no flags and no prefix lengths', async t => {
  const { facts, said } = read(
    '[{"ifname":"lo"},{"ifname":"eth0","addr_info":[{"local":"192.0.2.11/24"},{"local":"2001:db8::1"}]}]',
  )
  t.strictSame(said, [])
  t.strictSame(facts?.interfaces, [
    { name: 'lo', isUp: true, isLoopback: true, addresses: [] },
    {
      name: 'eth0',
      isUp: true,
      isLoopback: false,
      addresses: [
        { address: { ipVersion: 4, text: '192.0.2.11' }, prefixLength: 24 },
        { address: { ipVersion: 6, text: '2001:db8::1' }, prefixLength: 128 },
      ],
    },
  ])
  t.match(read('{"ifname":"eth0","addr_info":[{"local":"192.0.2.11"}]}').facts?.interfaces, [{ name: 'eth0' }])
})

t.test('what is no text of the node is one message that says where it belongs', async t => {
  const rows: readonly (readonly [string, RegExp])[] = [
    ['kind: Pod\napiVersion: v1\n', /^h0.json:1:1: error: this is not what .* but Kubernetes .*\(give them with -f\)$/],
    ['{"apiVersion":"v1","kind":"List","items":[]}', /but Kubernetes or Calico resources/],
    [
      '2: eth0: <BROADCAST,UP> mtu 1500\n    inet 192.0.2.1/24\n',
      /`ip addr` prints for people \(run `ip -json addr show`/,
    ],
    ['default via 192.0.2.1 dev eth0\n', /`ip route` prints for people \(run `ip -json route`/],
    ['*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n', /rules of iptables \(give them with --rules\)/],
    ['', /error: this is not what .*\(run `ip -json addr show > host.json` on the node\)$/],
    ['[1, 2]', /error: this is not what/],
    ['[{"name":"eth0"}]', /error: this is not what/],
    ['[{"ifname":"eth0"}', /error: this is not what/],
    ['[{"ifname":"eth0"}] and more', /error: this is not what/],
    ['[{"ifname":"eth0","addr_info":[{"local":"192.0.2.300"}]}]', /:1:41: error: `192.0.2.300` is not an IP address/],
    ['[{"ifname":"eth0","addr_info":[{"local":"192.0.2.3/33"}]}]', /error: `192.0.2.3\/33` is not an IP address/],
    ['[{"dst":"10.0.0/8","dev":"eth0"}]', /:1:9: error: `10.0.0\/8` is not a net/],
    ['[{"dst":"10.0.0.0/8","type":"blackhol"}]', /error: `blackhol` is not a type of route/],
    ['[{"ifname":"eth0","flags":["UP"]}]', /warning: none of these interfaces has an address.*`ip -json link`/],
  ]
  for (const [text, wanted] of rows) {
    const { said } = read(text)
    t.equal(said.length, 1, text)
    t.match(said[0], wanted, text)
  }
})

t.test('the command: --host more than once, and files that lie among the resources', async t => {
  const policy = JSON.stringify({
    apiVersion: 'projectcalico.org/v3',
    kind: 'HostEndpoint',
    metadata: { name: 'h' },
    spec: { node: 'node-1', expectedIPs: ['192.0.2.11'] },
  })
  const folder = t.testdir({
    only: { 'a.json': policy },
    found: { 'a.json': policy, 'host.json': ADDR, 'routes.json': ROUTE },
    many: { 'a.json': policy, 'h1.json': ADDR, 'h2.json': ADDR },
    families: { 'a.json': policy, 'h4.json': ADDR, 'h6.json': ADDR6 },
    others: { 'a.json': policy, 'h4.json': ADDR, 'h6.json': ADDR6.replace('"ifindex":2', '"ifindex":7') },
    'addr.json': ADDR,
    'route.json': ROUTE,
  })
  const at = (...names: readonly string[]): string => join(folder, ...names)
  const given = await runCommand([
    'compile',
    '-f',
    at('only'),
    '--host',
    at('route.json'),
    '--host',
    at('addr.json'),
    '--felix-env',
    'none',
  ])
  t.match(given, { code: 0, out: /cali-fh-eth0/, err: '' })
  const found = await runCommand(['compile', '-f', at('found'), '--felix-env', 'none'])
  t.equal(found.out, given.out)
  t.match(found.err, /^note: `.*host\.json`, `.*routes\.json` are taken as --host\n$/)
  const many = await runCommand(['compile', '-f', at('many')])
  t.match(many.err, /h2\.json` are left out: they are of several nodes; choose with --host/)
  t.match(many.err, /host-unknown/)
  const families = await runCommand(['compile', '-f', at('families'), '-6', '--ipset', '--felix-env', 'none'])
  t.match(families, {
    code: 0,
    out: /cali60this-host 2001:db8::11\n/,
    err: /^note: .*h6\.json` are taken as --host\n$/,
  })
  const others = await runCommand(['compile', '-f', at('others')])
  t.match(others.err, /h6\.json` are left out: they are of several nodes/, 'the same interface is another one')
  const both = await runCommand(['compile', '-f', at('found'), '--host', at('addr.json')])
  t.equal(both.out, given.out)
  t.match(both.err, /are left out: --host says what holds/)
  const routes = await runCommand(['compile', '-f', at('only'), '--host', at('route.json')])
  t.match(routes.err, /host-unknown/, 'routes alone do not say which addresses the node has')
  t.match(await runCommand(['check', '-f', at('found')]), { code: 0, err: /taken as --host/ })
})

const LO4 = { ifindex: 1, ifname: 'lo', flags: ['LOOPBACK', 'UP'], addr_info: [{ local: '127.0.0.1', prefixlen: 8 }] }
const LO6 = { ...LO4, addr_info: [{ local: '::1', prefixlen: 128 }] }
const ETH4 = { ifindex: 2, ifname: 'eth0', flags: ['UP'], addr_info: [{ local: '192.0.2.11', prefixlen: 24 }] }
const ETH6 = { ...ETH4, addr_info: [{ local: '2001:db8::11', prefixlen: 64 }] }

t.test('an interface that several texts name is one, and texts that contradict each other are refused', async t => {
  const both = (from: { addr_info: unknown[] }, more: { addr_info: unknown[] }): unknown => ({
    ...from,
    addr_info: [...from.addr_info, ...more.addr_info],
  })
  const [v4, v6] = [JSON.stringify([LO4, ETH4]), JSON.stringify([LO6, ETH6])]
  const whole = read(JSON.stringify([both(LO4, LO6), both(ETH4, ETH6)]))
  const alike: readonly (readonly string[])[] = [
    [v4, v6],
    [v4 + v6],
    [v4, v4, v6 + v4],
    [JSON.stringify([LO4, ETH4, ETH6, LO6])],
    // Written by hand, without flags.
    [v4, '[{"ifname":"lo","addr_info":[{"local":"::1"}]},{"ifname":"eth0","addr_info":[{"local":"2001:db8::11/64"}]}]'],
  ]
  for (const texts of alike) t.strictSame(read(...texts), whole, texts.join('|'))
  const down = '[{"ifname":"eth0","flags":[]}]'
  t.match(read(down, '{"ifname":"eth0","addr_info":[{"local":"192.0.2.11"}]}').facts?.interfaces, [{ isUp: false }])
  const others: readonly (readonly [unknown, RegExp])[] = [
    [{ ...ETH6, ifindex: 3 }, /^h1.json:1:\d+: error: `eth0` has ifindex 3 here and 2 in `h0.json`: /],
    [{ ...ETH6, flags: [] }, /`eth0` has flags without UP here and UP in `h0.json`: /],
    [{ ...ETH6, flags: ['UP', 'LOOPBACK'] }, /`eth0` has flags UP,LOOPBACK here and UP in `h0.json`: /],
    [{ ...ETH6, address: '52:54:00:00:00:02' }, /has address 52:54:00:00:00:02 here and 52:54:00:00:00:01 in/],
    [{ ...ETH6, link_type: 'none' }, /`eth0` has link_type none here and ether in `h0.json`: /],
  ]
  const first = JSON.stringify([{ ...ETH4, link_type: 'ether', address: '52:54:00:00:00:01' }])
  for (const [other, wanted] of others) {
    const { facts, said } = read(first, JSON.stringify([other]))
    t.equal(facts, undefined)
    t.equal(said.length, 1)
    t.match(said[0], wanted)
  }
  t.match(read(first + JSON.stringify([{ ...ETH4, ifindex: 9 }])).said[0], /has ifindex 9 here and 2 before it: /)
})

t.test('every command takes texts of one node together', async t => {
  const [v4, v6] = [JSON.stringify([LO4, ETH4]), JSON.stringify([LO6, ETH6])]
  const folder = t.testdir({
    'input.yaml': [
      ['Node', 'node-1', { bgp: { ipv4Address: '192.0.2.11/24' } }],
      ['HostEndpoint', 'h', { node: 'node-1', interfaceName: 'eth0' }],
    ]
      .map(([kind, name, spec]) =>
        JSON.stringify({ apiVersion: 'projectcalico.org/v3', kind, metadata: { name }, spec }),
      )
      .join('\n---\n'),
    'v4.json': v4,
    'v6.json': v6,
    'both.json': `${v4}\n${v6}\n`,
    'whole.json': JSON.stringify([
      { ...LO4, addr_info: [...LO4.addr_info, ...LO6.addr_info] },
      { ...ETH4, addr_info: [...ETH4.addr_info, ...ETH6.addr_info] },
    ]),
  })
  const at = (name: string): string => join(folder, name)
  const ask = (command: readonly string[], ...names: readonly string[]): Promise<{ code: number; out: string }> =>
    runCommand([
      ...command,
      ...['-f', at('input.yaml'), '--felix-env', 'none'],
      ...names.flatMap(name => ['--host', at(name)]),
    ])
  const { out: rules } = await ask(['compile'], 'whole.json')
  t.equal(rules.match(/--in-interface eth0 --goto cali-fh-eth0/g)?.length, 1)
  writeFileSync(at('v4.save'), rules)
  const commands: readonly (readonly [readonly string[], RegExp])[] = [
    [['compile'], /cali-fh-eth0/],
    [['compile', '-6'], /cali-fh-eth0/],
    [['compile', '-6', '--ipset'], /2001:db8::11/],
    [['trace', '--from', '2001:db8::1', '--to', '2001:db8::11', '--dport', '80'], /^drop/],
    [['audit', '--rules', at('v4.save')], /: same, /],
    [['lockout'], /host endpoint/],
    [['reach'], /IPv4/],
  ]
  for (const [command, wanted] of commands) {
    const { code, out } = await ask(command, 'whole.json')
    t.match(out, wanted)
    for (const names of [['v4.json', 'v6.json'], ['both.json']]) {
      const run = await ask(command, ...names)
      t.strictSame([run.code, run.out], [code, out], `${command.join(' ')}: ${names.join(' ')}`)
    }
  }
})

const NODES = join(CORPUS_FOLDER, '../nodes')

t.test('recorded nodes', { skip: existsSync(NODES) ? false : `no recorded nodes at ${NODES}: set CORPUS` }, async t => {
  const files = readdirSync(NODES).flatMap(node =>
    ['host.json', 'routes.json', 'routes6.json'].map(name => join(NODES, node, 'legacy', name)).filter(existsSync),
  )
  t.ok(files.length >= 20, `${files.length} files`)
  for (const path of files) {
    const text = readFileSync(path, 'utf8')
    const { facts, said } = read(text)
    t.strictSame(said, [], path)
    const count = (JSON.parse(text) as unknown[]).length
    t.equal((facts?.interfaces ?? facts?.routes)?.length, count, path)
  }
})
