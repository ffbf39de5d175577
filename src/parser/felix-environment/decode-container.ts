// The container calico-node of a DaemonSet or Pod -> Felix's environment, when all ConfigMaps are known.

import { at, type Location } from '../../diagnostics/source.ts'
import type { FelixEnvironment } from '../../model/ast/felix-environment.ts'
import type { ParseContext } from '../context.ts'
import type { Mapping } from '../kubernetes/loose-fields.ts'
import { addFirstPools } from './first-pools.ts'
import { findFelixContainer, readVariables } from './read-container.ts'
import { environmentSettings } from './variables.ts'

export interface FelixOwner {
  readonly source: Extract<FelixEnvironment['source'], 'daemonSet' | 'pod'>
  readonly namespace: string
  readonly name: string
  readonly node?: string
}

/** Adds the environment, and true, where the pod runs Felix. */
export function decodeFelixContainer(
  { source, namespace, name, node }: FelixOwner,
  podSpec: Mapping,
  /** Of the pod's spec. */
  location: Location,
  { report, configMaps, later, add }: ParseContext,
): boolean {
  const found = findFelixContainer(podSpec)
  if (found === undefined) return false
  const owner = `${source === 'pod' ? 'Pod' : 'DaemonSet'} ${namespace}/${name}`
  const place = at(location, 'containers', found.index)
  later(resources => {
    const container = { namespace, owner, container: found.container, location: place }
    const variables = readVariables(container, configMaps, report)
    add({
      kind: 'felixEnvironment',
      source,
      name: owner,
      ...(node === undefined ? {} : { node }),
      ...environmentSettings(variables),
      location: place,
    })
    addFirstPools(variables, resources, { report, add })
  })
  return true
}
