// Twice as much of anything takes each command about twice the work: counted in the code under test, never timed.

import { countWorkOf } from './helpers/count-work.ts'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { calico, hostEndpoint, hostJson, mustCompile, pod, policy } from './helpers/build.ts'
import { runCommand } from './helpers/run-command.ts'

const WORLD = [
  '{apiVersion: v1, kind: Node, metadata: {name: node-1}, status: {addresses: [{type: InternalIP, address: 192.168.0.1}]}}',
  '{apiVersion: v1, kind: Namespace, metadata: {name: default}}',
  pod('web', '10.65.255.1', { app: 'web' }),
  pod('client', '10.65.255.2', { app: 'client' }),
  hostEndpoint('host', { host: 'yes' }, 'interfaceName: eth0, expectedIPs: [192.168.0.1]'),
]

const net = (index: number): string => `10.${index >> 8}.${index & 255}.0/24`
const address = (index: number): string => `10.65.${index >> 8}.${index & 255}`
const ingress = (rules: readonly string[], selector = 'all()'): string =>
  `{selector: ${JSON.stringify(selector)}, types: [Ingress], ingress: [${rules.join(', ')}]}`
const many = (count: number, one: (index: number) => string): readonly string[] =>
  Array.from({ length: count }, (_, index) => one(index))
const namespaced = (name: string, spec: string): string => calico('NetworkPolicy', name, spec, ', namespace: default')

/** What there is more and more of, as resources beside those of `WORLD`. */
const THINGS: Readonly<Record<string, (count: number) => readonly string[]>> = {
  policies: count =>
    many(count, index =>
      namespaced(
        `p${index}`,
        ingress([
          `{action: Allow, protocol: TCP, source: {nets: [${net(index)}]}, destination: {ports: [${index + 1}]}}`,
        ]),
      ),
    ),
  'policies of other pods': count =>
    many(count, index =>
      namespaced(`p${index}`, ingress([`{action: Allow, source: {selector: a == "x${index}"}}`], `app == "a${index}"`)),
    ),
  rules: count => [
    namespaced('p', ingress(many(count, index => `{action: Allow, protocol: TCP, source: {nets: [${net(index)}]}}`))),
  ],
  'rules with selectors': count => [
    namespaced('p', ingress(many(count, index => `{action: Allow, source: {selector: 'a == "x${index}"'}}`))),
  ],
  'rules behind one that takes all': count => [
    namespaced(
      'p',
      ingress(['{action: Allow}', ...many(count, index => `{action: Deny, source: {nets: [${net(index)}]}}`)]),
    ),
  ],
  pods: count => [
    ...many(count, index => pod(`p${index}`, address(index), { app: `a${index % 10}` })),
    ...many(10, index =>
      namespaced(
        `p${index}`,
        ingress([`{action: Allow, source: {selector: 'app == "a${index + 1}"'}}`], `app == "a${index}"`),
      ),
    ),
  ],
  'nets of a set': count => [
    calico('GlobalNetworkSet', 's', `{nets: [${many(count, net).join(', ')}]}`, ', labels: {k: v}'),
    policy('p', ingress([`{action: Allow, source: {selector: 'k == "v"'}}`])),
  ],
  'network sets': count => [
    ...many(count, index =>
      calico('GlobalNetworkSet', `s${index}`, `{nets: [${net(index)}]}`, `, labels: {k: v${index % 10}}`),
    ),
    ...many(10, index => policy(`p${index}`, ingress([`{action: Allow, source: {selector: 'k == "v${index}"'}}`]))),
  ],
  'nets of a rule': count => [
    policy('p', ingress([`{action: Allow, source: {nets: [${many(count, net).join(', ')}]}}`])),
  ],
  'ports of a rule': count => [
    policy(
      'p',
      ingress([
        `{action: Allow, protocol: TCP, destination: {ports: [${many(count, index => `${2 * index + 1}`).join(', ')}]}}`,
      ]),
    ),
  ],
  tiers: count => [
    ...many(count, index => calico('Tier', `t${index}`, `{order: ${index}}`)),
    ...many(count, index =>
      policy(`t${index}.p`, `{tier: t${index}, selector: all(), types: [Ingress], ingress: [{action: Pass}]}`),
    ),
  ],
  'host endpoints': count =>
    many(count, index =>
      hostEndpoint(
        `h${index}`,
        { host: 'yes' },
        `interfaceName: e${index}, expectedIPs: [172.20.${index >> 8}.${index & 255}]`,
      ),
    ),
  Services: count =>
    many(count, index =>
      [
        `{apiVersion: v1, kind: Service, metadata: {name: s${index}, namespace: default}, spec: {type: NodePort, clusterIP: 10.96.${index >> 8}.${index & 255}, selector: {app: web}, ports: [{port: 80, nodePort: ${30_000 + index}}]}}`,
        `{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: s${index}, namespace: default, labels: {kubernetes.io/service-name: s${index}}}, addressType: IPv4, ports: [{name: '', port: 80, protocol: TCP}], endpoints: [{addresses: [10.65.255.1], nodeName: node-1, conditions: {ready: true}, targetRef: {kind: Pod, name: web, namespace: default}}]}`,
      ].join('\n---\n'),
    ),
  mistakes: count =>
    many(count, index =>
      namespaced(`p${index}`, `{selectr: all(), types: [Ingres], ingress: [{action: allow, protocl: TCP}]}`),
    ),
  'mistakes of one policy': count => [
    namespaced('p', `{selectr: all(), ingress: [${many(count, () => '{}, {action: allow, ports: 80}').join(', ')}]}`),
  ],
  'mistakes of one Kubernetes policy': count => [
    `{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: p}, spec: {selectr: {}, podSelector: {}, ingress: [${many(count, () => '{ports: [{port: -1, protocol: x}, {prt: 1}]}, 1').join(', ')}]}}`,
  ],
}

/** What is asked of a file, and for `diff` of one that differs a little. */
const COMMANDS: Readonly<Record<string, (file: string, changed: string) => readonly string[]>> = {
  check: file => ['check', '--exact', file],
  fix: file => ['check', '--fix', '--dry-run', file],
  convert: file => ['convert', file],
  explain: file => ['explain', '--endpoint', 'pod/default/web', '--node', 'node-1', '-f', file],
  which: file => ['which', 'policies', '--endpoint', 'pod/default/web', '-f', file],
  trace: file => [
    'trace',
    '--from',
    'pod/default/client',
    '--to',
    'pod/default/web',
    '--dport',
    '80',
    '--steps',
    '--why-not',
    '--node',
    'node-1',
    '-f',
    file,
  ],
  reach: file => ['reach', '-f', file],
  open: file => ['reach', '--open', '-f', file],
  lockout: file => ['lockout', '-f', file],
  assert: file => ['assert', '--init', '-f', file],
  diff: (file, changed) => ['diff', file, changed, '--node', 'node-1'],
}

const CHANGE = namespaced(
  'added',
  '{selector: app == "web", order: 1, types: [Ingress], ingress: [{action: Deny, protocol: UDP}]}',
)

const OF_FILES: readonly string[] = ['check', 'fix', 'convert']

async function workOf(t: Test, command: string, resources: readonly string[]): Promise<number> {
  const all = [...WORLD, ...resources].join('\n---\n')
  const folder = t.testdir({
    'a.yaml': all,
    'b.yaml': `${all}\n---\n${CHANGE}`,
    'host.json': hostJson(['eth0', '192.168.0.1/24']),
  })
  const args = COMMANDS[command]?.(join(folder, 'a.yaml'), join(folder, 'b.yaml')) ?? []
  const facts = OF_FILES.includes(command) ? [] : ['--host', join(folder, 'host.json'), '--felix-env', 'none']
  return countWorkOf(async () => {
    const { code, err } = await runCommand([...args, ...facts])
    // A file with mistakes ends most commands, and that is counted too.
    if (code === 2) t.match(err, /selectr/, command)
  })
}

/** Where 30 are not enough to see how it goes on: up to 300 rules of a chain are looked at more closely. */
const STARTS: Readonly<Record<string, number>> = { policies: 90, rules: 160, 'rules with selectors': 160 }

t.test('what is made once is made before anything is counted', async t => {
  for (const command of Object.keys(COMMANDS)) t.ok((await workOf(t, command, [])) > 0, command)
})

t.test('twice as much of anything takes each command twice the work', async t => {
  for (const [things, make] of Object.entries(THINGS)) {
    await t.test(things, async t => {
      const start = STARTS[things] ?? 30
      for (const command of Object.keys(COMMANDS)) {
        const [one = 0, two = 0, four = 0] = [
          await workOf(t, command, make(start)),
          await workOf(t, command, make(2 * start)),
          await workOf(t, command, make(4 * start)),
        ]
        // What does not depend on it falls out. Twice as much where the work grows with it, four times where with its square.
        const ratio = (four - two) / (two - one)
        t.ok(
          ratio < 3 || four - two < two / 10,
          `${command}: ${ratio.toFixed(2)} times (${one} steps, then ${two}, then ${four})`,
        )
      }
    })
  }
})

/** What somebody may have put into table filter of a node, more and more of it, at its end. */
const STRANGE: Readonly<Record<string, (index: number) => string>> = {
  "rules in a chain of Calico's": index => `-A cali-FORWARD -s ${net(index)} -j DROP`,
  'the same rule again and again': () => '-A cali-FORWARD -s 192.0.2.0/24 -j DROP',
  'beginnings of interfaces': index => `-A cali-FORWARD -i x${index}+ -j DROP`,
  "rules before Calico's": index => `-I FORWARD -s ${net(index)} -j DROP`,
  'lists of nets': index => `-I FORWARD -s ${net(index)},192.0.2.${index} -j DROP`,
  "rules behind Calico's": index => `-A FORWARD -s ${net(index)} -j DROP`,
  'chains of their own': index =>
    `:own${index} - [0:0]\n-A own${index} -p udp -j DROP\n-A cali-FORWARD -s ${net(index)} -j own${index}`,
  "chains that look like Calico's": index => `:cali-x${index} - [0:0]\n-A cali-x${index} -s ${net(index)} -j DROP`,
}

t.test('twice as much that somebody put into a node takes an audit of it twice the work', async t => {
  const input = WORLD.join('\n---\n')
  const host = hostJson(['eth0', '192.168.0.1/24'])
  const { iptables = '', ipset = '' } = mustCompile(WORLD, { host }).versions[4]?.text ?? {}
  const auditWork = async (more: readonly string[]): Promise<number> => {
    const save = iptables.replace(/^\*filter[^]*?(?=^COMMIT)/m, table => [table, ...more, ''].join('\n'))
    const folder = t.testdir({ 'a.yaml': input, 'host.json': host, 'v4.save': save, 'sets.save': ipset })
    const at = (name: string): string => join(folder, name)
    const on = ['--host', at('host.json'), '--rules', at('v4.save'), '--sets', at('sets.save')]
    return countWorkOf(async () => {
      const { code, out, err } = await runCommand(['audit', '-f', at('a.yaml'), '--felix-env', 'none', ...on])
      if (code !== (more.length === 0 ? 0 : 1) || out.includes('effect, IPv4: not known')) throw new Error(err)
    })
  }
  t.ok((await auditWork([])) > 0, 'what is made once is made before anything is counted')
  for (const [things, make] of Object.entries(STRANGE)) {
    const [one = 0, two = 0, four = 0] = [
      await auditWork(many(40, make)),
      await auditWork(many(80, make)),
      await auditWork(many(160, make)),
    ]
    const ratio = (four - two) / (two - one)
    t.ok(
      // Some differences are tried one by one, and how much that is depends on which nets they have.
      ratio < 3 || four - two < two / 5,
      `${things}: ${ratio.toFixed(2)} times (${one} steps, then ${two}, then ${four})`,
    )
  }
})

t.test('twice as many interfaces of a node take a comparison twice the work', async t => {
  const all = WORLD.join('\n---\n')
  const diffWork = (count: number): Promise<number> => {
    const names = many(count, index => `e${index}`)
    const folder = t.testdir({
      'a.yaml': all,
      'b.yaml': `${all}\n---\n${CHANGE}`,
      'host.json': hostJson(
        ['eth0', '192.168.0.1/24'],
        ...names.map((name, index) => [name, `${address(index)}/32`] as const),
      ),
    })
    const [before, after, host] = [join(folder, 'a.yaml'), join(folder, 'b.yaml'), join(folder, 'host.json')]
    return countWorkOf(async () => {
      const { code, err } = await runCommand(['diff', before, after, '--host', host, '--felix-env', 'none'])
      if (code !== 1) throw new Error(err)
    })
  }
  await diffWork(1)
  const [one = 0, two = 0, four = 0] = [await diffWork(300), await diffWork(600), await diffWork(1200)]
  t.ok(four - two < 3 * (two - one), `${one} steps, then ${two}, then ${four}`)
})
