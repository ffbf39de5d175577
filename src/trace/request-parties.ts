// The sender or receiver of a packet, as words name it, and those of a node that have been looked for.

import type { Scene } from './scene.ts'
import type { SceneWorkload } from './scene-workloads.ts'

/** What one side of a packet is. */
export type Party =
  | { readonly kind: 'host'; readonly address: string | undefined }
  | { readonly kind: 'workload'; readonly workload: SceneWorkload; readonly address: string }
  | { readonly kind: 'remote'; readonly address: string }

/** Files of packets name the same parties over and over: each is looked for once. */
const PARTIES = new WeakMap<Scene, Map<string, Party>>()

/** Parties that are kept, of a node or of all of them. */
export const MAX_PARTIES = 1 << 15

export function partiesOf(scene: Scene): Map<string, Party> {
  let known = PARTIES.get(scene)
  if (known === undefined || known.size >= MAX_PARTIES) PARTIES.set(scene, (known = new Map()))
  return known
}
