// The operator's Installation: the variables that the operator sets of it, and the pools that it makes.

import { at, type Location } from '../../diagnostics/source.ts'
import type { SideDecoder } from '../context.ts'
import { mappingIn, textIn } from '../kubernetes/loose-fields.ts'
import { addInstallationPools, hasIpv6 } from './first-pools.ts'
import { environmentSettings, type Variable } from './variables.ts'

/** What a CNI plugin other than Calico's own has the operator set. */
const CNI_VARIABLES: Readonly<Record<string, readonly (readonly [name: string, value: string])[]>> = {
  AmazonVPC: [
    ['FELIX_INTERFACEPREFIX', 'eni'],
    ['FELIX_IPTABLESMANGLEALLOWACTION', 'Return'],
  ],
  GKE: [
    ['FELIX_INTERFACEPREFIX', 'gke'],
    ['FELIX_IPTABLESMANGLEALLOWACTION', 'Return'],
    ['FELIX_IPTABLESFILTERALLOWACTION', 'Return'],
  ],
  AzureVNET: [['FELIX_INTERFACEPREFIX', 'azv']],
}

export const decodeInstallation: SideDecoder = ({ value, location }, { report, add, later }) => {
  const name = textIn(mappingIn(value, 'metadata'), 'name')
  const spec = mappingIn(value, 'spec')
  const network = mappingIn(spec, 'calicoNetwork')
  if (name !== 'default') return false
  const dataplane = textIn(network, 'linuxDataplane')
  if (dataplane !== '' && dataplane !== 'Iptables') {
    report.error(
      'unsupported-field',
      `with \`linuxDataplane: ${dataplane}\` Felix does not write iptables rules`,
      at(location, 'spec', 'calicoNetwork', 'linuxDataplane'),
      'only the iptables data plane is supported',
    )
  }
  const whole = at(location, 'spec')
  const variable = (name: string, value: string, place: Location): Variable => ({ name, value, location: place })
  const cniType = textIn(mappingIn(spec, 'cni'), 'type')
  const cni = Object.hasOwn(CNI_VARIABLES, cniType) ? (CNI_VARIABLES[cniType] ?? []) : []
  add({
    kind: 'felixEnvironment',
    source: 'installation',
    name: `Installation ${name}`,
    ...environmentSettings([
      variable('FELIX_DEFAULTENDPOINTTOHOSTACTION', 'ACCEPT', whole),
      variable('FELIX_IPV6SUPPORT', String(hasIpv6(network)), at(whole, 'calicoNetwork', 'ipPools')),
      ...cni.map(([name, value]) => variable(name, value, at(whole, 'cni', 'type'))),
    ]),
    location,
  })
  later(resources => addInstallationPools(network, at(whole, 'calicoNetwork', 'ipPools'), resources, { report, add }))
  return true
}
