// Agreement with Calico's validation, rule by rule: what is refused, at which path, and what is only warned of.

import t from 'tap'
import { Report } from '../src/diagnostics/diagnostic.ts'
import { formatPath, isSpan } from '../src/diagnostics/source.ts'
import type { Resource } from '../src/model/ast/resources.ts'
import { parseResources } from '../src/parser/parse-resources.ts'

interface Found {
  readonly resources: readonly Resource[]
  /** `error bad-value spec.order` for each finding, in order. */
  readonly findings: readonly string[]
  /** What the findings point at. */
  readonly texts: readonly string[]
  /** The input with every fix applied. */
  readonly fixed: string
}

function check(text: string, noteBeyondCalico = false): Found {
  const report = new Report()
  const { resources } = parseResources([{ name: 'a.yaml', text }], report, { noteBeyondCalico })
  const placed = report.placed()
  const edits = placed
    .flatMap(({ fix }) => fix?.edits ?? [])
    .map(({ place, text: replacement }) => ({ ...place, replacement }))
    .sort((a, b) => b.start - a.start)
  return {
    resources,
    findings: report.diagnostics.map(({ severity, code, place }) =>
      `${severity} ${code} ${place === undefined || isSpan(place) ? '' : formatPath(place.path)}`.trimEnd(),
    ),
    texts: placed.map(({ place }) => place?.file.text.slice(place.start, place.end) ?? ''),
    fixed: edits.reduce((all, { start, end, replacement }) => all.slice(0, start) + replacement + all.slice(end), text),
  }
}

function resource(kind: string, spec: string, metadata = 'name: a'): string {
  return `apiVersion: projectcalico.org/v3\nkind: ${kind}\nmetadata: {${metadata}}\nspec: ${spec}\n`
}

const global = (spec: string, metadata?: string): string => resource('GlobalNetworkPolicy', spec, metadata)
const rule = (fields: string): string => global(`{ingress: [{action: Allow, ${fields}}]}`)
const egress = (fields: string): string => global(`{egress: [{action: Allow, ${fields}}]}`)

const pool = (fields: string): string => resource('IPPool', `{cidr: 10.0.0.0/16, ${fields}}`)
const felix = (fields: string): string => resource('FelixConfiguration', `{${fields}}`)
const bgp = (fields: string): string => resource('BGPConfiguration', `{${fields}}`)
const peer = (fields: string): string => resource('BGPPeer', `{${fields}}`)
const filter = (fields: string): string => resource('BGPFilter', `{importV4: [{action: Accept, ${fields}}]}`)

const RULE = 'spec.ingress[0]'

const REFUSED: readonly (readonly [string, string, readonly string[]])[] = [
  ['a name is a subdomain name', global('{}', 'name: A_b'), ['bad-name metadata.name']],
  ['a name is needed', global('{}', 'labels: {a: b}'), ['missing-field metadata.name']],
  ['a policy name has at most one dot', global('{}', 'name: a.b.c'), ['bad-name metadata.name']],
  ['a tier name has no dot', resource('Tier', '{}', 'name: a.b'), ['bad-name metadata.name']],
  ['a tier name has 63 bytes', resource('Tier', '{}', `name: ${'a'.repeat(64)}`), ['bad-name metadata.name']],
  ['a cluster-wide kind has no namespace', global('{}', 'name: a, namespace: b'), ['bad-name metadata.namespace']],
  ['a label key has one slash', global('{}', 'name: a, labels: {a/b/c: d}'), ['bad-name metadata.labels']],
  ['a label value has no blank', global('{}', 'name: a, labels: {a: b c}'), ['bad-name metadata.labels.a']],
  ['an annotation key has no blank', global('{}', 'name: a, annotations: {a b: c}'), ['bad-name metadata.annotations']],
  ['policies have no status', `${global('{}')}status: {}`, ['unknown-field status']],
  [
    'preDNAT has no egress',
    global('{preDNAT: true, applyOnForward: true, egress: [{action: Deny}]}'),
    ['bad-policy spec.egress'],
  ],
  ['doNotTrack needs applyOnForward', global('{doNotTrack: true}'), ['bad-policy spec.applyOnForward']],
  [
    'all contradictions in one run',
    global('{doNotTrack: true, preDNAT: true, order: x}'),
    ['wrong-type spec.order', 'bad-policy spec.preDNAT', 'bad-policy spec.applyOnForward'],
  ],
  ['types are not repeated', global('{types: [Egress, Egress]}'), ['bad-policy spec.types']],
  ['at most two types', global('{types: [Egress, Ingress, Egress]}'), ['bad-value spec.types']],
  ['global() is for rules', global('{selector: global()}'), ['bad-policy spec.selector']],
  ['ports need a protocol', rule('destination: {ports: [http, 80]}'), [`bad-rule ${RULE}.destination.ports`]],
  ['ICMP has no ports', rule('protocol: ICMP, source: {notPorts: [http]}'), [`bad-rule ${RULE}.source.notPorts`]],
  ['a bad protocol is one mistake', rule('protocol: tcp, source: {ports: [80]}'), [`bad-protocol ${RULE}.protocol`]],
  ['icmp needs ICMP by name', rule('protocol: 1, icmp: {type: 8}'), [`bad-icmp ${RULE}.icmp`]],
  ['a code needs a type', rule('notICMP: {code: 8}'), [`bad-icmp ${RULE}.notICMP.code`]],
  ['ICMP is IPv4', rule('notProtocol: ICMP, ipVersion: 6'), [`bad-rule ${RULE}.ipVersion`]],
  ['a net has a prefix length', rule('source: {nets: [192.0.2.1]}'), [`bad-net ${RULE}.source.nets`]],
  ['a net has no host bits', rule('source: {nets: [192.0.2.1/24]}'), [`host-bits ${RULE}.source.nets[0]`]],
  [
    'one IP version',
    rule('source: {nets: [10.0.0.0/8]}, destination: {notNets: ["fd00::/8"]}'),
    [`bad-rule ${RULE}.destination.notNets`],
  ],
  ['not everything', rule('source: {notNets: [0.0.0.0/0]}'), [`bad-net ${RULE}.source.notNets`]],
  [
    'a service in its direction',
    egress('source: {services: {name: a, namespace: b}}'),
    ['bad-rule spec.egress[0].source.services'],
  ],
  [
    'a service needs a namespace',
    egress('destination: {services: {name: a}}'),
    ['bad-rule spec.egress[0].destination.services.namespace'],
  ],
  [
    'global() stands alone',
    rule('source: {namespaceSelector: "!global()"}'),
    [`bad-rule ${RULE}.source.namespaceSelector`],
  ],
  ['http is for TCP', rule('protocol: UDP, http: {methods: [GET]}'), [`bad-rule ${RULE}.protocol`]],
  ['a path starts with /', rule('http: {paths: [{exact: a}]}'), [`bad-value ${RULE}.http.paths[0]`]],
  [
    'staged deletion says nothing else',
    resource('StagedGlobalNetworkPolicy', '{stagedAction: Delete, order: 1}'),
    ['bad-policy spec'],
  ],
  [
    'fixed tiers',
    resource('Tier', '{order: 5}', 'name: kube-admin'),
    ['bad-value spec.order', 'bad-value spec.defaultAction'],
  ],
  ['a host endpoint', resource('HostEndpoint', '{}'), ['bad-endpoint spec.interfaceName', 'bad-endpoint spec.node']],
  [
    'a set keeps to its namespace',
    resource('NetworkSet', '{}', 'name: a, labels: {projectcalico.org/namespace: b}'),
    ['bad-name metadata.labels'],
  ],
  ['an IPv6 pool has no IP-in-IP', resource('IPPool', '{cidr: "fd00::/64"}'), ['bad-value spec.ipipMode']],
  ['a pool is larger than a block', resource('IPPool', '{cidr: 10.0.0.0/27}'), ['bad-value spec.cidr']],
  ['an empty bgp', resource('Node', '{bgp: {}}'), ['bad-value spec.bgp']],
  [
    'node ports are numbers',
    resource('FelixConfiguration', '{kubeNodePortRanges: [http]}'),
    ['bad-port spec.kubeNodePortRanges'],
  ],
  ['an empty default action', resource('Tier', "{defaultAction: ''}"), ['bad-value spec.defaultAction']],
  [
    'old fields of pools',
    pool('ipip: {enabled: true}, nat-outgoing: true'),
    ['bad-value spec.ipip', 'bad-value spec.nat-outgoing'],
  ],
  ['where routes come from', felix('routeSource: "*"'), ['bad-value spec.routeSource']],
  ['a key without a dash', felix('featureGates: A-b=1'), ['bad-value spec.featureGates']],
  [
    'a negative timeout',
    felix('healthTimeoutOverrides: [{name: a, timeout: -5s}]'),
    ['bad-value spec.healthTimeoutOverrides[0].timeout'],
  ],
  ['all interfaces ignored', bgp('ignoredInterfaces: ["*"]'), ['bad-value spec.ignoredInterfaces[0]']],
  [
    'a route priority of Felix alone',
    bgp('ipv4NormalRoutePriority: 1, ipv4ElevatedRoutePriority: 1'),
    ['unknown-field spec.ipv4ElevatedRoutePriority'],
  ],
  ['communities of nothing', bgp('communities: [{name: a, value: "1:2"}]'), ['bad-value spec.communities']],
  [
    'a mesh that is off',
    bgp('nodeToNodeMeshEnabled: false, nodeMeshPassword: {}, nodeMeshMaxRestartTime: 9s'),
    ['bad-value spec.nodeMeshPassword', 'bad-value spec.nodeMeshMaxRestartTime'],
  ],
  [
    'a secret named by number',
    peer('password: {secretKeyRef: {name: 5}}'),
    ['wrong-type spec.password.secretKeyRef.name'],
  ],
  ['no next hop mode', peer("nextHopMode: ''"), ['bad-value spec.nextHopMode']],
  [
    'a workload has one AS number and no address',
    peer('localWorkloadSelector: all(), peerIP: 192.0.2.9, asNumber: "0.0"'),
    ['bad-value spec.peerIP', 'missing-field spec.asNumber'],
  ],
  [
    'a peer by one selector',
    peer('localWorkloadSelector: has(a), peerSelector: has(b), asNumber: 1'),
    ['bad-value spec.asNumber', 'bad-value spec.peerSelector'],
  ],
  ['a peer with a zone', peer('peerIP: "fe80::1%eth0"'), ['bad-address spec.peerIP']],
  ['a filter without operator', filter('cidr: 10.0.0.0/8'), ['missing-field spec.importV4[0].matchOperator']],
  ['a filter without net', filter('matchOperator: In'), ['missing-field spec.importV4[0].cidr']],
  ['lengths without net', filter('prefixLength: {min: 9}'), ['missing-field spec.importV4[0].cidr']],
  ['a filter of host bits', filter('cidr: 10.0.0.1/8, matchOperator: In'), ['host-bits spec.importV4[0].cidr']],
  [
    'classes are not repeated',
    resource('CalicoNodeStatus', '{node: a, classes: [BGP, Agent, BGP], updatePeriodSeconds: 0}'),
    ['bad-value spec.classes'],
  ],
  ['an AS number of a node', resource('Node', '{bgp: {asNumber: x}}'), ['bad-value spec.bgp.asNumber']],
  [
    'who runs a node',
    resource('Node', '{orchRefs: [{orchestratr: k8s}]}'),
    ['unknown-field spec.orchRefs[0].orchestratr'],
  ],
  [
    'the key of a node',
    `${resource('Node', '{}')}status: {wireguardPublicKey: abc, podCIDR: a}`,
    ['bad-value status.wireguardPublicKey', 'unknown-field status.podCIDR'],
  ],
  [
    'where a port of the host is',
    resource('WorkloadEndpoint', `{interfaceName: e, ports: [{protocol: TCP, port: 1, hostPort: 2, hostIP: here}]}`),
    ['bad-net spec.ports[0].hostIP'],
  ],
  [
    'no quotes in names of service accounts: Calico would leave the list out',
    rule(
      `source: {serviceAccounts: {names: [a, "b'c"], selector: has(k)}}, destination: {serviceAccounts: {names: ['"']}}`,
    ),
    [
      `unsupported-field ${RULE}.source.serviceAccounts.names`,
      `unsupported-field ${RULE}.destination.serviceAccounts.names`,
    ],
  ],
  [
    'the name of a WorkloadEndpoint, which is one mistake',
    resource('WorkloadEndpoint', '{interfaceName: e}', 'labels: {a: b}'),
    ['missing-field metadata.name'],
  ],
  ['apiVersion is missing', 'kind: Tier', ['not-a-resource apiVersion']],
  ['a version of ours that is none', 'apiVersion: projectcalico.org/V3\nkind: Tier', ['unknown-kind apiVersion']],
]

t.test('what Calico refuses is an error at the same path', async t => {
  for (const [title, text, wanted] of REFUSED)
    t.same(
      check(text).findings,
      wanted.map(line => `error ${line}`),
      title,
    )
})

const ACCEPTED: readonly (readonly [string, string])[] = [
  ['a policy without spec', 'apiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata: {name: a}'],
  ['names of converted policies', resource('NetworkPolicy', '{}', 'name: knp.default.a.b.c')],
  ['named ports without protocol', rule('destination: {ports: [http]}')],
  ['notICMP with any protocol', rule('protocol: TCP, notICMP: {type: 8}')],
  ['an IPv4-mapped net beside IPv4', rule('source: {nets: ["::ffff:192.0.2.0/120", 10.0.0.0/8]}')],
  ['any service account name', rule('source: {serviceAccounts: {names: ["", A_]}}')],
  [
    'protocols of endpoint ports by number',
    resource('HostEndpoint', '{node: n, interfaceName: e, ports: [{name: a, protocol: 6, port: 1}]}'),
  ],
  ['a node name of any length', resource('HostEndpoint', `{node: ${'n'.repeat(300)}, interfaceName: e}`)],
  ['pairs of any text', felix('featureGates: ", a=b=c,d="')],
  ['nets of nothing', felix('bpfExcludeCIDRsFromNAT: [null, ""]')],
  ['reservations of nothing', resource('IPReservation', '{reservedCIDRs: [null, "", 10.0.0.1/8]}')],
  ['a filter of lengths', filter('cidr: 10.0.0.0/8, matchOperator: In, prefixLength: {min: 9}')],
  ['a peer of AS 0 by selector', peer('asNumber: 0, peerSelector: all()')],
  [
    'a node as calicoctl prints it',
    `${resource('Node', '{addresses: [{address: somewhere, type: Other}], orchRefs: [{nodeName: a, orchestrator: k8s}]}')}status: {podCIDRs: [10.0.0.0/24], wireguardPublicKey: ${'A'.repeat(43)}=}`,
  ],
  [
    'templates nobody looks into',
    resource(
      'KubeControllersConfiguration',
      '{controllers: {node: {hostEndpoint: {templates: [{interfacePattern: "("}]}}}}',
    ),
  ],
]

t.test('what Calico accepts is accepted without a word', async t => {
  for (const [title, text] of ACCEPTED) t.same(check(text).findings, [], title)
})

t.test('rules of iptables let pass what HTTP would not, and that is a warning', async t => {
  for (const [http, count] of [
    ['{methods: [GET]}', 1],
    ['{paths: [{exact: /a}]}', 1],
    ['{methods: []}', 0],
    ['{}', 0],
  ] as const) {
    const { findings } = check(rule(`http: ${http}`))
    t.same(findings, Array<string>(count).fill(`warning unsupported-field ${RULE}.http`), http)
  }
})

t.test('a list of a known kind may hold nothing', async t => {
  for (const items of ['items:', 'items: []', 'metadata: {}'])
    t.same(check(`apiVersion: projectcalico.org/v3\nkind: TierList\n${items}`).findings, [], items)
  const mapping = 'apiVersion: projectcalico.org/v3\nkind: TierList\nitems: {metadata: {name: a}}'
  t.same(check(mapping).findings, ['error wrong-type items'])
  const stranger = 'apiVersion: projectcalico.org/v3\nkind: TirList\nitems:'
  t.same(check(stranger).findings, ['error unknown-kind kind'])
})

t.test('an item that holds nothing is to be filled in or removed', async t => {
  const report = new Report()
  parseResources([{ name: 'a.yaml', text: global('{types: [null]}') }], report)
  t.match(report.diagnostics, [{ code: 'missing-field', help: 'write a value, or remove the empty item' }])
})

t.test('field names of Calico kinds in another case are read, and warned of with a fix', async t => {
  const found = check(global('{Selector: "a == ", ingress: [{Action: Allow, protocol: TCP}]}'))
  t.same(found.findings, [
    'warning field-case spec.Selector',
    'warning field-case spec.ingress[0].Action',
    'error selector-syntax spec.selector',
  ])
  t.same(found.texts, ['Selector', 'Action', '"'])
  t.match(found.fixed, 'spec: {selector: "a == ", ingress: [{action: Allow, protocol: TCP}]}')
  const both = check(global('{selector: has(a), Selector: has(b)}'))
  t.same(both.findings, ['warning field-case spec.Selector'])
  t.match(both.resources, [{ selector: { canonical: 'has(a)' } }], 'the exact spelling wins')
})

t.test('field names of Kubernetes kinds are exact', async t => {
  const text = 'apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: a}\nspec: {PodSelector: {}}'
  t.same(check(text).findings, ['error unknown-field spec.PodSelector'])
})

t.test('a mistake with one safe cure carries it', async t => {
  const rows: readonly (readonly [string, string])[] = [
    [global('{types: [ingress]}'), global('{types: [Ingress]}')],
    [rule('protocol: tcp'), rule('protocol: TCP')],
    [rule("source: {nets: ['192.0.2.1']}"), rule('source: {nets: [192.0.2.1/32]}')],
    [rule('source: {nets: ["fd00::1"]}'), rule('source: {nets: [fd00::1/128]}')],
    [rule('ipVersion: "4"'), rule('ipVersion: 4')],
  ]
  for (const [written, mended] of rows) {
    t.equal(check(written).fixed, mended)
    t.same(check(mended).findings, [], 'and then nothing is wrong')
  }
})

t.test('a message about one item of a list points at the item', async t => {
  t.same(check(rule('source: {nets: [10.0.0.0/8, 192.0.2.1]}')).texts, ['192.0.2.1'])
  t.same(check(global('{}', 'name: a, labels: {a/b/c: d}')).texts, ['a/b/c'])
})

t.test('what is accepted beyond Calico is noted', async t => {
  const stored = 'apiVersion: crd.projectcalico.org/v1\nkind: Tier\nmetadata: {name: a}\n'
  t.same(
    check(`${stored}---\n${stored.replace('name: a', 'name: b')}`).findings,
    ['note stored-form apiVersion'],
    'once',
  )
  t.same(check(`${resource('Tier', '{}')}---\n# nothing\n`).findings, ['note beyond-calico'])
  const policy = 'apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: a}\n'
  t.same(check(policy).findings, [], 'Kubernetes kinds only when asked')
  t.same(check(policy, true).findings, ['note beyond-calico apiVersion'])
})

t.test('a tag in place of a selector is empty text, as for Calico, and a warning', async t => {
  const { findings, resources } = check(global('\n  selector: !has(a)'))
  t.same(findings, ['warning yaml-tag'])
  t.match(resources, [{ selector: { canonical: 'all()' } }])
})
