// What of calico-node, kube-controllers and the operator's Installation makes rules: Felix's environment, with what ConfigMaps and
// other variables put into it written out, and nothing else of them.

import { felixFieldNamed, parseFelixParameter } from '../calico/felix-config.ts'
import { LATEST_RELEASE } from '../calico/releases/releases.ts'
import { Report } from '../diagnostics/diagnostic.ts'
import { type ConfigMaps, findFelixContainer, readVariables } from '../parser/felix-environment/read-container.ts'
import { findSideDecoder } from '../parser/kinds.ts'
import { asMapping, itemsIn, type Mapping as Read, mappingIn, textIn } from '../parser/kubernetes/loose-fields.ts'
import type { Json, Replacements } from './replacements.ts'

type Mapping = Readonly<Record<string, Json>>

const POOL_VARIABLE = /^(?:NO_DEFAULT_POOLS$|CALICO_IPV[46]POOL_(?:CIDR|IPIP|VXLAN|NAT_OUTGOING)$)/
const FELIX = /^felix_/i
const CONTROLLERS_VARIABLE = 'AUTO_HOST_ENDPOINTS'
const NOWHERE = { document: 0, path: [] }

interface Entry {
  readonly name: string
  readonly value: string
}

/** Whether a variable of calico-node or kube-controllers decides about rules. */
export function isRuleVariable(name: string): boolean {
  if (!FELIX.test(name)) return name === CONTROLLERS_VARIABLE || POOL_VARIABLE.test(name)
  return felixFieldNamed(name.replace(FELIX, '')) !== undefined
}

/** The spec of a kind that makes no rules by itself; undefined for what has no say. */
export function environmentSpec(value: Read, configMaps: ConfigMaps): Mapping | undefined {
  const kind = textIn(value, 'kind')
  if (kind === 'ConfigMap' || findSideDecoder(textIn(value, 'apiVersion'), kind) === undefined) return undefined
  const spec = mappingIn(value, 'spec')
  if (kind === 'Installation') return installationSpec(spec)
  const podSpec = mappingIn(mappingIn(spec, 'template'), 'spec')
  const namespace = textIn(mappingIn(value, 'metadata'), 'namespace') || 'default'
  const containers =
    kind === 'DaemonSet'
      ? felixContainers(podSpec, namespace, configMaps)
      : kind === 'Deployment'
        ? controllerContainers(podSpec)
        : []
  return containers.length === 0 ? undefined : { template: { spec: { containers } } }
}

/** The container that runs Felix, if the pod has one, with its variables alone. */
export function felixContainers(podSpec: Read, namespace: string, configMaps: ConfigMaps): readonly Mapping[] {
  const found = findFelixContainer(podSpec)
  if (found === undefined) return []
  const source = { namespace, owner: '', container: found.container, location: NOWHERE }
  return [containerOf('calico-node', readVariables(source, configMaps, new Report()))]
}

function controllerContainers(podSpec: Read): readonly Mapping[] {
  const entries = itemsIn(podSpec, 'containers')
    .flatMap(container => itemsIn(asMapping(container), 'env').map(asMapping))
    .filter(entry => textIn(entry, 'name') === CONTROLLERS_VARIABLE)
  if (entries.length === 0) return []
  return [
    containerOf(
      'calico',
      entries.map(entry => ({ name: CONTROLLERS_VARIABLE, value: textIn(entry, 'value') })),
    ),
  ]
}

function containerOf(name: string, variables: readonly Entry[]): Mapping {
  const env = variables.filter(one => isRuleVariable(one.name)).map(one => ({ name: one.name, value: one.value }))
  return { name, env }
}

function installationSpec(spec: Read): Mapping {
  const network = mappingIn(spec, 'calicoNetwork')
  const only = (from: Read, keys: readonly string[]): Mapping =>
    Object.fromEntries(keys.flatMap(key => (textIn(from, key) === '' ? [] : [[key, textIn(from, key)] as const])))
  const pools = itemsIn(network, 'ipPools').map(pool =>
    only(asMapping(pool), ['name', 'cidr', 'encapsulation', 'natOutgoing']),
  )
  const hasV6 = Object.keys(mappingIn(network, 'nodeAddressAutodetectionV6')).length > 0
  return {
    cni: only(mappingIn(spec, 'cni'), ['type']),
    calicoNetwork: {
      ...only(network, ['linuxDataplane']),
      ipPools: pools,
      ...(hasV6 ? { nodeAddressAutodetectionV6: { firstFound: true } } : {}),
    },
  }
}

/** @param name of `isRuleVariable` */
export function replaceVariable({ name, value }: Entry, by: Pick<Replacements, 'name' | 'address'>): Entry {
  const parameter = felixFieldNamed(name.replace(FELIX, ''))
  if (/interface|iface/i.test(name)) return { name, value }
  if (parameter === 'logPrefix') return { name, value: by.name(value) }
  const replaced = value.replace(/[^\s,]+/g, item => replaceItem(item, by))
  // Words of Felix and of Calico are no names.
  const isWord =
    /^[A-Za-z]+$/.test(value) &&
    (parameter === undefined || !parseFelixParameter(parameter, replaced, LATEST_RELEASE).ok)
  return { name, value: isWord ? value : replaced }
}

/** A net, a name, a number, `PROTOCOL:NET:PORT`. */
function replaceItem(item: string, by: Pick<Replacements, 'name' | 'address'>): string {
  const [, protocol = '', net = item, port = ''] = /^(\w+:)\[?([^\]]+?)\]?(:\d+)$/.exec(item) ?? []
  const found = by.address(net)
  if (found !== undefined) return `${protocol}${protocol !== '' && found.includes(':') ? `[${found}]` : found}${port}`
  return /^(?:\w{3,4}:)?\d+(?::\d+)?$|^0x[\da-f]+$|^(?:true|false)$/i.test(item) ? item : by.name(item)
}
