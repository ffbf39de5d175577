// Interfaces that somebody gives a packet and that the node does not have.

import { nearestName } from '../text/unknown-name.ts'
import { TUNNELS } from '../walk/known-routes.ts'
import type { PacketRequest } from './request-fields.ts'
import type { Scene } from './scene.ts'

/** A sentence for each; where nobody says what interfaces the node has, only for those of other nodes' pods. */
export function unknownInterfaces(request: PacketRequest, scene: Scene): readonly string[] {
  const { interfaceNames, isWorkloadInterface, isText, node, workloads } = scene
  const here = node === undefined ? 'the node' : `node ${node}`
  const names = [
    ...(interfaceNames ?? []),
    ...[...workloads.values()].flatMap(({ interfaceName }) => interfaceName ?? []),
  ]
  return (['in-interface', 'out-interface'] as const).flatMap(field => {
    const name = request[field]
    if (name === undefined || names.includes(name) || TUNNELS.test(name)) return []
    const far = scene.workloadBehind(name)
    if (far !== undefined && node !== undefined && far.node !== node)
      return [`interface \`${name}\` is that of pod ${far.workload.name} on node ${far.node}, and none of ${here}`]
    if (interfaceNames === undefined) return []
    // The text of a node does not tell which pods it has.
    if (isText && isWorkloadInterface(name)) return []
    const near = nearestName(name, names)
    const meant = near === undefined ? '' : `; did you mean \`${near}\`?`
    return [`${here} has no interface \`${name}\`${meant}`]
  })
}
