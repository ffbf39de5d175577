// The way of a packet beyond one node's policies: routes, Services, answers, back ends, and what the text of a node tells.

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { printRule } from '../src/backend/iptables/iptables-rule.ts'
import { workloadInterfaceName } from '../src/calico/names.ts'
import { readWorlds } from '../src/cli/trace-world.ts'
import { compile } from '../src/compile.ts'
import { Report } from '../src/diagnostics/diagnostic.ts'
import { renderKubeProxy } from '../src/kube-proxy/render-kube-proxy.ts'
import type { Rule } from '../src/model/ruleset.ts'
import { parseAddress } from '../src/net/cidr.ts'
import { kernelForms } from '../src/netfilter/kernel-form.ts'
import { readKernelTables } from '../src/reader/read-kernel-tables.ts'
import { readRequest } from '../src/trace/packet-request.ts'
import type { PacketRequest } from '../src/trace/request-fields.ts'
import type { Scene } from '../src/trace/scene.ts'
import { randomRequests } from './helpers/random-requests.ts'
import { NODES_FOLDER, readNode } from './helpers/recorded-nodes.ts'
import { runCommand, SILENT } from './helpers/run-command.ts'
import { randomNumbers } from './helpers/sample-packets.ts'

const pod = (name: string, address: string, node = 'w1', more = ''): string =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}, namespace: shop, labels: {app: ${name}}}\nspec: {nodeName: ${node}, containers: [{name: c${more}}]}\nstatus: {phase: Running, podIP: ${address}}`

const service = (name: string, spec: string): string =>
  `apiVersion: v1\nkind: Service\nmetadata: {name: ${name}, namespace: shop}\nspec: {${spec}}`

const INPUT = [
  'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}',
  'apiVersion: projectcalico.org/v3\nkind: Node\nmetadata: {name: w1}\nspec: {bgp: {ipv4Address: 10.240.0.11/24}}',
  'apiVersion: projectcalico.org/v3\nkind: Node\nmetadata: {name: w2}\nspec: {bgp: {ipv4Address: 10.240.0.12/24}}',
  pod('a', '10.65.1.10'),
  pod('b', '10.65.1.11', 'w1', ', ports: [{containerPort: 8080, hostPort: 8088}]'),
  pod('b2', '10.65.2.11', 'w2').replace('app: b2', 'app: b'),
  'apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: b2, namespace: shop}\nspec: {podSelector: {matchExpressions: [{key: app, operator: In, values: [none]}]}, policyTypes: [Ingress]}',
  service(
    'b',
    'clusterIP: 10.96.0.5, clusterIPs: [10.96.0.5], type: NodePort, selector: {app: b}, ports: [{name: http, port: 80, targetPort: 8080, nodePort: 30080}]',
  ),
  service('none', 'clusterIP: 10.96.0.6, clusterIPs: [10.96.0.6], selector: {app: nobody}, ports: [{port: 80}]'),
  service('bare', 'clusterIP: None, selector: {app: b}, ports: [{port: 8080}]'),
].join('\n---\n')

const HOST = JSON.stringify([
  { ifname: 'lo', flags: ['LOOPBACK', 'UP'], addr_info: [{ local: '127.0.0.1', prefixlen: 8 }] },
  { ifname: 'eth0', flags: ['UP'], addr_info: [{ local: '10.240.0.11', prefixlen: 24 }] },
])

const ROUTES = JSON.stringify([
  { dst: 'default', gateway: '10.240.0.1', dev: 'eth0' },
  { dst: '10.240.0.0/24', dev: 'eth0', prefsrc: '10.240.0.11' },
  { type: 'blackhole', dst: '10.65.1.0/26' },
  { dst: '10.65.2.0/26', gateway: '10.240.0.12', dev: 'eth0' },
])

t.test('where no node is named and an address is of another IP version, that is what is said', async t => {
  const folder = t.testdir({ 'input.yaml': [INPUT, pod('six', 'fd00::6')].join('\n---\n') })
  const rows: readonly (readonly [args: readonly string[], err: RegExp])[] = [
    [['--from', 'pod/shop/a', '--to', '2001:db8::1'], /error: `from`: pod `shop\/a` has no IPv6 address/],
    [['--from', '2001:db8::1', '--to', '10.65.1.11'], /error: `to`: `10\.65\.1\.11` is not an IPv6 address/],
    [
      ['--from', 'host', '--to', 'pod/shop/b', '-6'],
      /error: `to`: pod `shop\/b` has no IPv6 address \(it has an IPv4 address only\)/,
    ],
    [
      ['--from', 'host', '--to', 'pod/shop/six'],
      /pod `shop\/six` has no IPv4 address \(it has .*: `-6` asks about that\)/,
    ],
    [['--from', 'pod/shop/a', '--to', 'pod/shop/b', '-6'], /`from`: pod `shop\/a` has.*\n.*`to`: pod `shop\/b` has/],
  ]
  for (const [args, err] of rows) {
    const files = ['-f', join(folder, 'input.yaml'), '--felix-env', 'none']
    const run = await runCommand(['trace', ...files, ...args, '--dport', '80'])
    t.match(run, { code: 2, out: '', err }, args.join(' '))
    t.notMatch(run.err, /ambiguous-node/, args.join(' '))
  }
})

t.test('what stands in the way is told of the packet that the rule sees, and of what the packet asks for', async t => {
  const policies = [
    'apiVersion: projectcalico.org/v3\nkind: NetworkPolicy\nmetadata: {name: out, namespace: shop}\nspec: {selector: app == "a", types: [Egress], egress: [{action: Allow, destination: {services: {name: b, namespace: shop}}}, {action: Allow, protocol: ICMP, icmp: {type: 8, code: 0}}]}',
    'apiVersion: projectcalico.org/v3\nkind: NetworkPolicy\nmetadata: {name: in, namespace: shop}\nspec: {selector: app == "b", types: [Ingress], ingress: [{action: Allow, source: {selector: app == "a"}}]}',
    'apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: b, namespace: shop, labels: {kubernetes.io/service-name: b}}\naddressType: IPv4\nports: [{name: http, port: 8080, protocol: TCP}]\nendpoints: [{addresses: [10.65.1.11], nodeName: w1}]',
  ]
  const folder = t.testdir({ 'input.yaml': [INPUT, ...policies].join('\n---\n') })
  const rows: readonly (readonly [args: string, out: RegExp])[] = [
    [
      '--from shop/a --to shop/b --dport 8081',
      /is for what stands behind the service shop\/b; pod\/shop\/b does at TCP 8080; the packet goes to TCP 8081 rule/,
    ],
    [
      '--from shop/a --to shop/b --dport 8080 --proto udp',
      /pod\/shop\/b does at TCP 8080; the packet goes to UDP 8080 rule/,
    ],
    [
      '--from shop/a --to 192.0.2.9 --dport 8080',
      /behind the service shop\/b; 192\.0\.2\.9 does not, by its EndpointSlices/,
    ],
    [
      '--from shop/a --to 192.0.2.9 --proto icmp --icmp-code 1',
      /egress\[1\] of \S+ \S+ is for ICMP type 8 code 0; the packet has ICMP type 8 code 1 /,
    ],
    [
      '--from shop/a --to shop/b --dport 8081 --why-not',
      /egress\[1\] of NetworkPolicy shop\/out, \S+: is for ICMP; the packet is TCP$/,
    ],
    [
      '--from 198.51.100.7 --to 10.240.0.12 --dport 30080 --why-not',
      /10\.240\.0\.12, the address of node w2, took the place of 198\.51\.100\.7 \(masquerading\), and selectors do not find it .* comes in by an interface without a host endpoint .*took the place of/,
    ],
  ]
  for (const [args, out] of rows) {
    const files = ['-f', join(folder, 'input.yaml'), '--felix-env', 'none']
    const run = await runCommand(['trace', ...files, ...args.split(' ')])
    t.match(run.out.replace(/\s+/g, ' ').trim(), out, args)
  }
})

t.test('where a policy that was tried is not enough, it is said what becomes of the packet with it', async t => {
  const shut =
    'apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: shut, namespace: shop}\nspec: {podSelector: {matchLabels: {app: a}}, policyTypes: [Egress]}'
  const folder = t.testdir({ 'input.yaml': [INPUT, shut].join('\n---\n'), 'host.json': HOST })
  const files = ['-f', join(folder, 'input.yaml'), '--host', join(folder, 'host.json'), '--felix-env', 'none']
  // Behind the pod's own policy stands what Felix drops by default: packets of pods for their node.
  const packet = ['--from', 'shop/a', '--to', 'host', '--dport', '9100']
  t.match(await runCommand(['trace', ...files, ...packet, '--allow-policy']), {
    code: 1,
    out: '',
    err: /^note: no policy was found that allows this packet: with NetworkPolicy shop\/allow-egress-a it ends as `drop`$/m,
  })
})

t.test(
  'where untracked policies deny a packet and its answer, the policies that are printed let both through',
  async t => {
    const untracked = [
      'apiVersion: projectcalico.org/v3\nkind: HostEndpoint\nmetadata: {name: w1-eth0, labels: {role: node}}\nspec: {node: w1, interfaceName: eth0}',
      'apiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata: {name: no}\nspec: {order: 5, selector: role == "node", doNotTrack: true, applyOnForward: true, types: [Ingress], ingress: [{action: Deny}]}',
      'apiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata: {name: no-answers}\nspec: {order: 1, selector: role == "node", doNotTrack: true, applyOnForward: true, types: [Egress], egress: [{action: Deny}]}',
    ]
    const folder = t.testdir({ 'input.yaml': [INPUT, ...untracked].join('\n---\n'), 'host.json': HOST })
    const host = ['--host', join(folder, 'host.json'), '--felix-env', 'none']
    const packet = ['--node', 'w1', '--from', '198.51.100.7', '--to', 'host', '--dport', '9100']
    const run = await runCommand(['trace', '-f', join(folder, 'input.yaml'), ...host, ...packet, '--allow-policy'])
    t.match(run, { code: 0, out: /^ {2}order: 4$[^]*^ {2}order: 0$/m })
    writeFileSync(join(folder, 'allow.yaml'), run.out)
    const accepted = await runCommand(['trace', '-f', folder, ...host, ...packet, '-o', 'json'])
    t.match(JSON.parse(accepted.out), { verdict: 'accept' })
  },
)

t.test('where packets lead, by Services, routes and nodes', async t => {
  const folder = t.testdir({ 'input.yaml': INPUT, 'host.json': HOST, 'routes.json': ROUTES })
  const base = ['trace', '-f', join(folder, 'input.yaml'), '--node', 'w1', '--felix-env', 'none']
  const host = ['--host', join(folder, 'host.json'), '--routes', join(folder, 'routes.json')]
  const rows: readonly (readonly [why: string, args: readonly string[], out: RegExp])[] = [
    [
      'each endpoint, with its share',
      ['--from', 'pod/shop/a', '--to', 'service/shop/b:http'],
      /^accept, whichever[^]*50 % of connections:\n *accept: reaches pod\/shop\/b on node w1,[^]*50 % of connections:\n *accept: reaches pod\/shop\/b2 on node w2, TCP 8080\n/,
    ],
    [
      'a node port',
      ['--from', '198.51.100.7', '--to', 'host', '--dport', '30080'],
      /reaches pod\/shop\/b2 on node w2, TCP 8080/,
    ],
    [
      'a host port',
      ['--from', '198.51.100.7', '--to', 'host', '--dport', '8088'],
      /^accept: reaches pod\/shop\/b on node w1, TCP 8080/,
    ],
    [
      'also of what the node itself sends',
      ['--from', 'host', '--to', '10.240.0.11', '--dport', '8088'],
      /^accept: reaches pod\/shop\/b on node w1, TCP 8080/,
    ],
    [
      'no endpoint',
      ['--from', 'pod/shop/a', '--to', '10.96.0.6', '--dport', '80'],
      /^reject: in filter FORWARD on node w1\n *why: kube-proxy/,
    ],
    [
      'no address of its own',
      ['--from', 'pod/shop/a', '--to', 'service/shop/bare'],
      /50 % of connections:[^]*note: service shop\/bare has no address of its own/,
    ],
    [
      'an address that no pod has',
      ['--from', 'pod/shop/a', '--to', '10.65.1.40', '--dport', '80'],
      /^drop: at routing on node w1\nwhy: the route to 10.65.1.40 refuses packets \(blackhole\)\n/,
    ],
    [
      'an interface that the node does not have',
      ['--from', '198.51.100.7', '--to', 'host', '--dport', '22', '--in-interface', 'eht0'],
      /\nnote: node w1 has no interface `eht0`; did you mean `eth0`\?\n/,
    ],
    [
      "an interface of another node's pod",
      [
        '--from',
        'pod/shop/a',
        '--to',
        'pod/shop/b',
        '--dport',
        '80',
        '--in-interface',
        workloadInterfaceName('cali', 'shop', 'b2'),
      ],
      /\nnote: interface `cali\w+` is that of pod shop\/b2 on node\s+w2, and\s+none\s+of\s+node\s+w1\n/,
    ],
    [
      'interfaces that the node has',
      ['--from', '198.51.100.7', '--to', 'host', '--dport', '22', '--in-interface', 'eth0', '--out-interface', 'tunl0'],
      /^(?![^]*has no interface)/,
    ],
    [
      'its own address',
      ['--from', 'pod/shop/a', '--to', 'pod/shop/a', '--dport', '80'],
      /^accept: stays where it is\n/,
    ],
  ]
  for (const [why, args, out] of rows) {
    const run = await runCommand([...base, ...host, ...args])
    t.match(run.out, out, why)
  }
  t.match(await runCommand([...base, ...host, '--from', 'pod/shop/a', '--to', 'service/shop/bb']), {
    code: 2,
    out: '',
    err: /the input has no Service `shop\/bb` \(did you mean `service\/shop\/b`\?\)/,
  })
  t.match(await runCommand([...base, ...host, '--from', 'pod/shop/a', '--to', 'service/far/away-from-all']), {
    code: 2,
    err: /the input has no Service `far\/away-from-all` \(add it to the input, with its EndpointSlices\)/,
  })
  for (const to of ['svc/bare', 'service/bare'])
    t.match(
      (await runCommand([...base, ...host, '--from', 'pod/shop/a', '--to', to])).out,
      /note: service shop\/bare has no/,
    )
  t.match(await runCommand([...base, ...host, '--from', 'pod/shop/a', '--to', 'svc/barr']), {
    code: 2,
    err: /the input has no Service `barr` \(did you mean `service\/shop\/bare`\?\)/,
  })
  t.match(await runCommand([...base, ...host, '--from', 'pod/shop/a', '--to', 'service/shop/b:81']), {
    code: 2,
    err: /Service `shop\/b` has no such port \(its ports are `80 \(http\)`\)/,
  })
})

t.test('ports of a Service, shares of its endpoints, and later packets of a connection on both nodes', async t => {
  const three = [
    service(
      'two',
      'clusterIP: 10.96.0.7, clusterIPs: [10.96.0.7], ports: [{name: http, port: 80, targetPort: 8080}, {name: metrics, port: 9090, targetPort: 9091}]',
    ),
    'apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: two, namespace: shop, labels: {kubernetes.io/service-name: two}}\naddressType: IPv4\nports: [{name: http, port: 8080, protocol: TCP}, {name: metrics, port: 9091, protocol: TCP}]\nendpoints: [{addresses: [10.65.1.10], nodeName: w1}, {addresses: [10.65.1.11], nodeName: w1}, {addresses: [10.65.2.11], nodeName: w2}]',
    'apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: shut, namespace: shop}\nspec: {podSelector: {}, policyTypes: [Ingress]}',
  ]
  const two = JSON.parse(HOST).concat({
    ifname: 'eth1',
    flags: ['UP'],
    addr_info: [{ local: '192.0.2.11', prefixlen: 24 }],
  })
  const folder = t.testdir({
    'input.yaml': INPUT,
    'shut.yaml': [INPUT, ...three].join('\n---\n'),
    'host.json': HOST,
    'two.json': JSON.stringify(two),
  })
  const path = (name: string): string => join(folder, name)
  const ask = async (files: readonly string[], ...args: readonly string[]): Promise<string> =>
    (await runCommand(['trace', ...files, '--node', 'w1', '--felix-env', 'none', ...args])).out
  const shut = ['-f', path('shut.yaml'), '--host', path('host.json')]
  const toTwo = ['--from', 'pod/shop/a', '--to', 'service/shop/two']
  const first = await ask(shut, ...toTwo)
  t.match(first, /^note: service shop\/two:http is 10\.96\.0\.7, TCP 80$/m, 'of several ports the first')
  t.match(first, /^ {2}33\.3 % of connections:$/m, 'a third, to a tenth of a percent')
  t.match(await ask(shut, ...toTwo, '--dport', '9090'), /^note: service shop\/two:metrics is 10\.96\.0\.7, TCP 9090$/m)
  const between = ['--from', 'pod/shop/a', '--to', '10.65.2.11', '--dport', '8080']
  t.match(await ask(shut, ...between), /^drop: at the ingress of pod\/shop\/b2 on node w2\n/)
  t.match(
    await ask(shut, ...between, '--state', 'established'),
    /^accept: reaches pod\/shop\/b2 on node w2,/,
    'what one node knows as a connection has begun on the other one too',
  )
  const outside = ['--from', '198.51.100.7', '--to', 'host', '--dport', '22']
  const guessed = await ask(['-f', path('input.yaml'), '--host', path('two.json')], ...outside)
  for (const name of ['eth0', 'eth1'])
    t.match(
      guessed,
      new RegExp(`^ {2}if it comes in from 198\\.51\\.100\\.7 by ${name} \\(nobody says so\\):$`, 'm'),
      'chance has no share in it',
    )
  t.notMatch(guessed, /^packet: [^]*comes in by/m, 'of several ways in none is that of the packet')
  t.match(
    await ask(['-f', path('input.yaml'), '--host', path('host.json')], ...outside),
    /^packet: TCP 198\.51\.100\.7:40000 -> 10\.240\.0\.11:22, connection NEW,\s+comes in by\s+eth0$/m,
    'the only way in is',
  )
})

t.test('where Services lead, as kube-proxy has it', async t => {
  const slice = (name: string, endpoints: string): string =>
    `apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: ${name}, namespace: shop, labels: {kubernetes.io/service-name: ${name}}}\naddressType: IPv4\nports: [{name: '', port: 8080, protocol: TCP}]\nendpoints: [${endpoints}]`
  const here = (more = ''): string => `{addresses: [10.65.1.11], nodeName: w1${more}}`
  const there = (more = ''): string => `{addresses: [10.65.2.11], nodeName: w2${more}}`
  const port = 'ports: [{port: 80, targetPort: 8080, nodePort: 30090}]'
  const ended = ', conditions: {ready: false, serving: true, terminating: true}'
  const pool =
    'apiVersion: projectcalico.org/v3\nkind: IPPool\nmetadata: {name: p}\nspec: {cidr: 10.65.0.0/16, natOutgoing: true}'
  const both = [/reaches pod\/shop\/b on/, /reaches pod\/shop\/b2 on/]
  const [toB, toB2] = [[both[0]], [both[1]]]
  const rows: readonly (readonly [
    why: string,
    spec: string,
    endpoints: readonly string[],
    packet: readonly string[],
    reached: readonly (RegExp | undefined)[],
    answer: RegExp,
  ])[] = [
    ['by the node port', 'type: NodePort', [here(), there()], ['198.51.100.7', 'host', '30090'], both, /^accept/],
    [
      'externalTrafficPolicy keeps what comes from outside on the node',
      'type: NodePort, externalTrafficPolicy: Local',
      [here(), there()],
      ['198.51.100.7', 'host', '30090'],
      toB,
      /^accept/,
    ],
    [
      'and loses it where the node has no endpoint',
      'type: NodePort, externalTrafficPolicy: Local',
      [there()],
      ['198.51.100.7', 'host', '30090'],
      [],
      /^drop: [^]*why: kube-proxy: service shop\/s has no endpoints on this node/,
    ],
    [
      'but pods of the cluster get everywhere',
      'type: NodePort, externalTrafficPolicy: Local',
      [there()],
      ['pod/shop/a', 'host', '30090'],
      toB2,
      /^accept/,
    ],
    [
      'internalTrafficPolicy keeps pods on the node',
      'internalTrafficPolicy: Local',
      [here(), there()],
      ['pod/shop/a', '10.96.0.9', '80'],
      toB,
      /^accept/,
    ],
    [
      'and loses them where it has no endpoint',
      'internalTrafficPolicy: Local',
      [there()],
      ['pod/shop/a', '10.96.0.9', '80'],
      [],
      /^drop: [^]*why: kube-proxy: service shop\/s has no endpoints on this node/,
    ],
    [
      'endpoints that end serve while there is no other',
      'type: NodePort',
      [here(ended)],
      ['pod/shop/a', '10.96.0.9', '80'],
      toB,
      /^accept/,
    ],
    ['and only then', 'type: NodePort', [here(ended), there()], ['pod/shop/a', '10.96.0.9', '80'], toB2, /^accept/],
    [
      'on the node alone where traffic stays there, whatever is ready elsewhere',
      'type: NodePort, externalTrafficPolicy: Local',
      [here(ended), there()],
      ['198.51.100.7', 'host', '30090'],
      toB,
      /^accept/,
    ],
    [
      'hints for nodes',
      'type: ClusterIP',
      [here(', hints: {forNodes: [{name: w1}]}'), there(', hints: {forNodes: [{name: w2}]}')],
      ['pod/shop/a', '10.96.0.9', '80'],
      toB,
      /^accept/,
    ],
    [
      'which count where every endpoint has some',
      'type: ClusterIP',
      [here(', hints: {forNodes: [{name: w1}]}'), there()],
      ['pod/shop/a', '10.96.0.9', '80'],
      both,
      /^accept/,
    ],
    [
      'a pod reaches itself by its Service',
      'type: ClusterIP',
      [here()],
      ['pod/shop/b', '10.96.0.9', '80'],
      toB,
      /^accept/,
    ],
    [
      'a load balancer lets only some in',
      'type: LoadBalancer, loadBalancerSourceRanges: [192.0.2.0/24]',
      [here()],
      ['198.51.100.7', '10.240.0.99', '80'],
      [],
      /^drop: [^]*why: kube-proxy: service shop\/s lets only its loadBalancerSourceRanges\s+in/,
    ],
    [
      'those in its ranges',
      'type: LoadBalancer, loadBalancerSourceRanges: [192.0.2.0/24]',
      [here()],
      ['192.0.2.7', '10.240.0.99', '80'],
      toB,
      /^accept/,
    ],
    [
      'an external address',
      'externalIPs: [203.0.113.80]',
      [here()],
      ['198.51.100.7', '203.0.113.80', '80'],
      toB,
      /^accept/,
    ],
    [
      'that nobody serves',
      'externalIPs: [203.0.113.80]',
      [],
      ['198.51.100.7', '203.0.113.80', '80'],
      [],
      /^reject: [^]*why: kube-proxy: service shop\/s has no endpoints,/,
    ],
  ]
  for (const [why, spec, endpoints, [from = '', to = '', dport = ''], reached, answer] of rows) {
    const fields = `clusterIP: 10.96.0.9, clusterIPs: [10.96.0.9], selector: {app: b}, ${port}, ${spec}`
    const isBalanced = spec.includes('LoadBalancer')
    const status = isBalanced ? '\nstatus: {loadBalancer: {ingress: [{ip: 10.240.0.99}]}}' : ''
    const text = [INPUT, pool, service('s', fields) + status, slice('s', endpoints.join(', '))].join('\n---\n')
    const folder = t.testdir({ 'input.yaml': text, 'host.json': HOST, 'routes.json': ROUTES })
    const files = [
      '-f',
      join(folder, 'input.yaml'),
      '--host',
      join(folder, 'host.json'),
      '--routes',
      join(folder, 'routes.json'),
    ]
    const entry = from.startsWith('pod/') ? [] : ['--in-interface', 'eth0']
    const packet = ['--from', from, '--to', to, '--dport', dport, ...entry]
    const { out, err } = await runCommand(['trace', ...files, '--node', 'w1', '--felix-env', 'none', ...packet])
    t.match(out, answer, why, { err })
    for (const place of both) t.equal(place.test(out), reached.includes(place), `${why}: ${place}`)
  }
})

t.test('rules that kube-proxy has of a Service, by its endpoints and addresses', t => {
  const slice = (ports: string, more = 'namespace: shop'): string =>
    `apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: s, ${more}, labels: {kubernetes.io/service-name: s}}\naddressType: IPv4\nports: [${ports}]\nendpoints: [{addresses: [10.65.1.11], nodeName: w1}]`
  const web = (fields = '', status = ''): string =>
    service('s', `clusterIP: 10.96.0.9, ports: [{name: http, port: 80}]${fields}`) + status
  const ready = slice('{name: http, port: 8080, protocol: TCP}')
  const balanced = (ranges: string, more = ''): string =>
    web(
      `, type: LoadBalancer, loadBalancerSourceRanges: [${ranges}]`,
      `\nstatus: {loadBalancer: {ingress: [{ip: 10.240.0.99${more}}]}}`,
    )
  const balancer = '--destination 10.240.0.99 -p tcp -m multiport --destination-ports 80 --jump KUBE-FW'
  const dnat = '-p tcp --jump DNAT --to-destination 10.65.1.11:8080'
  const pool = (name: string, cidr: string, more = ''): string =>
    `apiVersion: projectcalico.org/v3\nkind: IPPool\nmetadata: {name: ${name}}\nspec: {cidr: ${cidr}${more}}`
  const pools = [pool('pods', '10.65.0.0/16'), pool('balancers', '10.66.0.0/16', ', allowedUses: [LoadBalancer]')]
  const hostPort = (address: string): string =>
    `, ports: [{containerPort: 53, hostPort: 5353, protocol: UDP, hostIP: "${address}"}]`
  const toHostPort = '--destination 10.240.0.11 -p udp -m multiport --destination-ports 5353'
  const rows: readonly (readonly [
    why: string,
    documents: readonly string[],
    chain: string,
    rules: readonly string[],
  ])[] = [
    ['its ready endpoint', [web(), ready], 'KUBE-SEP', ['--source 10.65.1.11 --jump KUBE-MARK-MASQ', dnat]],
    [
      'a port of its name and another protocol is not its own',
      [web(), slice('{name: http, port: 8080, protocol: UDP}')],
      'KUBE-SEP',
      [],
    ],
    [
      'nor is a slice of a Service of its name in another namespace',
      [web(), slice('{name: http, port: 8080}', 'namespace: other')],
      'KUBE-SEP',
      [],
    ],
    [
      'a port without a protocol is one of TCP',
      [web(), slice('{name: http, port: 8080}')],
      'KUBE-SEP',
      ['--source 10.65.1.11 --jump KUBE-MARK-MASQ', dnat],
    ],
    [
      'an endpoint that ends serves where it says so, and else where it is ready',
      [web(), ready.replace('nodeName', 'conditions: {ready: false, terminating: true}, nodeName')],
      'KUBE-SEP',
      [],
    ],
    [
      'an endpoint that is not ready and does not end is none',
      [web(), ready.replace('nodeName', 'conditions: {ready: false, serving: true, terminating: false}, nodeName')],
      'KUBE-SEP',
      [],
    ],
    [
      'clients of a load balancer are those of its ranges',
      [balanced('192.0.2.0/24, 198.51.100.0/24'), ready],
      'KUBE-FW',
      ['--source 192.0.2.0/24 --jump KUBE-EXT', '--source 198.51.100.0/24 --jump KUBE-EXT', ''],
    ],
    [
      'and the node by the address of the balancer, where they hold the node',
      [balanced('10.240.0.0/16'), ready],
      'KUBE-FW',
      ['--source 10.240.0.0/16 --jump KUBE-EXT', '--source 10.240.0.99 --jump KUBE-EXT', ''],
    ],
    [
      'packets to the address of a balancer that is no proxy are taken on the node',
      [balanced('192.0.2.0/24', ', ipMode: VIP'), ready],
      'KUBE-SERVICES',
      [balancer],
    ],
    [
      'a host port of one address, as the portmap plugin has it',
      [web(), pod('c', '10.65.1.12', 'w1', hostPort('10.240.0.11'))],
      'CNI-DN-shop/c',
      [
        `--source 10.65.1.12 ${toHostPort} --jump CNI-HOSTPORT-SETMARK`,
        `--source 127.0.0.1 ${toHostPort} --jump CNI-HOSTPORT-SETMARK`,
        `${toHostPort} --jump DNAT --to-destination 10.65.1.12:53`,
      ],
    ],
    [
      'one of an IPv6 address has no rules of IPv4',
      [web(), pod('c', '10.65.1.12', 'w1', hostPort('fd00::11'))],
      'CNI-DN-shop/c',
      [],
    ],
    [
      'one of a pod on another node has none here',
      [web(), pod('c', '10.65.2.12', 'w2', hostPort('10.240.0.11'))],
      'CNI-DN-shop/c',
      [],
    ],
    [
      'those to the address of one that is a proxy go to it',
      [balanced('192.0.2.0/24', ', ipMode: Proxy'), ready],
      'KUBE-SERVICES',
      [],
    ],
    [
      'what does not come from a pool of pods is masqueraded; pools for load balancers are none',
      [web(), ready, ...pools],
      'KUBE-SVC',
      [
        '! --source 10.65.0.0/16 --destination 10.96.0.9 -p tcp -m multiport --destination-ports 80 --jump KUBE-MARK-MASQ',
        '--jump KUBE-SEP',
      ],
    ],
    [
      'the port by which a load balancer asks whether the node has endpoints',
      [web(', type: LoadBalancer, externalTrafficPolicy: Local, healthCheckNodePort: 32000'), ready],
      'KUBE-NODEPORTS',
      ['-p tcp -m multiport --destination-ports 32000 --jump ACCEPT'],
    ],
    [
      'with externalTrafficPolicy Local what pods and the node itself send goes to endpoints of all nodes',
      [
        web(', type: NodePort, externalTrafficPolicy: Local').replace('port: 80', 'port: 80, nodePort: 30090'),
        ready,
        ...pools,
      ],
      'KUBE-EXT',
      [
        '--source 10.65.0.0/16 --jump KUBE-SVC',
        '-m addrtype --src-type LOCAL --jump KUBE-MARK-MASQ',
        '-m addrtype --src-type LOCAL --jump KUBE-SVC',
        '--jump KUBE-SVL',
      ],
    ],
  ]
  for (const [why, documents, chain, rules] of rows) {
    const result = compile({ files: [{ name: 'input.yaml', text: [INPUT, ...documents].join('\n---\n') }], node: 'w1' })
    if (!result.ok) throw new Error(`${why}: ${result.diagnostics.map(({ message }) => message).join('\n')}`)
    const resources = result.output.resources.filter(one => one.kind !== 'service' || one.name === 's')
    const nodeAddresses = [parseAddress('10.240.0.11')].flatMap(address => address ?? [])
    const tables = renderKubeProxy({ resources, node: 'w1', nodeAddresses, ipVersion: 4 })
    const found = [...(tables?.values() ?? [])]
      .flatMap(({ chains }) => chains)
      .filter(({ name }) => name.replace(/-[A-Z0-9]{16}$/, '') === chain)
      .flatMap(one => one.rules)
      .map(rule =>
        printRule({ ...rule, comments: [] })
          .trim()
          .replaceAll(/(KUBE-[A-Z]+)-[A-Z0-9]{16}/g, '$1'),
      )
      .filter(rule => chain !== 'KUBE-SERVICES' || rule.includes('10.240.0.99'))
    t.strictSame(found, rules, why)
  }
  t.end()
})

t.test('under IPVS no rule says where a Service leads, and so does the answer', async t => {
  const ipvs = { ifname: 'kube-ipvs0', flags: ['NOARP'], addr_info: [{ local: '10.96.0.5', prefixlen: 32 }] }
  const folder = t.testdir({
    'input.yaml': INPUT,
    'host.json': JSON.stringify([...JSON.parse(HOST), { ...ipvs, flags: ['UP'] }]),
    'routes.json': ROUTES,
    'node.save':
      '# Generated by iptables-save v1.8.9\n*filter\n:INPUT ACCEPT [0:0]\n:cali-INPUT - [0:0]\n:cali-set-endpoint-mark - [0:0]\nCOMMIT\n*raw\nCOMMIT\n*mangle\nCOMMIT\n*nat\nCOMMIT\n',
    'node.sets': 'create KUBE-NODE-PORT-TCP bitmap:port range 0-65535\nadd KUBE-NODE-PORT-TCP 30080\n',
  })
  const facts = ['--host', join(folder, 'host.json'), '--routes', join(folder, 'routes.json')]
  const compiled = ['-f', join(folder, 'input.yaml'), '--node', 'w1', '--felix-env', 'none']
  const read = ['--rules', join(folder, 'node.save'), '--sets', join(folder, 'node.sets')]
  const told =
    /^unknown: reaches (the node|node w1) itself[^]*\nnote: kube-proxy uses IPVS on this node: where \S+ port \d+ leads stands in no rule/
  const outside = ['--from', '198.51.100.7', '--in-interface', 'eth0']
  const rows: readonly (readonly [rules: readonly string[], packet: readonly string[], out: RegExp])[] = [
    [compiled, [...outside, '--to', 'host', '--dport', '30080'], told],
    [compiled, ['--from', 'host', '--to', '10.96.0.5', '--dport', '80'], told],
    [compiled, [...outside, '--to', 'host', '--dport', '22'], /^accept: reaches node w1 itself/],
    [compiled, ['--from', 'pod/shop/a', '--to', 'pod/shop/b', '--dport', '8080'], /^accept: reaches pod\/shop\/b/],
    [compiled, ['--from', 'pod/shop/a', '--to', '10.96.0.5', '--dport', '80'], told],
    [read, [...outside, '--to', '10.96.0.5', '--dport', '80'], told],
    [read, [...outside, '--to', 'host', '--dport', '30080'], told],
    [read, [...outside, '--to', 'host', '--dport', '22'], /^accept: reaches the node itself/],
  ]
  for (const [rules, packet, out] of rows) {
    const run = await runCommand(['trace', ...rules, ...facts, ...packet])
    t.match(run.out.replaceAll(/\n +/g, ' '), out, packet.join(' '), { err: run.err })
  }
})

t.test('text of a node without Calico, and of one of two back ends', async t => {
  const folder = t.testdir({
    'host.json': HOST,
    'routes.json': ROUTES,
    'bare.save': '# Generated by iptables-nft-save v1.8.9 (nf_tables)\n*filter\n:FORWARD ACCEPT [0:0]\nCOMMIT\n',
    'warned.save':
      '# Warning: iptables-legacy tables present, use iptables-legacy-save to see them\n# Generated by iptables-nft-save v1.8.9 (nf_tables)\n*filter\n:FORWARD ACCEPT [0:0]\n:cali-FORWARD - [0:0]\nCOMMIT\n*raw\nCOMMIT\n*mangle\nCOMMIT\n*nat\nCOMMIT\n',
    'legacy.save': '# Generated by iptables-save v1.8.9\n*filter\n:FORWARD DROP [0:0]\nCOMMIT\n',
  })
  const facts = ['--host', join(folder, 'host.json'), '--routes', join(folder, 'routes.json')]
  const packet = [...facts, '--from', '198.51.100.7', '--in-interface', 'eth0', '--to', '203.0.113.1', '--dport', '80']
  const rules = (...names: readonly string[]): readonly string[] => [
    'trace',
    '--rules',
    ...names.map(name => join(folder, name)),
    ...packet,
  ]
  t.match((await runCommand(rules('bare.save'))).out, /^unknown: [^]*note: this node's Calico is not in this text/)
  t.match((await runCommand(rules('warned.save'))).out, /^accept: [^]*other back end too[^]*iptables-legacy-save/)
  const both = await runCommand(rules('warned.save', 'legacy.save'))
  t.match(both.out, /^drop: in filter FORWARD/)
  t.notMatch(both.out, /other back end/)
})

/** Chains of kube-proxy's and the plugins' by name, each with what its rules do; the order of Services is kube-proxy's own. */
function bodiesOf(chains: Iterable<readonly [string, readonly Rule[]]>): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>()
  for (const [name, rules] of chains) {
    if (!name.startsWith('KUBE-') || /CANARY|HINT/.test(name)) continue
    const bodies = rules.flatMap(rule => kernelForms(rule).map(form => JSON.stringify(form)))
    found.set(
      name,
      /^KUBE-(SERVICES|NODEPORTS|EXTERNAL-SERVICES|PROXY-FIREWALL)$/.test(name) ? [...bodies].sort() : bodies,
    )
  }
  return found
}

const SKIP = existsSync(NODES_FOLDER) ? false : 'the recorded nodes are not there'
if (SKIP !== false)
  console.error(`SKIPPED: kube-proxy's rules and ways over them are not compared with recorded ones: ${SKIP}`)

t.test('kube-proxy makes the same rules of the same Services', { skip: SKIP }, async t => {
  let count = 0
  for (const cluster of [
    '01-shop',
    '02-ibm',
    '03-lb-allow-list',
    '04-untracked',
    '09-plain',
    '10-dual-stack',
    '11-masquerade',
  ]) {
    const read = (name: string): { readonly name: string; readonly text: string } => ({
      name,
      text: readFileSync(join(NODES_FOLDER, cluster, 'legacy', name), 'utf8'),
    })
    const result = compile({ files: [read('input.yaml')], node: 'node-1', host: [read('host.json')] })
    if (!result.ok) throw new Error(`${cluster} does not compile`)
    const { resources, host } = result.output
    const nodeAddresses = host?.interfaces?.flatMap(({ addresses }) => addresses.map(({ address }) => address)) ?? []
    for (const ipVersion of [4, 6] as const) {
      const clusterCidrs = ipVersion === 4 ? ['10.65.0.0/16'] : ['fd00:10:65::/48']
      const made = renderKubeProxy({ resources, node: 'node-1', nodeAddresses, ipVersion, clusterCidrs })
      const real = readKernelTables({ iptables: read(`v${ipVersion}.save`), ipVersion }, new Report())
      for (const name of ['nat', 'filter'] as const) {
        const wanted = bodiesOf(
          [...(real.tables.find(table => table.name === name)?.userChains ?? [])].map(([chain, { rules }]) => [
            chain,
            rules,
          ]),
        )
        const got = bodiesOf((made?.get(name)?.chains ?? []).map(({ name: chain, rules }) => [chain, rules]))
        for (const [chain, bodies] of wanted) {
          if (bodies.length === 0) continue
          count++
          t.same(got.get(chain), bodies, `${cluster}, IPv${ipVersion}, ${chain}`)
        }
      }
    }
  }
  t.ok(count > 150, `${count} chains`)
})

/** Kube-proxy's cluster CIDR was 10.65.0.0/16, which no input says: what comes from other pools is masqueraded, and so goes other ways. */
const isOfOtherPool = ({ from = '' }: PacketRequest): boolean => /^(10\.66|203\.0\.113)\./.test(from)

/** Where a packet ends on a node, and by which rules of Calico's. */
function waysOn(scene: Scene, request: PacketRequest): readonly string[] {
  const journey = readRequest(request, scene, undefined, new Report())
  if (journey === undefined) return ['no packet']
  const { walks } = scene.walker.walk(journey)
  const ways = walks.map(({ verdict, end, packet, steps, log }) => {
    const rules = steps.flatMap(step =>
      step.kind === 'rule' && step.table !== 'nat' && step.chain.startsWith('cali-')
        ? [`${step.table} ${step.chain} ${step.index}`]
        : [],
    )
    const out = end.kind === 'sent' ? end.interfaceName : end.kind
    return [verdict, out, packet.destination, packet.destinationPort, log.length, ...rules].join(' ')
  })
  return [...new Set(ways)].sort()
}

t.test('packets take the same ways over the compiled rules of a node and over its text', { skip: SKIP }, async t => {
  for (const folder of readdirSync(NODES_FOLDER).filter(name => /^\d/.test(name))) {
    const node = readNode(join(NODES_FOLDER, folder, 'legacy'))
    const host = node.host.map(({ name }) => name)
    const compiled = await readWorlds({ filename: [node.input.name], node: node.node, host }, SILENT)
    const of = (kind: RegExp): readonly string[] => node.files.flatMap(({ name }) => (kind.test(name) ? [name] : []))
    const text = await readWorlds({ rules: of(/v[46]\.save$/), sets: of(/sets\.save$/), host }, SILENT)
    for (const ipVersion of [4, 6] as const) {
      const [ours, theirs] = [compiled?.(ipVersion)?.home, text?.(ipVersion)?.home]
      if (ours === undefined || theirs === undefined) throw new Error(`${folder} cannot be read`)
      const all = randomRequests(ours, randomNumbers(ipVersion), 150)
      const requests = folder === '11-masquerade' ? all.filter(one => !isOfOtherPool(one)) : all
      t.ok(requests.length > 50, `${folder}, IPv${ipVersion}: ${requests.length} packets`)
      const different = requests.filter(one => waysOn(ours, one).join('\n') !== waysOn(theirs, one).join('\n'))
      t.strictSame(different, [], `${folder}, IPv${ipVersion}`)
    }
  }
})
