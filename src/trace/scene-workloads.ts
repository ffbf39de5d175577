// The workloads that a scene knows: which there are, what they are called, and which are on its node.

import type { Resource } from '../model/ast/resources.ts'
import type { NodePlan } from '../model/plan.ts'
import type { Address } from '../net/cidr.ts'
import { type Named, podSpellings } from '../text/find-named.ts'
import { groupByAll } from '../text/group-by.ts'

/** A pod or other workload of the cluster. */
export interface SceneWorkload {
  /** `namespace/name` */
  readonly name: string
  readonly namespace: string
  readonly addresses: readonly Address[]
  /** Its interface on this node; absent for workloads of other nodes. */
  readonly interfaceName?: string
}

/** Everything that a workload may be called. */
export function nameOfWorkload({ namespace, name }: SceneWorkload): Named {
  return podSpellings(namespace, name.slice(namespace.length + 1))
}

/** A file of packets asks for a name twice in each line. The index is made when first asked. */
export function indexNames(workloads: ReadonlyMap<string, SceneWorkload>): (text: string) => readonly SceneWorkload[] {
  let index: ReadonlyMap<string, readonly SceneWorkload[]> | undefined
  return text => {
    index ??= groupByAll(workloads.values(), workload => new Set(nameOfWorkload(workload).spellings))
    return index.get(text) ?? []
  }
}

/**
 * By name. @param plan of the node that is looked from
 * @param remote workloads as other nodes see them, to be shared between scenes
 */
export function findWorkloads(
  resources: readonly Resource[],
  plan: NodePlan | undefined,
  remote: Map<string, SceneWorkload> | undefined,
): ReadonlyMap<string, SceneWorkload> {
  const interfaceNames = new Map<string, string>()
  for (const { name, interfaceName } of plan?.workloads ?? []) interfaceNames.set(name, interfaceName)
  const found = new Map<string, SceneWorkload>()
  for (const resource of resources) {
    if (resource.kind !== 'workloadEndpoint') continue
    const name = `${resource.namespace}/${resource.name}`
    const isHere = resource.node === plan?.nodeName
    const interfaceName = isHere ? (resource.interfaceName ?? interfaceNames.get(name)) : undefined
    if (found.has(name)) continue
    const { namespace, addresses } = resource
    if (interfaceName !== undefined) found.set(name, { name, namespace, addresses, interfaceName })
    else {
      const far = remote?.get(name) ?? { name, namespace, addresses }
      remote?.set(name, far)
      found.set(name, far)
    }
  }
  return found
}

export function podsHere(
  byAddress: ReadonlyMap<string, SceneWorkload>,
): readonly (readonly [address: string, interfaceName: string])[] {
  return [...byAddress].flatMap(([address, { interfaceName }]) =>
    interfaceName === undefined ? [] : [[address, interfaceName] as const],
  )
}
