// Which of all that the input tells of Felix's environment holds on a node.

import type { FelixField } from '../calico/felix-config.ts'
import type { Location } from '../diagnostics/source.ts'
import type { FelixEnvironment, FelixSetting } from '../model/ast/felix-environment.ts'

type Settings = ReadonlyMap<FelixField, FelixSetting>

/** From the weakest to the best evidence of what Felix on a node was started with. */
const EVIDENCE: readonly FelixEnvironment['source'][] = ['installation', 'daemonSet', 'pod']

/** What the cluster says of itself: Felix has it from its datastore, beneath every FelixConfiguration. */
export function clusterSettings(environments: readonly FelixEnvironment[]): Settings {
  return merge(environments.filter(({ source }) => source === 'cluster'))
}

/** The settings of the configuration file, then those of the environment, which win. */
export function environmentLayers(environments: readonly FelixEnvironment[], nodeName: string): readonly Settings[] {
  const file = environments.filter(({ source }) => source === 'configFile')
  return [merge(file), merge(chosen(environments, nodeName))]
}

/** Parameters with which Felix does not start on the node, by its own names for them. */
export function refusedParameters(
  environments: readonly FelixEnvironment[],
  nodeName: string,
): readonly (readonly [name: string, location: Location])[] {
  const file = environments.filter(({ source }) => source === 'configFile')
  return [...file, ...chosen(environments, nodeName)].flatMap(({ refused = [] }) => [...refused])
}

export interface KnownEnvironment {
  readonly isKnown: boolean
  readonly workloadPrefix?: string
}

export function environmentOf(environments: readonly FelixEnvironment[], nodeName: string): KnownEnvironment {
  const all = chosen(environments, nodeName)
  const prefix = all.findLast(({ workloadPrefix }) => workloadPrefix !== undefined)?.workloadPrefix
  return { isKnown: all.length > 0, ...(prefix === undefined ? {} : { workloadPrefix: prefix }) }
}

/** The best evidence, and what was given by hand: variables of that take the place of those of the same name. */
function chosen(environments: readonly FelixEnvironment[], nodeName: string): readonly FelixEnvironment[] {
  const given = environments.filter(({ source }) => source === 'given' || source === 'none')
  if (given.some(({ source }) => source === 'none')) return given
  const applicable = environments.filter(({ node }) => node === undefined || node === nodeName)
  const best = EVIDENCE.findLast(evidence => applicable.some(({ source }) => source === evidence))
  const found = applicable.filter(({ source }) => source === best).sort((a, b) => rank(a) - rank(b))
  return [...found.slice(-1), ...given]
}

/** Of several DaemonSets the operator's holds: those before it are left over from a move to the operator. */
function rank({ name }: FelixEnvironment): number {
  return [' kube-system/calico-node', ' calico-system/calico-node'].findIndex(ending => name.endsWith(ending))
}

function merge(environments: readonly FelixEnvironment[]): Settings {
  return new Map(environments.flatMap(({ settings }) => [...settings]))
}
