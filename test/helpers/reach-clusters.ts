// Random small clusters for `reach`: two or three nodes, a few pods, and policies of every kind that decides about connections.

import { randomNumbers } from './sample-packets.ts'

export interface ReachClusterSample {
  readonly text: string
  readonly pods: readonly {
    readonly namespace: string
    readonly name: string
    readonly address: string
    readonly node: string
  }[]
  readonly nodes: readonly { readonly name: string; readonly address: string }[]
}

/** Nobody of the cluster has them; some policies speak of them. */
export const OUTSIDE = ['203.0.113.7', '198.51.100.9'] as const

export function isOutside(address: string): boolean {
  return OUTSIDE.some(one => one === address)
}

/** Everybody who opens connections, as `trace` is told of them. */
export function sendersOf({ pods, nodes }: ReachClusterSample): readonly {
  readonly address: string
  readonly request: { readonly from: string; readonly node?: string }
}[] {
  return [
    ...pods.map(({ namespace, name, address }) => ({ address, request: { from: `pod/${namespace}/${name}` } })),
    ...nodes.map(({ name, address }) => ({ address, request: { from: 'host', node: name } })),
    ...OUTSIDE.map(address => ({ address, request: { from: address } })),
  ]
}

export const PROBED = [
  { protocol: 6, name: 'tcp', port: 80 },
  { protocol: 6, name: 'tcp', port: 8080 },
  { protocol: 6, name: 'tcp', port: 22 },
  { protocol: 17, name: 'udp', port: 53 },
] as const

/** @param kinds `kubernetes`: NetworkPolicy alone; `calico`: also those of Calico, host endpoints, pools, network sets */
export function reachClusterSample(seed: number, kinds: 'kubernetes' | 'calico'): ReachClusterSample {
  const number = randomNumbers(seed)
  const random = (below: number): number => Math.floor(number() * below)
  const pick = <Value>(values: readonly Value[]): Value => values[random(values.length)] as Value
  const some = (percent: number): boolean => random(100) < percent
  const nodes = Array.from({ length: 2 + random(2) }, (_, i) => ({ name: `n${i}`, address: `192.0.2.${i + 1}` }))
  const namespaces = ['red', 'blue']
  const pods = Array.from({ length: 5 + random(4) }, (_, i) => ({
    namespace: pick(namespaces),
    name: `p${i}`,
    address: `10.${i % 3}.0.${i + 1}`,
    node: pick(nodes).name,
    app: pick(['web', 'db', 'job']),
  }))
  const port = (): object =>
    pick<object>([
      { port: 80 },
      { port: 'http' },
      { port: 53, protocol: 'UDP' },
      { protocol: 'TCP' },
      { port: 20, endPort: 100 },
    ])
  const selector = (): object => pick<object>([{}, { matchLabels: { app: pick(['web', 'db', 'job']) } }])
  const peer = (): object =>
    pick<() => object>([
      () => ({ podSelector: selector() }),
      () => ({ namespaceSelector: pick<object>([{}, { matchLabels: { team: pick(namespaces) } }]) }),
      () => ({ podSelector: selector(), namespaceSelector: {} }),
      () => ({ ipBlock: { cidr: pick(['10.0.0.0/16', '203.0.113.0/24', '0.0.0.0/0', '10.1.0.2/32']) } }),
      () => ({ ipBlock: { cidr: '0.0.0.0/0', except: [pick(['10.0.0.0/8', '203.0.113.0/25', '192.0.2.1/32'])] } }),
    ])()
  const list = (make: () => object, most: number): readonly object[] => Array.from({ length: random(most + 1) }, make)
  const rule = (side: 'from' | 'to'): object => ({
    ...(some(80) ? { [side]: [peer(), ...list(peer, 1)] } : {}),
    ...(some(60) ? { ports: [port(), ...list(port, 1)] } : {}),
  })
  const kubernetes = (i: number): object => {
    const types = pick([['Ingress'], ['Egress'], ['Ingress', 'Egress']])
    return {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: `k${i}`, namespace: pick(namespaces) },
      spec: {
        podSelector: selector(),
        policyTypes: types,
        ...(types.includes('Ingress') ? { ingress: list(() => rule('from'), 3) } : {}),
        ...(types.includes('Egress') ? { egress: list(() => rule('to'), 3) } : {}),
      },
    }
  }
  const entity = (isDestination: boolean): object => ({
    ...(some(40) ? { selector: pick(["app == 'web'", "app != 'db'", 'has(host)', "net == 'partners'", 'all()']) } : {}),
    ...(some(25) ? { nets: [pick(['10.0.0.0/8', '203.0.113.0/24', '192.0.2.0/24', '0.0.0.0/0'])] } : {}),
    ...(some(10) ? { notNets: [pick(['10.0.0.1/32', '203.0.113.7/32'])] } : {}),
    ...(isDestination && some(50) ? { ports: [pick<number | string>([80, '8000:9000', 22, 53])] } : {}),
  })
  const calicoRule = (): object => ({
    action: pick(['Allow', 'Allow', 'Deny', 'Pass', 'Log']),
    protocol: pick(['TCP', 'UDP']),
    source: entity(false),
    destination: entity(true),
  })
  const calico = (i: number): object => ({
    apiVersion: 'projectcalico.org/v3',
    kind: 'GlobalNetworkPolicy',
    metadata: { name: `g${i}` },
    spec: {
      tier: pick(['default', 'first']),
      order: random(5),
      selector: pick(["app == 'web'", "app in {'db', 'job'}", 'all()', '!has(host)']),
      types: pick([['Ingress'], ['Egress'], ['Ingress', 'Egress']]),
      ingress: list(calicoRule, 3),
      egress: list(calicoRule, 3),
    },
  })
  const host = (i: number): object => {
    const flags = pick<object>([
      {},
      { applyOnForward: true },
      { preDNAT: true, applyOnForward: true },
      { doNotTrack: true, applyOnForward: true },
    ])
    const isEarly = 'preDNAT' in flags
    return {
      apiVersion: 'projectcalico.org/v3',
      kind: 'GlobalNetworkPolicy',
      metadata: { name: `h${i}` },
      spec: {
        order: random(5),
        selector: pick(["host == 'yes'", "host == 'yes' && node == 'n0'"]),
        ...flags,
        types: isEarly ? ['Ingress'] : pick([['Ingress'], ['Egress'], ['Ingress', 'Egress']]),
        ingress: list(calicoRule, 3),
        ...(isEarly ? {} : { egress: list(calicoRule, 3) }),
      },
    }
  }
  const isCalico = kinds === 'calico'
  const hostEndpoints = nodes.flatMap(({ name, address }) =>
    isCalico && some(60)
      ? [
          {
            apiVersion: 'projectcalico.org/v3',
            kind: 'HostEndpoint',
            metadata: { name: `${name}-eth0`, labels: { host: 'yes', node: name } },
            spec: {
              node: name,
              interfaceName: pick(['eth0', '*']),
              expectedIPs: [address],
              ...(some(50) ? { profiles: ['projectcalico-default-allow'] } : {}),
            },
          },
        ]
      : [],
  )
  const documents: readonly object[] = [
    ...namespaces.map(name => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: { team: name } } })),
    ...nodes.map(({ name, address }) => ({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name },
      status: { addresses: [{ type: 'InternalIP', address }] },
    })),
    ...pods.map(({ namespace, name, address, node, app }) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace, labels: { app } },
      spec: { nodeName: node, containers: [{ name: 'c', image: 'x', ports: [{ name: 'http', containerPort: 8080 }] }] },
      status: { phase: 'Running', podIP: address, podIPs: [{ ip: address }] },
    })),
    ...list(() => ({}), 5).map((_, i) => kubernetes(i)),
    ...(isCalico
      ? [
          { apiVersion: 'projectcalico.org/v3', kind: 'Tier', metadata: { name: 'first' }, spec: { order: 10 } },
          {
            apiVersion: 'projectcalico.org/v3',
            kind: 'GlobalNetworkSet',
            metadata: { name: 'partners', labels: { net: 'partners' } },
            spec: { nets: ['203.0.113.0/24'] },
          },
          ...(some(60)
            ? [
                {
                  apiVersion: 'projectcalico.org/v3',
                  kind: 'IPPool',
                  metadata: { name: 'pool' },
                  spec: {
                    cidr: pick(['10.0.0.0/8', '10.0.0.0/16']),
                    natOutgoing: true,
                    ...(some(50) ? { vxlanMode: 'Always' } : {}),
                  },
                },
              ]
            : []),
          ...hostEndpoints,
          ...list(() => ({}), 3).map((_, i) => calico(i)),
          ...list(() => ({}), 3).map((_, i) => host(i)),
        ]
      : []),
  ]
  return { text: documents.map(document => JSON.stringify(document)).join('\n---\n'), pods, nodes }
}
