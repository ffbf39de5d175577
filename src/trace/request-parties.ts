// The sender or receiver of a packet, as words name it, and those of a node that have been looked for.

import { nodesNamed } from '../model/ast/resources.ts'
import type { Address } from '../net/cidr.ts'
import { nearestName, unknown } from '../text/unknown-name.ts'
import { nodeAddressesOf } from './cluster-addresses.ts'
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

/** The node that `host/NODE` or `node/NODE` is; undefined for other words. */
export function nodeNamed(text: string | undefined): string | undefined {
  return /^(?:host|node)\/(?<node>[^/]+)$/.exec(text?.trim() ?? '')?.groups?.['node']
}

/** The address by which others send to a node; a text says why there is none. */
export function addressOfNode(name: string, { ipVersion, resources = [] }: Scene): Address | string {
  const found = nodeAddressesOf(resources, name, undefined).find(address => address.ipVersion === ipVersion)
  if (found !== undefined) return found
  const names = nodesNamed(resources)
  return names.includes(name)
    ? `no IPv${ipVersion} address of node \`${name}\` is in the input`
    : unknown('node', name, names)
}

/** The name of a pod or node that a word may stand for. */
export function partyNear(text: string, { workloads, resources = [] }: Scene): string | undefined {
  const pods = [...workloads.keys()].flatMap(name => [`pod/${name}`, name, name.replace(/^.*\//, '')])
  return nearestName(text, [...pods, ...nodesNamed(resources).map(name => `host/${name}`)])
}
