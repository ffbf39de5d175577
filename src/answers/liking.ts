// Which packets make good examples: of the input before any others.

import type { Liking } from '../analysis/witness.ts'
import type { Scene } from '../trace/scene.ts'

const MOST_LIKED = 200

/** A pod of the input before an odd address, and an interface of the node before one that nobody named. */
export function likingOf(scenes: readonly Scene[]): Liking {
  const workloads = scenes.flatMap(({ workloads }) => [...workloads.values()])
  const here = workloads.filter(({ interfaceName }) => interfaceName !== undefined)
  const addresses = [...here, ...workloads].flatMap(pod => pod.addresses.map(({ text }) => text))
  const version = scenes[0]?.ipVersion
  const known = [...new Set(addresses)].filter(text => text.includes(':') === (version === 6)).slice(0, MOST_LIKED)
  const nodes = scenes.flatMap(({ nodeAddresses }) => nodeAddresses)
  const outside = version === 6 ? ['2001:db8::7', '2001:db8:77::7'] : ['203.0.113.7', '198.51.100.7']
  const names = here.flatMap(({ interfaceName }) => interfaceName ?? [])
  return {
    sources: [...known, ...nodes, ...outside],
    destinations: [...known, ...nodes, ...outside],
    inInterfaces: [...names, 'eth0'],
    outInterfaces: [...names, 'eth0'],
  }
}
