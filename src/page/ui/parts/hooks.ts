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

export const BOX = { width: 48, height: 27 } as const
export const SIZE = { width: 504, height: 226 } as const

export const HOOKS: readonly HookBox[] = [
  {
    id: 'raw PREROUTING',
    table: 'raw',
    x: 22,
    y: 22,
    purpose: 'doNotTrack policy, ingress: before connection tracking',
  },
  {
    id: 'mangle PREROUTING',
    table: 'mangle',
    x: 76,
    y: 22,
    purpose: 'preDNAT policy: the destination is still what the client wrote',
  },
  { id: 'nat PREROUTING', table: 'nat', x: 130, y: 22, purpose: 'services: kube-proxy translates the destination' },
  { id: 'mangle FORWARD', table: 'mangle', x: 236, y: 22, purpose: 'nothing of Calico’s' },
  {
    id: 'filter FORWARD',
    table: 'filter',
    x: 290,
    y: 22,
    purpose: 'policy of pods; applyOnForward policy of host endpoints',
  },
  {
    id: 'mangle POSTROUTING',
    table: 'mangle',
    x: 370,
    y: 22,
    purpose: 'policy of host endpoints for what was translated',
  },
  {
    id: 'nat POSTROUTING',
    table: 'nat',
    x: 424,
    y: 22,
    purpose: 'masquerade: what leaves the cluster gets the node’s address',
  },
  { id: 'mangle INPUT', table: 'mangle', x: 183, y: 92, purpose: 'nothing of Calico’s' },
  {
    id: 'filter INPUT',
    table: 'filter',
    x: 183,
    y: 126,
    purpose: 'policy of host endpoints, ingress; pods to their own node',
  },
  { id: 'raw OUTPUT', table: 'raw', x: 236, y: 180, purpose: 'doNotTrack policy, egress' },
  { id: 'mangle OUTPUT', table: 'mangle', x: 290, y: 180, purpose: 'nothing of Calico’s' },
  { id: 'nat OUTPUT', table: 'nat', x: 344, y: 180, purpose: 'services, for what the node itself sends' },
  { id: 'filter OUTPUT', table: 'filter', x: 398, y: 180, purpose: 'policy of host endpoints, egress' },
]

export const GROUPS: readonly { readonly title: string; readonly x: number; readonly y: number }[] = [
  { title: 'PREROUTING', x: 22, y: 14 },
  { title: 'FORWARD', x: 236, y: 14 },
  { title: 'POSTROUTING', x: 370, y: 14 },
  { title: 'INPUT', x: 148, y: 109 },
  { title: 'OUTPUT', x: 236, y: 172 },
]

/** Where the kernel chooses the way, and the node as sender and receiver. */
export const ROUTE = { x: 207, y: 35.5, half: 22 } as const
export const PROCESS = { x: 70, y: 181, width: 104, height: 25 } as const

/** Lines with an arrow at their end, as points. */
export const ROADS: readonly string[] = [
  'M14,35.5 H21',
  'M70,35.5 H75',
  'M124,35.5 H129',
  'M178,35.5 H184',
  'M229,35.5 H235',
  'M284,35.5 H289',
  'M338,35.5 H369',
  'M418,35.5 H423',
  'M472,35.5 H480',
  'M207,58 V91',
  'M207,119 V125',
  'M207,153 V165 H122 V180',
  'M174,193.5 H235',
  'M284,193.5 H289',
  'M338,193.5 H343',
  'M392,193.5 H397',
  'M446,193.5 H464 V84 H354 V35.5 H369',
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
