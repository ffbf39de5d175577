// Rules, sets and groups whose hashes are known from Calico itself: a hash is of everything before it in its chain, so that it alone
// tells whether a chain is right.

import t from 'tap'
import { type PolicyId, policyGroupChainName } from '../src/calico/policy-names.ts'
import { LATEST_RELEASE } from '../src/calico/releases/releases.ts'
import { calico, hostEndpoint, mustCompile, policy } from './helpers/build.ts'

const NODE = 'apiVersion: v1\nkind: Node\nmetadata: {name: node-1}'
/** Also what the kernel refuses: Felix makes the rules all the same. */
const FORCE = { force: true }
const ENDPOINT = hostEndpoint('h', { app: 'web' })

/** Rules of one chain of table filter, by the hash that Calico gives them. */
function hashesOf(text: string, chain: string): readonly string[] {
  const filter = text.slice(text.indexOf('*filter'))
  return filter
    .split('\n')
    .filter(line => line.startsWith(`-A ${chain} `))
    .map(line => /--comment "cali:([^"]{16})"/.exec(line)?.[1] ?? line)
}

/** Ingress rules of the GlobalNetworkPolicy `ex`, in flow style, and the hashes of its chain. */
const RULES: readonly (readonly [rules: string, hashes: readonly string[], ipVersion?: 6])[] = [
  ['{action: Allow}', ['5h8X3ecy1q3TSmqB']],
  ['{action: Deny, protocol: TCP}', ['mauQi5vgrj4WPq8O', 'B8G6JvyoXUyQcDCW']],
  ['{action: Pass}', ['W8QP7LeSjri6ljMM']],
  ['{action: Log, protocol: TCP}', ['bOdv9xOAFYUJnS0G']],
  ['{action: Log}, {action: Deny}', ['cFj4p_eKrB6XNRh7', '32c27FE94AW7c3z9', 'Qjosd1XzQD99rR1b']],
  [
    '{action: Allow, protocol: TCP, destination: {ports: [80]}}, {action: Allow, protocol: UDP}',
    ['SZIBCm-FLjaHTxJ-', 'KhTQHN0Up2n9cE9d', '6X96Atw83n1z0r6_'],
  ],
  [
    '{action: Allow, protocol: TCP, destination: {ports: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, "20:30", 40]}}',
    ['rhk_ohqRVC_I2Sf9', 'riSwNxlQ_a4nTq0w', 'msyP8jXnb27JNV-q', 'TKmHcr_wcHeC_8gF'],
  ],
  [
    '{action: Deny, source: {nets: [10.0.0.0/8, 11.0.0.0/8]}, destination: {nets: [12.0.0.0/8, 13.0.0.0/8]}}',
    [
      ...['rhk_ohqRVC_I2Sf9', 'Vuqf0Nbhla9Imchi', 'Wbcs747Eaj_ny-cm', 'PVICfo9CGkPkcRIr', 'ZZIIVygJCIByUzxh'],
      ...['MMYCvkJAVfmj-uqO', 'Sk3KJ6JD9_NqWR9T', '5mZSIV3M6qwYlDqb'],
    ],
  ],
  [
    '{action: Allow, source: {nets: [10.0.0.0/8, 11.0.0.0/8], notNets: [10.1.0.0/16]}}',
    ['rhk_ohqRVC_I2Sf9', 'Vuqf0Nbhla9Imchi', 'Wbcs747Eaj_ny-cm', 'MGsmhVfUEO-XHUGT'],
  ],
  [
    '{action: Allow, source: {nets: [10.0.0.0/8], notNets: [10.1.0.0/16]}}',
    ['vwPouxarfrRQ5qTG', '6kpUWqpuLcir5mVS', 'p9XXt7Ni5YjPQYSB'],
  ],
  [
    '{action: Allow, source: {notNets: [10.1.0.0/16, 10.2.0.0/16]}}',
    ['vwPouxarfrRQ5qTG', '6kpUWqpuLcir5mVS', 'e58dpBPfQqO_xwe6', 'bBbr_qSqKwTAfIJ-'],
  ],
  [
    `{action: Allow, protocol: TCP, destination: {notPorts: [${Array.from({ length: 16 }, (_, index) => index + 1).join(', ')}]}}`,
    ['l1WtGeNW_vxjs0g2'],
  ],
  ['{action: Allow, protocol: ICMP, icmp: {type: 8}}', ['fkmNTfeC-SZKejYL']],
  ['{action: Allow, protocol: ICMP, icmp: {type: 3, code: 4}}', ['P4toqXPLHrqBBY_9']],
  ['{action: Allow, protocol: ICMP, icmp: {type: 3, code: 4}}', ['rUelnLDJhUCVTlwf'], 6],
  ['{action: Allow, protocol: ICMPv6, icmp: {type: 1, code: 4}}', ['y2ZVTjLK46XGZ5jy'], 6],
  ['{action: Deny, notICMP: {type: 8}}', ['UC4D2Y5pYm-B0Lq2', 's8mbb-IS2g6URdDg']],
  ['{action: Allow, protocol: 112}', ['R6zy15aysVzqvXtt']],
  [
    `{action: Allow, protocol: TCP, metadata: {annotations: {my/key: 'it''s a "value"'}}}, {action: Deny, metadata: {annotations: {k: v}}}`,
    ['NXuEyqinFl9oGtEm', 'Pnm77qoduiw9MXhu', 'v63r4UbDxlDPx6Vr', 'grUS3UXFQDvgO_Iy'],
  ],
]

t.test('rules of a policy have the hashes that Calico gives them', async t => {
  for (const [rules, wanted, ipVersion = 4] of RULES) {
    const spec = `{types: [Ingress], ingress: [${rules}]}`
    const output = mustCompile([NODE, ENDPOINT, policy('ex', spec)], FORCE)
    t.strictSame(hashesOf(output.versions[ipVersion]?.text.iptables ?? '', 'cali-pi-gnp/ex'), wanted, rules)
  }
  const egress = mustCompile([NODE, ENDPOINT, policy('ex', '{types: [Ingress, Egress], ingress: [{action: Allow}]}')])
  t.strictSame(hashesOf(egress.versions[4].text.iptables, 'cali-po-gnp/ex'), ['UZWAyKO8tMM3q_K4'])
})

t.test('actions, flow logs, a prefix and a rate of log lines in a namespaced policy', async t => {
  const pod =
    'apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: prod}\nspec: {nodeName: node-1, containers: [{name: c}]}\nstatus: {podIP: 10.65.0.2}'
  const settings = calico(
    'FelixConfiguration',
    'default',
    '{flowLogsLocalReporter: Enabled, iptablesFilterDenyAction: Reject, logPrefix: "calico %t %k %p %n", logActionRateLimit: 10/minute}',
  )
  const web = calico(
    'NetworkPolicy',
    'web',
    '{types: [Ingress, Egress], ingress: [{action: Log, protocol: TCP}, {action: Allow, protocol: TCP}, {action: Deny}], egress: [{action: Pass}, {action: Log}]}',
    ', namespace: prod',
  )
  const { text } = mustCompile([NODE, pod, settings, web], FORCE).versions[4]
  t.strictSame(hashesOf(text.iptables, 'cali-pi-np/prod/web'), [
    ...['bdZlFhot6CSVK3xp', 'X0fcYou7DytUtuwG', 'iGqxb5PuW7WqyI73', 'ovJK5y2x7C0BEQhK', 'x0wd31bYBN7v9aFu'],
    ...['5IAo6d4_w3nU_lFX', 'z43Vc5jwPXHsIsoY'],
  ])
  t.strictSame(hashesOf(text.iptables, 'cali-po-np/prod/web'), [
    'H1Ng5iXBza4uktkv',
    'NCJVgtfJpPHqe-Bn',
    'EsweXKX9O9OpFBRl',
    'FruGw1DdqhM_GsOa',
  ])
})

/** A cluster whose sets Calico worked out: pods and host endpoints of two nodes, sets, and slices of a service. */
const CLUSTER = [
  NODE,
  'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {team: a}}',
  'apiVersion: v1\nkind: Namespace\nmetadata: {name: other, labels: {team: b}}',
  'apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: sa1, namespace: shop, labels: {role: x}}',
  pod(
    'web-1',
    'shop',
    'node-1',
    ['10.65.0.2', 'fd00::2'],
    [
      '{name: http, containerPort: 8080, protocol: TCP}, {name: http, containerPort: 8081, protocol: UDP}, {name: sc, containerPort: 7, protocol: SCTP}',
      'serviceAccountName: sa1, ',
    ],
  ),
  pod('web-2', 'other', 'node-2', ['10.65.1.2'], ['{name: http, containerPort: 80, protocol: TCP}', '']),
  calico(
    'HostEndpoint',
    'hep2',
    '{node: node-2, interfaceName: eth0, expectedIPs: [192.168.0.2, "fe80::5"], ports: [{name: http, protocol: TCP, port: 9}]}',
    ', labels: {app: host}',
  ),
  calico(
    'GlobalNetworkSet',
    'gns',
    '{nets: [10.0.0.0/8, 10.1.0.0/16, 10.1.2.3, 10.65.0.2/32, 172.16.5.5/12, "fd00::/8", "fd00::2"]}',
    ', labels: {set: g}',
  ),
  calico('GlobalNetworkSet', 'all0', '{nets: [0.0.0.0/0, "::/0", 128.0.0.0/1, 1.2.3.4/32]}', ', labels: {set: zero}'),
  calico('NetworkSet', 'ns1', '{nets: [1.1.1.0/24]}', ', namespace: shop, labels: {set: n}'),
  'apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: cart-1, namespace: shop, labels: {kubernetes.io/service-name: cart}}\naddressType: IPv4\nendpoints: [{addresses: [10.65.0.2]}, {addresses: [10.65.9.9], conditions: {ready: false}}]\nports: [{name: a, port: 80, protocol: TCP}, {name: b, port: 53, protocol: UDP}, {name: c}]',
]

function pod(
  name: string,
  namespace: string,
  node: string,
  ips: readonly string[],
  [ports, account]: readonly [string, string],
): string {
  const podIPs = ips.map(ip => `{ip: "${ip}"}`).join(', ')
  return `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}, namespace: ${namespace}, labels: {app: web}}\nspec: {${account}nodeName: ${node}, containers: [{name: c, ports: [${ports}]}]}\nstatus: {phase: Running, podIP: ${ips[0] ?? ''}, podIPs: [${podIPs}]}`
}

interface SetRow {
  /** An ingress or egress rule behind `action: Allow`. */
  readonly rule: string
  /** Of a GlobalNetworkPolicy, not of the NetworkPolicy shop/p. */
  readonly isGlobal?: true
  readonly isEgress?: true
  /** The sets that the rule names, in its order. */
  readonly ids: readonly string[]
  /** Of the last of them. */
  readonly members?: readonly string[]
}

const HTTP = 'n:cl9_Kgeu4H0OGLbhovVR3NBLUOZscKeMK1Mu4A'
const WEB = 's:lJBhNRljR9R5cj5JnoqyWyAWYfVVg5fFHQTCUA'
const WEB_HTTP = 'n:pM4xoRxy-Mx209NScinFHF2GJUUXUCczKFecxw'
const HALVES = ['0.0.0.0/1', '128.0.0.0/1', '8000::/1', '::/1']

const SETS: readonly SetRow[] = [
  { rule: 'source: {selector: app == "web"}', ids: [WEB], members: ['10.65.0.2/32', 'fd00::2/128'] },
  {
    rule: 'source: {namespaceSelector: team == "b"}',
    ids: ['s:8WGVUxmV7CRZAUPnNf7d_fr8yZZlp6JZ7kDaiQ'],
    members: ['10.65.1.2/32'],
  },
  {
    rule: 'source: {namespaceSelector: all()}',
    ids: ['s:2dAotJA2sZ5pOhC_BaBuAFekzFsoGV350DfHsw'],
    members: ['1.1.1.0/24', '10.65.0.2/32', '10.65.1.2/32', 'fd00::2/128'],
  },
  {
    rule: 'source: {namespaceSelector: global(), selector: set == "g"}',
    ids: ['s:twbxrbjW37Z4iJZPbwct7fe7M0dHRHnncR7elA'],
    members: ['10.0.0.0/8', '172.16.0.0/12', 'fd00::/8'],
  },
  {
    rule: 'source: {serviceAccounts: {names: [sa1, sa0]}}',
    ids: ['s:IaFrXmhvMmYmd4R2X2gMHqI4kdgiqxntwQE9-A'],
    members: ['10.65.0.2/32', 'fd00::2/128'],
  },
  {
    rule: 'source: {notSelector: app == "web"}',
    ids: ['s:uiRp62Q5t8Dum_5GrSz4XmwkCuLSJbvi4dq8wA'],
    members: ['1.1.1.0/24'],
  },
  {
    rule: 'source: {selector: all()}',
    ids: ['s:28wrWgN7y3dCRIAnCjZE5O-wxUCcAKOxp1RYag'],
    members: ['1.1.1.0/24', '10.65.0.2/32', 'fd00::2/128'],
  },
  {
    rule: 'protocol: TCP, destination: {ports: [http, 80, "100:200"]}',
    ids: [HTTP],
    members: ['10.65.0.2,tcp:8080', '10.65.1.2,tcp:80', '192.168.0.2,tcp:9', 'fd00::2,tcp:8080', 'fe80::5,tcp:9'],
  },
  {
    rule: 'protocol: TCP, source: {selector: app == "web", ports: [http]}',
    ids: [WEB_HTTP],
    members: ['10.65.0.2,tcp:8080', 'fd00::2,tcp:8080'],
  },
  { rule: 'protocol: TCP, source: {selector: app == "web", ports: [http, 81]}', ids: [WEB_HTTP, WEB] },
  { rule: 'protocol: TCP, source: {selector: app == "web", notPorts: [http]}', ids: [WEB, WEB_HTTP] },
  {
    rule: 'protocol: 17, destination: {ports: [http]}',
    ids: ['n:74yEIvclD7QMT7xNM1hj8GbYy42TzM-A7Ksxnw'],
    members: ['10.65.0.2,udp:8081', 'fd00::2,udp:8081'],
  },
  {
    rule: 'destination: {ports: [http, sc]}',
    ids: ['n:FvKMFOOSYvkZZJ0ch1bwT7bt3AAgySwlMLqMDA', 'n:yEkQQ8pjJarDla3akiJZgsapd0cCiKc7IWerYw'],
    members: ['10.65.0.2,sctp:7', 'fd00::2,sctp:7'],
  },
  {
    rule: 'destination: {services: {name: cart, namespace: shop}}',
    isEgress: true,
    ids: ['svc:whfywhJOILB-_z1R002xyIPi8OAx5NseyDvddw'],
    members: ['10.65.0.2,tcp:80', '10.65.0.2,udp:53', '10.65.9.9,tcp:80', '10.65.9.9,udp:53'],
  },
  {
    rule: 'destination: {services: {name: cart}}',
    isEgress: true,
    ids: ['svc:rU4QYQIv45L3EMajQVJRzfx065S5THXxBTDyOA'],
    members: [],
  },
  {
    rule: 'source: {selector: set == "zero"}',
    isGlobal: true,
    ids: ['s:TdRt0J7810g71oAmFauupwxkmuG5MtxOLqHsIw'],
    members: HALVES,
  },
  {
    rule: 'source: {selector: all()}',
    isGlobal: true,
    ids: ['s:5y5I3VdRZfDU01O--xXAPx2yxCQQqMf0M6IWug'],
    members: HALVES,
  },
  { rule: 'source: {notSelector: all()}', isGlobal: true, ids: ['s:5y5I3VdRZfDU01O--xXAPx2yxCQQqMf0M6IWug'] },
  {
    rule: 'protocol: TCP, source: {services: {name: cart, namespace: shop}, ports: [5]}',
    isGlobal: true,
    ids: ['svcnoport:_3kvS4vpE69vGibofPE6tv0EbrhmMBHnDFo7NA'],
    members: ['10.65.0.2/32', '10.65.9.9/32'],
  },
  {
    rule: 'protocol: TCP, source: {selector: a == "b", notSelector: c == "d", ports: [http], notPorts: [http2, 5]}, destination: {notSelector: e == "f", notPorts: [http]}',
    isGlobal: true,
    ids: [
      'n:KYOkdTmcnpR7QALl4nJXKMYHpyoVoaHRa67-2w',
      'n:vdG2VQfilJol3XgoC22An4_y8xmestO7w9FWVQ',
      's:6C8_ss1kCcZf-Q-j62iCim_4xgoGSNKprqxJMg',
      HTTP,
    ],
  },
]

t.test('sets have the names and members that Calico gives them', async t => {
  for (const { rule, isGlobal, isEgress, ids, members } of SETS) {
    const rules = `[{action: Allow, ${rule}}]`
    const spec = isEgress ? `{types: [Egress], egress: ${rules}}` : `{types: [Ingress], ingress: ${rules}}`
    const own = isGlobal ? policy('p', spec) : calico('NetworkPolicy', 'p', spec, ', namespace: shop')
    const output = mustCompile([...CLUSTER, own])
    const sets = output.plan.ipSets.filter(({ id }) => id.includes(':'))
    const title = `${isGlobal ? 'global: ' : ''}${rule}`
    t.strictSame(sets.map(({ id }) => id).sort(), [...new Set(ids)].sort(), title)
    const last = sets.find(({ id }) => id === ids.at(-1))
    if (members !== undefined)
      t.strictSame([...(last?.members[4] ?? []), ...(last?.members[6] ?? [])].sort(), [...members].sort(), title)
    // Blocks of ports and sets come in an order of their own; the sets of the rule are those in it.
    const chain = `cali-${isEgress ? 'po' : 'pi'}-${isGlobal ? 'gnp/p' : 'np/shop/p'}`
    const named = [...output.versions[4].text.iptables.matchAll(new RegExp(`^-A ${chain} .*$`, 'gm'))].flatMap(
      ([line]) => [...line.matchAll(/--match-set cali40(\S+)/g)].map(([, name = '']) => name),
    )
    const names = ids.map(id => id.slice(0, 25))
    t.strictSame([...new Set(named)].sort(), [...new Set(names)].sort(), `${title}: in the rules`)
  }
})

t.test('groups of policies are named like those of Calico', async t => {
  const a: PolicyId = { kind: 'GlobalNetworkPolicy', name: 'a', namespace: '' }
  const b: PolicyId = { kind: 'NetworkPolicy', name: 'b', namespace: 'shop' }
  const s: PolicyId = { kind: 'StagedGlobalNetworkPolicy', name: 's', namespace: '' }
  const rows: readonly (readonly [string, 'ingress' | 'egress', readonly PolicyId[]])[] = [
    ['cali-gi-JbuX4ejZpOLF4brtjhzB', 'ingress', [a, b]],
    ['cali-go-x7Ad3tloiNr3vMOJd7Dr', 'egress', [a, b]],
    ['cali-gi-Dr2qXD6FyCmpQpFD2GBr', 'ingress', [a, s, b]],
    ['cali-gi-mLFEksCG5nNfQ0n6FD_I', 'ingress', [a, s]],
  ]
  for (const [wanted, direction, policies] of rows) {
    const group = { tier: 'default', canonicalSelector: 'app == "web"', direction, policies }
    t.equal(policyGroupChainName(group, LATEST_RELEASE), wanted)
  }
})
