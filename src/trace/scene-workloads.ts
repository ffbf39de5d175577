// The workloads that a scene knows: which there are, what they are called, and which are on its node.

import { workloadInterfaceName } from '../calico/names.ts'
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

/** A workload, and where it is. */
interface Placed {
  readonly workload: SceneWorkload
  readonly node: string
  readonly interfaceName: string | undefined
}

/** The workloads of a cluster, as far as they are the same for each node that looks at them: what is looked up is made once. */
export class ClusterWorkloads {
  readonly #placed = new Map<string, Placed>()
  #byWord: ReadonlyMap<string, readonly string[]> | undefined
  #byAddress: Map<string, string> | undefined
  #byInterface: Map<string, Placed> | undefined

  constructor(resources: readonly Resource[]) {
    for (const resource of resources) {
      if (resource.kind !== 'workloadEndpoint') continue
      const { namespace, addresses, node, interfaceName } = resource
      const name = `${namespace}/${resource.name}`
      if (!this.#placed.has(name))
        this.#placed.set(name, { workload: { name, namespace, addresses }, node, interfaceName })
    }
  }

  /** By name. @param plan of the node that is looked from */
  seenFrom(plan: NodePlan | undefined): ReadonlyMap<string, SceneWorkload> {
    const interfaceNames = new Map((plan?.workloads ?? []).map(({ name, interfaceName }) => [name, interfaceName]))
    const found = new Map<string, SceneWorkload>()
    for (const [name, { workload, node, interfaceName }] of this.#placed) {
      const own = node === plan?.nodeName ? (interfaceName ?? interfaceNames.get(name)) : undefined
      found.set(name, own === undefined ? workload : { ...workload, interfaceName: own })
    }
    return found
  }

  /** Names of those that a text may mean: a file of packets asks twice in each line. */
  called(text: string): readonly string[] {
    this.#byWord ??= groupByAll(this.#placed.keys(), name => {
      const placed = this.#placed.get(name)
      return placed === undefined ? [] : new Set(nameOfWorkload(placed.workload).spellings)
    })
    return this.#byWord.get(text) ?? []
  }

  /** Whose interface it is, on whatever node: Calico's names end as a hash of the pod's does, whatever they begin with. */
  behind(interfaceName: string): Pick<Placed, 'workload' | 'node'> | undefined {
    this.#byInterface ??= new Map(
      [...this.#placed.values()].map(placed => {
        const { namespace, name } = placed.workload
        const hash = workloadInterfaceName('', namespace, name.slice(namespace.length + 1))
        return [placed.interfaceName ?? hash, placed] as const
      }),
    )
    return this.#byInterface.get(interfaceName) ?? this.#byInterface.get(/[\da-f]{11}$/.exec(interfaceName)?.[0] ?? '')
  }

  /** The name of the first one that has an address. */
  nameAt(address: string): string | undefined {
    if (this.#byAddress === undefined) {
      this.#byAddress = new Map()
      for (const [name, { workload }] of this.#placed)
        for (const { text } of workload.addresses) if (!this.#byAddress.has(text)) this.#byAddress.set(text, name)
    }
    return this.#byAddress.get(address)
  }
}
