// What applies to which endpoint, in which order; which sets exist and what is in them.

import t from 'tap'
import {
  calico,
  chainLines,
  compileYaml,
  hostEndpoint,
  hostJson,
  mustCompile,
  places,
  pod,
  policy,
  setMembers,
} from './helpers/build.ts'
import type { CompileResult } from '../src/compile.ts'
import type { PlannedTier } from '../src/model/plan.ts'

function policies(tiers: readonly PlannedTier[] | undefined, direction: 'ingress' | 'egress'): readonly string[] {
  return (tiers ?? []).flatMap(tier =>
    tier[direction].flatMap(group =>
      group.policies.map(
        ({ kind, namespace, name }) =>
          `${tier.name}: ${kind.replace(/[a-z]/g, '')} ${namespace === '' ? '' : `${namespace}/`}${name}`,
      ),
    ),
  )
}

t.test('tiers and policies in order, with all ties', async t => {
  const ingress = '{types: [Ingress]'
  const output = mustCompile([
    pod('web', '10.65.0.2', { app: 'web' }, { namespace: 'shop' }),
    ...[
      ['sec', '{order: 100, defaultAction: Pass}'],
      ['alpha', '{order: 100}'],
      ['neg', '{order: -5.5}'],
      ['unused', '{order: 1}'],
    ].map(([name, spec]) => calico('Tier', name ?? '', spec ?? '')),
    policy('b', `${ingress}, order: 10}`),
    policy('a', '{types: [Ingress, Egress], order: 10}'),
    calico('NetworkPolicy', 'a', '{types: [Egress], order: 10}', ', namespace: shop'),
    calico('NetworkPolicy', 'nil1', '{types: [Egress]}', ', namespace: shop'),
    policy('nil0', '{types: [Ingress, Egress]}'),
    policy('zz', `${ingress}, order: 0}`),
    policy('neg1', `${ingress}, order: -1}`),
    policy('p-a', `${ingress}, order: 10}`),
    policy('p.a', `${ingress}, order: 10}`),
    policy('p', `${ingress}, order: 10}`),
    policy('p0', `${ingress}, order: 10}`),
    ...['sec', 'alpha', 'neg', 'ghost'].map(tier => policy(`in-${tier}`, `${ingress}, tier: ${tier}}`)),
    calico('StagedGlobalNetworkPolicy', 'staged', `${ingress}, tier: unused}`),
    calico('StagedNetworkPolicy', 'a', '{types: [Egress], order: 10}', ', namespace: shop'),
  ])
  const tiers = output.plan.workloads[0]?.tiers
  t.same(policies(tiers, 'ingress'), [
    'neg: GNP in-neg',
    'unused: SGNP staged',
    'alpha: GNP in-alpha',
    'sec: GNP in-sec',
    'default: GNP neg1',
    'default: GNP zz',
    'default: GNP a',
    'default: GNP b',
    'default: GNP p-a',
    'default: GNP p.a',
    'default: GNP p',
    'default: GNP p0',
    'default: GNP nil0',
    'ghost: GNP in-ghost',
  ])
  t.same(policies(tiers, 'egress'), [
    'default: GNP a',
    'default: NP shop/a',
    'default: SNP shop/a',
    'default: GNP nil0',
    'default: NP shop/nil1',
  ])
  t.same(
    (tiers ?? []).map(({ name, defaultAction }) => `${name} ${defaultAction}`),
    ['neg Deny', 'unused Deny', 'alpha Deny', 'sec Pass', 'default Deny', 'ghost Deny'],
  )
})

t.test('a host endpoint has four lists of tiers', async t => {
  const output = mustCompile([
    hostEndpoint('h', { role: 'any' }),
    calico('Tier', 't1', '{order: 10, defaultAction: Pass}'),
    policy('normal', '{order: 1, types: [Ingress], selector: has(role)}'),
    policy('fwd', '{order: 2, types: [Ingress], applyOnForward: true, selector: has(role)}'),
    policy('predn', '{order: 3, types: [Ingress], preDNAT: true, applyOnForward: true, selector: has(role)}'),
    policy('untr', '{order: 4, types: [Ingress, Egress], doNotTrack: true, applyOnForward: true, selector: has(role)}'),
    policy('nosel', '{order: 62, types: [Ingress]}'),
    policy('out', '{tier: t1, order: 4, types: [Egress], selector: has(role)}'),
    calico(
      'StagedGlobalNetworkPolicy',
      'staged',
      '{tier: t1, order: 4, types: [Egress], applyOnForward: true, selector: has(role)}',
    ),
  ])
  const tiers = output.plan.hostEndpoints[0]?.tiers
  t.same(policies(tiers?.normal, 'ingress'), ['default: GNP normal', 'default: GNP fwd', 'default: GNP nosel'])
  t.same(policies(tiers?.normal, 'egress'), ['t1: GNP out', 't1: SGNP staged'])
  t.same(policies(tiers?.forward, 'ingress'), ['default: GNP fwd'])
  t.same(policies(tiers?.forward, 'egress'), ['t1: SGNP staged'])
  t.same(policies(tiers?.preDNAT, 'ingress'), ['default: GNP predn'])
  t.same(policies(tiers?.untracked, 'ingress'), ['default: GNP untr'])
  t.same(policies(tiers?.untracked, 'egress'), ['default: GNP untr'])
  t.equal(tiers?.untracked[0]?.defaultAction, 'Pass', 'untracked tiers never drop at their end')
})

t.test('groups of one first policy and one length may still be different groups', async t => {
  const spec = (order: number, more: string): string => `{order: ${order}, types: [Ingress], ${more}}`
  const { plan } = mustCompile([
    hostEndpoint('h', { role: 'any' }),
    policy('a', spec(1, 'applyOnForward: true, selector: has(role)')),
    policy('b', spec(2, 'selector: has(role)')),
    policy('other', spec(3, "selector: role == 'any'")),
    policy('c', spec(4, 'applyOnForward: true, selector: has(role)')),
  ])
  const groups = (tiers: readonly PlannedTier[] | undefined): readonly string[] =>
    (tiers ?? []).flatMap(({ ingress }) => ingress.map(group => group.policies.map(({ name }) => name).join()))
  const tiers = plan.hostEndpoints[0]?.tiers
  t.same(groups(tiers?.normal), ['a,b', 'other', 'c'], 'what is between them keeps c out of the group')
  t.same(groups(tiers?.forward), ['a,c'], 'forwarded packets meet a and c, and never b')
  const chains = [tiers?.normal, tiers?.forward].map(list => list?.[0]?.ingress[0]?.chainName)
  t.not(chains[0], chains[1], 'each group has a chain of its own')
})

t.test('types that are left out follow from the rules', async t => {
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ['{}', ['ingress']],
    ['{types: []}', ['ingress']],
    ['{ingress: [{action: Allow}]}', ['ingress']],
    ['{egress: [{action: Allow}]}', ['egress']],
    ['{ingress: [{action: Allow}], egress: [{action: Allow}]}', ['ingress', 'egress']],
  ]
  for (const [spec, wanted] of rows) {
    const tiers = mustCompile([pod('web', '10.65.0.2'), policy('p', spec)]).plan.workloads[0]?.tiers
    t.same(
      (['ingress', 'egress'] as const).filter(direction => policies(tiers, direction).length > 0),
      wanted,
      spec,
    )
  }
})

t.test('labels are inherited from profiles, the first listed before the others and own labels before all', async t => {
  const output = mustCompile([
    calico('Profile', 'p1', '{labelsToApply: {x: one, wl: fromprofile, q: one}}'),
    calico('Profile', 'p2', '{labelsToApply: {x: two}}'),
    hostEndpoint('h', { wl: 'a' }, 'interfaceName: eth0, profiles: [p2, p1]'),
    policy('matches', `{selector: "x == 'two' && q == 'one' && wl == 'a'"}`),
    policy('misses', `{selector: "x == 'one'"}`),
  ])
  t.same(policies(output.plan.hostEndpoints[0]?.tiers.normal, 'ingress'), ['default: GNP matches'])
})

t.test('members of sets', async t => {
  const documents = (felix: string): readonly string[] => [
    pod(
      'web',
      '10.65.0.2',
      { app: 'web' },
      { ports: '[{name: http, containerPort: 8080}, {name: dns, containerPort: 53, protocol: UDP}]' },
    ),
    pod('far', '10.65.1.2', { app: 'web' }, { node: 'node-2', ports: '[{name: http, containerPort: 80}]' }),
    hostEndpoint(
      'h',
      { app: 'web' },
      'interfaceName: eth0, expectedIPs: [192.0.2.1, "2001:db8::1"], ports: [{name: http, protocol: TCP, port: 9}]',
    ),
    calico(
      'GlobalNetworkSet',
      'nets',
      '{nets: [10.0.0.0/8, 10.1.0.0/16, 172.16.5.5/12, "fd00::2"]}',
      ', labels: {set: g}',
    ),
    calico('GlobalNetworkSet', 'everything', '{nets: [0.0.0.0/0]}', ', labels: {set: zero}'),
    calico('FelixConfiguration', 'default', felix),
    policy(
      'p',
      `{ingress: [{action: Allow, source: {selector: "app == 'web'"}}, {action: Allow, source: {selector: "set == 'g'"}}, {action: Allow, source: {selector: "set == 'zero'"}}, {action: Allow, protocol: TCP, destination: {ports: [http]}}]}`,
    ),
  ]
  const output = mustCompile(documents('{}'))
  const web = 's:oy593DLyi5BRwxLRqXScOfE9YMyW5S4KAhmzFg'
  const nets = 's:A1nBYzpyBOUfj6ZV_TngYOMFngaps231UfBiiA'
  t.same(
    setMembers(output, web),
    ['10.65.0.2/32', '10.65.1.2/32', '192.0.2.1/32'],
    'pods of all nodes and expected IPs',
  )
  t.same(setMembers(output, web, 6), ['2001:db8::1/128'])
  t.same(setMembers(output, nets), ['10.0.0.0/8', '172.16.0.0/12'], 'covered nets are left out, host bits cut off')
  t.same(
    setMembers(output, 's:TdRt0J7810g71oAmFauupwxkmuG5MtxOLqHsIw'),
    ['0.0.0.0/1', '128.0.0.0/1'],
    'everything is two halves',
  )
  t.same(setMembers(output, 'n:cl9_Kgeu4H0OGLbhovVR3NBLUOZscKeMK1Mu4A'), [
    '10.65.0.2,tcp:8080',
    '10.65.1.2,tcp:80',
    '192.0.2.1,tcp:9',
  ])
  t.same(
    setMembers(mustCompile(documents('{nftablesMode: Disabled}')), nets),
    ['10.0.0.0/8', '10.1.0.0/16', '172.16.0.0/12'],
    'covered nets stay with nftablesMode Disabled',
  )
})

t.test('sets exist for staged policies, for directions that types leave out, and for nobody else', async t => {
  const rule = (selector: string): string => `[{action: Allow, source: {selector: "has(${selector})"}}]`
  const output = mustCompile([
    pod('web', '10.65.0.2'),
    calico('StagedGlobalNetworkPolicy', 's', `{ingress: ${rule('staged')}}`),
    policy('p', `{types: [Egress], ingress: ${rule('untyped')}}`),
    policy('elsewhere', `{selector: has(nobody), ingress: ${rule('unused')}}`),
    policy(
      'everywhere',
      `{selector: has(nobody), performanceHints: [AssumeNeededOnEveryNode], ingress: ${rule('hinted')}}`,
    ),
  ])
  const selectors = output.plan.ipSets.flatMap(({ source }) =>
    source.kind === 'selector' ? [source.selector.canonical] : [],
  )
  t.same([...selectors].sort(), ['has(hinted)', 'has(staged)', 'has(untyped)'])
  t.same(
    chainLines(output, 'cali-pi-gnp/everywhere').length,
    1,
    'the chain of a hinted policy is written though nothing leads to it',
  )
})

t.test('which host endpoint governs an interface', async t => {
  const host = hostJson(
    ['eth0', '192.0.2.1/24'],
    ['eth1', '198.51.100.1/24'],
    ['cali123'],
    ['kube-ipvs0', '10.96.0.1/32'],
  )
  const documents = [
    hostEndpoint('b', {}, 'interfaceName: eth0'),
    hostEndpoint('a', {}, 'expectedIPs: [192.0.2.1]'),
    hostEndpoint('c', {}, 'interfaceName: eth9, expectedIPs: [198.51.100.1]'),
    hostEndpoint('wild-b', {}, 'interfaceName: "*"'),
    hostEndpoint('wild-a', {}, 'interfaceName: "*"'),
  ]
  const { plan } = mustCompile(documents, { host })
  t.same(
    plan.hostEndpoints.map(({ interfaceName, name }) => `${interfaceName} ${name}`),
    ['eth0 a'],
    'the smaller name wins; another interface name never matches by address',
  )
  t.equal(plan.wildcardHostEndpoint?.name, 'wild-a')
  t.equal(plan.network.isIpvs, true)
  t.same(
    setMembers(mustCompile(documents, { host }), 'this-host'),
    ['127.0.0.0', '127.0.0.1', '192.0.2.1', '198.51.100.1'],
    'loopback is local with its first address; kube-ipvs0 is left out',
  )
  const down = { ifname: 'eth8', flags: [], addr_info: [{ family: 'inet', local: '203.0.113.8', prefixlen: 24 }] }
  t.same(
    setMembers(mustCompile(documents, { host: JSON.stringify([...JSON.parse(host), down]) }), 'this-host'),
    setMembers(mustCompile(documents, { host }), 'this-host'),
    'an interface that is down has no address that is local',
  )
  const wide = { ifname: 'lo1', flags: ['LOOPBACK', 'UP'], addr_info: [{ local: '2001:db8:1::1', prefixlen: 28 }] }
  t.same(
    setMembers(mustCompile(documents, { host: JSON.stringify([...JSON.parse(host), wide]) }), 'this-host', 6),
    ['2001:db8:1::1', '::1'],
    'of IPv6 only the address itself is local, on loopback too',
  )
})

t.test('of two workloads on one interface the smaller one is programmed', async t => {
  const wep = (workload: string, address: string): string =>
    `{apiVersion: projectcalico.org/v3, kind: WorkloadEndpoint, metadata: {name: node--1-cni-${workload}-eth0, namespace: default}, spec: {orchestrator: cni, node: node-1, containerID: ${workload}, endpoint: eth0, interfaceName: cali1, ipNetworks: [${address}/32], qosControls: {dscp: 1}, ipNATs: [{internalIP: ${address}, externalIP: 1${address}}]}}`
  const enabled = calico('FelixConfiguration', 'default', '{floatingIPs: Enabled}')
  const output = mustCompile([wep('b', '10.65.0.9'), wep('a', '10.65.0.8'), enabled])
  t.same(
    output.plan.workloads.map(({ name }) => name),
    ['default/a'],
  )
  // Felix translates and marks by address alone, for every endpoint of the node.
  t.equal(output.plan.network.floatingIps[4].dnat.length, 2)
  t.equal(output.plan.network.dscp[4].length, 2)
  t.same(setMembers(output, 'dscp-src-net'), ['10.65.0.8/32', '10.65.0.9/32'])
})

t.test('limits of a WorkloadEndpoint are as those of a pod', async t => {
  const wep = (controls: string): string =>
    `{apiVersion: projectcalico.org/v3, kind: WorkloadEndpoint, metadata: {name: node--1-cni-a-eth0, namespace: default}, spec: {orchestrator: cni, node: node-1, containerID: a, endpoint: eth0, interfaceName: cali1, ipNetworks: [10.65.0.9/32], qosControls: ${controls}}}`
  const { plan } = mustCompile([
    wep('{ingressPacketRate: 100, ingressPacketBurst: 20, egressMaxConnections: 7, egressBandwidth: 1, dscp: ef}'),
  ])
  t.match(plan.workloads, [
    { ingressLimits: { packetRate: { perSecond: 100, burst: 20 } }, egressLimits: { maxConnections: 7 } },
  ])
  t.match(plan.network.dscp[4], [{ value: 46 }])
  for (const controls of ['{ingressPacketRate: 100}', '{egressMaxConnections: -1}', '{dscp: AF9}', '{dscp: 64}'])
    t.match(places(compileYaml([wep(controls)]).diagnostics), [/ unsupported-field$/], controls)
})

t.test('FelixConfiguration: per node over selected over default', async t => {
  const node = '{apiVersion: v1, kind: Node, metadata: {name: node-1, labels: {role: gpu}}}'
  const { plan } = mustCompile([
    node,
    calico('FelixConfiguration', 'default', '{logPrefix: a, vxlanPort: 1, maxIpsetSize: 100}'),
    calico('FelixConfiguration', 'gpu', `{nodeSelector: "role == 'gpu'", logPrefix: b, vxlanPort: 2}`),
    calico(
      'FelixConfiguration',
      'other',
      `{nodeSelector: "role == 'cpu'", logPrefix: x, vxlanPort: 9, maxIpsetSize: 900}`,
    ),
    calico('FelixConfiguration', 'node.node-1', '{logPrefix: c}'),
    calico('FelixConfiguration', 'node.node-2', '{logPrefix: y}'),
  ])
  t.match(plan.config, { logPrefix: 'c', vxlanPort: 2, maxIpsetSize: 100 })
})

t.test(
  'annotations of a FelixConfiguration set parameters by their own names, unchecked, and win over fields',
  async t => {
    const run = (annotations: string, spec: string, name = 'default'): CompileResult =>
      compileYaml([
        `{apiVersion: projectcalico.org/v3, kind: FelixConfiguration, metadata: {name: ${name}, annotations: {${annotations}}}, spec: ${spec}}`,
      ])
    const config = (result: CompileResult): unknown =>
      result.ok ? result.output.plan.config : places(result.diagnostics)
    const prefix = 'config.projectcalico.org/'
    t.match(config(run(`${prefix}LogPrefix: a`, '{logPrefix: b, vxlanPort: 7}')), { logPrefix: 'a', vxlanPort: 7 })
    t.match(config(run(`${prefix}vxlanport: "9"`, '{}', 'node.node-1')), { vxlanPort: 9 }, 'in any case')
    t.match(config(run(`${prefix}VXLANPort: "9"`, '{}', 'node.node-2')), { vxlanPort: 4789 }, 'of this node')
    t.match(config(run(`${prefix}LogPrefix: ""`, '{logPrefix: b}')), { logPrefix: 'calico-packet' }, 'empty is not set')
    t.match(config(run(`${prefix}Other: a`, '{}')), { logPrefix: 'calico-packet' }, 'unknown ones are ignored')
    t.same(config(run(`${prefix}InterfacePrefix: "ca li"`, '{}')), ['1:144 felix-refuses-config'])
    const openstack = run(`${prefix}ClusterType: "k8s,OpenStack"`, '{}')
    t.ok(
      openstack.ok && chainLines(openstack.output, 'cali-wl-to-host').length === 5,
      'the cluster type turns OpenStack on',
    )
  },
)

t.test('the type in the ClusterInformation turns OpenStack on, unless a setting of Felix says otherwise', async t => {
  const rules = (type: string, ...others: readonly string[]): number => {
    const information = calico('ClusterInformation', 'default', `{clusterType: "${type}"}`)
    return chainLines(mustCompile([pod('a', '10.65.0.2'), information, ...others]), 'cali-wl-to-host').length
  }
  t.equal(rules('k8s,bgp,kubeadm'), 2)
  t.equal(rules('k8s,OpenStack'), 5, 'in any case, and among others: metadata, DHCP and DNS')
  const annotated =
    '{apiVersion: projectcalico.org/v3, kind: FelixConfiguration, metadata: {name: default, annotations: {config.projectcalico.org/ClusterType: none}}, spec: {}}'
  t.equal(rules('openstack', annotated), 2)
})

t.test("kube-proxy's nftables mode draws Felix along, unless it is told otherwise", async t => {
  const map = (mode: string): string =>
    `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: kube-proxy, namespace: kube-system}\ndata:\n  config.conf: |\n    kind: KubeProxyConfiguration\n    mode: ${mode}`
  const run = (mode: string, ...others: readonly string[]): readonly string[] =>
    places(compileYaml([pod('a', '10.65.0.2'), map(mode), ...others]).diagnostics)
  t.same(run('nftables'), ['7:16 unsupported-field'])
  t.same(run('"nftables"', calico('FelixConfiguration', 'default', '{nftablesMode: Auto}')), ['7:16 unsupported-field'])
  t.same(run('nftables', calico('FelixConfiguration', 'default', '{nftablesMode: Disabled}')), [])
  t.same(run('iptables'), [])
})

t.test('the address by which VXLAN knows a node', async t => {
  const node = (name: string, vxlan: string, ...addresses: readonly string[]): string =>
    `{apiVersion: v1, kind: Node, metadata: {name: ${name}, annotations: {projectcalico.org/IPv4VXLANTunnelAddr: ${vxlan}}}, status: {addresses: [${addresses.join(', ')}]}}`
  const internal = '{type: InternalIP, address: 192.0.2.2}'
  const external = '{type: ExternalIP, address: 203.0.113.2}'
  const output = mustCompile(
    [
      node('node-1', '10.65.1.1', '{type: InternalIP, address: 192.0.2.1}'),
      node('node-2', '10.65.2.1', external, internal),
      node('node-3', '10.65.3.1', '{type: Hostname, address: x}', '{type: ExternalIP, address: 203.0.113.3}'),
      calico('IPPool', 'pool', '{cidr: 10.65.0.0/16, vxlanMode: Always}'),
    ],
    { node: 'node-1' },
  )
  const wanted = ['192.0.2.2/32', '203.0.113.3/32']
  t.same(setMembers(output, 'all-vxlan-net'), wanted, 'an internal address before external ones, wherever it is listed')
})

t.test('of two FelixConfigurations that select the node the older counts, then the first by name', async t => {
  const two = (createdA: string, createdB: string): CompileResult =>
    compileYaml([
      '{apiVersion: v1, kind: Node, metadata: {name: node-1, labels: {role: gpu}}}',
      ...[
        ['b', createdB],
        ['a', createdA],
      ].map(
        ([name, created]) =>
          `{apiVersion: projectcalico.org/v3, kind: FelixConfiguration, metadata: {name: ${name}${created === '' ? '' : `, creationTimestamp: "${created}"`}}, spec: {nodeSelector: all(), logPrefix: ${name}}}`,
      ),
    ])
  const prefix = (result: CompileResult): unknown => result.ok && result.output.plan.config.logPrefix
  const early = '2026-01-01T00:00:00Z'
  const late = '2026-01-01T00:00:01Z'
  t.equal(prefix(two(late, early)), 'b')
  t.equal(prefix(two(early, late)), 'a')
  t.equal(prefix(two(early, early)), 'a')
  t.same(places(two(early, early).diagnostics), [])
  t.equal(prefix(two('', '')), 'a')
  t.same(places(two('', '').diagnostics), ['3:1 felix-default'], 'what is only supposed is said')
})

t.test('a list of node port ranges never reaches Felix in a form that it can read', async t => {
  const host = hostJson(['eth0', '192.0.2.1/24'], ['kube-ipvs0', '10.96.0.1/32'])
  const result = compileYaml([calico('FelixConfiguration', 'default', '{kubeNodePortRanges: ["20000:20999"]}')], {
    host,
  })
  t.ok(result.ok)
  if (!result.ok) return
  t.match(chainLines(result.output, 'cali-forward-check')[1], '--destination-ports 30000:32767', 'so the default holds')
  t.same(places(result.diagnostics), ['1:96 felix-default'])
})

t.test('the node', async t => {
  const two = [pod('a', '10.65.0.2'), pod('b', '10.65.0.3', {}, { node: 'node-2' })]
  const run = (node: string | undefined): readonly string[] =>
    places(compileYaml(two, node === undefined ? {} : { node }).diagnostics)
  t.same(run('node-1'), [])
  t.same(
    run('node-3'),
    ['- unknown-node'],
    'a node that the input does not name is taken to have no endpoints, with a warning',
  )
})

t.test('namespaces that are assumed are one note of a few names', t => {
  const namespaces = Array.from({ length: 30 }, (_, index) => `ns-${String(index + 10)}`)
  const texts = namespaces.map(name => calico('NetworkPolicy', 'a', '{selector: all()}', `, namespace: ${name}`))
  const { diagnostics } = compileYaml([hostEndpoint('h', { a: 'b' }), ...texts])
  const [note, ...more] = diagnostics.filter(({ code }) => code === 'assumed-resource')
  t.match(note?.message, /^namespaces `ns-10`, `ns-11`, .*`ns-17` and 22 more are used but not in the input;/)
  t.equal(more.length, 0)
  t.end()
})
