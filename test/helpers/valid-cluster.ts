// Random clusters that are right by construction: every kind that is read, with fields of every type.

import fc from 'fast-check'
import { pod } from './build.ts'

const byte = fc.nat(255)
const net4 = fc.tuple(byte, byte).map(([a, b]) => `${a % 223 || 1}.${b}.0.0/16`)
const net = fc.oneof(
  net4,
  byte.map(n => `fd00:${n.toString(16)}::/32`),
)
const value = fc.constantFrom('web', 'db', "it's", 'a b', '')
const quote = (text: string): string => (text.includes("'") ? `"${text}"` : `'${text}'`)
const term = fc.oneof(
  fc
    .tuple(fc.constantFrom('==', '!=', 'contains', 'starts with', 'ends with'), value)
    .map(([o, v]) => `app ${o} ${quote(v)}`),
  fc
    .tuple(fc.constantFrom('in', 'not in'), fc.array(value, { minLength: 1, maxLength: 3 }))
    .map(([o, v]) => `app ${o} {${v.map(quote).join(', ')}}`),
  fc.constantFrom('all()', 'has(app)', '!has(constructor)'),
)
const selector = fc.oneof(
  term,
  fc.tuple(term, fc.constantFrom('&&', '||'), term).map(([a, o, b]) => `(${a}) ${o} !(${b})`),
)
const port = fc.oneof(
  fc.integer({ min: 1, max: 65535 }),
  fc
    .tuple(fc.integer({ min: 1, max: 65535 }), fc.integer({ min: 1, max: 65535 }))
    .map(([a, b]) => `${Math.min(a, b)}:${Math.max(a, b)}`),
  fc.constantFrom('http', 'metrics'),
)
const optionally = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined })
const side = (hasPorts: boolean): fc.Arbitrary<object> =>
  fc.record({
    nets: optionally(fc.array(net4, { minLength: 1, maxLength: 4 })),
    notNets: optionally(fc.array(net4, { minLength: 1, maxLength: 2 })),
    selector: optionally(selector),
    notSelector: optionally(term),
    namespaceSelector: optionally(fc.constantFrom('all()', "team == 'shop'")),
    ...(hasPorts
      ? { ports: optionally(fc.array(port, { maxLength: 20 })), notPorts: optionally(fc.array(port, { maxLength: 3 })) }
      : {}),
  })
const rule = fc.constantFrom('TCP', 'UDP', 'SCTP', 6, 'ICMP', 89, undefined).chain(protocol => {
  const hasPorts = protocol === 'TCP' || protocol === 'UDP' || protocol === 'SCTP' || protocol === 6
  return fc.record({
    action: fc.constantFrom('Allow', 'Deny', 'Log', 'Pass'),
    protocol: fc.constant(protocol),
    ipVersion: protocol === 'ICMP' ? fc.constant(4) : fc.constant(undefined),
    icmp:
      protocol === 'ICMP'
        ? optionally(fc.record({ type: fc.nat(254), code: optionally(byte) }))
        : fc.constant(undefined),
    source: optionally(side(hasPorts)),
    destination: optionally(side(hasPorts)),
    metadata: optionally(
      fc
        .dictionary(
          fc.constantFrom('a', 'b/c'),
          fc.string({ unit: 'binary', maxLength: 40 }).map(text => text.replace(/[\u007f-\u009f\ufffe\uffff]/g, '')),
        )
        .map(annotations => ({ annotations })),
    ),
  })
})

type Json = Readonly<Record<string, unknown>>
const flag = fc.boolean()
const pick = <T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values)
const some = (fields: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<Json> =>
  fc.record(fields, { requiredKeys: [] })
const labels = some({ app: pick('web', 'db', ''), env: pick('prod', 'dev'), 'a.example/b': pick('x', 'X_.-y') })

/** A Calico resource without its name. */
interface Draft {
  readonly kind: string
  readonly metadata?: Json
  readonly spec: Json
  readonly apiVersion?: string
  readonly top?: Json
}
const v3 = (kind: string, spec: fc.Arbitrary<Json>, metadata: Json = {}): fc.Arbitrary<Draft> =>
  fc.record({ spec, labels }).map(made => ({ kind, spec: made.spec, metadata: { ...metadata, labels: made.labels } }))

const policyFields = {
  tier: pick('default', 'security'),
  order: optionally(fc.oneof(fc.integer({ min: -1000, max: 1000 }), fc.double({ min: 0, max: 9, noNaN: true }))),
  selector: optionally(selector),
  types: pick(['Ingress', 'Egress'], ['Egress', 'Ingress']),
  ingress: fc.array(rule, { maxLength: 3 }),
  egress: fc.array(rule, { maxLength: 3 }),
  performanceHints: optionally(pick(['AssumeNeededOnEveryNode'])),
}
const namespaced = fc.record({ ...policyFields, serviceAccountSelector: optionally(term) })
const global = fc
  .record({
    ...policyFields,
    namespaceSelector: optionally(pick('all()', "team == 'shop'")),
    serviceAccountSelector: optionally(term),
    flags: pick({}, {}, { applyOnForward: true }),
  })
  .map(({ flags, ...spec }): Json => ({ ...spec, ...flags }))
/** What acts before connections are tracked takes no named ports, ICMP or logs apart: rules of nets alone. */
const early = fc
  .record({
    order: fc.nat(100),
    selector,
    isUntracked: flag,
    ingress: fc.array(
      fc.record({
        action: pick('Allow', 'Deny', 'Pass'),
        source: fc.record({ nets: fc.array(net4, { minLength: 1, maxLength: 3 }) }),
      }),
      { maxLength: 3 },
    ),
  })
  .map(({ isUntracked, ...spec }): Json => ({
    ...spec,
    types: ['Ingress'],
    applyOnForward: true,
    ...(isUntracked ? { doNotTrack: true } : { preDNAT: true }),
  }))
const kubernetesPorts = fc.array(
  fc.record({
    protocol: pick('TCP', 'UDP', 'SCTP'),
    port: fc.oneof(fc.integer({ min: 1, max: 65535 }), pick('http')),
  }),
  { maxLength: 3 },
)
const podSelector = pick<Json>(
  {},
  { matchLabels: { app: 'web' } },
  { matchExpressions: [{ key: 'app', operator: 'In', values: ['web', 'db'] }] },
  { matchExpressions: [{ key: 'env', operator: 'DoesNotExist' }] },
)
const peers = fc.array(
  fc.oneof(
    net.map((cidr): Json => ({ ipBlock: { cidr } })),
    podSelector.map((one): Json => ({ podSelector: one })),
    podSelector.map((one): Json => ({ namespaceSelector: { matchLabels: { team: 'shop' } }, podSelector: one })),
  ),
  { maxLength: 2 },
)
const kubernetes = fc
  .record({
    podSelector,
    policyTypes: pick(['Ingress'], ['Egress'], ['Ingress', 'Egress']),
    ingress: fc.array(fc.record({ from: peers, ports: kubernetesPorts }), { maxLength: 3 }),
    egress: fc.array(fc.record({ to: peers, ports: kubernetesPorts }), { maxLength: 3 }),
  })
  .map((spec): Draft => ({
    kind: 'NetworkPolicy',
    apiVersion: 'networking.k8s.io/v1',
    metadata: { namespace: 'default' },
    spec,
  }))
const clusterPeer = pick<Json>({ namespaces: {} }, { pods: { namespaceSelector: {}, podSelector: {} } })
const clusterRules = (side: 'from' | 'to'): fc.Arbitrary<readonly Json[]> =>
  fc.array(
    fc.record({ name: pick('a', 'b'), action: pick('Accept', 'Deny', 'Pass'), peer: clusterPeer }).map(made => ({
      name: made.name,
      action: made.action,
      [side]: [made.peer],
    })),
    { maxLength: 3 },
  )
const clusterPolicy = fc
  .record({
    tier: pick('Admin', 'Baseline'),
    priority: fc.nat(1000),
    subject: clusterPeer,
    ingress: clusterRules('from'),
    egress: clusterRules('to'),
  })
  .map((spec): Draft => ({ kind: 'ClusterNetworkPolicy', apiVersion: 'policy.networking.k8s.io/v1alpha2', spec }))

const ip4 = fc.tuple(byte, byte).map(([a, b]) => `10.65.${a}.${b}`)
const policies: readonly fc.Arbitrary<Draft>[] = [
  v3('GlobalNetworkPolicy', global),
  v3('GlobalNetworkPolicy', early),
  v3('NetworkPolicy', namespaced, { namespace: 'default' }),
  v3(
    'StagedGlobalNetworkPolicy',
    global.map(spec => ({ ...spec, stagedAction: 'Set' })),
  ),
  v3('StagedNetworkPolicy', namespaced, { namespace: 'default' }),
  kubernetes,
  clusterPolicy,
]
const others: readonly fc.Arbitrary<Draft>[] = [
  v3('Tier', some({ order: fc.integer({ min: 1, max: 500 }), defaultAction: pick('Deny', 'Pass') })),
  v3('GlobalNetworkSet', some({ nets: fc.array(net, { maxLength: 6 }) })),
  v3('NetworkSet', some({ nets: fc.array(net, { maxLength: 6 }) }), { namespace: 'default' }),
  v3('Profile', some({ ingress: fc.array(rule, { maxLength: 2 }), labelsToApply: labels })),
  v3('HostEndpoint', fc.record({ node: pick('node-1', 'node-2'), expectedIPs: fc.tuple(ip4) })),
  v3(
    'IPPool',
    byte.chain(n =>
      some({ natOutgoing: flag, vxlanMode: pick('Always', 'CrossSubnet', 'Never'), disabled: flag }).map(rest => ({
        ...rest,
        cidr: `10.${n}.0.0/16`,
      })),
    ),
  ),
  fc.record({ ip: ip4, labels, node: pick('node-1', 'node-2') }).map((made): Draft => ({
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: { namespace: 'default', labels: made.labels },
    spec: {
      nodeName: made.node,
      serviceAccountName: 'default',
      containers: [{ name: 'c', ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }] }],
    },
    top: { status: { phase: 'Running', podIP: made.ip } },
  })),
  fc.record({ ip: ip4, labels }).map((made): Draft => ({
    kind: 'EndpointSlice',
    apiVersion: 'discovery.k8s.io/v1',
    metadata: { namespace: 'default', labels: { 'kubernetes.io/service-name': 'web' } },
    spec: {},
    top: {
      addressType: 'IPv4',
      endpoints: [{ addresses: [made.ip], conditions: { ready: true } }],
      ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
    },
  })),
]
const felix = some({
  defaultEndpointToHostAction: pick('Drop', 'Accept', 'Return'),
  chainInsertMode: pick('Insert', 'Append'),
  iptablesFilterAllowAction: pick('Accept', 'Return'),
  iptablesMangleAllowAction: pick('Accept', 'Return'),
  logPrefix: pick('calico', 'a b', '%t %k %p', "it's"),
  genericXDPEnabled: flag,
  ipv6Support: flag,
  ipipEnabled: flag,
  wireguardEnabled: flag,
  floatingIPs: pick('Enabled', 'Disabled'),
  maxIpsetSize: pick(1048576, 65536),
  iptablesMarkMask: pick(0xffff0000, 0xff000000),
  failsafeInboundHostPorts: pick<readonly Json[]>(
    [],
    [
      { protocol: 'TCP', port: 22 },
      { protocol: 'UDP', net: '10.0.0.0/8', port: 53 },
    ],
  ),
  serviceLoopPrevention: pick('Drop', 'Reject', 'Disabled'),
  natPortRange: pick('32768:65535', '1000'),
  deviceRouteProtocol: pick(80),
})

const FIXED: readonly Draft[] = [
  { kind: 'Tier', metadata: { name: 'security' }, spec: { order: 10 } },
  { kind: 'GlobalNetworkSet', metadata: { name: 'fixed', labels: { app: 'db' } }, spec: { nets: ['192.0.2.0/24'] } },
  {
    kind: 'HostEndpoint',
    metadata: { name: 'h', labels: { app: 'web' } },
    spec: { node: 'node-1', interfaceName: 'eth0' },
  },
  { kind: 'BGPConfiguration', metadata: { name: 'default' }, spec: { serviceClusterIPs: [{ cidr: '10.96.0.0/12' }] } },
  { kind: 'Namespace', apiVersion: 'v1', metadata: { name: 'default', labels: { team: 'shop' } }, spec: {} },
  {
    kind: 'ServiceAccount',
    apiVersion: 'v1',
    metadata: { name: 'default', namespace: 'default', labels: { app: 'web' } },
    spec: {},
  },
  {
    kind: 'Service',
    apiVersion: 'v1',
    metadata: { name: 'web', namespace: 'default' },
    spec: { ports: [{ port: 80 }] },
  },
  ...['node-1', 'node-2'].map((name, i): Draft => ({
    kind: 'Node',
    apiVersion: 'v1',
    metadata: { name, annotations: { 'projectcalico.org/IPv4Address': `192.0.2.${i + 1}/24` } },
    spec: {},
  })),
]

const print = (
  { kind, metadata = {}, spec, apiVersion = 'projectcalico.org/v3', top = {} }: Draft,
  i: number,
): string => JSON.stringify({ apiVersion, kind, metadata: { name: `x${i}`, ...metadata }, spec, ...top })

/** Random resources of a cluster; besides them it has a few that are always there. */
export const RESOURCES_OF_A_CLUSTER = 16

/** Documents for node-1. */
export const validCluster: fc.Arbitrary<string> = fc
  .record({
    policies: fc.array(fc.oneof(...policies), { minLength: 10, maxLength: 10 }),
    others: fc.array(fc.oneof(...others), { minLength: 6, maxLength: 6 }),
    felix: optionally(felix),
  })
  .map(made =>
    [
      pod('web', '10.65.0.2', { app: 'web' }, { ports: '[{name: http, containerPort: 80, protocol: TCP}]' }),
      ...FIXED.map(print),
      ...(made.felix === undefined
        ? []
        : [print({ kind: 'FelixConfiguration', metadata: { name: 'default' }, spec: made.felix }, 0)]),
      ...[...made.policies, ...made.others].map(print),
    ].join('\n---\n'),
  )
