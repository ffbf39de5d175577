// What one node does to a packet, in the form of a way through the cluster.

import type { Journey } from '../walk/packet.ts'
import type { WalkResult } from '../walk/walk-packet.ts'
import type { Scene } from './scene.ts'
import type { TraceResult, Way } from './way.ts'

export function traceOfWalks(
  journey: Journey,
  { walks, verdict, verdicts, isComplete }: WalkResult,
  scene: Scene,
): TraceResult {
  const node = scene.plan?.nodeName
  const ways = walks.map((walk): Way => {
    const leg = { scene, direction: 'request', journey, walk, ...(node === undefined ? {} : { node }) } as const
    return { verdict: walk.verdict, legs: [leg] }
  })
  const [first, ...rest] = ways
  if (first === undefined) throw new Error('a walk has a way at least')
  return { verdict, ways: [first, ...rest], isComplete, ...(verdicts === undefined ? {} : { verdicts }), notes: [] }
}
