// Interfaces that somebody gives a packet and that the node does not have.

import { nearestName } from '../text/unknown-name.ts'
import { TUNNELS } from '../walk/known-routes.ts'
import type { PacketRequest } from './request-fields.ts'
import type { Scene } from './scene.ts'

/** A sentence for each; none where nobody says what interfaces the node has. */
export function unknownInterfaces(request: PacketRequest, scene: Scene): readonly string[] {
  const { interfaceNames, isWorkloadInterface, isText, node, workloads } = scene
  if (interfaceNames === undefined) return []
  const names = [...interfaceNames, ...[...workloads.values()].flatMap(({ interfaceName }) => interfaceName ?? [])]
  return (['in-interface', 'out-interface'] as const).flatMap(field => {
    const name = request[field]
    if (name === undefined || names.includes(name) || TUNNELS.test(name)) return []
    // The text of a node does not tell which pods it has.
    if (isText && isWorkloadInterface(name)) return []
    const near = nearestName(name, names)
    const meant = near === undefined ? '' : `; did you mean \`${near}\`?`
    return [`${node === undefined ? 'the node' : `node ${node}`} has no interface \`${name}\`${meant}`]
  })
}
