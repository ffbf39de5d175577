// ConfigMaps: variables of Felix's container may be taken from one, and kube-proxy's draws Felix to nftables.

import { at } from '../../diagnostics/source.ts'
import type { SideDecoder } from '../context.ts'
import { mappingIn, textIn } from './loose-fields.ts'

/** In kube-proxy's own configuration, which is YAML in a text. */
const NFTABLES_MODE = /^mode:\s*["']?nftables["']?\s*$/m

export const decodeConfigMap: SideDecoder = ({ value, location }, { configMaps, add }) => {
  const metadata = mappingIn(value, 'metadata')
  const name = `${textIn(metadata, 'namespace') || 'default'}/${textIn(metadata, 'name')}`
  const data = mappingIn(value, 'data')
  configMaps.set(name, data)
  if (!name.startsWith('kube-system/kube-proxy')) return false
  const key = Object.keys(data).find(each => NFTABLES_MODE.test(textIn(data, each)))
  if (key === undefined) return false
  add({
    kind: 'felixEnvironment',
    source: 'cluster',
    name: `ConfigMap ${name}`,
    settings: new Map(),
    hasNftablesProxy: true,
    location: at(location, 'data', key),
  })
  return true
}
