// From node to node: every connection between pods and nodes of a small cluster, traced over the compiled rules of both nodes and
// made for real between network namespaces that hold those rules.

import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { compile } from '../src/compile.ts'
import { Report } from '../src/diagnostics/diagnostic.ts'
import { followRequest } from '../src/trace/follow.ts'
import { whyNoKernel } from './helpers/kernel.ts'
import { readWorld } from './helpers/read-world.ts'

const AGENT = fileURLToPath(new URL('helpers/two-nodes/agent.py', import.meta.url))

const NODES = [
  { name: 'w1', address: '10.240.0.11', net: '10.65.1.0/26', pods: ['a1', 'b1', 'c1', 'd1'] },
  { name: 'w2', address: '10.240.0.12', net: '10.65.2.0/26', pods: ['a2', 'b2', 'c2', 'd2'] },
] as const

/** Nobody has it: nothing is sent there. */
const GATEWAY = '10.240.0.1'

const PORTS = [80, 443, 8080] as const

interface Pod {
  readonly name: string
  readonly node: string
  readonly address: string
}

const PODS: readonly Pod[] = NODES.flatMap(({ name: node, net, pods }) =>
  pods.map((name, index) => ({ name, node, address: net.replace('0/26', String(index + 10)) })),
)

/** `a`, `b`, `c` and `d` on each node, and policies that tell them apart by label, address, port, protocol and node. */
const INPUT = [
  'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {kubernetes.io/metadata.name: shop}}',
  ...NODES.map(
    ({ name, address }) =>
      `apiVersion: projectcalico.org/v3\nkind: Node\nmetadata: {name: ${name}}\nspec: {bgp: {ipv4Address: ${address}/24}}`,
  ),
  ...NODES.map(
    ({ name }) =>
      `apiVersion: projectcalico.org/v3\nkind: HostEndpoint\nmetadata: {name: ${name}-eth0, labels: {node: ${name}}}\nspec: {node: ${name}, interfaceName: eth0, profiles: [projectcalico-default-allow]}`,
  ),
  ...PODS.map(
    ({ name, node, address }) =>
      `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}, namespace: shop, labels: {app: ${name.charAt(0)}, name: ${name}}}\nspec: {nodeName: ${node}, containers: [{name: c}]}\nstatus: {phase: Running, podIP: ${address}, podIPs: [{ip: ${address}}]}`,
  ),
  'apiVersion: projectcalico.org/v3\nkind: IPPool\nmetadata: {name: pods}\nspec: {cidr: 10.65.0.0/16, natOutgoing: true}',
  `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: to-a, namespace: shop}
spec:
  podSelector: {matchLabels: {app: a}}
  policyTypes: [Ingress]
  ingress:
  - from: [{podSelector: {matchLabels: {app: b}}}]
    ports: [{port: 80}, {port: 443, protocol: UDP}]
  - from: [{ipBlock: {cidr: 10.240.0.11/32}}]`,
  `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: from-c, namespace: shop}
spec:
  podSelector: {matchLabels: {app: c}}
  policyTypes: [Egress]
  egress:
  - to: [{podSelector: {matchLabels: {name: d2}}}]
  - to: [{ipBlock: {cidr: 10.240.0.0/24}}]
    ports: [{port: 443}]`,
  `apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: w2-forward}
spec:
  selector: node == 'w2'
  order: 10
  applyOnForward: true
  types: [Ingress, Egress]
  ingress:
  - {action: Deny, protocol: TCP, destination: {ports: [8080]}}
  - {action: Deny, protocol: UDP, source: {selector: "name == 'd1'"}}
  - {action: Allow}
  egress:
  - {action: Deny, protocol: UDP, destination: {ports: [8080]}}
  - {action: Allow}`,
  `apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: w1-untracked}
spec:
  selector: node == 'w1'
  order: 5
  doNotTrack: true
  applyOnForward: true
  types: [Ingress, Egress]
  ingress:
  - {action: Allow, protocol: UDP, source: {nets: [10.240.0.12/32]}, destination: {ports: [443]}}
  egress:
  - {action: Allow, protocol: UDP, source: {ports: [80]}}`,
].join('\n---\n')

/** What `ip -json addr show` and `ip -json route` say of a node. */
function factsOf({ name, address }: (typeof NODES)[number]): { readonly host: string; readonly routes: string } {
  const own = PODS.filter(({ node }) => node === name)
  const interfaces = [
    { ifname: 'lo', flags: ['LOOPBACK', 'UP'], addr_info: [{ local: '127.0.0.1', prefixlen: 8 }] },
    { ifname: 'eth0', flags: ['UP'], addr_info: [{ local: address, prefixlen: 24 }] },
  ]
  const others = NODES.filter(node => node.name !== name)
  const routes = [
    { dst: 'default', gateway: GATEWAY, dev: 'eth0' },
    { dst: '10.240.0.0/24', dev: 'eth0', prefsrc: address },
    ...others.map(node => ({ dst: node.net, gateway: node.address, dev: 'eth0' })),
    ...own.map(pod => ({ dst: pod.address, dev: INTERFACES.get(pod.name) })),
  ]
  return { host: JSON.stringify(interfaces), routes: JSON.stringify(routes) }
}

const INTERFACES = new Map(
  NODES.flatMap(({ name }) => {
    const result = compile({ files: [{ name: 'input.yaml', text: INPUT }], node: name })
    if (!result.ok) throw new Error(result.diagnostics.map(({ message }) => message).join('; '))
    return result.output.plan.workloads.map(workload => [workload.name.replace('shop/', ''), workload.interfaceName])
  }),
)

interface Probe {
  readonly id: string
  readonly from: string
  readonly to: string
  readonly port: number
  readonly proto: 'tcp' | 'udp'
}

const PROBES: readonly Probe[] = [...PODS.map(({ name }) => name), ...NODES.map(({ name }) => name)].flatMap(from =>
  [...PODS, ...NODES]
    .filter(({ name }) => name !== from)
    .flatMap(({ address: to }) =>
      PORTS.flatMap(port =>
        (['tcp', 'udp'] as const).map(proto => ({ id: `${from} ${to} ${port} ${proto}`, from, to, port, proto })),
      ),
    ),
)

const why = whyNoKernel() ?? (spawnSync('python3', ['--version']).status === 0 ? undefined : 'python3 is not installed')
if (why !== undefined) console.error(`SKIPPED: connections between two nodes are not made for real here: ${why}`)

t.test('what trace says of connections between two nodes is what becomes of them', { skip: why ?? false }, async t => {
  const facts = NODES.map(node => ({ node, ...factsOf(node) }))
  const folder = t.testdir({
    'input.yaml': INPUT,
    ...Object.fromEntries(
      facts.flatMap(({ node, host, routes }) => [
        [`${node.name}.json`, host],
        [`${node.name}-routes.json`, routes],
      ]),
    ),
  })
  const world = await readWorld({
    filename: [join(folder, 'input.yaml')],
    host: NODES.flatMap(({ name }) =>
      [`${name}.json`, `${name}-routes.json`].map(file => `${name}=${join(folder, file)}`),
    ),
  })
  const foreseen = new Map(
    PROBES.map(({ id, from, to, port, proto }) => {
      const report = new Report()
      const sender = NODES.some(({ name }) => name === from)
        ? { from: 'host', node: from }
        : { from: `pod/shop/${from}` }
      const result = followRequest(
        { ...sender, to, dport: String(port), proto },
        world,
        { withReply: true },
        undefined,
        report,
      )
      return [id, result?.verdict ?? report.diagnostics.map(({ message }) => message).join('; ')] as const
    }),
  )
  const plan = {
    nodes: facts.map(({ node, host, routes }) => {
      const result = compile({
        files: [{ name: 'input.yaml', text: INPUT }],
        node: node.name,
        host: [
          { name: 'host.json', text: host },
          { name: 'routes.json', text: routes },
        ],
      })
      if (!result.ok) throw new Error('the input does not compile')
      const { iptables, ipset } = result.output.versions[4].text
      return {
        name: node.name,
        address: node.address,
        gateway: GATEWAY,
        rules: iptables,
        sets: ipset,
        routes: NODES.filter(({ name }) => name !== node.name).map(({ net, address }) => [net, address]),
        pods: PODS.filter(pod => pod.node === node.name).map(pod => ({ ...pod, interface: INTERFACES.get(pod.name) })),
      }
    }),
    probes: PROBES,
  }
  const run = spawnSync('unshare', ['--net', '--mount', 'python3', AGENT], {
    input: JSON.stringify(plan),
    encoding: 'utf8',
  })
  t.equal(run.status, 0, run.stderr)
  const real = JSON.parse(run.stdout) as Readonly<Record<string, string>>
  const differences = PROBES.flatMap(({ id }) => {
    const isThrough = foreseen.get(id) === 'accept'
    return isThrough === (real[id] === 'connected')
      ? []
      : [`${id}: ${real[id] ?? 'nothing'}; trace says ${foreseen.get(id) ?? 'nothing'}`]
  })
  t.same(differences, [])
  t.ok(PROBES.length >= 400, `${PROBES.length} connections`)
  const outcomes = Object.values(real)
  for (const outcome of ['connected', 'timeout']) {
    const count = outcomes.filter(found => found === outcome).length
    t.ok(count > 50, `${count} ${outcome}`)
  }
})
