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
export const SIZE = { width: 404, height: 218 } as const

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
    x: 270,
    y: 98,
    purpose: 'policy of host endpoints for what was translated',
  },
  {
    id: 'nat POSTROUTING',
    table: 'nat',
    x: 324,
    y: 98,
    purpose: 'masquerade: what leaves the cluster gets the node’s address',
  },
  { id: 'mangle INPUT', table: 'mangle', x: 183, y: 76, purpose: 'nothing of Calico’s' },
  {
    id: 'filter INPUT',
    table: 'filter',
    x: 183,
    y: 110,
    purpose: 'policy of host endpoints, ingress; pods to their own node',
  },
  { id: 'raw OUTPUT', table: 'raw', x: 150, y: 172, purpose: 'doNotTrack policy, egress' },
  { id: 'mangle OUTPUT', table: 'mangle', x: 204, y: 172, purpose: 'nothing of Calico’s' },
  { id: 'nat OUTPUT', table: 'nat', x: 258, y: 172, purpose: 'services, for what the node itself sends' },
  { id: 'filter OUTPUT', table: 'filter', x: 312, y: 172, purpose: 'policy of host endpoints, egress' },
]

export const GROUPS: readonly { readonly title: string; readonly x: number; readonly y: number }[] = [
  { title: 'PREROUTING', x: 22, y: 14 },
  { title: 'FORWARD', x: 236, y: 14 },
  { title: 'POSTROUTING', x: 270, y: 90 },
  { title: 'INPUT', x: 146, y: 93 },
  { title: 'OUTPUT', x: 150, y: 164 },
]

/** Where the kernel chooses the way, and the node as sender and receiver. */
export const ROUTE = { x: 207, y: 35.5, half: 22 } as const
export const PROCESS = { x: 10, y: 173, width: 104, height: 25 } as const

/** Words at the ends of the road. */
export const ENDS: readonly { readonly title: string; readonly x: number; readonly y: number }[] = [
  { title: 'in', x: 0, y: 39 },
  { title: 'out', x: 383, y: 115 },
]

/** Lines with an arrow at their end, as paths. */
export const ROADS: readonly string[] = [
  'M14,35.5 H21',
  'M70,35.5 H75',
  'M124,35.5 H129',
  'M178,35.5 H184',
  'M229,35.5 H235',
  'M284,35.5 H289',
  'M338,35.5 H352 V72 H257 V111.5 H269',
  'M318,111.5 H323',
  'M372,111.5 H380',
  'M207,58 V75',
  'M207,103 V109',
  'M183,123.5 H62 V172',
  'M114,185.5 H149',
  'M198,185.5 H203',
  'M252,185.5 H257',
  'M306,185.5 H311',
  'M336,172 V150 H257 V111.5 H269',
]

/** Where an arrow key leads from a hook: to the nearest in that direction, straight ahead before aside; undefined: nowhere. */
export function hookBeside({ x, y }: HookBox, key: string): HookBox | undefined {
  const [right, down] = ARROWS[key] ?? [0, 0]
  const along = (other: HookBox): number => (other.x - x) * right + (other.y - y) * down
  const aside = (other: HookBox): number => Math.abs((other.x - x) * down) + Math.abs((other.y - y) * right)
  const distance = (other: HookBox): number => along(other) + 2 * aside(other)
  return HOOKS.filter(other => along(other) > 0).sort((a, b) => distance(a) - distance(b))[0]
}

const ARROWS: Readonly<Record<string, readonly [right: number, down: number]>> = {
  ArrowRight: [1, 0],
  ArrowLeft: [-1, 0],
  ArrowDown: [0, 1],
  ArrowUp: [0, -1],
}

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
