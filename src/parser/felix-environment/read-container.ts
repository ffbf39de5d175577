// Felix's environment as a cluster says it: the container calico-node of a DaemonSet or of the pod on a node.

import { felixFieldNamed } from '../../calico/felix-config.ts'
import type { Report } from '../../diagnostics/diagnostic.ts'
import { at, type Location } from '../../diagnostics/source.ts'
import { asMapping, itemsIn, type Mapping, mappingIn, textIn, textMapIn } from '../kubernetes/loose-fields.ts'
import type { Variable } from './variables.ts'

/** Data of the ConfigMaps of the input, by `NAMESPACE/NAME`. */
export type ConfigMaps = ReadonlyMap<string, Mapping>

/** Of every install, mostly missing: says where the API server is, and nothing of Felix. */
const API_SERVER_MAP = 'kubernetes-services-endpoint'

export interface FelixContainer {
  readonly namespace: string
  /** As messages call whom it belongs to. */
  readonly owner: string
  readonly container: Mapping
  /** Of the container. */
  readonly location: Location
}

/** The container that runs Felix, whatever the DaemonSet is called; init containers do not count. */
export function findFelixContainer(
  podSpec: Mapping,
): { readonly container: Mapping; readonly index: number } | undefined {
  const containers = itemsIn(podSpec, 'containers').map(asMapping)
  const index = containers.findIndex(container => textIn(container, 'name') === 'calico-node')
  const container = containers[index]
  return container === undefined ? undefined : { container, index }
}

/** All variables in the order in which they are set: those of whole ConfigMaps first, since single ones win over them. */
export function readVariables(source: FelixContainer, configMaps: ConfigMaps, report: Report): readonly Variable[] {
  const { container, location } = source
  const found: Variable[] = []
  for (const [index, item] of itemsIn(container, 'envFrom').entries()) {
    found.push(...readWholeMap(asMapping(item), at(location, 'envFrom', index), source, configMaps, report))
  }
  for (const [index, item] of itemsIn(container, 'env').entries()) {
    const entry = asMapping(item)
    const name = textIn(entry, 'name')
    const place = at(location, 'env', index)
    if (name === '') continue
    const value = Object.hasOwn(entry, 'valueFrom')
      ? readReference(name, mappingIn(entry, 'valueFrom'), place, source, configMaps, report)
      : expand(textIn(entry, 'value'), found)
    if (value !== undefined) found.push({ name, value, location: place })
  }
  return found
}

function readWholeMap(
  item: Mapping,
  location: Location,
  { namespace, owner }: FelixContainer,
  configMaps: ConfigMaps,
  report: Report,
): readonly Variable[] {
  const reference = mappingIn(item, 'configMapRef')
  const name = textIn(reference, 'name')
  const data = configMaps.get(`${namespace}/${name}`)
  if (name === '' || (data === undefined && name === API_SERVER_MAP)) return []
  if (data === undefined) {
    report.warn(
      'environment-unknown',
      `${owner} takes variables from the ConfigMap \`${namespace}/${name}\`, which is not in the input`,
      location,
      'add the ConfigMap to the input, or say what it sets: --felix-env NAME=VALUE',
    )
    return []
  }
  const prefix = textIn(item, 'prefix')
  return Object.entries(textMapIn({ data }, 'data')).map(([key, value]) => ({ name: prefix + key, value, location }))
}

/** Undefined, with a warning where it decides about rules, for what the input does not say. */
function readReference(
  name: string,
  valueFrom: Mapping,
  location: Location,
  { namespace, owner }: FelixContainer,
  configMaps: ConfigMaps,
  report: Report,
): string | undefined {
  const reference = mappingIn(valueFrom, 'configMapKeyRef')
  const map = textIn(reference, 'name')
  const key = textIn(reference, 'key')
  const data = configMaps.get(`${namespace}/${map}`)
  const value = data === undefined ? '' : textIn(data, key)
  if (data !== undefined && Object.hasOwn(data, key)) return value
  // An optional key that its ConfigMap does not have leaves the variable unset.
  if (data !== undefined && reference['optional'] === true) return undefined
  if (!/^felix_/i.test(name) || felixFieldNamed(name.replace(/^felix_/i, '')) === undefined) return undefined
  report.warn(
    'environment-unknown',
    map === ''
      ? `${owner} sets \`${name}\` from what the input does not have`
      : `${owner} sets \`${name}\` from \`${key}\` of the ConfigMap \`${namespace}/${map}\`, which is not in the input`,
    location,
    `${map === '' ? '' : 'add the ConfigMap to the input, or '}say what it is: --felix-env ${name}=VALUE`,
  )
  return undefined
}

/** `$(NAME)` stands for a variable set before it, `$$` for a dollar sign; what is not known stays as it is. */
function expand(written: string, known: readonly Variable[]): string {
  return written.replaceAll(/\$\$|\$\(([^()]*)\)/g, (whole, name: string | undefined) =>
    name === undefined ? '$' : (known.findLast(variable => variable.name === name)?.value ?? whole),
  )
}
