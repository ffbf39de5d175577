// Who and which ports are asked about: the words, and what is said of words that name nobody.

import t from 'tap'
import { type PartyCluster, partyClusterOf } from '../src/answers/parties/party.ts'
import { readParty } from '../src/answers/parties/read-party.ts'
import { namedRanges, type PortWish, readPorts } from '../src/answers/parties/read-ports.ts'
import { Report } from '../src/diagnostics/diagnostic.ts'
import { formatCidr } from '../src/net/cidr.ts'
import { mustCompile } from './helpers/build.ts'

function pod(namespace: string, name: string, node: string, address: string, labels: string): string {
  return `apiVersion: v1
kind: Pod
metadata: {name: ${name}, namespace: ${namespace}, labels: ${labels}}
spec: {nodeName: ${node}, containers: [{name: c, image: x, ports: [{name: http, containerPort: 8080}]}]}
status: {phase: Running, podIP: ${address}, podIPs: [{ip: ${address}}]}`
}

const OUTPUT = mustCompile([
  'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {team: red}}',
  'apiVersion: v1\nkind: Namespace\nmetadata: {name: bank}',
  'apiVersion: v1\nkind: Node\nmetadata: {name: node-1}\nstatus: {addresses: [{type: InternalIP, address: 192.0.2.1}]}',
  'apiVersion: projectcalico.org/v3\nkind: HostEndpoint\nmetadata: {name: front}\nspec: {node: node-2, interfaceName: eth1, expectedIPs: [198.51.100.2]}',
  'apiVersion: projectcalico.org/v3\nkind: NetworkSet\nmetadata: {name: partners, namespace: shop}\nspec: {nets: [203.0.113.0/24]}',
  pod('shop', 'web-0', 'node-1', '10.0.0.1', '{app: web}'),
  pod('shop', 'web-1', 'node-2', '10.0.0.2', '{app: web}'),
  pod('shop', 'db-0', 'node-1', '10.0.0.3', '{app: db}'),
  pod('bank', 'web-0', 'node-1', '10.0.0.4', '{app: web}'),
])

const CLUSTER: PartyCluster = partyClusterOf(OUTPUT.plan, OUTPUT.resources)

function read(text: string, namespace?: string): string {
  const report = new Report()
  const party = readParty(text, CLUSTER, { field: 'from', namespace }, report)
  if (party === undefined)
    return report
      .placed()
      .map(({ code, message, help = '' }) => `${code}: ${message}; ${help}`)
      .join('\n')
  t.equal(report.diagnostics.length, 0, text)
  switch (party.kind) {
    case 'pods':
      return `pods ${party.pods.map(({ name }) => name).join(' ')}`
    case 'host':
      return `host ${party.host.node} ${party.host.addresses.map(({ text }) => text).join(' ')} ${party.interfaceName ?? ''}`.trim()
    case 'nets':
      return `nets ${party.nets.map(formatCidr).join(' ')}`
    case 'service':
      return `service ${party.service.name}`
    case 'world':
      return 'world'
  }
}

t.test('a party is a pod, several, a node, nets or the world', async t => {
  for (const [text, wanted] of [
    ['pod/shop/web-0', 'pods shop/web-0'],
    ['shop/web-0', 'pods shop/web-0'],
    ['db-0', 'pods shop/db-0'],
    ['shop/web-*', 'pods shop/web-0 shop/web-1'],
    ['pod/*/web-0', 'pods shop/web-0 bank/web-0'],
    ['namespace shop', 'pods shop/web-0 shop/web-1 shop/db-0'],
    ['ns/bank', 'pods bank/web-0'],
    ["namespace/shop selector app == 'web'", 'pods shop/web-0 shop/web-1'],
    ["selector app == 'db'", 'pods shop/db-0'],
    ["app == 'db'", 'pods shop/db-0'],
    ["pcns.team == 'red' && app in {'web'}", 'pods shop/web-0 shop/web-1'],
    ['host/node-1', 'host node-1 192.0.2.1'],
    ['node/node-2', 'host node-2 198.51.100.2'],
    ['host/node-2/eth1', 'host node-2 198.51.100.2 eth1'],
    ['networkset/partners', 'nets 203.0.113.0/24'],
    ['networkset/shop/partners', 'nets 203.0.113.0/24'],
    ['203.0.113.0/24', 'nets 203.0.113.0/24'],
    ['2001:db8::1', 'nets 2001:db8::1/128'],
    ['world', 'world'],
    ['anywhere', 'nets 0.0.0.0/0 ::/0'],
  ] as const)
    t.equal(read(text), wanted, text)
  t.equal(read('web-0', 'bank'), 'pods bank/web-0', 'of two, that of the namespace')
})

t.test('words that name nobody say what was probably meant', async t => {
  for (const [text, code, wanted] of [
    ['web-0', 'bad-value', /`from`: `web-0` may be `pod\/shop\/web-0` or `pod\/bank\/web-0`/],
    ['pod/shop/web-0/x', 'bad-value', /no pod `shop\/web-0\/x`/],
    ['pod/shop/wbe-0', 'bad-value', /no pod `shop\/wbe-0`; did you mean `pod\/shop\/web-0`/],
    ['wrld', 'bad-value', /did you mean `world`/],
    ['namespace shpo', 'bad-value', /no namespace `shpo`; did you mean `namespace\/shop`/],
    ["selector app == 'cache'", 'bad-value', /selects no pod of the input/],
    ["namespace bank selector app == 'db'", 'bad-value', /selects no pod of namespace `bank`/],
    ["selector app = 'db'", 'selector-syntax', /`==`/],
    ['host', 'bad-value', /`host` may be `host\/node-1` or `host\/node-2`/],
    ['host/node-3', 'unknown-node', /no node `node-3`; did you mean `host\/node-1`/],
    ['host/node-2/eth2', 'bad-value', /did you mean `host\/node-2\/eth1`/],
    ['host/node-1/eth0', 'bad-value', /nothing in the input names an interface `eth0` of node `node-1`/],
    ['networkset/partner', 'bad-value', /did you mean `networkset\/partners`/],
    ['10.0.0.300', 'bad-address', /no IP address and no net/],
    ['', 'bad-value', /nobody is named/],
  ] as const) {
    const said = read(text)
    t.match(said, new RegExp(`^${code}: `), text)
    t.match(said, wanted, text)
  }
})

const ASKING = { field: '--port', names: ['http', 'metrics'] }

t.test('ports are numbers, ranges, names and messages of a protocol', async t => {
  const tcp = (first: number, last = first): PortWish => ({ kind: 'ports', protocol: 6, range: { first, last } })
  const udp = (first: number, last = first): PortWish => ({ kind: 'ports', protocol: 17, range: { first, last } })
  for (const [text, wanted] of [
    ['80', [tcp(80)]],
    ['tcp/80,443', [tcp(80), tcp(443)]],
    ['udp/53, tcp/53', [udp(53), tcp(53)]],
    ['8000-8100', [tcp(8000, 8100)]],
    ['UDP/1:65535', [udp(1, 65535)]],
    ['http', [{ kind: 'named', name: 'http' }]],
    ['tcp/http', [{ kind: 'named', name: 'http', protocol: 6 }]],
    ['icmp', [{ kind: 'icmp' }]],
    ['icmp/8', [{ kind: 'icmp', type: 8 }]],
    ['icmp/3/4', [{ kind: 'icmp', type: 3, code: 4 }]],
    ['udp', [{ kind: 'protocol', protocol: 17 }]],
    ['protocol/47', [{ kind: 'protocol', protocol: 47 }]],
    ['any', [{ kind: 'any' }]],
  ] as const) {
    const report = new Report()
    t.same(readPorts(text, ASKING, report), wanted, text)
    t.equal(report.diagnostics.length, 0, text)
  }
})

t.test('every port that is none is told', async t => {
  for (const [text, wanted] of [
    ['htpp', [/no pod of the input has a port called `htpp`/]],
    ['70000', [/`70000` is no port/]],
    ['90-80', [/ends before it begins/]],
    ['tpc/80', [/`tpc` is no protocol/]],
    ['gre/80', [/gre has no ports/]],
    ['icmp/256', [/`icmp\/256` is no port/]],
    ['80,,x,90-1', [/`` is no port/, /a port called `x`/, /ends before/]],
  ] as const) {
    const report = new Report()
    t.equal(readPorts(text, ASKING, report), undefined, text)
    const found = report.placed()
    t.equal(found.length, wanted.length, text)
    for (const [index, pattern] of wanted.entries()) t.match(found[index], { code: 'bad-port', message: pattern }, text)
  }
})

t.test('the receiver says which number a name has', async t => {
  const ports = [
    { name: 'http', protocol: 'tcp', port: 8080 },
    { name: 'http', protocol: 'udp', port: 8081 },
    { name: 'dns', protocol: 'udp', port: 53 },
  ] as const
  t.same(namedRanges({ kind: 'named', name: 'http', protocol: 6 }, ports), [
    { protocol: 6, range: { first: 8080, last: 8080 } },
  ])
  t.equal(namedRanges({ kind: 'named', name: 'http' }, ports).length, 2)
  t.equal(namedRanges({ kind: 'named', name: 'metrics' }, ports).length, 0)
})
