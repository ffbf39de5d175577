// Synthetic clusters of any size: the same seed makes the same bytes. Objects as kubectl and calicoctl would print them.

export interface ClusterSize {
  readonly pods: number
  readonly policies: number
  readonly nodes: number
  readonly localPods: number
  /** Left out: one for every fifty pods. */
  readonly namespaces?: number
  /** Distinct selectors in rules; left out, a few dozen. */
  readonly selectors?: number
  /** Nets of each network set; left out, 20. */
  readonly netsPerSet?: number
}

export const SIZES = {
  S: { pods: 100, policies: 20, nodes: 10, localPods: 30 },
  M: { pods: 2_000, policies: 200, nodes: 40, localPods: 30 },
  L: { pods: 20_000, policies: 2_000, nodes: 200, localPods: 30 },
  XL: { pods: 100_000, policies: 10_000, nodes: 1_000, localPods: 30 },
  'L, 500 local pods': { pods: 20_000, policies: 2_000, nodes: 200, localPods: 500 },
  'L, 20,000 policies': { pods: 20_000, policies: 20_000, nodes: 200, localPods: 30 },
} as const satisfies Record<string, ClusterSize>

export type SizeName = keyof typeof SIZES

/** The node whose rules are compiled. */
export const LOCAL_NODE = 'node-0'

const PODS_PER_NAMESPACE = 50
const APPS = ['web', 'api', 'db', 'cache', 'batch', 'auth', 'mail', 'search']
const TEAMS = ['shop', 'bank', 'ops', 'data']

/** A small generator of numbers, so that no library's change changes the clusters (mulberry32). */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed
  return below => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

/** All resources of a cluster, policies last. */
export function syntheticCluster(size: ClusterSize, seed = 1): readonly object[] {
  const { pods, policies, nodes, localPods, selectors = 0, netsPerSet = 20 } = size
  const random = randomNumbers(seed)
  const namespaces = size.namespaces ?? Math.ceil(pods / PODS_PER_NAMESPACE)
  return [
    ...tiers(),
    ...range(nodes).flatMap(node),
    ...range(namespaces).map(index => namespace(index)),
    ...range(Math.max(3, Math.floor(namespaces / 10))).map(index => networkSet(index, netsPerSet, random)),
    {
      apiVersion: 'projectcalico.org/v3',
      kind: 'IPPool',
      metadata: { name: 'pool' },
      spec: { cidr: '10.0.0.0/8', natOutgoing: true, vxlanMode: 'Always' },
    },
    ...range(pods).map(index =>
      pod(
        index,
        index < localPods ? 0 : 1 + (index % (nodes - 1)),
        `ns-${Math.floor((index * namespaces) / pods)}`,
        random,
      ),
    ),
    ...range(policies).map(index => policy(index, namespaces, selectors, random)),
  ]
}

function range(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index)
}

function tiers(): readonly object[] {
  return [
    {
      apiVersion: 'projectcalico.org/v3',
      kind: 'Tier',
      metadata: { name: 'security' },
      spec: { order: 100, defaultAction: 'Pass' },
    },
    {
      apiVersion: 'projectcalico.org/v3',
      kind: 'Tier',
      metadata: { name: 'platform' },
      spec: { order: 200, defaultAction: 'Pass' },
    },
  ]
}

function address(prefix: number, index: number): string {
  return `${prefix}.${(index >>> 16) & 255}.${(index >>> 8) & 255}.${index & 255}`
}

function node(index: number): readonly object[] {
  const name = `node-${index}`
  const ip = `172.16.${index >>> 8}.${index & 255}`
  return [
    {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: {
        name,
        labels: { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux' },
        annotations: {
          'projectcalico.org/IPv4Address': `${ip}/16`,
          'projectcalico.org/IPv4VXLANTunnelAddr': address(11, index),
        },
      },
      status: {
        addresses: [
          { type: 'InternalIP', address: ip },
          { type: 'Hostname', address: name },
        ],
      },
    },
    {
      apiVersion: 'projectcalico.org/v3',
      kind: 'HostEndpoint',
      metadata: { name: `${name}-eth0`, labels: { host: 'true', zone: `zone-${index % 3}` } },
      spec: { node: name, interfaceName: 'eth0', expectedIPs: [ip], profiles: ['projectcalico-default-allow'] },
    },
  ]
}

function namespace(index: number): object {
  const name = `ns-${index}`
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels: { 'kubernetes.io/metadata.name': name, team: TEAMS[index % TEAMS.length] } },
    status: { phase: 'Active' },
  }
}

function networkSet(index: number, nets: number, random: (below: number) => number): object {
  return {
    apiVersion: 'projectcalico.org/v3',
    kind: 'GlobalNetworkSet',
    metadata: { name: `set-${index}`, labels: { net: `net-${index % 20}` } },
    spec: {
      nets: range(nets).map(
        () =>
          `${address(198, random(1 << 24))
            .split('.')
            .slice(0, 3)
            .join('.')}.0/24`,
      ),
    },
  }
}

function pod(index: number, nodeIndex: number, space: string, random: (below: number) => number): object {
  const app = APPS[index % APPS.length] ?? 'web'
  const hash = templateHash(random, index)
  const name = `${app}-${hash}`
  const ip = address(10, index + 256)
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      annotations: { 'cni.projectcalico.org/podIP': `${ip}/32` },
      creationTimestamp: '2024-05-01T10:00:00Z',
      generateName: `${app}-`,
      labels: { app, env: index % 3 === 0 ? 'prod' : 'dev', 'pod-template-hash': hash, version: `v${random(5)}` },
      name,
      namespace: space,
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          blockOwnerDeletion: true,
          controller: true,
          kind: 'ReplicaSet',
          name: `${app}-${hash.slice(0, 4)}`,
          uid: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
        },
      ],
      resourceVersion: String(1000 + index),
      uid: `10000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
    },
    spec: {
      containers: [
        {
          image: `registry.example.com/team/${app}:1.${random(20)}.${random(9)}`,
          imagePullPolicy: 'IfNotPresent',
          name: app,
          ports: [
            { containerPort: 8080, name: 'http', protocol: 'TCP' },
            { containerPort: 9090 + (index % 7), name: 'metrics', protocol: 'TCP' },
          ],
          resources: { limits: { cpu: '500m', memory: '256Mi' }, requests: { cpu: '100m', memory: '128Mi' } },
          volumeMounts: [
            { mountPath: '/var/run/secrets/kubernetes.io/serviceaccount', name: 'kube-api-access', readOnly: true },
          ],
        },
      ],
      dnsPolicy: 'ClusterFirst',
      nodeName: `node-${nodeIndex}`,
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      tolerations: [
        { effect: 'NoExecute', key: 'node.kubernetes.io/not-ready', operator: 'Exists', tolerationSeconds: 300 },
      ],
    },
    status: {
      conditions: [{ lastProbeTime: null, lastTransitionTime: '2024-05-01T10:00:05Z', status: 'True', type: 'Ready' }],
      phase: 'Running',
      podIP: ip,
      podIPs: [{ ip }],
      startTime: '2024-05-01T10:00:00Z',
    },
  }
}

/** As Kubernetes makes them: no vowels, and none of the digits that look like one. Unique by the index at the end. */
function templateHash(random: (below: number) => number, index: number): string {
  const alphabet = 'bcdfghjklmnpqrstvwxz2456789'
  const digits = (number: number): string =>
    number < alphabet.length
      ? alphabet.charAt(number)
      : digits(Math.floor(number / alphabet.length)) + alphabet.charAt(number % alphabet.length)
  return `h${digits(random(1 << 20))}${digits(index + alphabet.length ** 3)}`
}

/** Six in ten Kubernetes, three Calico, one global. */
function policy(index: number, namespaces: number, selectors: number, random: (below: number) => number): object {
  const place = index % 10
  const app = (): string => APPS[random(APPS.length)] ?? 'web'
  const space = `ns-${random(namespaces)}`
  if (place < 6) {
    return {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: `knp-${index}`, namespace: space },
      spec: {
        podSelector: { matchLabels: { app: app() } },
        policyTypes: ['Ingress', 'Egress'],
        ingress: [
          {
            from: [
              { podSelector: { matchLabels: { app: app() } } },
              { namespaceSelector: { matchLabels: { team: TEAMS[random(TEAMS.length)] } } },
            ],
            ports: [
              { port: 'http', protocol: 'TCP' },
              { port: 8000 + random(100), protocol: 'TCP' },
            ],
          },
        ],
        egress: [
          {
            to: [{ ipBlock: { cidr: '10.0.0.0/8', except: [`10.${random(256)}.0.0/16`] } }],
            ports: [{ port: 53, protocol: 'UDP' }],
          },
        ],
      },
    }
  }
  if (place < 9) {
    return {
      apiVersion: 'projectcalico.org/v3',
      kind: 'NetworkPolicy',
      metadata: { name: `np-${index}`, namespace: space },
      spec: {
        tier: 'platform',
        order: random(1000),
        selector: `app == '${app()}'`,
        types: ['Ingress'],
        ingress: [
          {
            action: 'Allow',
            protocol: 'TCP',
            source: { selector: `app in {'${app()}', '${app()}'} && env == 'prod'` },
            destination: { ports: [8080, '9000:9100'] },
          },
          { action: 'Deny', source: { nets: [`192.168.${random(256)}.0/24`, '172.20.0.0/16'] } },
        ],
      },
    }
  }
  return {
    apiVersion: 'projectcalico.org/v3',
    kind: 'GlobalNetworkPolicy',
    metadata: { name: `gnp-${index}` },
    spec: {
      tier: 'security',
      order: random(1000),
      selector:
        index % 20 === 9
          ? `host == 'true' && zone == 'zone-${random(3)}'`
          : `app == '${app()}' && pod-template-hash != 'x${index}'`,
      namespaceSelector: index % 20 === 9 ? '' : `team == '${TEAMS[random(TEAMS.length)]}'`,
      types: ['Ingress', 'Egress'],
      ingress: [
        {
          action: 'Pass',
          protocol: 'TCP',
          source: { selector: selectors === 0 ? `net == 'net-${random(20)}'` : `version != 'v${index % selectors}'` },
        },
        { action: 'Log', source: { selector: `version == 'v${random(6)}'` } },
      ],
      egress: [{ action: 'Allow', protocol: 'UDP', destination: { ports: [53] } }, { action: 'Pass' }],
    },
  }
}
