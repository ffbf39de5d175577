// Who reaches whom, over all packets: against the words of the API, a plain reading of policy, and the walk of single packets.

import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { fromJSONSchema } from 'zod'
import { ALL, type Bdd, NONE } from '../src/analysis/sets/bdd.ts'
import { rangeSet } from '../src/analysis/sets/field-sets.ts'
import { portWords } from '../src/answers/reach/port-words.ts'
import type { Resource } from '../src/model/ast/resources.ts'
import { clusterReach } from '../src/cluster-reach.ts'
import type { NodePlan } from '../src/model/plan.ts'
import { PolicyEvaluator } from './helpers/policy-evaluator.ts'
import { runCommand as run } from './helpers/run-command.ts'
import { strictSchema } from './helpers/strict-schema.ts'
import { semanticsOf } from './helpers/release-semantics.ts'
import { mustReach, reaches } from './helpers/reach.ts'
import { mustFollow, readWorld } from './helpers/read-world.ts'
import { isOutside, OUTSIDE, PROBED, reachClusterSample, sendersOf } from './helpers/reach-clusters.ts'
import { isAllowed, PODS, PORTS, shapeInput, SHAPES } from './helpers/network-policy-shapes.ts'

t.test('every shape of a Kubernetes policy means what the API says', async t => {
  let [connections, allowed] = [0, 0]
  const differences: string[] = []
  for (const { title, policies } of SHAPES) {
    const reach = mustReach(shapeInput(policies)).reach(4)
    for (const from of PODS) {
      for (const to of PODS) {
        if (from === to) continue
        for (const { port, protocol, number } of PORTS) {
          const found = reaches(reach, { from: from.address, to: to.address, protocol: number, port })
          const isRight = isAllowed(policies, from, to, port, protocol)
          connections++
          if (isRight) allowed++
          if (found !== (isRight ? 'yes' : 'no'))
            differences.push(
              `${title}: ${from.namespace}/${from.name} to ${to.namespace}/${to.name}, ${protocol} ${port}: ${found}`,
            )
        }
      }
    }
  }
  t.same(differences.slice(0, 10), [], `${differences.length} of ${connections}`)
  t.ok(SHAPES.length >= 230, `${SHAPES.length} shapes`)
  t.equal(connections, SHAPES.length * 72 * 6)
  t.ok(allowed > connections / 10 && allowed < (connections * 9) / 10, `${allowed} of ${connections} are allowed`)
})

/** As many as show something: more find no more. */
const SAMPLES = 30

t.test('pods reach each other exactly where a plain reading of the policies lets them', async t => {
  let [connections, allowed] = [0, 0]
  const differences: string[] = []
  for (let seed = 1; seed <= SAMPLES; seed++) {
    const { text, pods } = reachClusterSample(seed, 'kubernetes')
    const answer = mustReach(text)
    const reach = answer.reach(4)
    const evaluators = new Map(answer.plans.map(plan => [plan.nodeName, plainReading(plan, answer.resources)]))
    for (const from of pods) {
      for (const to of pods) {
        if (from === to) continue
        for (const { protocol, port } of PROBED) {
          const packet = {
            ipVersion: 4,
            source: from.address,
            destination: to.address,
            protocol,
            sourcePort: 40000,
            destinationPort: port,
          } as const
          const passes = (node: string, inInterface: string, outInterface: string): boolean =>
            evaluators.get(node)?.evaluator.decide(packet, { kind: 'forward', inInterface, outInterface }, 'NEW') !==
            'drop'
          const [sender, receiver] = [interfaceOf(evaluators, from), interfaceOf(evaluators, to)]
          const isRight =
            from.node === to.node
              ? passes(from.node, sender, receiver)
              : passes(from.node, sender, 'eth0') && passes(to.node, 'eth0', receiver)
          const found = reaches(reach, { from: from.address, to: to.address, protocol, port })
          connections++
          if (isRight) allowed++
          if (found !== (isRight ? 'yes' : 'no'))
            differences.push(`seed ${seed}: ${from.name} to ${to.name}, ${protocol}/${port}: ${found}`)
        }
      }
    }
  }
  t.same(differences.slice(0, 10), [], `${differences.length} of ${connections}`)
  t.ok(allowed > connections / 10 && allowed < (connections * 9) / 10, `${allowed} of ${connections} are allowed`)
})

interface PlainReading {
  readonly evaluator: PolicyEvaluator
  readonly interfaces: ReadonlyMap<string, string>
}

function plainReading(plan: NodePlan, resources: readonly Resource[]): PlainReading {
  const interfaces = new Map(plan.workloads.map(({ name, interfaceName }) => [name, interfaceName]))
  const evaluator = new PolicyEvaluator(
    {
      resources,
      nodeName: plan.nodeName,
      host: { interfaces: [] },
      config: plan.config,
      semantics: semanticsOf(plan.release.name),
      hasVxlan: () => false,
      interfaceOf: ({ namespace, name }) => interfaces.get(`${namespace}/${name}`),
    },
    [],
  )
  return { evaluator, interfaces }
}

function interfaceOf(
  readings: ReadonlyMap<string, PlainReading>,
  { namespace, name, node }: { readonly namespace: string; readonly name: string; readonly node: string },
): string {
  const found = readings.get(node)?.interfaces.get(`${namespace}/${name}`)
  if (found === undefined) throw new Error(`${name} has no interface`)
  return found
}

t.test('a connection that is traced ends as the sets say', async t => {
  const counts = { yes: 0, no: 0, perhaps: 0 }
  const differences: string[] = []
  for (let seed = 1; seed <= SAMPLES; seed++) {
    const sample = reachClusterSample(seed, 'calico')
    const { text, pods, nodes } = sample
    const reach = mustReach(text).reach(4)
    const world = await readWorld({ filename: [join(t.testdir({ 'input.yaml': text }), 'input.yaml')] })
    const receivers = [...pods, ...nodes, ...OUTSIDE.map(address => ({ address }))].map(({ address }) => address)
    for (const { address, request } of sendersOf(sample)) {
      for (const to of receivers) {
        if (address === to || (isOutside(address) && isOutside(to))) continue
        for (const { protocol, name, port } of PROBED) {
          const receiver = nodes.find(node => node.address === to)?.name
          const start = isOutside(address) && receiver !== undefined ? { node: receiver } : {}
          const words = { ...request, ...start, to, proto: name, dport: String(port) }
          const result = mustFollow(words, world)
          const found = reaches(reach, { from: address, to, protocol, port })
          counts[found]++
          const isRight = { yes: ['accept'], no: ['drop', 'reject'], perhaps: [result.verdict] }[found]
          if (!isRight.includes(result.verdict))
            differences.push(`seed ${seed}: ${JSON.stringify(words)}: trace says ${result.verdict}, reach ${found}`)
        }
      }
    }
  }
  const total = counts.yes + counts.no + counts.perhaps
  t.same(differences.slice(0, 10), [], `${differences.length} of ${total}`)
  const shares = JSON.stringify(counts)
  t.ok(counts.yes > total / 10 && counts.no > total / 10 && counts.perhaps < total / 10, shares)
})

const REACH = ['reach', '-q']

/** Apps of `namespaces` teams, three pods each, that let in those of the app before them. */
function teams(pods: number, namespaces: number): string {
  const documents: object[] = [
    {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'n0' },
      status: { addresses: [{ type: 'InternalIP', address: '192.0.2.1' }] },
    },
  ]
  for (let i = 0; i < pods; i++) {
    const app = `app-${Math.floor(i / 3)}`
    const address = `10.0.${i >> 8}.${i & 255}`
    documents.push({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: `${app}-${i % 3}`, namespace: `team-${Math.floor(i / 3) % namespaces}`, labels: { app } },
      spec: { nodeName: 'n0', containers: [{ name: 'c', image: 'x' }] },
      status: { phase: 'Running', podIP: address, podIPs: [{ ip: address }] },
    })
  }
  for (let i = 0; i < pods / 3; i++) {
    documents.push({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: `app-${i}`, namespace: `team-${i % namespaces}` },
      spec: {
        podSelector: { matchLabels: { app: `app-${i}` } },
        ingress: [
          {
            from: [{ podSelector: { matchLabels: { app: `app-${i - 1}` } }, namespaceSelector: {} }],
            ports: [{ port: 8000 + i }],
          },
        ],
      },
    })
  }
  return documents.map(document => JSON.stringify(document)).join('\n---\n')
}

t.test('the table can be read at 80 columns, however many pods there are', async t => {
  for (const [pods, namespaces, wanted] of [
    [3, 1, /^ {2}1 {2}all 3 pods +\. +\*/m],
    [30, 2, /^ {2}6 {2}team-1\/app-1-\* \(3 pods\) +\. +f +\. /m],
    [300, 5, /^ {2}1 {2}team-0 +\. +[a-z]~/m],
    [300, 1, /^team-0\/app-0-\* \(3 pods\) +team-0\/app-1-\* \(3 pods\) +TCP 8001$/m],
  ] as const) {
    const { code, out } = await run([...REACH, '-f', '-'], { input: teams(pods, namespaces) })
    t.equal(code, 0)
    const lines = out.split('\n')
    t.same(
      lines.filter(line => line.length > 80),
      [],
      `${pods} pods in ${namespaces}`,
    )
    t.ok(lines.length < 80, `${lines.length} lines for ${pods} pods`)
    t.match(out, wanted, `${pods} pods in ${namespaces}`)
    t.match(out, new RegExp(`\\n${pods} pods in ${Math.ceil(pods / 3)} groups?, `))
  }
})

t.test('one answer in every form', async t => {
  const input = teams(6, 1)
  const print = async (...args: readonly string[]): Promise<string> => {
    const { code, out, err } = await run([...REACH, '-f', '-', ...args], { input })
    t.equal(code, 0, err)
    return out
  }
  const from = ['--from', "selector app == 'app-0'"]
  t.equal(
    await print(...from, '-o', 'csv'),
    'from,to,ports,some,perhaps\nteam-0/app-0-* (3 pods),team-0/app-1-* (3 pods),TCP 8001,,\nteam-0/app-0-* (3 pods),world,all but tunnels,,\n',
  )
  t.equal(
    await print(...from, '-o', 'wide'),
    `FROM                     TO                       PORTS
team-0/app-0-* (3 pods)  team-0/app-1-* (3 pods)  TCP 8001
team-0/app-0-* (3 pods)  world                    all but tunnels

6 pods in 2 groups, 2 connections, IPv4
`,
  )
  t.match(
    await print(...from, '--to', 'team-0/app-0-*', '--port', '9', '-o', 'wide'),
    /^nothing gets through\n\n3 pods in 1 group, /,
    'others reach each other',
  )
  t.match(await print(...from, '--port', '8001', '-o', 'dot'), /\n {2}g0 -> g1 \[label="TCP 8001"\]\n/)
  t.match(
    await print(...from, '--port', '8001', '-o', 'mermaid'),
    /^flowchart LR\n {2}g0\["team-0\/app-0-\* \(3 pods\)"\]\n/,
  )
  const schema = fromJSONSchema(
    strictSchema(fileURLToPath(new URL('../docs/schemas/reach.schema.json', import.meta.url))),
  )
  for (const args of [[], from, ['--to', 'host/n0'], ['--from', 'world', '--port', 'udp/53']]) {
    const found = schema.safeParse(JSON.parse(await print(...args, '-o', 'json')))
    t.ok(found.success, found.success ? args.join(' ') : found.error.message)
  }
  const { groups, connections } = JSON.parse(await print(...from, '-o', 'json'))
  t.match(groups[0], { id: 0, kind: 'pods', pods: ['team-0/app-0-0', 'team-0/app-0-1', 'team-0/app-0-2'] })
  t.match(connections[0], {
    from: 0,
    to: 1,
    ports: { text: 'TCP 8001', allow: [{ protocols: ['TCP'], ports: ['8001'] }] },
  })
  for (const list of ['--open', '--isolated']) t.equal(await print(list, '-o', 'json'), await print('-o', 'json'), list)
  t.match(await print('--open'), /^nothing is open to everybody$/m)
  t.match(await print('--isolated'), /^nobody reaches\n {2}team-0\/app-0-\* \(3 pods\)\n/)
  t.match(
    await print('--to', 'host/n0', '--from', 'world'),
    /^ +w +world +\*$/m,
    'a node is told of where it is asked for',
  )
})

/** Somebody of every kind of party, in both IP versions or in one. */
const EVERY_KIND = `
apiVersion: v1
kind: Node
metadata: {name: w1}
status: {addresses: [{type: InternalIP, address: 192.168.0.1}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {nodeName: w1, containers: [{name: c, image: x}]}
status: {phase: Running, podIP: 10.65.0.1, podIPs: [{ip: 10.65.0.1}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}}
spec: {nodeName: w1, containers: [{name: c, image: x}]}
status: {phase: Running, podIP: 10.65.0.2, podIPs: [{ip: 10.65.0.2}, {ip: "fd00:65::2"}]}
---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkSet
metadata: {name: office}
spec: {nets: [198.51.100.0/24, "2001:db8:1::/48"]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {clusterIP: 10.96.0.10, clusterIPs: [10.96.0.10], selector: {app: web}, ports: [{port: 80, targetPort: 9000}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  podSelector: {matchLabels: {app: web}}
  ingress:
  - {ports: [{port: 8080}, {port: 53, protocol: UDP}], from: [{ipBlock: {cidr: 198.51.100.0/25}}]}
  - {ports: [{port: 9000}]}
`

t.test('every kind of party has its own name in every form', async t => {
  const some = ',TCP 9000,TCP 8080 and UDP 53 (from 198.51.100.0/25),,'
  const rows: readonly (readonly [from: string, to: string, csv: readonly string[]])[] = [
    ['pod/shop/db', 'shop/web', ['shop/db,shop/web,TCP 9000,,,']],
    ['namespace/shop', 'shop/web', ['shop/db,shop/web,TCP 9000,,,']],
    [`selector app == 'db'`, 'shop/web', ['shop/db,shop/web,TCP 9000,,,']],
    ['host/w1', 'shop/web', ['host/w1,shop/web,everything,,,']],
    ['world', 'shop/web', [`world,shop/web${some}`]],
    ['networkset/office', 'shop/web', [`networkset/office,shop/web${some}`]],
    ['198.51.100.0/25', 'shop/web', ['198.51.100.0/25,shop/web,TCP 8080, 9000; UDP 53,,,']],
    ['10.65.0.0/16', 'shop/web', ['shop/db,shop/web,TCP 9000,,,', 'rest of 10.65.0.0/16,shop/web,TCP 9000,,,']],
    [
      'anywhere',
      'shop/web',
      ['shop/db,shop/web,TCP 9000,,,', 'host/w1,shop/web,everything,,,', `rest of anywhere,shop/web${some}`],
    ],
    ['shop/db', 'service/shop/web', ['shop/db,service/shop/web,TCP 80,,,']],
    ['shop/db', 'networkset/office', ['shop/db,networkset/office,all but tunnels,,,']],
    ['shop/db', 'world', ['shop/db,world,all but tunnels,,,']],
    ['networkset/office', '10.65.0.1', [`networkset/office,shop/web${some}`]],
    ['2001:db8:1::/48', 'namespace/shop', ['2001:db8:1::/48,shop/db,everything,,']],
    ['networkset/office', 'fd00:65::2', ['networkset/office,shop/db,everything,,']],
  ]
  for (const [from, to, wanted] of rows) {
    const print = async (format: string): Promise<string> => {
      const { code, out, err } = await run([...REACH, '-f', '-', '--from', from, '--to', to, '-o', format], {
        input: EVERY_KIND,
      })
      t.equal(code, 0, err)
      return out
    }
    const question = `${from} to ${to}`
    const [, ...csv] = (await print('csv')).trimEnd().split('\n')
    t.strictSame(
      csv.map(line => line.replaceAll('"', '')),
      wanted,
      question,
    )
    const pairs = wanted.map(line => line.split(',').slice(0, 2))
    const { groups, connections } = JSON.parse(await print('json')) as {
      readonly groups: readonly { readonly id: number; readonly name: string }[]
      readonly connections: readonly Readonly<Record<'from' | 'to', number>>[]
    }
    const nameOf = (id: number): string | undefined => groups.find(group => group.id === id)?.name
    t.strictSame(
      connections.map(connection => [nameOf(connection.from), nameOf(connection.to)]),
      pairs,
      `${question}, JSON`,
    )
    const wide = (await print('wide')).split('\n').slice(1, 1 + pairs.length)
    t.strictSame(
      wide.map(line => line.split(/ {2,}/).slice(0, 2)),
      pairs,
      `${question}, wide`,
    )
    const dot = await print('dot')
    // Of quoted text of Graphviz: no backslash but before a quote, another one, or the n of a new line.
    for (const [label] of dot.matchAll(/(?<=label=).*(?=\]|, style)/g)) t.match(label, /^"(?:[^"\\]|\\["n])*"$/)
    const mermaid = await print('mermaid')
    for (const name of pairs.flat()) {
      t.ok(dot.includes(`[label="${name}"]`), `${question}, dot: ${name}`)
      t.ok(mermaid.includes(`["${name}"]`), `${question}, mermaid: ${name}`)
    }
  }
})

t.test('an answer is about the IP version of the parties, and says who has none', async t => {
  for (const [args, ipVersion, nobody] of [
    [[], 4, []],
    [['--from', '2001:db8::/32'], 6, []],
    [['--to', 'fd00:65::2'], 6, []],
    [['--from', 'networkset/office', '--to', 'shop/web'], 4, []],
    [['-6', '--to', 'shop/web'], 6, ['--to']],
    [['--from', '2001:db8::/32', '--to', 'shop/web'], 4, ['--from']],
    [['-6', '--to', 'service/shop/web'], 6, ['--to']],
  ] as const) {
    const { code, out, err } = await run(['reach', '-f', '-', ...args], { input: EVERY_KIND })
    t.match({ code, out }, { code: 0, out: new RegExp(`, IPv${ipVersion}\\b`) }, args.join(' '))
    t.strictSame(
      [...err.matchAll(/nobody of `(--[a-z]+)` has an IPv(\d)/g)].map(([, option, version]) => [option, version]),
      nobody.map(option => [option, String(ipVersion)]),
    )
  }
})

t.test('sets of ports are told without counting protocols, each port once', t => {
  const headers = mustReach(EVERY_KIND).reach(4).headers
  const { space } = headers
  const { store } = space
  const on = (protocol: number, first: number, last: number): Bdd =>
    store.and(headers.protocols([protocol]), rangeSet(store, space.fields.destinationPort, [{ first, last }]))
  const [tcp80, udp] = [on(6, 80, 80), headers.protocols([17])]
  for (const [set, wanted, most] of [
    [ALL, 'everything'],
    [NONE, 'nothing'],
    [tcp80, 'TCP 80'],
    [store.or(tcp80, udp), 'TCP 80; UDP'],
    [store.not(store.or(tcp80, on(17, 4789, 4789))), 'all but TCP 80 and UDP 4789'],
    [store.minus(headers.protocols([6]), tcp80), 'TCP except 80'],
    [store.not(store.minus(headers.protocols([6]), tcp80)), 'all but TCP 0-79, 81-65535'],
    [
      store.and(headers.protocols([6, 17, 33, 132, 136]), store.not(headers.protocols([47]))),
      'TCP+UDP+protocol 33+SCTP+UDPLite',
    ],
    [store.union([1, 3, 5, 7].map(port => on(6, port, port))), 'TCP 1, 3 and 2 more', 2],
    [store.or(on(1, 8 * 256, 8 * 256 + 255), on(6, 2048, 2303)), 'ICMP 8; TCP 2048-2303'],
  ] as const)
    t.equal(portWords(space, set, most), wanted)
  t.end()
})

t.test('a question that cannot be asked is refused', async t => {
  const input = teams(6, 1)
  for (const [args, wanted] of [
    [['--from', 'team-0/app-0-9'], /`--from`: the input has no pod `team-0\/app-0-9`/],
    [['--to', 'nobody', '--port', '99999'], /`--to`: [^]*`--port`: `99999` is no port/],
    [['--open', '-o', 'csv'], /option '--open' cannot be used with '-o csv'/],
    [['--open', '--isolated'], /cannot be used with/],
    [['-o', 'tabel'], /Did you mean `table`/],
  ] as const) {
    const { code, out, err } = await run([...REACH, '-f', '-', ...args], { input })
    t.match({ code, out, err }, { code: 2, out: '', err: wanted }, args.join(' '))
  }
})

t.test('what nodes say of themselves counts for each of them, or is asked for', async t => {
  const documents = [
    ...[1, 2].flatMap(i => [
      {
        apiVersion: 'v1',
        kind: 'Node',
        metadata: { name: `n${i}` },
        status: { addresses: [{ type: 'InternalIP', address: `192.0.2.${i}` }] },
      },
      {
        apiVersion: 'projectcalico.org/v3',
        kind: 'HostEndpoint',
        metadata: { name: `n${i}-eth1`, labels: { host: 'yes' } },
        spec: { node: `n${i}`, interfaceName: 'eth1', expectedIPs: [`192.0.2.${i}`] },
      },
    ]),
    {
      apiVersion: 'projectcalico.org/v3',
      kind: 'GlobalNetworkPolicy',
      metadata: { name: 'shut' },
      spec: { selector: "host == 'yes'", types: ['Ingress'] },
    },
  ]
  const link = (ifname: string, local: string): string =>
    JSON.stringify([{ ifname, flags: ['UP'], addr_info: [{ local, prefixlen: 24 }] }])
  const folder = t.testdir({
    'input.yaml': documents.map(document => JSON.stringify(document)).join('\n---\n'),
    'one.json': link('eth1', '192.0.2.1'),
    'two.json': link('eth0', '192.0.2.2'),
    'three.json': link('eth0', '198.51.100.2'),
  })
  const file = (name: string): string => join(folder, name)
  const ask = async (to: string, ...hosts: readonly string[]): Promise<{ code: number; out: string; err: string }> =>
    run([
      ...[...REACH, '-f', file('input.yaml'), '--from', 'world', '--to', to, '--port', '80', '-o', 'csv'],
      ...hosts.flatMap(host => ['--host', host]),
    ])
  t.match(await ask('host/n2'), { code: 0, out: /^world,host\/n2,,,TCP 80$/m }, 'nobody says by which interface')
  const both = [`n1=${file('one.json')}`, `n2=${file('two.json')}`]
  t.match(await ask('host/n2', ...both), { code: 0, out: /^world,host\/n2,TCP 80,,$/m }, 'by one without an endpoint')
  t.match(await ask('host/n1', ...both), { code: 0, out: 'from,to,ports,some,perhaps\n' }, 'by the one that is shut')
  t.match(
    await ask('host/n2', file('two.json')),
    { code: 0, out: /^world,host\/n2,TCP 80,,$/m },
    'its address says whose',
  )
  t.match(await ask('host/n2', file('three.json')), {
    code: 2,
    out: '',
    err: /of which of 2 nodes the facts of `--host` are is not clear .*--host NODE=FILE; the input names `n1` and `n2`/,
  })
  t.match(await ask('host/n2', `n3=${file('two.json')}`), { code: 2, out: '', err: /does not name a node `n3`/ })
  const found = await run(['reach', '-f', folder, '--from', 'world', '--to', 'host/n2'])
  t.match(found, { code: 0, err: /left out: they are of several nodes; choose with --host/ })
  const lockouts = await run(['lockout', '-q', '-f', file('input.yaml'), ...both.flatMap(host => ['--host', host])])
  t.match(lockouts, { code: 0, out: /^node n1, host endpoint n1-eth1 .*\n.*SSH .*fail-safe.*\n[^]*^node n2/m })
})

/** Two pods of one namespace on the first of these nodes, one on the second, and nodes that have nothing but two addresses. */
function nodesOfTwoAddresses(count: number, from: readonly string[]): string {
  const pod = (name: string, node: number): string =>
    `{apiVersion: v1, kind: Pod, metadata: {name: ${name}, namespace: shop}, spec: {nodeName: n${node}, containers: [{name: c, image: x}]}, status: {phase: Running, podIP: 10.0.${node}.${name.length}}}`
  const nodes = Array.from(
    { length: count },
    (_, i) =>
      `{apiVersion: v1, kind: Node, metadata: {name: n${i}, annotations: {projectcalico.org/IPv4VXLANTunnelAddr: 10.9.${i}.1}}, status: {addresses: [{type: InternalIP, address: 192.0.2.${i}}]}}`,
  )
  const peers = from.map(cidr => `{ipBlock: {cidr: ${cidr}}}`).join(', ')
  const policy = `{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: p, namespace: shop}, spec: {podSelector: {}, ingress: [{from: [{podSelector: {}}, ${peers}], ports: [{port: 80}]}]}}`
  const namespace = '{apiVersion: v1, kind: Namespace, metadata: {name: shop}}'
  return [namespace, ...nodes, pod('a', 0), pod('bb', 0), pod('ccc', 1), policy].join('\n---\n')
}

t.test('a node is reached, and reaches others, for sure where it does by each of its addresses', async t => {
  for (const [from, ports, perhaps] of [
    [['192.0.2.0/32'], '', 'TCP 80'],
    [['10.9.0.1/32'], '', 'TCP 80'],
    [['192.0.2.0/24', '10.9.0.1/32'], 'TCP 80', ''],
    [['192.0.2.1/32', '10.9.1.1/32'], undefined, undefined],
  ] as const) {
    const input = nodesOfTwoAddresses(3, from)
    const { out } = await run([...REACH, '-f', '-', '--from', 'host/n0', '--to', 'shop/ccc', '-o', 'csv'], { input })
    const line = ports === undefined ? '' : `host/n0,shop/ccc,${ports},,${perhaps}\n`
    t.equal(out, `from,to,ports,some,perhaps\n${line}`, from.join(' '))
  }
})

t.test('nodes of which only addresses are known cost what they say, whatever others say', t => {
  const sizeWith = (nodes: number): number => {
    const text = nodesOfTwoAddresses(nodes, ['192.0.2.0/24'])
    const result = clusterReach({ files: [{ name: 'input.yaml', text }], node: 'n0' })
    if (!result.ok) throw new Error('not an input')
    return result.answer.reach(4).headers.space.store.size
  }
  const [few, more, many] = [sizeWith(20), sizeWith(40), sizeWith(80)]
  t.ok(many < 20_000 && many - more < 3 * (more - few), `${few}, ${more}, ${many} nodes of sets`)
  t.end()
})
