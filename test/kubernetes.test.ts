// Kubernetes objects beside policies: what is read of Services, of pods that are no endpoints, and of templates of pods.

import t from 'tap'
import { runCommand } from './helpers/run-command.ts'
import { check } from '../src/check.ts'
import { compile } from '../src/compile.ts'
import { Report } from '../src/diagnostics/diagnostic.ts'
import type { Labels } from '../src/model/ast/endpoint.ts'
import type { Resource } from '../src/model/ast/resources.ts'
import { parseResources } from '../src/parser/parse-resources.ts'
import type { Location } from '../src/diagnostics/source.ts'
import type { SourceIndex } from '../src/diagnostics/source-index.ts'

interface Parsed {
  readonly resources: readonly Resource[]
  readonly codes: readonly string[]
  readonly sources: SourceIndex
  readonly skipped: readonly (readonly [string, number])[]
}

function parse(text: string): Parsed {
  const report = new Report()
  const { resources, skipped } = parseResources([{ name: 'a.yaml', text }], report)
  return {
    resources,
    codes: report.diagnostics.map(({ code }) => code),
    skipped: [...skipped],
    sources: report.sources,
  }
}

/** The only resource of a kind. */
function only<K extends Resource['kind']>(kind: K, { resources }: Parsed): Extract<Resource, { kind: K }> {
  const found = resources.filter((resource): resource is Extract<Resource, { kind: K }> => resource.kind === kind)
  const [first] = found
  if (first === undefined || found.length > 1) throw new Error(`${found.length} of kind ${kind}`)
  return first
}

const SERVICE = `apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop, labels: {app: web}}
spec:
  type: LoadBalancer
  selector: {app: web}
  ports:
    - {name: http, port: 80, targetPort: http, nodePort: 30080}
    - {name: dns, protocol: UDP, port: 53}
  clusterIP: 10.96.0.7
  clusterIPs: [10.96.0.7, 'fd00::7']
  externalIPs: [192.0.2.80]
  loadBalancerIP: 203.0.113.1
  loadBalancerSourceRanges: [198.51.100.0/24]
  externalTrafficPolicy: Local
  healthCheckNodePort: 32000
  sessionAffinity: ClientIP
status: {loadBalancer: {ingress: [{ip: 203.0.113.9}, {ip: 203.0.113.10, ipMode: Proxy}, {hostname: lb.example.com}]}}
`

t.test('a Service is read as a whole', async t => {
  const parsed = parse(SERVICE)
  const service = only('service', parsed)
  t.same(parsed.codes, [])
  const texts = (addresses: readonly { readonly text: string }[]): readonly string[] => addresses.map(a => a.text)
  t.match(service, {
    namespace: 'shop',
    name: 'web',
    type: 'LoadBalancer',
    labels: { app: 'web' },
    selector: { app: 'web' },
    isHeadless: false,
    internalTrafficPolicy: 'Cluster',
    externalTrafficPolicy: 'Local',
    sessionAffinity: { timeoutSeconds: 10_800 },
    healthCheckNodePort: 32_000,
  })
  t.match(service.ports, [
    { name: 'http', protocol: 'tcp', port: 80, targetPort: 'http', nodePort: 30_080 },
    { name: 'dns', protocol: 'udp', port: 53, targetPort: 53 },
  ])
  const [first] = service.ports
  t.match(
    first === undefined ? '' : textAt({ ...first.location, target: 'extent' }, parsed.sources),
    /^\{name: http,/,
    'a port knows its place',
  )
  t.same(texts(service.clusterIps), ['10.96.0.7', 'fd00::7'])
  t.same(texts(service.externalIps), ['192.0.2.80'])
  t.same(
    service.loadBalancerIps.map(({ address, isProxied }) => [address.text, isProxied]),
    [
      ['203.0.113.9', false],
      ['203.0.113.10', true],
    ],
  )
  t.equal(service.loadBalancerSourceRanges.length, 1)
})

function textAt(location: Location, sources: SourceIndex): string {
  const { file, start, end } = sources.spanOf(location)
  return file.text.slice(start, end)
}

t.test('what a Service leaves out has the defaults of the API server', async t => {
  const bare = only('service', parse('apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: [{port: 80}]}'))
  t.match(bare, { namespace: 'default', type: 'ClusterIP', ports: [{ name: '', protocol: 'tcp', targetPort: 80 }] })
  t.same(
    [bare.clusterIps, bare.selector, bare.sessionAffinity, bare.isHeadless],
    [[], undefined, undefined, false],
    'none of these',
  )
  const headless = only('service', parse('apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {clusterIP: None}'))
  t.same([headless.isHeadless, headless.clusterIps], [true, []])
  const odd = parse('apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: [{port: x}, 7], clusterIP: []}')
  t.same([only('service', odd).ports, odd.codes], [[], []], 'what does not fit is left unread: it makes no rules')
})

t.test('an EndpointSlice: what rules match, and the condition of each endpoint', async t => {
  const slice = only(
    'endpointSlice',
    parse(`apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-x, namespace: shop, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
endpoints:
  - {addresses: [10.0.0.1], nodeName: n1, targetRef: {kind: Pod, name: web-0, namespace: shop}}
  - addresses: [10.0.0.2]
    conditions: {ready: false, serving: true, terminating: true}
    hints: {forZones: [{name: a}], forNodes: [{name: n2}]}
ports: [{name: http, port: 8080}, {name: all}]
`),
  )
  t.match(slice, { name: 'web-x', service: 'web', ports: [{ name: 'http', protocol: 'tcp', port: 8080 }] })
  t.equal(slice.ports.length, 1, 'a port without a number is none')
  t.same(
    slice.addresses.map(({ text }) => text),
    ['10.0.0.1', '10.0.0.2'],
    'readiness does not count for rules',
  )
  t.match(slice.endpoints, [
    { node: 'n1', isReady: true, isServing: true, isTerminating: false, forZones: [], forNodes: [] },
    { node: '', isReady: false, isServing: true, isTerminating: true, forZones: ['a'], forNodes: ['n2'] },
  ])
  const rows: readonly (readonly [written: string, told: string])[] = [
    ['protocol: SCTP', ''],
    ['', ''],
    ['protocol: ICMP', 'unknown protocol `ICMP` (write `TCP`, `UDP` or `SCTP`)'],
    ['protocol: udp', 'unknown protocol `udp` (write `UDP`: case matters)'],
  ]
  for (const [written, told] of rows) {
    const text = `apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: a, labels: {kubernetes.io/service-name: a}}\nports: [{port: 80, ${written}}]\nendpoints: []`
    const { diagnostics } = check({ files: [{ name: 'a.yaml', text }] })
    const errors = diagnostics.filter(({ code }) => code === 'bad-protocol')
    t.equal(
      errors.map(({ message, help = '' }) => `${message.replace(/^`\S+`: /, '')} (${help})`).join(),
      told,
      written,
    )
  }
})

const POD_SPEC = `{serviceAccountName: robot, containers: [{ports: [{name: http, containerPort: 80}, {containerPort: 81}]}]}`

const POD_LABELS: Labels = {
  app: 'web',
  'projectcalico.org/namespace': 'shop',
  'projectcalico.org/orchestrator': 'k8s',
  'projectcalico.org/serviceaccount': 'robot',
}

t.test('templates of pods have the labels, ports and account of their pods', async t => {
  const template = `{metadata: {labels: {app: web}}, spec: ${POD_SPEC}}`
  const rows: readonly (readonly [apiVersion: string, kind: string, body: string])[] = [
    ['apps/v1', 'Deployment', `spec: {template: ${template}}`],
    ['apps/v1', 'StatefulSet', `spec: {template: ${template}}`],
    ['apps/v1', 'DaemonSet', `spec: {template: ${template}}`],
    ['apps/v1', 'ReplicaSet', `spec: {template: ${template}}`],
    ['v1', 'ReplicationController', `spec: {template: ${template}}`],
    ['batch/v1', 'Job', `spec: {template: ${template}}`],
    ['batch/v1', 'CronJob', `spec: {jobTemplate: {spec: {template: ${template}}}}`],
    ['argoproj.io/v1alpha1', 'Rollout', `spec: {template: ${template}}`],
  ]
  for (const [apiVersion, kind, body] of rows) {
    const parsed = parse(`apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: w, namespace: shop}\n${body}`)
    const read = only('podTemplate', parsed)
    t.match(read, { ownerKind: kind, namespace: 'shop', name: 'w', isHostNetwork: false }, kind)
    t.same(read.labels, POD_LABELS)
    t.same(read.ports, [{ name: 'http', protocol: 'tcp', port: 80 }])
    t.same(read.profiles, ['kns.shop', 'ksa.shop.robot'])
    t.same(parsed.skipped, [[`${apiVersion} ${kind}`, 1]], 'it makes no rules, and is counted as such')
  }
  for (const [apiVersion, kind, body] of [
    ['apps/v1', 'Deployment', 'spec: {template: 7}'],
    ['argoproj.io/v1alpha1', 'Rollout', 'spec: {workloadRef: {kind: Deployment, name: w}}'],
    ['example.com/v1', 'Deployment', `spec: {template: ${template}}`],
  ] as const) {
    const parsed = parse(`apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: w}\n${body}`)
    t.same([parsed.resources, parsed.codes], [[], []], `${apiVersion} ${kind} ${body}`)
  }
})

t.test('pods that are no endpoints are known all the same, and in no IP set', async t => {
  const pod = (spec: string, status = ''): string =>
    `apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: shop, labels: {app: web}}\nspec: ${spec}\n${status}`
  const host = only('hostNetworkPod', parse(pod('{nodeName: n1, hostNetwork: true}', 'status: {podIP: 192.0.2.1}')))
  t.match(host, { namespace: 'shop', name: 'p', node: 'n1', addresses: [{ text: '192.0.2.1' }] })
  t.match(host.labels, { app: 'web', 'projectcalico.org/orchestrator': 'k8s' })
  t.match(only('podTemplate', parse(pod(POD_SPEC))), { ownerKind: 'Pod', name: 'p', labels: POD_LABELS })
  const done = parse(pod('{nodeName: n1, hostNetwork: true}', 'status: {phase: Succeeded}'))
  t.match(only('finishedPod', done), { name: 'p', labels: { app: 'web' } })

  const rest = `
---
apiVersion: v1
kind: Pod
metadata: {name: other, namespace: shop}
spec: {nodeName: n1}
status: {podIP: 10.0.0.9}
---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: g}
spec: {selector: all(), ingress: [{action: Allow, source: {selector: app == 'web'}}]}
`
  const sets = (text: string): string => {
    const result = compile({ files: [{ name: 'a.yaml', text: text + rest }], node: 'n1' })
    if (!result.ok) throw new Error(result.diagnostics.map(({ message }) => message).join('\n'))
    return result.output.versions[4].text.ipset
  }
  const endpoint = sets(pod('{nodeName: n1}', 'status: {podIP: 192.0.2.1}'))
  t.match(endpoint, /^add \S+ 192\.0\.2\.1/m, 'an endpoint is in the set')
  t.notMatch(sets(pod('{nodeName: n1, hostNetwork: true}', 'status: {podIP: 192.0.2.1}')), /192\.0\.2\.1/)
})

const EDGE_NODE = `apiVersion: projectcalico.org/v3
kind: Node
metadata: {name: edge1, labels: {zone: a, role: worker}}
spec:
  bgp: {ipv4Address: 192.0.2.10/24, ipv4IPIPTunnelAddr: 10.20.0.1}
  ipv4VXLANTunnelAddr: 10.20.0.2
  addresses:
    - {type: InternalIP, address: 192.0.2.10}
    - {type: InternalIP, address: 198.51.100.10}
    - {type: ExternalIP, address: 203.0.113.10}
  interfaces:
    - {name: eth0, addresses: [192.0.2.10, '2001:db8::10']}
    - {name: eth1, addresses: [198.51.100.10]}
`

const KUBERNETES_EDGE_NODE = `apiVersion: v1
kind: Node
metadata:
  name: edge1
  labels: {zone: a}
  annotations:
    projectcalico.org/labels: '{"role": "worker"}'
    projectcalico.org/IPv4Address: 192.0.2.10/24
    projectcalico.org/IPv4IPIPTunnelAddr: 10.20.0.1
    projectcalico.org/IPv4VXLANTunnelAddr: 10.20.0.2
    projectcalico.org/Interfaces: '[{"name":"eth0","addresses":["192.0.2.10","2001:db8::10"]},{"name":"eth1","addresses":["198.51.100.10"]}]'
status:
  addresses:
    - {type: InternalIP, address: 192.0.2.10}
    - {type: InternalIP, address: 198.51.100.10}
    - {type: ExternalIP, address: 203.0.113.10}
`

function kubeControllers(hostEndpoint: string): string {
  return `apiVersion: projectcalico.org/v3
kind: KubeControllersConfiguration
metadata: {name: default}
spec: {controllers: {node: {hostEndpoint: ${hostEndpoint}}}}
`
}

/** Name, interface, addresses and labels of every host endpoint. */
function hostEndpoints({ resources }: Parsed): readonly (readonly unknown[])[] {
  return resources.flatMap(it =>
    it.kind === 'hostEndpoint'
      ? [[it.name, it.interfaceName, it.expectedIps.map(ip => ip.text).join(' '), { ...it.labels }]]
      : [],
  )
}

const CREATED = { 'projectcalico.org/created-by': 'calico-kube-controllers' }
const ALL_OF_EDGE = '192.0.2.10 10.20.0.1 10.20.0.2 198.51.100.10 2001:db8::10'

t.test('automatic host endpoints are made of Nodes of either API, and of the templates that choose them', async t => {
  const lan = `generateName: lan, interfaceCIDRs: [198.51.100.0/24], labels: {net: lan, zone: override}`
  const overlaid = { role: 'worker', net: 'lan', zone: 'override', ...CREATED }
  const whole = ['edge1-auto-hep', '*', ALL_OF_EDGE, { zone: 'a', role: 'worker', ...CREATED }]
  for (const node of [EDGE_NODE, KUBERNETES_EDGE_NODE]) {
    for (const [hostEndpoint, wanted] of [
      ['{autoCreate: Disabled}', []],
      ['{createDefaultHostEndpoint: Enabled}', []],
      ['{autoCreate: Enabled}', [whole]],
      [
        `{autoCreate: Enabled, templates: [{${lan}, nodeSelector: "zone == 'a'"}]}`,
        [whole, ['edge1-lan-auto-hep', '', '198.51.100.10', overlaid]],
      ],
      [
        `{autoCreate: Enabled, createDefaultHostEndpoint: Disabled, templates: [{${lan}, interfacePattern: eth}]}`,
        [
          ['edge1-lan-eth0-auto-hep', 'eth0', '198.51.100.10 192.0.2.10 2001:db8::10', overlaid],
          ['edge1-lan-eth1-auto-hep', 'eth1', '198.51.100.10', overlaid],
        ],
      ],
      [`{autoCreate: Enabled, templates: [{${lan}, nodeSelector: "zone == 'b'"}]}`, [whole]],
      ['{autoCreate: Enabled, templates: [{generateName: none}, {generateName: x, interfacePattern: ^th}]}', [whole]],
    ] as const) {
      const parsed = parse([kubeControllers(hostEndpoint), node].join('---\n'))
      t.same(hostEndpoints(parsed), wanted, hostEndpoint)
      t.same(parsed.codes, wanted.length === 0 ? [] : ['assumed-resource'])
    }
  }
})

t.test('kube-controllers reads its configuration `default` and no other', async t => {
  const other = kubeControllers('{autoCreate: Enabled}').replace('name: default', 'name: other')
  const parsed = parse(`${other}---\n${EDGE_NODE}`)
  t.same(hostEndpoints(parsed), [])
  t.same(parsed.codes, ['felix-default'])
})

t.test('the environment of kube-controllers switches automatic host endpoints on, too', async t => {
  for (const [value, count] of [
    ['enabled', 1],
    ['disabled', 0],
  ] as const) {
    const deployment = `apiVersion: apps/v1
kind: Deployment
metadata: {name: calico-kube-controllers, namespace: kube-system}
spec: {template: {spec: {containers: [{name: c, env: [{name: AUTO_HOST_ENDPOINTS, value: ${value}}]}]}}}
`
    const parsed = parse(`${deployment}---\n${EDGE_NODE}`)
    t.equal(hostEndpoints(parsed).length, count, value)
    t.equal(parsed.skipped.length, 1 - count)
  }
})

t.test('an automatic host endpoint that the input has is taken as it is', async t => {
  const dumped = `apiVersion: projectcalico.org/v3
kind: HostEndpoint
metadata: {name: edge1-auto-hep, labels: {old: 'yes'}}
spec: {node: edge1, interfaceName: '*', expectedIPs: [192.0.2.9]}
`
  const parsed = parse([kubeControllers('{autoCreate: Enabled}'), EDGE_NODE, dumped].join('---\n'))
  t.same(hostEndpoints(parsed), [['edge1-auto-hep', '*', '192.0.2.9', { old: 'yes' }]])
})

t.test('a name that is too long for an automatic host endpoint is a hash', async t => {
  const long = EDGE_NODE.replace('edge1', 'n'.repeat(250))
  const [[name = ''] = []] = hostEndpoints(parse([kubeControllers('{autoCreate: Enabled}'), long].join('---\n')))
  t.match(String(name), /^[a-z0-9]{30,43}-auto-hep$/)
})

t.test('what a template says and cannot be read is an error, and so is a node without its Node', async t => {
  for (const template of ['nodeSelector: "zone =="', 'interfacePattern: "("', 'interfaceCIDRs: [10.0.0.0/33]']) {
    const text = kubeControllers(`{autoCreate: Enabled, templates: [{${template}}]}`)
    t.ok(parse(`${text}---\n${EDGE_NODE}`).codes.includes('unsupported-field'), template)
    t.notOk(parse(text).codes.includes('unsupported-field'), 'calicoctl takes it')
  }
  const files = [{ name: 'a.yaml', text: kubeControllers('{autoCreate: Enabled}') }]
  const without = compile({ files, node: 'edge1' })
  t.same(
    without.diagnostics.filter(({ severity }) => severity === 'error').map(({ code }) => code),
    ['unsupported-field'],
  )
  t.match(without.diagnostics, [{ message: /the Node `edge1` is not in the input/ }])
  t.match(check({ files }).diagnostics, [{ message: /and no Node is in the input/ }])
  const withNode = compile({ files: [...files, { name: 'b.yaml', text: EDGE_NODE }], node: 'edge1' })
  t.match(withNode.ok ? withNode.output.versions[4].text.iptables : '', /cali-fh-any-interface-at-all/)
})

t.test('pods that are no endpoints are known by name, and what is asked of them is answered', async t => {
  const pod = (name: string, spec: string, ip: string): string =>
    `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}, namespace: mon, labels: {app: ${name}}}\nspec: {nodeName: n1${spec}}\nstatus: {podIP: ${ip}, phase: Running}\n`
  const workload = (kind: string, name: string, spec: string): string =>
    `apiVersion: apps/v1\nkind: ${kind}\nmetadata: {name: ${name}, namespace: mon}\nspec: {template: {metadata: {labels: {app: ${name}}}, spec: {${spec}}}}\n`
  const policy = (name: string): string =>
    `apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: for-${name}, namespace: mon}\nspec: {podSelector: {matchLabels: {app: ${name}}}, policyTypes: [Ingress]}\n`
  const folder = t.testdir({
    'in.yaml': [
      pod('web', '', '10.65.0.2'),
      pod('exporter', ', hostNetwork: true', '192.0.2.1'),
      pod('proxy', ', hostNetwork: true', '192.0.2.1'),
      pod('proxy', ', hostNetwork: true', '192.0.2.2').replace('namespace: mon', 'namespace: edge'),
      pod('api', ', hostNetwork: true', '192.0.2.2').replace('namespace: mon', 'namespace: edge'),
      workload('Deployment', 'api', 'containers: []'),
      workload('DaemonSet', 'agent', 'hostNetwork: true, containers: []'),
      ...['web', 'exporter', 'api', 'agent'].map(policy),
    ].join('---\n'),
  })
  const rows: readonly (readonly [args: string, code: number, out: RegExp, err: RegExp])[] = [
    [
      'which policies --endpoint pod/mon/exporter',
      1,
      /^pod\/mon\/exporter: it has hostNetwork[^]*\(node\s+n1, 192\.0\.2\.1\)[^]*mon\/for-exporter: fits its labels, to no effect/,
      /^$/,
    ],
    ['which policies --endpoint exporter --policy for-web', 1, /mon\/for-web: does not fit its labels/, /^$/],
    ['which policies --endpoint deploy/mon/api', 0, /mon\/for-api: will select its pods/, /^$/],
    ['which policies --endpoint daemonset/mon/agent', 1, /its pods have hostNetwork/, /^$/],
    ['which policies --endpoint deploy/mon/apii', 2, /^$/, /did you mean `deployment\/mon\/api`\?/],
    [
      'which endpoints --policy for-exporter',
      1,
      /fits, and is no endpoint: pod\/mon\/exporter: it has hostNetwork/,
      /^$/,
    ],
    ['which endpoints --policy for-api', 1, /fits, and is no endpoint: deployment\/mon\/api/, /^$/],
    ['which endpoints --policy for-web', 0, /^pod\/mon\/web: selected\n(?![^]*no endpoint)/, /^$/],
    [
      'trace --from pod/mon/exporter --to web --dport 80',
      2,
      /^$/,
      /`mon\/exporter` has hostNetwork.*or `192\.0\.2\.1`/,
    ],
    ['trace --from deployment/mon/api --to web --dport 80', 2, /^$/, /`mon\/api` is a Deployment, whose pods have/],
    [
      'trace --from proxy --to web --dport 80',
      2,
      /^$/,
      /`from`: `proxy` may be `mon\/proxy` or `edge\/proxy`, which have hostNetwork: .*`192\.0\.2\.1` or `192\.0\.2\.2`\)/,
    ],
    ['trace --from web --to api --dport 80', 2, /^$/, /`edge\/api`.*, none of which has an address of its own/],
  ]
  for (const [args, code, out, err] of rows) {
    const result = await runCommand([...args.split(' '), '-f', `${folder}/in.yaml`, '-q', '--ignore', 'host-unknown'])
    t.equal(result.code, code, args)
    t.match(result.out, out, args)
    t.match(result.err, err, args)
  }
})
