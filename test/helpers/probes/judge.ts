// Walker against kernel for one batch: every rule's counter, and where each packet came out.

import { toBits } from '../../../src/net/cidr.ts'
import type { Walk } from '../../../src/walk/steps.ts'
import type { ForeseenProbe } from './batch.ts'
import { compareCounts, type CountDifference, type Counts, sumUp } from './counters.ts'
import type { Seen } from './kernel-node.ts'
import { destinationOf, probeOf } from './packet-bytes.ts'

export interface Judgement {
  readonly counts: readonly CountDifference[]
  /** Probes that came out elsewhere than foreseen, in words. */
  readonly outcomes: ReadonlyMap<number, string>
}

export function judge(foreseen: readonly ForeseenProbe[], counted: Counts, seen: readonly Seen[]): Judgement {
  const byProbe = new Map<number, Seen[]>()
  for (const one of seen) {
    const number = probeOf(one.bytes)
    if (number === undefined || number === 0) continue
    byProbe.set(number, [...(byProbe.get(number) ?? []), one])
  }
  const outcomes = new Map<number, string>()
  for (const { probe, walk } of foreseen) {
    const wanted = foreseenOutcome(walk)
    const found = (byProbe.get(probe.number) ?? []).map(one => describeSeen(one, walk)).join(' and ') || 'nowhere'
    if (found !== wanted) outcomes.set(probe.number, `foreseen ${wanted}, seen ${found}`)
  }
  return { counts: compareCounts(sumUp(foreseen.map(({ places }) => places)), counted), outcomes }
}

/** `at eth0 for 3221225985 port 80`: where the packet comes out, and with which destination after all translation. */
function foreseenOutcome(walk: Walk): string {
  if (walk.verdict !== 'accept') return 'nowhere'
  const route = walk.steps.findLast(step => step.kind === 'route')?.route
  if (route === undefined) throw new Error('a walk without routing')
  const { ipVersion, destination, destinationPort } = walk.packet
  if (route.kind === 'local' && ipVersion === 6) return 'at the node'
  const port = destinationPort === undefined ? '' : ` port ${destinationPort}`
  const place = route.kind === 'out' ? route.interfaceName : 'the node'
  return `at ${place} for ${toBits({ ipVersion, text: destination })}${port}`
}

function describeSeen({ at, bytes }: Seen, { packet }: Walk): string {
  // Raw sockets of IPv6 give no header.
  if (at === 'host6') return 'at the node'
  const { address, port } = destinationOf(bytes)
  const portText = packet.destinationPort === undefined ? '' : ` port ${port}`
  return `at ${at === 'host4' ? 'the node' : at} for ${address}${portText}`
}
