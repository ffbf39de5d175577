// The shapes that Kubernetes network policies come in, as data, and what each means, read straight from the words of the API:
// "a pod is isolated in a direction once a policy that selects it names the direction; then what any rule of any such policy
// allows is allowed, and nothing else". Three namespaces with three pods each; six ports. Knows nothing of Calico.

export type Protocol = 'TCP' | 'UDP' | 'SCTP'

type Labels = Readonly<Record<string, string>>

interface Expression {
  readonly key: string
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'
  readonly values?: readonly string[]
}

export interface LabelSelector {
  readonly matchLabels?: Labels
  readonly matchExpressions?: readonly Expression[]
}

export interface Peer {
  readonly podSelector?: LabelSelector
  readonly namespaceSelector?: LabelSelector
  readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] }
}

export interface PolicyPort {
  readonly port?: number | string
  readonly endPort?: number
  readonly protocol?: Protocol
}

export interface Rule {
  readonly peers?: readonly Peer[]
  readonly ports?: readonly PolicyPort[]
}

export interface ShapePolicy {
  readonly namespace: string
  readonly podSelector: LabelSelector
  readonly ingress?: readonly Rule[]
  readonly egress?: readonly Rule[]
}

export interface ShapePod {
  readonly namespace: string
  readonly name: string
  readonly address: string
  readonly node: string
}

const LETTERS = ['a', 'b', 'c']

export const NAMESPACES = ['x', 'y', 'z']

export const PODS: readonly ShapePod[] = NAMESPACES.flatMap((namespace, i) =>
  LETTERS.map((name, j) => ({ namespace, name, address: `10.0.${i + 1}.${j + 1}`, node: `n${(i + j) % 2}` })),
)

export const PORTS: readonly { readonly port: number; readonly protocol: Protocol; readonly number: number }[] = [
  80, 81,
].flatMap(port => [
  { port, protocol: 'TCP', number: 6 } as const,
  { port, protocol: 'UDP', number: 17 } as const,
  { port, protocol: 'SCTP', number: 132 } as const,
])

export function portName(port: number, protocol: Protocol): string {
  return `serve-${port}-${protocol.toLowerCase()}`
}

/** What the policies mean for one connection between pods. */
export function isAllowed(
  policies: readonly ShapePolicy[],
  from: ShapePod,
  to: ShapePod,
  port: number,
  protocol: Protocol,
): boolean {
  const open = (direction: 'ingress' | 'egress', subject: ShapePod, other: ShapePod): boolean => {
    const isolating = policies.filter(
      policy =>
        policy[direction] !== undefined &&
        policy.namespace === subject.namespace &&
        fits(policy.podSelector, { pod: subject.name }),
    )
    if (isolating.length === 0) return true
    return isolating.some(policy =>
      (policy[direction] ?? []).some(
        rule =>
          (rule.peers === undefined || rule.peers.some(peer => isPeer(peer, policy.namespace, other))) &&
          (rule.ports === undefined || rule.ports.some(one => isPort(one, port, protocol))),
      ),
    )
  }
  return open('egress', from, to) && open('ingress', to, from)
}

function fits({ matchLabels = {}, matchExpressions = [] }: LabelSelector, labels: Labels): boolean {
  const has = (key: string): boolean => Object.hasOwn(labels, key)
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      switch (operator) {
        case 'In':
          return has(key) && values.includes(labels[key] ?? '')
        case 'NotIn':
          return !has(key) || !values.includes(labels[key] ?? '')
        case 'Exists':
          return has(key)
        case 'DoesNotExist':
          return !has(key)
      }
    })
  )
}

function isPeer({ podSelector, namespaceSelector, ipBlock }: Peer, own: string, pod: ShapePod): boolean {
  if (ipBlock !== undefined) return isIn(ipBlock.cidr, pod) && !(ipBlock.except ?? []).some(net => isIn(net, pod))
  const isNamespace =
    namespaceSelector === undefined ? pod.namespace === own : fits(namespaceSelector, { ns: pod.namespace })
  return isNamespace && (podSelector === undefined || fits(podSelector, { pod: pod.name }))
}

function isIn(cidr: string, { address }: ShapePod): boolean {
  const [net = '', length = '32'] = cidr.split('/')
  const bits = (text: string): string =>
    text
      .split('.')
      .map(octet => Number(octet).toString(2).padStart(8, '0'))
      .join('')
  return bits(net).slice(0, Number(length)) === bits(address).slice(0, Number(length))
}

function isPort({ port, endPort, protocol = 'TCP' }: PolicyPort, wanted: number, wantedProtocol: Protocol): boolean {
  if (protocol !== wantedProtocol) return false
  if (port === undefined) return true
  if (typeof port === 'string') return port === portName(wanted, wantedProtocol)
  return port <= wanted && wanted <= (endPort ?? port)
}

export interface Shape {
  readonly title: string
  readonly policies: readonly ShapePolicy[]
}

const EVERY: LabelSelector = {}
const label = (key: string, value: string): LabelSelector => ({ matchLabels: { [key]: value } })
const expression = (key: string, operator: Expression['operator'], values?: readonly string[]): LabelSelector => ({
  matchExpressions: [{ key, operator, ...(values === undefined ? {} : { values }) }],
})

const POD_SELECTORS: readonly (readonly [string, LabelSelector | undefined])[] = [
  ['no pod selector', undefined],
  ['every pod', EVERY],
  ['pod a', label('pod', 'a')],
  ['pods a and b', expression('pod', 'In', ['a', 'b'])],
  ['not pod c', expression('pod', 'NotIn', ['c'])],
  ['no such pod', label('pod', 'q')],
]

const NAMESPACE_SELECTORS: readonly (readonly [string, LabelSelector | undefined])[] = [
  ['own namespace', undefined],
  ['every namespace', EVERY],
  ['namespace y', label('ns', 'y')],
  ['namespaces y and z', expression('ns', 'In', ['y', 'z'])],
  ['not namespace x', expression('ns', 'NotIn', ['x'])],
  ['no such namespace', label('ns', 'q')],
]

const BLOCKS: readonly (readonly [string, NonNullable<Peer['ipBlock']>])[] = [
  ['everything', { cidr: '0.0.0.0/0' }],
  ['one pod', { cidr: '10.0.1.1/32' }],
  ['the pods of y', { cidr: '10.0.2.0/24' }],
  ['the pods of y but one', { cidr: '10.0.2.0/24', except: ['10.0.2.2/32'] }],
  ['every pod but those of z', { cidr: '10.0.0.0/16', except: ['10.0.3.0/24'] }],
  ['everything but two', { cidr: '0.0.0.0/0', except: ['10.0.2.1/32', '10.0.3.3/32'] }],
]

const PEERS: readonly (readonly [string, readonly Peer[]])[] = [
  ...POD_SELECTORS.flatMap(([podTitle, podSelector]) =>
    NAMESPACE_SELECTORS.flatMap(
      ([namespaceTitle, namespaceSelector]): readonly (readonly [string, readonly Peer[]])[] =>
        podSelector === undefined && namespaceSelector === undefined
          ? []
          : [
              [
                `${podTitle}, ${namespaceTitle}`,
                [
                  {
                    ...(podSelector === undefined ? {} : { podSelector }),
                    ...(namespaceSelector === undefined ? {} : { namespaceSelector }),
                  },
                ],
              ],
            ],
    ),
  ),
  ...BLOCKS.map(([title, ipBlock]) => [`net: ${title}`, [{ ipBlock }]] as const),
  ['two peers', [{ podSelector: label('pod', 'a') }, { namespaceSelector: label('ns', 'z') }]],
  ['a net and a pod', [{ ipBlock: { cidr: '10.0.3.0/24' } }, { podSelector: label('pod', 'c') }]],
]

const PORT_LISTS: readonly (readonly [string, readonly PolicyPort[]])[] = [
  ...(['TCP', 'UDP', 'SCTP'] as const).flatMap((protocol): readonly (readonly [string, readonly PolicyPort[]])[] => [
    [`all of ${protocol}`, [{ protocol }]],
    [`${protocol} 80`, [{ port: 80, protocol }]],
    [`${protocol} 81 by name`, [{ port: portName(81, protocol), protocol }]],
  ]),
  ['80 without a protocol', [{ port: 80 }]],
  ['a range', [{ port: 80, endPort: 81, protocol: 'TCP' }]],
  ['a range beside', [{ port: 81, endPort: 90, protocol: 'UDP' }]],
  [
    'two numbers',
    [
      { port: 80, protocol: 'TCP' },
      { port: 81, protocol: 'UDP' },
    ],
  ],
  [
    'a name and a number',
    [
      { port: portName(80, 'TCP'), protocol: 'TCP' },
      { port: 81, protocol: 'SCTP' },
    ],
  ],
  ['a port that nobody has', [{ port: 7981, protocol: 'TCP' }]],
  ['a name that nobody has', [{ port: 'nothing', protocol: 'TCP' }]],
]

const DIRECTIONS = ['ingress', 'egress'] as const

const onA = (direction: 'ingress' | 'egress', rules: readonly Rule[]): ShapePolicy => ({
  namespace: 'x',
  podSelector: label('pod', 'a'),
  [direction]: rules,
})

const TARGETS: readonly (readonly [string, LabelSelector])[] = [
  ['every pod', EVERY],
  ['pod a', label('pod', 'a')],
  ['pods a and c', expression('pod', 'In', ['a', 'c'])],
  ['all but pod b', expression('pod', 'NotIn', ['b'])],
  ['pods with a label', expression('pod', 'Exists')],
  ['pods without a label', expression('pod', 'DoesNotExist')],
]

const ALLOW_ALL: readonly Rule[] = [{}]
const DENY_ALL: readonly Rule[] = []
const FROM_Y: readonly Rule[] = [{ peers: [{ namespaceSelector: label('ns', 'y') }] }]
const TCP_80: readonly Rule[] = [{ ports: [{ port: 80, protocol: 'TCP' }] }]
const NAMED_RULES = [
  ['deny all', DENY_ALL],
  ['allow all', ALLOW_ALL],
  ['namespace y', FROM_Y],
  ['TCP 80', TCP_80],
] as const

export const SHAPES: readonly Shape[] = [
  { title: 'no policy', policies: [] },
  ...DIRECTIONS.flatMap(direction =>
    PEERS.map(([title, peers]) => ({
      title: `${direction}, peers: ${title}`,
      policies: [onA(direction, [{ peers, ports: [{ port: 80, protocol: 'TCP' }] }])],
    })),
  ),
  ...DIRECTIONS.flatMap(direction =>
    PORT_LISTS.map(([title, ports]) => ({
      title: `${direction}, ports: ${title}`,
      policies: [onA(direction, [{ ports, peers: [{ namespaceSelector: expression('ns', 'In', ['x', 'y']) }] }])],
    })),
  ),
  ...DIRECTIONS.flatMap(direction =>
    TARGETS.flatMap(([title, podSelector]) =>
      NAMED_RULES.map(([what, rules]) => ({
        title: `${direction}, ${title}: ${what}`,
        policies: [{ namespace: 'y', podSelector, [direction]: rules }],
      })),
    ),
  ),
  // Rules, and policies, are alternatives to each other.
  ...DIRECTIONS.flatMap(direction =>
    NAMED_RULES.flatMap(([one, first]) =>
      NAMED_RULES.map(([other, second]) => ({
        title: `${direction}, two policies: ${one} and ${other}`,
        policies: [
          { namespace: 'x', podSelector: EVERY, [direction]: first },
          { namespace: 'x', podSelector: label('pod', 'b'), [direction]: second },
        ],
      })),
    ),
  ),
  // Both ends have a say.
  ...NAMED_RULES.flatMap(([one, ingress]) =>
    NAMED_RULES.flatMap(([other, egress]) => [
      {
        title: `one policy, in: ${one}, out: ${other}`,
        policies: [{ namespace: 'y', podSelector: EVERY, ingress, egress }],
      },
      {
        title: `two ends, in: ${one}, out: ${other}`,
        policies: [
          { namespace: 'x', podSelector: EVERY, ingress },
          { namespace: 'y', podSelector: label('pod', 'a'), egress },
        ],
      },
    ]),
  ),
]

/** The cluster with the policies, for Calico. */
export function shapeInput(policies: readonly ShapePolicy[]): string {
  const ports = PORTS.map(({ port, protocol }) => ({ name: portName(port, protocol), containerPort: port, protocol }))
  const documents: object[] = [
    ...['n0', 'n1'].map((name, index) => ({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name },
      status: { addresses: [{ type: 'InternalIP', address: `192.0.2.${index + 1}` }] },
    })),
    ...NAMESPACES.map(name => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: { ns: name } } })),
    ...PODS.map(({ namespace, name, address, node }) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace, labels: { pod: name } },
      spec: { nodeName: node, containers: [{ name: 'c', image: 'x', ports }] },
      status: { phase: 'Running', podIP: address, podIPs: [{ ip: address }] },
    })),
    ...policies.map(({ namespace, podSelector, ingress, egress }, index) => ({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: `p${index}`, namespace },
      spec: {
        podSelector,
        policyTypes: [...(ingress === undefined ? [] : ['Ingress']), ...(egress === undefined ? [] : ['Egress'])],
        ...(ingress === undefined
          ? {}
          : { ingress: ingress.map(({ peers, ports: own }) => ({ from: peers, ports: own })) }),
        ...(egress === undefined ? {} : { egress: egress.map(({ peers, ports: own }) => ({ to: peers, ports: own })) }),
      },
    })),
  ]
  return documents.map(document => JSON.stringify(document)).join('\n---\n')
}
