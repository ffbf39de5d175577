// The node at which following a packet begins.

import { Report } from '../diagnostics/diagnostic.ts'
import { readRequest, requestedAddress } from './packet-request.ts'
import { MAX_PARTIES, nodeNamed } from './request-parties.ts'
import { fieldPlace, type PacketRequest, type RequestPlace } from './request-fields.ts'
import type { Scene } from './scene.ts'
import type { World } from './world.ts'

interface Start {
  readonly scene: Scene
  readonly node: string | undefined
}

/** At the node that is named; where none is, at the sender's, or else the receiver's. */
export function startOf(
  request: PacketRequest,
  world: World,
  place: RequestPlace | undefined,
  report: Report,
): Start | undefined {
  const { home, homeName, sceneOf } = world
  const named = request.node?.trim()
  if (named !== undefined && named !== '') {
    const scene = sceneOf(named)
    if (scene !== undefined) return { scene, node: named }
    report.error('unknown-node', `the rules of a node \`${named}\` are not known`, fieldPlace(place, 'node'))
    return undefined
  }
  if (world.isHomeGuessed !== true) return { scene: home, node: homeName }
  const node = nodeOfParty('from', request, world) ?? nodeOfParty('to', request, world)
  const scene = node === undefined ? undefined : sceneOf(node)
  if (scene !== undefined) return { scene, node }
  // What is no packet at any node, of another IP version say, comes to none: that is what is wrong then.
  const faults = new Report()
  readRequest(request, home, place, faults)
  const found = faults.placed().filter(({ code }) => code !== 'host-unknown')
  if (found.length > 0) report.take(found)
  else report.error('ambiguous-node', 'to which node the packet comes is not clear', place, 'say so: --node NAME')
  return undefined
}

/** Files of packets name the same few parties over and over. */
function nodeOfParty(field: 'from' | 'to', request: PacketRequest, { home, nodes, nodeOf }: World): string | undefined {
  const named = nodeNamed(request[field])
  if (named !== undefined) return named
  const key = `${request[field] ?? ''} ${request.namespace ?? ''}`
  if (!nodes.has(key)) {
    if (nodes.size >= MAX_PARTIES) nodes.clear()
    const address = requestedAddress(field, request, home)
    nodes.set(key, address === undefined ? undefined : nodeOf(address))
  }
  return nodes.get(key)
}
