// ConfigMaps: variables of Felix's container may be taken from one.

import type { SideDecoder } from '../context.ts'
import { mappingIn, textIn } from './loose-fields.ts'

export const decodeConfigMap: SideDecoder = ({ value }, { configMaps }) => {
  const metadata = mappingIn(value, 'metadata')
  configMaps.set(`${textIn(metadata, 'namespace') || 'default'}/${textIn(metadata, 'name')}`, mappingIn(value, 'data'))
  return false
}
