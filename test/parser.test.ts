// What input means: documents, YAML as Calico reads it, kinds, conversions, and mistakes at their place.

import { existsSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { dump } from 'js-yaml'
import t from 'tap'
import { stringify } from 'yaml'
import { Report } from '../src/diagnostics/diagnostic.ts'
import type { Policy, PolicyRule } from '../src/model/ast/policy.ts'
import type { Resource, Tier } from '../src/model/ast/resources.ts'
import { readPlainYaml } from '../src/documents/bulk-documents.ts'
import { readDocuments } from '../src/documents/documents.ts'
import { readYaml } from '../src/documents/yaml-documents.ts'
import { CORPUS_FOLDER, findCases, readCase } from './helpers/cases.ts'
import { GOLDEN_FOLDER } from './helpers/golden.ts'
import { parseResources } from '../src/parser/parse-resources.ts'
import { resolvePlainScalar } from '../src/documents/scalars.ts'
import { parseQuantity } from '../src/parser/kubernetes/quantity.ts'
import { formatCidr } from '../src/net/cidr.ts'
import { formatPortRange } from '../src/net/port.ts'
import { places } from './helpers/build.ts'

interface Parsed {
  readonly resources: readonly Resource[]
  readonly places: readonly string[]
  /** Code of each diagnostic and the text that it points at. */
  readonly pointers: readonly string[]
  readonly messages: readonly string[]
}

function parse(...texts: readonly string[]): Parsed {
  const report = new Report()
  const { resources } = parseResources(
    texts.map((text, index) => ({ name: `${index}.yaml`, text })),
    report,
  )
  return {
    resources,
    places: places(report.placed()),
    pointers: report
      .placed()
      .map(({ code, place }) => `${code} ${place?.file.text.slice(place.start, place.end) ?? ''}`),
    messages: report.diagnostics.map(({ message }) => message),
  }
}

const tier = (name: string): string => `apiVersion: projectcalico.org/v3\nkind: Tier\nmetadata: {name: ${name}}\n`

function names(parsed: Parsed): readonly string[] {
  return parsed.resources.map(resource =>
    'name' in resource ? resource.name : resource.kind === 'policy' ? resource.id.name : '',
  )
}

t.test("plain scalars are read in the dialect of Calico's loader", async t => {
  const rows: readonly (readonly [string, unknown])[] = [
    ['yes', true],
    ['Off', false],
    ['y', true],
    ['N', false],
    ['true', true],
    ['TRUE', true],
    ['tRUE', 'tRUE'],
    ['010', 8],
    ['0o10', 8],
    ['0644', 420],
    ['08', 8],
    ['0080', 80],
    ['0x1F', 31],
    ['0b11', 3],
    ['1_000', 1000],
    ['+5', 5],
    ['-5', -5],
    ['1e3', 1000],
    ['12e03', 12000],
    ['1.0', 1],
    ['.5', 0.5],
    ['10:20', '10:20'],
    ['2024-05-01', '2024-05-01'],
    ['~', null],
    ['Null', null],
    ['', null],
    ['nULL', 'nULL'],
    ['.inf', Infinity],
    ['-.INF', -Infinity],
    ['.', '.'],
    ['-', '-'],
    ['1.2.3.4', '1.2.3.4'],
    ['0x', '0x'],
    ['abc', 'abc'],
  ]
  for (const [text, wanted] of rows) t.equal(resolvePlainScalar(text), wanted, JSON.stringify(text))
  t.ok(Number.isNaN(resolvePlainScalar('.NaN')))
})

t.test('documents', async t => {
  const rows: readonly (readonly [string, string, readonly string[]])[] = [
    [
      'several, with comments behind the separator',
      `${tier('a')}--- # note\n${tier('b')}---foo\n${tier('c')}`,
      ['a', 'b', 'c'],
    ],
    ['a start mark and empty documents', `---\n${tier('a')}---\n---\n`, ['a']],
    ['JSON', JSON.stringify({ apiVersion: 'projectcalico.org/v3', kind: 'Tier', metadata: { name: 'a' } }), ['a']],
    [
      'a generic list',
      `apiVersion: v1\nkind: List\nitems:\n- ${tier('a').trim().replaceAll('\n', '\n  ')}\n- ${tier('b').trim().replaceAll('\n', '\n  ')}\n`,
      ['a', 'b'],
    ],
    [
      'a typed list, whose items may leave out their type',
      'apiVersion: projectcalico.org/v3\nkind: TierList\nitems: [{metadata: {name: a}}]',
      ['a'],
    ],
    ['a sequence', `- ${tier('a').trim().replaceAll('\n', '\n  ')}`, ['a']],
    ['byte-order mark and CRLF', `\ufeff${tier('a').replaceAll('\n', '\r\n')}`, ['a']],
    [
      'anchors and merge keys',
      'apiVersion: &v projectcalico.org/v3\nkind: Tier\nmetadata: &m {name: a}\nstatus: {<<: *m, v: *v}',
      ['a'],
    ],
    [
      'server fields',
      'apiVersion: projectcalico.org/v3\nkind: Tier\nmetadata: {name: a, uid: x, resourceVersion: "1", managedFields: [{}], creationTimestamp: "2024-01-01T00:00:00Z"}\nstatus: {conditions: []}',
      ['a'],
    ],
  ]
  for (const [title, text, wanted] of rows) {
    const parsed = parse(text)
    t.same(names(parsed), wanted, title)
    t.same(parsed.messages, [], title)
  }
})

t.test('mistakes in documents', async t => {
  const rows: readonly (readonly [string, string, readonly string[]])[] = [
    ['a tab', 'a:\n\tb: 1', ['2:1 yaml-syntax', '1:1 not-a-resource']],
    ['a key twice', `${tier('a')}spec:\n  order: 1\n  order: 2`, ['6:3 duplicate-key']],
    [
      'a selector that starts with ! is a tag',
      'apiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata: {name: a}\nspec:\n  selector: !has(x)',
      ['5:13 yaml-tag'],
    ],
    ['text', 'hello', ['1:1 not-a-resource']],
    ['no apiVersion', 'kind: Tier', ['1:1 not-a-resource']],
    ['a kind that Calico has not', 'apiVersion: projectcalico.org/v3\nkind: tier', ['2:7 unknown-kind']],
    [
      'a kind that Calico no longer has',
      'apiVersion: policy.networking.k8s.io/v1alpha1\nkind: AdminNetworkPolicy',
      ['2:7 unsupported-kind'],
    ],
    [
      'all of several',
      `${tier('a')}spec: {ordr: 1}\n---\n${tier('b')}spec: {order: x}\n---\nkind: x`,
      ['4:8 unknown-field', '9:15 wrong-type', '11:1 not-a-resource'],
    ],
  ]
  for (const [title, text, wanted] of rows) t.same(parse(text).places, wanted, title)
})

t.test('the stored form', async t => {
  const stored = (name: string, annotation: string | undefined, tierName: string): string =>
    JSON.stringify({
      apiVersion: 'crd.projectcalico.org/v1',
      kind: 'GlobalNetworkPolicy',
      metadata: {
        name,
        ...(annotation === undefined ? {} : { annotations: { 'projectcalico.org/metadata': annotation } }),
      },
      spec: { tier: tierName },
    })
  const rows: readonly (readonly [string, string, string | undefined, string])[] = [
    // The stored name is the one that Felix knows, whatever the tier and the annotation say.
    ['default.web-guard', 'default.web-guard', '{}', ''],
    ['default.web-guard', 'default.web-guard', '{"name":"web-guard"}', 'default'],
    ['default.web-guard', 'default.web-guard', '{"name":"default.web-guard"}', 'default'],
    ['edge.web-guard', 'edge.web-guard', '{}', 'edge'],
    ['default.web-guard', 'default.web-guard', undefined, 'default'],
  ]
  for (const [wanted, name, annotation, tierName] of rows) {
    t.same(
      names(parse(stored(name, annotation, tierName))),
      [wanted],
      `${name} with ${annotation ?? 'no annotation'} in tier ${tierName}`,
    )
  }
})

t.test('a stored tier without an order has that of the default tier, as Calico reads it', async t => {
  // Clusters from before v3.29 keep their default tier so; behind kube-baseline its policies would come last.
  const text = ['default', 'sec'].map(
    name => `apiVersion: crd.projectcalico.org/v1\nkind: Tier\nmetadata: {name: ${name}}\nspec: {order: null}\n`,
  )
  const orders = parse(text.join('---\n')).resources.map(tier => [(tier as Tier).name, (tier as Tier).order])
  t.same(orders, [
    ['default', 1_000_000],
    ['sec', 1_000_000],
  ])
})

/** One rule as `protocol ports source-selector nets !nets`. */
function describeRule({ protocol, source, destination }: PolicyRule): string {
  const ports = [...destination.namedPorts, ...destination.ports.map(formatPortRange)].join(',')
  const peer =
    source.selector?.canonical ??
    [...source.nets.map(formatCidr), ...source.notNets.map(net => `!${formatCidr(net)}`)].join(' ')
  return `${protocol ?? 'any'} ${ports} ${peer}`
}

t.test('a Kubernetes NetworkPolicy', async t => {
  const { resources, messages } = parse(`
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  podSelector:
    matchLabels: {role: web, app: cart}
    matchExpressions:
    - {key: zone, operator: In, values: [b, a]}
    - {key: old, operator: DoesNotExist}
    - {key: env, operator: NotIn, values: [test]}
    - {key: team, operator: Exists}
  policyTypes: [Egress, Ingress]
  ingress:
  - from:
    - podSelector: {matchLabels: {role: front}}
    - namespaceSelector: {}
    - {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: ops}}, podSelector: {}}
    - ipBlock: {cidr: 192.0.2.7/24, except: [192.0.2.128/25]}
    ports:
    - {port: 443}
    - {port: 80}
    - {port: 81, protocol: TCP}
    - {port: 53, protocol: UDP}
    - {port: metrics}
  egress:
  - to: [{ipBlock: {cidr: "2001:db8::/32"}}]
    ports: [{port: 8000, endPort: 8100}, {port: 8050, endPort: 8200}]
  - ports: [{protocol: SCTP}, {protocol: SCTP, port: 7}]
`)
  t.same(messages, [])
  const policy = resources[0] as Policy
  t.equal(
    policy.selector.canonical,
    '((projectcalico.org/orchestrator == "k8s" && app == "cart" && role == "web" && zone in {"a", "b"} && !has(old) && env not in {"test"} && has(team)) && projectcalico.org/namespace == "shop")',
  )
  const sources = [
    '(projectcalico.org/namespace == "shop" && (projectcalico.org/orchestrator == "k8s" && role == "front"))',
    '(has(projectcalico.org/namespace) && projectcalico.org/orchestrator == "k8s")',
    '(pcns.kubernetes.io/metadata.name == "ops" && projectcalico.org/orchestrator == "k8s")',
    '192.0.2.0/24 !192.0.2.128/25',
  ]
  t.same(policy.ingress.map(describeRule), [
    ...sources.map(s => `tcp metrics,80:81,443 ${s}`),
    ...sources.map(s => `udp 53 ${s}`),
  ])
  t.same(
    policy.egress.map(
      ({ protocol, destination }) =>
        `${protocol} ${destination.ports.map(formatPortRange).join(',')} ${destination.nets.map(formatCidr).join()}`,
    ),
    ['tcp 8000:8200 2001:db8::/32', 'sctp  '],
  )
  t.match(policy, { tier: 'default', order: 1000, types: ['egress', 'ingress'] })
})

t.test('Kubernetes policies that would fail open are refused', async t => {
  const policy = (spec: string): string =>
    `apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p, namespace: n}\nspec: ${spec}`
  const rows: readonly (readonly [string, string, string])[] = [
    ['{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/33}}]}]}', 'bad-net', '10.0.0.0/33'],
    [
      '{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [11.0.0.0/8]}}]}]}',
      'bad-net',
      '11.0.0.0/8',
    ],
    ['{podSelector: {}, ingress: [{from: [{}]}]}', 'bad-rule', '{}'],
    ['{podSelector: {}, ingress: [{ports: [{port: 90, endPort: 80}]}]}', 'bad-port', '80'],
    ['{podSelector: {}, ingress: [{ports: [{port: http, endPort: 80}]}]}', 'bad-port', '80'],
    ['{podSelector: {}, ingress: [{ports: [{port: 0}]}]}', 'bad-port', '0'],
    ['{podSelector: {}, ingress: [{ports: [{protocol: tcp}]}]}', 'bad-protocol', 'tcp'],
    [`{podSelector: {matchLabels: {a: "x' || all() || a == 'y"}}}`, 'bad-name', `"x' || all() || a == 'y"`],
    ['{PodSelector: {}}', 'unknown-field', 'PodSelector'],
    ['{podSelector: {}, policyTypes: [Ingress, Egress, Ingress]}', 'bad-value', 'policyTypes'],
  ]
  for (const [spec, code, text] of rows) t.same(parse(policy(spec)).pointers, [`${code} ${text}`], spec)
})

t.test('a rule of a ClusterNetworkPolicy with a peer that Calico does not support fails closed', async t => {
  const run = (rule: string): readonly unknown[] => {
    const { resources, places: found } = parse(
      `{apiVersion: policy.networking.k8s.io/v1alpha2, kind: ClusterNetworkPolicy, metadata: {name: p}, spec: {tier: Admin, priority: 1, subject: {namespaces: {}}, egress: [${rule}]}}`,
    )
    const [policy] = resources
    if (policy?.kind !== 'policy') return [found]
    const rules = policy.egress.map(({ action, destination, annotations }) => [
      action,
      destination.selector?.canonical ?? 'anybody',
      annotations,
    ])
    return [rules, policy.types, found.map(place => place.split(' ')[1]).filter(code => code === 'unsupported-field')]
  }
  const nodes = '{nodes: {}}'
  const namespaces = '{namespaces: {}}'
  const selector = 'has(projectcalico.org/namespace)'
  const warned = ['unsupported-field']
  const both = ['ingress', 'egress']
  t.same(run(`{action: Deny, name: x1, to: [${namespaces}]}`), [[['Deny', selector, [['name', 'x1']]]], ['egress'], []])
  t.same(run(`{action: Deny, name: x1, to: [${nodes}]}`), [[['Deny', 'anybody', []]], ['egress'], warned])
  t.same(run(`{action: Pass, to: [${namespaces}, ${nodes}]}`), [[['Deny', 'anybody', []]], ['egress'], warned])
  t.same(run(`{action: Accept, to: [${namespaces}, {domainNames: [a.example]}]}`), [[], both, warned])
  t.same(run('{action: Pass, to: [{}]}'), [[['Deny', 'anybody', []]], ['egress'], warned])
})

t.test('types that the API server would fill in', async t => {
  const types = (spec: string): unknown =>
    (
      parse(`{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: p}, spec: ${spec}}`)
        .resources[0] as Policy
    ).types
  t.same(types('{podSelector: {}}'), ['ingress'])
  t.same(types('{podSelector: {}, egress: []}'), ['ingress'])
  t.same(types('{podSelector: {}, egress: [{}]}'), ['ingress', 'egress'])
  t.same(types('{podSelector: {}, policyTypes: [Egress]}'), ['egress'])
})

t.test('nothing at all is the empty value of a label, in selectors as in labels', async t => {
  const [policy] = parse(
    '{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: p, namespace: shop}, spec: {podSelector: {matchLabels: {a: null}}}}',
  ).resources as readonly Policy[]
  t.equal(
    policy?.selector.canonical,
    '((projectcalico.org/orchestrator == "k8s" && a == "") && projectcalico.org/namespace == "shop")',
  )
})

t.test('a WorkloadEndpoint has the labels of its own namespace and orchestrator, whatever is written', async t => {
  const { resources } = parse(
    `{apiVersion: projectcalico.org/v3, kind: WorkloadEndpoint, metadata: {name: n1-cni-c1-eth0, namespace: shop, labels: {app: a, projectcalico.org/namespace: bank, projectcalico.org/orchestrator: k8s}}, spec: {node: n1, orchestrator: cni, containerID: c1, endpoint: eth0, interfaceName: cali1, ipNetworks: [10.65.0.2/32]}}`,
  )
  const labels = { app: 'a', 'projectcalico.org/namespace': 'shop', 'projectcalico.org/orchestrator': 'cni' }
  t.match(resources, [{ kind: 'workloadEndpoint', labels }])
})

t.test('selectors of several fields become one', async t => {
  const np = (spec: string): string =>
    (
      parse(
        `{apiVersion: projectcalico.org/v3, kind: NetworkPolicy, metadata: {name: p, namespace: shop}, spec: ${spec}}`,
      ).resources[0] as Policy
    ).selector.canonical
  const gnp = (spec: string): string =>
    (
      parse(`{apiVersion: projectcalico.org/v3, kind: GlobalNetworkPolicy, metadata: {name: p}, spec: ${spec}}`)
        .resources[0] as Policy
    ).selector.canonical
  const rows: readonly (readonly [string, string])[] = [
    [np(`{selector: "app == 'web'"}`), '(app == "web" && projectcalico.org/namespace == "shop")'],
    [np('{}'), 'projectcalico.org/namespace == "shop"'],
    [
      np('{selector: all(), serviceAccountSelector: all()}'),
      '((all() && projectcalico.org/namespace == "shop") && all())',
    ],
    [gnp(`{selector: all(), namespaceSelector: "x == 'y'"}`), '(has(projectcalico.org/namespace) && pcns.x == "y")'],
    [gnp('{namespaceSelector: all()}'), 'has(projectcalico.org/namespace)'],
    [
      gnp(`{selector: "lbl == 'all()'", serviceAccountSelector: has(r)}`),
      '(lbl == "has(projectcalico.org/serviceaccount)" && has(pcsa.r))',
    ],
    [gnp('{}'), 'all()'],
  ]
  for (const [canonical, wanted] of rows) t.equal(canonical, wanted)
})

t.test('quantities of QoS annotations', async t => {
  const rows: readonly (readonly [string, number | undefined])[] = [
    ['1', 1],
    ['1k', 1000],
    ['1Ki', 1024],
    ['0.5', 1],
    ['1500m', 2],
    ['1e3', 1000],
    ['1T', 1e12],
    ['x', undefined],
    ['', undefined],
    ['1 k', undefined],
  ]
  for (const [text, wanted] of rows) t.equal(parseQuantity(text), wanted, JSON.stringify(text))
})

t.test('pods that are no endpoints', async t => {
  const pod = (spec: string, status: string, metadata = ''): number =>
    parse(
      `{apiVersion: v1, kind: Pod, metadata: {name: p${metadata}}, spec: {${spec}}, status: {${status}}}`,
    ).resources.filter(({ kind }) => kind === 'workloadEndpoint').length
  t.equal(pod('nodeName: node-1', 'podIP: 10.0.0.1'), 1)
  t.equal(pod('nodeName: node-1, hostNetwork: true', 'podIP: 10.0.0.1'), 0, 'host-networked')
  t.equal(pod('', 'podIP: 10.0.0.1'), 0, 'unscheduled')
  t.equal(pod('nodeName: node-1', ''), 0, 'without an address')
  t.equal(pod('nodeName: node-1', 'podIP: 10.0.0.1, phase: Succeeded'), 0, 'finished')
  t.equal(
    pod('nodeName: node-1', '', ', annotations: {cni.projectcalico.org/podIPs: "10.0.0.1/32,fd00::1/128"}'),
    1,
    'with addresses from the CNI plugin',
  )
})

t.test('annotations of pods that Calico reads: what it cannot read costs the entry, the pod or nothing', async t => {
  const run = (annotation: string): readonly unknown[] => {
    const { resources, pointers } = parse(
      `{apiVersion: v1, kind: Pod, metadata: {name: p, annotations: {${annotation}}}, spec: {nodeName: node-1}, status: {podIPs: [{ip: 10.0.0.1}, {ip: "fd00::1"}]}}`,
    )
    const [endpoint] = resources
    const extras = endpoint?.kind === 'workloadEndpoint' ? (endpoint.extras ?? {}) : 'no endpoint'
    return [extras, pointers.map(pointer => pointer.split(' ')[0])]
  }
  const floating = (list: string): string => `cni.projectcalico.org/floatingIPs: '${list}'`
  const prefixes = (list: string): string => `cni.projectcalico.org/allowedSourcePrefixes: '${list}'`
  const none = { floatingIps: [], allowedSourcePrefixes: [], ingressLimits: {}, egressLimits: {} }
  const ignored = ['no endpoint', ['endpoint-ignored']]
  const rows: readonly (readonly [string, readonly unknown[]])[] = [
    [
      floating('["192.0.2.1", "2001:DB8:0::1"]'),
      [
        {
          ...none,
          floatingIps: [
            { external: '192.0.2.1', internal: '10.0.0.1' },
            { external: '2001:db8::1', internal: 'fd00::1' },
          ],
        },
        [],
      ],
    ],
    [floating('["192.0.2.999"]'), [none, ['felix-default']]],
    [floating('["192.0.2.1/32"]'), [none, ['felix-default']]],
    [floating('null'), [none, []]],
    [floating(''), ignored],
    [floating('192.0.2.1'), ignored],
    [prefixes(''), [none, []]],
    [prefixes('["198.51.100.7/24"]'), [{ ...none, allowedSourcePrefixes: [net('198.51.100.0', 24)] }, []]],
    [prefixes('["198.51.100.7"]'), ignored],
    [prefixes('[1]'), ignored],
  ]
  for (const [annotation, wanted] of rows) t.same(run(annotation), wanted, annotation)
})

function net(address: string, prefixLength: number): unknown {
  return { ipVersion: 4, address, prefixLength }
}

/** Every document of the golden cases and, where it is at hand, of the corpus. */
function documentsOnDisk(): readonly string[] {
  const folders = [GOLDEN_FOLDER, ...(existsSync(CORPUS_FOLDER) ? [CORPUS_FOLDER] : [])]
  return folders
    .flatMap(findCases)
    .flatMap(folder => readCase(folder).files.flatMap(({ text }) => text.split(/^---.*\n/m)))
}

/** Both readers on one text: the quick one gives the same value as the full one, or none. */
function compareReaders(text: string): 'same' | 'left to the full reader' | 'different' {
  const quick = readPlainYaml(text, 0, text.length)
  if (quick === undefined) return 'left to the full reader'
  const report = new Report()
  const full = readYaml({ file: { name: 'a.yaml', text }, start: 0, end: text.length, dash: false }, report)
  return full !== undefined && isDeepStrictEqual(quick.value, full.value) ? 'same' : 'different'
}

t.test('the quick YAML reader agrees with the full one on every document on disk', async t => {
  const counts = { same: 0, 'left to the full reader': 0, different: 0 }
  for (const text of documentsOnDisk()) {
    const verdict = compareReaders(text)
    counts[verdict]++
    if (verdict === 'different') t.fail('the readers differ', { found: text.slice(0, 500) })
  }
  t.equal(counts.different, 0)
  t.ok(counts.same > 200, JSON.stringify(counts))
})

const scalar = fc.oneof(
  fc.string({ unit: fc.constantFrom(...'abc019.:-#\'"{}[],&*!|>%@`~?=\\ \t_/é'), maxLength: 8 }),
  fc.constantFrom(
    'yes',
    'null',
    '~',
    '0x1F',
    '010',
    '1_000',
    '1e3',
    '.5',
    '-1',
    '2024-05-01',
    '10:20',
    '- a',
    'a: b',
    'a #b',
    '#',
    '---',
    '...',
    'line\nline',
    ' lead',
    'trail ',
  ),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  fc.constant(null),
)
const key = fc.oneof(
  fc.constantFrom(
    'a',
    'spec',
    'f:metadata',
    'app.kubernetes.io/name',
    'k:{"type":"Ready"}',
    'yes',
    '1',
    'a b',
    '-x',
    '?',
    '',
  ),
  fc.string({ maxLength: 4 }),
)
const tree = fc.letrec<{ node: unknown }>(tie => ({
  node: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    scalar,
    fc.array(tie('node'), { maxLength: 4 }),
    fc.dictionary(key, tie('node'), { maxKeys: 4, noNullPrototype: true }),
  ),
})).node
const yamlText = fc.oneof(
  fc
    .tuple(
      tree,
      fc.record({
        seqNoIndent: fc.boolean(),
        lineWidth: fc.constantFrom(-1, 20),
        forceQuotes: fc.boolean(),
        flowLevel: fc.constantFrom(-1, 0, 1, 2),
      }),
    )
    .map(([value, options]) => dump(value, { ...options, noRefs: true })),
  fc
    .tuple(
      tree,
      fc.record({
        indentSeq: fc.boolean(),
        lineWidth: fc.constantFrom(0, 20),
        defaultStringType: fc.constantFrom(
          'PLAIN' as const,
          'QUOTE_DOUBLE' as const,
          'QUOTE_SINGLE' as const,
          'BLOCK_LITERAL' as const,
        ),
      }),
    )
    .map(([value, options]) => stringify(value, options)),
)
/** Texts with a few characters changed, doubled or taken out. */
const damaged = fc
  .tuple(
    yamlText,
    fc.array(
      fc.tuple(
        fc.nat(),
        fc.constantFrom(
          '',
          ' ',
          '  ',
          '\n',
          ':',
          ': ',
          '-',
          '- ',
          '#',
          ' #',
          '"',
          "'",
          '\t',
          '|',
          '|-\n',
          '>',
          '!',
          '&a ',
          '*a',
          '{}',
          '[]',
          '\r',
          '?',
          '<<: ',
          '%',
        ),
      ),
      { maxLength: 3 },
    ),
  )
  .map(([text, edits]) =>
    edits.reduce((damagedText, [at, piece]) => {
      const place = damagedText.length === 0 ? 0 : at % damagedText.length
      return damagedText.slice(0, place) + piece + damagedText.slice(place + (piece === '' ? 1 : 0))
    }, text),
  )

/** What may stand in brackets, in any order. */
const inBrackets = fc
  .tuple(
    fc.constantFrom('a: ', '- ', 'a:\n  - ', 'a:\n  b: '),
    fc.constantFrom('{', '['),
    fc.array(
      fc.constantFrom(
        ...['a', 'b', 'a: ', '"c": ', "'d': ", 'e', ', ', ',', ' ', '{', '}', '[', ']', '"x, y"', "'it''s'", '-', '- '],
        ...['80', '010', '1.5', 'yes', '~', '10.0.0.0/8', 'fd00::/8', '::1', 'a:b', ':', '#', ' #', '\n', '\t', '\r'],
        ...[
          "a == 'b'",
          '?',
          '*',
          '&',
          '!',
          '|',
          '%',
          '@',
          '`',
          '\\',
          '"',
          "'",
          '<<: ',
          '__proto__: ',
          'é',
          '\u00a0',
          '=',
        ],
      ),
      { maxLength: 9 },
    ),
    fc.constantFrom('', '}', ']', '}}', ']]', '}]', '} # b', '] x', '}: c', ']\n', '}\nb: 1\n', ']\n   x\n'),
  )
  .map(([start, bracket, pieces, end]) => start + bracket + pieces.join('') + end)

t.test('the quick YAML reader agrees with the full one on generated and damaged documents', async t => {
  const counts = { same: 0, 'left to the full reader': 0, different: 0 }
  fc.assert(
    fc.property(fc.oneof(yamlText, damaged, inBrackets), text => {
      const verdict = compareReaders(text)
      counts[verdict]++
      return verdict !== 'different'
    }),
    { numRuns: Number(process.env['READER_RUNS'] ?? 3_000) },
  )
  t.ok(counts.same > 500, JSON.stringify(counts))
})

t.test('lists are cut into items whose values are those of the whole', async () => {
  const item = fc.record(
    {
      kind: fc.constant('Tier'),
      metadata: fc.record({ name: fc.constantFrom('a', 'b') }, { noNullPrototype: true }),
      spec: tree,
    },
    { noNullPrototype: true },
  )
  fc.assert(
    fc.property(fc.array(item, { maxLength: 4 }), fc.boolean(), fc.boolean(), (items, isJson, seqNoIndent) => {
      const list = { apiVersion: 'v1', items, kind: 'List', metadata: { resourceVersion: '' } }
      const text = isJson ? JSON.stringify(list) : dump(list, { noRefs: true, seqNoIndent })
      const report = new Report()
      const read = [...readDocuments({ name: 'a', text }, report)]
      const values =
        read.length === 1 && (read[0]?.value as { kind?: unknown }).kind === 'List'
          ? (read[0]?.value as typeof list).items
          : read.map(({ value }) => value)
      const whole = isJson
        ? JSON.parse(text)
        : readYaml({ file: { name: 'a', text }, start: 0, end: text.length, dash: false }, new Report())?.value
      if (whole === undefined) return true
      return isDeepStrictEqual(values, (whole as typeof list).items)
    }),
    { numRuns: 500 },
  )
})

t.test('JSON with a key twice is a mistake with a place', async t => {
  const tierJson = (spec: string): string =>
    `{"apiVersion":"projectcalico.org/v3","kind":"Tier","metadata":{"name":"a"},"spec":${spec}}`
  t.same(parse(tierJson('{"order":1,"order":2}')).pointers, ['duplicate-key "order"'])
  t.same(parse(tierJson('{"order":1,"\\u006frder":2}')).pointers, ['duplicate-key "\\u006frder"'])
  t.same(
    parse(`{"kind":"List","apiVersion":"v1","items":[${tierJson('{}')},${tierJson('{"order":1,"order":1}')}]}`)
      .pointers,
    ['duplicate-key "order"'],
  )
  t.same(parse(tierJson('{"order":1}')).pointers, [])
  t.same(parse(`{"kind":"List","kind":"List","apiVersion":"v1","items":[]}`).pointers, ['duplicate-key "kind"'])
})
