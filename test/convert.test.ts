// The v1 format: its names, checks and conversion; and calitables convert, whose text means what its source meant.

import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import { convertResources } from '../src/convert.ts'
import { printYaml } from '../src/migrate/print-yaml.ts'
import { Report } from '../src/diagnostics/diagnostic.ts'
import {
  convertName,
  convertNameNoDots,
  convertProfileName,
  normaliseName,
  poolName,
  workloadEndpointName,
} from '../src/parser/calico-v1/names.ts'
import { readDocuments } from '../src/documents/documents.ts'
import { compileYaml, hostEndpoint, mustCompile, places, pod } from './helpers/build.ts'

function read(text: string): readonly unknown[] {
  return [...readDocuments({ name: 'a.yaml', text }, new Report())].map(({ value }) => value)
}

/** What `convert` prints, read back. */
function converted(...documents: readonly string[]): readonly unknown[] {
  return read(convertText(...documents))
}

function convertText(...documents: readonly string[]): string {
  const result = convertResources([{ name: 'a.yaml', text: documents.join('\n---\n') }])
  if (!result.ok) throw new Error(result.diagnostics.map(({ message }) => message).join('\n'))
  return result.text
}

t.test('names of the v1 format become names of v3', async t => {
  const rows: readonly (readonly [string, string])[] = [
    [`default.${convertNameNoDots('Edge/Guard')}`, 'default.edge-guard-762692e1'],
    [convertProfileName('Open_All'), 'open-all-f613240b'],
    [convertProfileName('k8s_ns.shop'), 'kns.shop'],
    [normaliseName('Edge_1'), 'edge-1'],
    [convertName(`${normaliseName('Edge1')}.eth0`), 'edge1.eth0'],
    [workloadEndpointName(['edge1', 'mesos', convertName('my/job'), 'eth0']), 'edge1-mesos-my.job--4dfa8689-eth0'],
    [poolName('10.20.0.0/16'), '10-20-0-0-16'],
    [poolName('fd00:1::/64'), 'fd00-1---64'],
    [normaliseName('..A--.-b//c__'), 'a.b.c'],
    [convertNameNoDots('plain-name'), 'plain-name'],
  ]
  for (const [got, wanted] of rows) t.equal(got, wanted)
})

const v1 = (kind: string, metadata: string, spec: string): string =>
  `{apiVersion: v1, kind: ${kind}, metadata: {${metadata}}, spec: {${spec}}}`
const head = { apiVersion: 'projectcalico.org/v3' }

t.test('each kind is converted field by field', async t => {
  const gnp = (name: string, spec: object): object => ({
    ...head,
    kind: 'GlobalNetworkPolicy',
    metadata: { name, labels: { 'projectcalico.org/tier': name.split('.')[0] } },
    spec: { tier: name.split('.')[0], ...spec },
  })
  const rows: readonly (readonly [string, unknown])[] = [
    [
      v1('policy', 'name: p', 'doNotTrack: true, ingress: [{action: allow}], egress: [{action: deny}]'),
      gnp('default.p', {
        doNotTrack: true,
        applyOnForward: true,
        types: ['Ingress', 'Egress'],
        ingress: [{ action: 'Allow' }],
        egress: [{ action: 'Deny' }],
      }),
    ],
    [
      v1('policy', 'name: pre, tier: edge', 'preDNAT: true'),
      gnp('edge.pre', { preDNAT: true, applyOnForward: true, types: ['Ingress'] }),
    ],
    [v1('policy', 'name: p', 'types: [egress]'), gnp('default.p', { types: ['Egress'] })],
    // Calico 3 refuses the type that Calico 2.6 took.
    [
      v1('policy', 'name: pre', 'preDNAT: true, types: [egress, ingress]'),
      gnp('default.pre', { preDNAT: true, applyOnForward: true, types: ['Ingress'] }),
    ],
    [
      v1(
        'policy',
        'name: p',
        'ingress: [{action: pass, source: {nets: [192.0.2.1/24, 10.1.2.3/8], selector: "", tag: a}}]',
      ),
      gnp('default.p', {
        types: ['Ingress'],
        ingress: [{ action: 'Pass', source: { nets: ['192.0.2.0/24', '10.0.0.0/8'], selector: "a == ''" } }],
      }),
    ],
    [
      v1('Policy', 'Name: p', 'SELECTOR: all(), Ingress: [{Action: allow, notprotocol: 47, Source: {NotTag: a}}]'),
      gnp('default.p', {
        selector: 'all()',
        types: ['Ingress'],
        ingress: [{ action: 'Allow', notProtocol: 47, source: { notSelector: "a == ''" } }],
      }),
    ],
    [
      v1(
        'policy',
        'name: p',
        'ingress: [{action: allow, protocol: udplite, source: {net: 192.0.2.9}, destination: {notNet: 192.0.2.7/24}}]',
      ),
      gnp('default.p', {
        types: ['Ingress'],
        ingress: [
          {
            action: 'Allow',
            protocol: 'UDPLite',
            source: { nets: ['192.0.2.9/32'] },
            destination: { notNets: ['192.0.2.0/24'] },
          },
        ],
      }),
    ],
    [
      v1('profile', 'name: open, tags: [trusted], labels: {env: test}', 'ingress: [{action: allow}]'),
      {
        ...head,
        kind: 'Profile',
        metadata: { name: 'open' },
        spec: { labelsToApply: { env: 'test', trusted: '' }, ingress: [{ action: 'Allow' }] },
      },
    ],
    [
      v1(
        'hostEndpoint',
        'name: eth0, node: Edge1',
        'interfaceName: eth0, expectedIPs: ["fd00::1", 192.0.2.1], profiles: [k8s_ns.shop, Open_All], ports: [{name: http, port: 80, protocol: tcp}]',
      ),
      {
        ...head,
        kind: 'HostEndpoint',
        metadata: { name: 'edge1.eth0' },
        spec: {
          node: 'edge1',
          interfaceName: 'eth0',
          expectedIPs: ['192.0.2.1', 'fd00::1'],
          profiles: ['kns.shop', 'open-all-f613240b'],
          ports: [{ name: 'http', port: 80, protocol: 'TCP' }],
        },
      },
    ],
    [
      v1(
        'workloadEndpoint',
        'name: eth0, workload: shop.web, orchestrator: k8s, node: edge, activeInstanceID: abc, labels: {calico/k8s_ns: shop}',
        'interfaceName: cali1, ipNetworks: [10.0.0.1/32], profiles: [k8s_ns.shop]',
      ),
      {
        ...head,
        kind: 'WorkloadEndpoint',
        metadata: { name: 'edge-k8s-web-eth0', namespace: 'shop', labels: { 'projectcalico.org/namespace': 'shop' } },
        spec: {
          orchestrator: 'k8s',
          node: 'edge',
          pod: 'web',
          containerID: 'abc',
          endpoint: 'eth0',
          interfaceName: 'cali1',
          ipNetworks: ['10.0.0.1/32'],
          profiles: ['kns.shop'],
        },
      },
    ],
    [
      v1('ipPool', 'cidr: 10.20.0.0/16', 'ipip: {enabled: true, mode: cross-subnet}, nat-outgoing: true'),
      {
        ...head,
        kind: 'IPPool',
        metadata: { name: '10-20-0-0-16' },
        spec: {
          cidr: '10.20.0.0/16',
          ipipMode: 'CrossSubnet',
          vxlanMode: 'Never',
          natOutgoing: true,
          blockSize: 26,
          nodeSelector: 'all()',
          allowedUses: ['Workload', 'Tunnel'],
          assignmentMode: 'Automatic',
        },
      },
    ],
    [
      v1('workloadEndpoint', 'name: eth0, workload: a1, orchestrator: cni, node: edge', 'interfaceName: cali1'),
      {
        ...head,
        kind: 'WorkloadEndpoint',
        metadata: { name: 'edge-cni-a1-eth0', namespace: 'default' },
        spec: { orchestrator: 'cni', node: 'edge', containerID: 'a1', endpoint: 'eth0', interfaceName: 'cali1' },
      },
    ],
    [
      v1('workloadEndpoint', 'name: eth0, workload: a1, orchestrator: libnetwork, node: edge', 'interfaceName: cali1'),
      {
        ...head,
        kind: 'WorkloadEndpoint',
        metadata: { name: 'edge-libnetwork-libnetwork-eth0', namespace: 'default' },
        spec: {
          orchestrator: 'libnetwork',
          node: 'edge',
          workload: 'libnetwork',
          endpoint: 'eth0',
          interfaceName: 'cali1',
        },
      },
    ],
    [
      v1('workloadEndpoint', 'name: eth0, workload: a1, orchestrator: mine, node: edge', 'interfaceName: cali1'),
      {
        ...head,
        kind: 'WorkloadEndpoint',
        metadata: { name: 'edge-mine-a1-eth0', namespace: 'default' },
        spec: { orchestrator: 'mine', node: 'edge', workload: 'a1', endpoint: 'eth0', interfaceName: 'cali1' },
      },
    ],
    [
      v1('ipPool', 'cidr: "fd00:20::/64"', 'ipip: {enabled: false, mode: cross-subnet}, disabled: true'),
      {
        ...head,
        kind: 'IPPool',
        metadata: { name: 'fd00-20---64' },
        spec: {
          cidr: 'fd00:20::/64',
          ipipMode: 'Never',
          vxlanMode: 'Never',
          disabled: true,
          blockSize: 122,
          nodeSelector: 'all()',
          allowedUses: ['Workload', 'Tunnel'],
          assignmentMode: 'Automatic',
        },
      },
    ],
    [
      v1('node', 'name: Edge_1', 'bgp: {ipv4Address: 192.0.2.1/24}'),
      { ...head, kind: 'Node', metadata: { name: 'edge-1' }, spec: { bgp: { ipv4Address: '192.0.2.1/24' } } },
    ],
  ]
  for (const [text, wanted] of rows) t.strictSame(converted(text), [wanted], text)
})

t.test('mistakes of the v1 format are named at their own place', async t => {
  const rule = (fields: string): string => v1('policy', 'name: p', `ingress: [{${fields}}]`)
  const rows: readonly (readonly [string, string])[] = [
    [rule('protocol: tcp'), 'missing-field'],
    [rule('action: Allow'), 'bad-value'],
    [rule('action: next-tier'), 'bad-value'],
    [rule('action: allow, protocol: TCP'), 'bad-protocol'],
    [rule('action: allow, icmp: {code: 1}'), 'bad-icmp'],
    [rule('action: allow, source: {ports: [80]}'), 'bad-rule'],
    [rule('action: allow, protocol: icmp, source: {ports: [80]}'), 'bad-rule'],
    [rule('action: allow, source: {net: 10.0.0.0/8}, destination: {nets: [10.0.0.0/8]}'), 'bad-rule'],
    [rule('action: allow, source: {nets: [10.0.0.0/8, "fd00::/8"]}'), 'bad-rule'],
    [rule('action: allow, ipVersion: 6, source: {nets: [10.0.0.0/8]}'), 'bad-rule'],
    [rule('action: allow, source: {tag: "a b"}'), 'bad-name'],
    [rule('action: allow, source: {services: {name: x}}'), 'unknown-field'],
    [v1('policy', 'name: p', 'applyOnForward: true'), 'unknown-field'],
    [v1('policy', 'name: p', 'preDNAT: true, doNotTrack: true'), 'bad-policy'],
    [v1('policy', 'name: p', 'preDNAT: true, egress: [{action: allow}]'), 'bad-policy'],
    [v1('policy', 'name: p', 'preDNAT: true, types: [egress]'), 'bad-policy'],
    [v1('policy', 'name: p', 'types: [ingress, ingress]'), 'bad-policy'],
    [v1('policy', '', ''), 'missing-field'],
    [v1('policy', 'name: "a b"', ''), 'bad-name'],
    [v1('profile', 'name: p, tags: [a], labels: {a: b}', ''), 'bad-value'],
    [v1('hostEndpoint', 'name: h, node: n', ''), 'bad-endpoint'],
    [v1('hostEndpoint', 'name: h', 'interfaceName: eth0'), 'missing-field'],
    [v1('workloadEndpoint', 'name: e, workload: w, orchestrator: k8s, node: n', ''), 'bad-name'],
    [v1('workloadEndpoint', 'name: e, workload: w, orchestrator: x, node: n', 'ipNetworks: [10.0.0.0/24]'), 'bad-net'],
    [v1('ipPool', 'cidr: 10.0.0.1/16', ''), 'host-bits'],
    [v1('ipPool', 'cidr: 10.0.0.0/27', ''), 'bad-net'],
    [v1('ipPool', 'cidr: 169.254.0.0/16', ''), 'bad-net'],
    [v1('ipPool', 'cidr: "fd00::/64"', 'ipip: {enabled: true}'), 'bad-value'],
    [v1('node', 'name: n', 'bgp: {}'), 'bad-value'],
    ['{apiVersion: v1, kind: tier, metadata: {name: t}}', 'unsupported-kind'],
  ]
  for (const [text, code] of rows) {
    const result = convertResources([{ name: 'a.yaml', text }])
    t.equal(result.ok, false, text)
    t.same(
      result.diagnostics.filter(({ severity }) => severity === 'error').map(found => found.code),
      [code],
      text,
    )
  }
  const text = `apiVersion: v1
kind: policy
metadata: {name: p}
spec:
  Ingress:
  - action: Allow
    source: {net: 10.0.0.0/33}
  - action: deny
    destination:
      ports: [80]
      serviceAccounts: {}
`
  t.same(places(convertResources([{ name: 'a.yaml', text }]).diagnostics), [
    '6:13 bad-value',
    '7:19 bad-net',
    '10:7 bad-rule',
    '11:7 unknown-field',
  ])
})

t.test('comments stay with what they are about', async t => {
  t.equal(
    convertText(`# about the policy
apiVersion: v1
kind: policy
metadata: {name: p}
spec:
  order: 100 # early
  ingress:
  # the first
  - action: allow # fine
  # the second
  - action: deny
`),
    `# about the policy
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata:
  name: default.p
  labels:
    projectcalico.org/tier: default
spec:
  tier: default
  order: 100 # early
  types:
  - Ingress
  ingress:
  # the first
  - action: Allow # fine
  # the second
  - action: Deny
`,
  )
})

t.test('v3 passes unchanged, other kinds are counted, and one error means nothing at all', async t => {
  const v3 = '# mine\napiVersion: projectcalico.org/v3 # as it was\nkind: Tier\nmetadata: {name: a}\n'
  const result = convertResources([{ name: 'a.yaml', text: `${v3}---\napiVersion: v1\nkind: ConfigMap\n` }])
  t.match(result, { ok: true, text: v3, skipped: new Map([['v1 ConfigMap', 1]]) })
  t.equal(convertResources([{ name: 'a.yaml', text: `${v3}---\n${v1('policy', '', '')}\n` }]).ok, false)
  const dots =
    '{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: a.b.c}, spec: {podSelector: {}}}'
  t.same(places(convertResources([{ name: 'a.yaml', text: dots }]).diagnostics), [
    `1:${dots.indexOf('a.b.c') + 1} bad-name`,
  ])
})

const yamlString = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }).filter(text => !/[\ud800-\udfff]/.test(text)),
  fc.string({ unit: fc.constantFrom(...'ab01:-#\'"{}[],&*!|>%@`~?=\\ \t\n_/.é\u2028\u0085'), maxLength: 8 }),
  fc.constantFrom(
    'yes',
    'Off',
    'y',
    '~',
    'null',
    '010',
    '0x1F',
    '1_000',
    '1e3',
    '10:20',
    '2024-05-01',
    '---',
    '',
    '<<',
  ),
)

t.test('what is printed is read as the same value', async () => {
  const key = yamlString.filter(text => text !== '__proto__' && text !== '<<')
  const value = fc.letrec<{ node: unknown }>(tie => ({
    node: fc.oneof(
      { maxDepth: 3, depthSize: 'small' },
      yamlString,
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }).filter(number => !Object.is(number, -0)),
      fc.boolean(),
      fc.array(tie('node'), { maxLength: 3 }),
      fc.dictionary(key, tie('node'), { maxKeys: 3, noNullPrototype: true }),
    ),
  })).node
  fc.assert(
    fc.property(value, node => {
      const text = printYaml({ spec: node }, { text: '', sourcePath: path => path })
      return isDeepStrictEqual(read(text), [{ spec: node }])
    }),
    { numRuns: 2_000 },
  )
})

const net = fc.constantFrom('10.0.0.0/8', '192.0.2.7/24', '198.51.100.9')
const entity = fc.record(
  {
    tag: fc.constantFrom('trusted', 'a_b'),
    notTag: fc.constantFrom('blocked'),
    nets: fc.array(net, { maxLength: 3 }),
    notNets: fc.array(net, { maxLength: 2 }),
    selector: fc.constantFrom("role == 'web'", 'has(zone)', "calico/k8s_ns == 'default'", ''),
    notSelector: fc.constantFrom("role == 'db'"),
    ports: fc.array(fc.constantFrom(80, '90:99', 'http', '7:7'), { maxLength: 3 }),
  },
  { requiredKeys: [] },
)
const rule = fc.record(
  {
    action: fc.constantFrom('allow', 'deny', 'log', 'pass'),
    protocol: fc.constantFrom('tcp', 'udp', 'sctp', 6),
    source: entity,
    destination: entity,
  },
  { requiredKeys: ['action', 'protocol'] },
)
const policy = fc.record(
  {
    order: fc.constantFrom(1, 60.5, 1e3),
    selector: fc.constantFrom('', 'all()', "role == 'web'"),
    ingress: fc.array(rule, { maxLength: 3 }),
    egress: fc.array(rule, { maxLength: 3 }),
    doNotTrack: fc.boolean(),
  },
  { requiredKeys: [] },
)

t.test('a v1 policy and what convert makes of it compile to the same text', async t => {
  const cluster = [
    hostEndpoint('h', { role: 'web', zone: 'a' }),
    pod('web', '10.65.0.1', { role: 'web', trusted: '' }),
    v1('profile', 'name: open, tags: [trusted]', 'ingress: [{action: allow}]'),
  ]
  let rules = 0
  fc.assert(
    fc.property(fc.array(policy, { minLength: 1, maxLength: 3 }), specs => {
      const source = [
        ...specs.map((spec, index) =>
          JSON.stringify({ apiVersion: 'v1', kind: 'policy', metadata: { name: `Edge/${index}` }, spec }),
        ),
        v1('hostEndpoint', 'name: h2, node: node-1', 'interfaceName: eth1'),
      ]
      const before = mustCompile([...source, ...cluster]).versions[4].text
      const after = mustCompile([convertText(...source), ...cluster]).versions[4].text
      rules += before.iptables.split('cali-pi-').length
      return before.iptables === after.iptables && before.ipset === after.ipset
    }),
    { numRuns: 60 },
  )
  t.ok(rules > 60, 'the policies were there')
})

t.test('a Kubernetes policy and what convert makes of it give rules that mean the same', async t => {
  const policies = [
    '{podSelector: {matchLabels: {role: web}}, ingress: [{from: [{podSelector: {}}, {namespaceSelector: {}}, {ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}}], ports: [{port: 80}, {port: 81, endPort: 90}, {port: 53, protocol: UDP}, {port: http}]}]}',
    '{podSelector: {}, policyTypes: [Ingress, Egress]}',
    '{podSelector: {}, egress: [{to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: default}}, podSelector: {matchExpressions: [{key: role, operator: NotIn, values: [db]}]}}]}, {}]}',
    '{podSelector: {}, ingress: [{}]}',
  ].map(
    (spec, index) =>
      `{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: p${index}}, spec: ${spec}}`,
  )
  const cluster = [pod('web', '10.65.0.1', { role: 'web' }, { ports: '[{name: http, containerPort: 8080}]' })]
  // Names of chains are hashes of the kind, and comments name it; everything else must be the same, rule by rule.
  const meaning = (texts: readonly string[]): readonly (readonly string[])[] => {
    const { chains } = mustCompile(texts).versions[4].ruleset.tables.find(({ name }) => name === 'filter') ?? {
      chains: [],
    }
    const ofPolicies = chains.filter(({ name }) => /^cali-p[io]-/.test(name))
    return ofPolicies.map(({ rules }) => rules.map(({ matches, target }) => JSON.stringify([matches, target]))).sort()
  }
  const before = meaning([...policies, ...cluster])
  t.ok(before.flat().length > 20, `${before.flat().length} rules`)
  t.strictSame(meaning([convertText(...policies), ...cluster]), before)
  t.equal(
    mustCompile([convertText(...policies), ...cluster]).versions[4].text.ipset,
    mustCompile([...policies, ...cluster]).versions[4].text.ipset,
    'the same sets',
  )
})

t.test('Node of Kubernetes stays what it is beside node of Calico', async t => {
  const result = compileYaml(['{apiVersion: v1, kind: Node, metadata: {name: node-1}}', v1('bgpPeer', '', '')])
  t.same(
    result.diagnostics.filter(({ code }) => code === 'converted-v1'),
    [],
  )
})
