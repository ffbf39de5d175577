// The road of a packet through a node as a drawing: where each table stands at its hook, and what leads where.

export interface HookBox {
  /** `filter FORWARD`, as steps of a packet name it. */
  readonly id: string
  readonly table: string
  readonly x: number
  readonly y: number
  /** What Calico decides there. */
  readonly purpose: string
}

export const BOX = { width: 62, height: 30 } as const
export const SIZE = { width: 700, height: 292 } as const

export const HOOKS: readonly HookBox[] = [
  {
    id: 'raw PREROUTING',
    table: 'raw',
    x: 62,
    y: 66,
    purpose: 'doNotTrack policy, ingress: before connection tracking',
  },
  {
    id: 'mangle PREROUTING',
    table: 'mangle',
    x: 132,
    y: 66,
    purpose: 'preDNAT policy: the destination is still what the client wrote',
  },
  { id: 'nat PREROUTING', table: 'nat', x: 202, y: 66, purpose: 'services: kube-proxy translates the destination' },
  { id: 'mangle FORWARD', table: 'mangle', x: 356, y: 66, purpose: 'nothing of Calico’s' },
  {
    id: 'filter FORWARD',
    table: 'filter',
    x: 426,
    y: 66,
    purpose: 'policy of pods; applyOnForward policy of host endpoints',
  },
  {
    id: 'mangle POSTROUTING',
    table: 'mangle',
    x: 536,
    y: 66,
    purpose: 'policy of host endpoints for what was translated',
  },
  {
    id: 'nat POSTROUTING',
    table: 'nat',
    x: 606,
    y: 66,
    purpose: 'masquerade: what leaves the cluster gets the node’s address',
  },
  { id: 'mangle INPUT', table: 'mangle', x: 252, y: 150, purpose: 'nothing of Calico’s' },
  {
    id: 'filter INPUT',
    table: 'filter',
    x: 252,
    y: 190,
    purpose: 'policy of host endpoints, ingress; pods to their own node',
  },
  { id: 'raw OUTPUT', table: 'raw', x: 356, y: 236, purpose: 'doNotTrack policy, egress' },
  { id: 'mangle OUTPUT', table: 'mangle', x: 426, y: 236, purpose: 'nothing of Calico’s' },
  { id: 'nat OUTPUT', table: 'nat', x: 496, y: 236, purpose: 'services, for what the node itself sends' },
  { id: 'filter OUTPUT', table: 'filter', x: 566, y: 236, purpose: 'policy of host endpoints, egress' },
]

export const GROUPS: readonly { readonly title: string; readonly x: number; readonly y: number }[] = [
  { title: 'PREROUTING', x: 62, y: 54 },
  { title: 'FORWARD', x: 356, y: 54 },
  { title: 'POSTROUTING', x: 536, y: 54 },
  { title: 'INPUT', x: 206, y: 170 },
  { title: 'OUTPUT', x: 356, y: 224 },
]

/** Lines with an arrow at their end, as points. */
export const ROADS: readonly string[] = [
  'M24,81 H60',
  'M124,81 H130',
  'M194,81 H200',
  'M264,81 H280',
  'M328,81 H354',
  'M418,81 H424',
  'M488,81 H534',
  'M598,81 H604',
  'M668,81 H684',
  'M304,101 V128 H283 V148',
  'M283,180 V188',
  'M283,220 V250 H262',
  'M198,250 V266 H330 V251 H354',
  'M418,251 H424',
  'M488,251 H494',
  'M558,251 H564',
  'M597,236 V130 H512 V81 H534',
]

/** Where a policy of a chain type acts on an endpoint. */
export function hooksOf(kind: 'pod' | 'host', chainType: string, direction: 'ingress' | 'egress'): readonly string[] {
  if (kind === 'pod') return direction === 'ingress' ? ['filter FORWARD'] : ['filter FORWARD', 'filter INPUT']
  switch (chainType) {
    case 'untracked':
      return direction === 'ingress' ? ['raw PREROUTING'] : ['raw OUTPUT']
    case 'preDNAT':
      return direction === 'ingress' ? ['mangle PREROUTING'] : []
    case 'forward':
      return ['filter FORWARD']
    default:
      return direction === 'ingress' ? ['filter INPUT'] : ['filter OUTPUT', 'mangle POSTROUTING']
  }
}
