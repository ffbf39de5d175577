// The IPPools that an installation makes first, where the input has none: by variables of calico-node, or by the operator.

import type { Location } from '../../diagnostics/source.ts'
import type { IpPool, Resource } from '../../model/ast/resources.ts'
import { parseNet } from '../../net/cidr.ts'
import type { ParseContext } from '../context.ts'
import { asMapping, itemsIn, type Mapping, mappingIn, textIn } from '../kubernetes/loose-fields.ts'
import type { Variable } from './variables.ts'

/** The pools of `CALICO_IPV4POOL_CIDR` and `CALICO_IPV6POOL_CIDR`, which calico-node makes when it starts for the first time. */
export function addFirstPools(
  variables: readonly Variable[],
  resources: readonly Resource[],
  context: Pick<ParseContext, 'report' | 'add'>,
): void {
  const valueOf = (name: string): string => variables.findLast(variable => variable.name === name)?.value ?? ''
  if (valueOf('NO_DEFAULT_POOLS').toLowerCase() === 'true') return
  const pools = ([4, 6] as const).flatMap((ipVersion): readonly IpPool[] => {
    const prefix = `CALICO_IPV${ipVersion}POOL_`
    const cidr = variables.findLast(({ name }) => name === `${prefix}CIDR`)
    if (cidr === undefined) return []
    const isOn = (name: string): boolean => /^(?:always|crosssubnet)$/i.test(valueOf(`${prefix}${name}`))
    const natOutgoing = valueOf(`${prefix}NAT_OUTGOING`) || (ipVersion === 4 ? 'true' : 'false')
    return firstPool(cidr.value, cidr.location, {
      isNatOutgoing: natOutgoing.toLowerCase() === 'true',
      hasIpip: ipVersion === 4 && isOn('IPIP'),
      hasVxlan: isOn('VXLAN'),
    })
  })
  addPools(pools, resources, context)
}

/** The pools of `spec.calicoNetwork.ipPools` of an Installation. */
export function addInstallationPools(
  network: Mapping,
  /** Of the list of pools. */
  location: Location,
  resources: readonly Resource[],
  context: Pick<ParseContext, 'report' | 'add'>,
): void {
  const pools = itemsIn(network, 'ipPools').flatMap((item, index): readonly IpPool[] => {
    const pool = asMapping(item)
    const cidr = textIn(pool, 'cidr')
    const isIpv6 = cidr.includes(':')
    const encapsulation = textIn(pool, 'encapsulation') || (isIpv6 ? 'None' : 'IPIP')
    const traits = {
      isNatOutgoing: textIn(pool, 'natOutgoing') !== 'Disabled',
      hasIpip: encapsulation.startsWith('IPIP'),
      hasVxlan: encapsulation.startsWith('VXLAN'),
    }
    const place = { ...location, path: [...location.path, index, 'cidr'] }
    const name = textIn(pool, 'name')
    return firstPool(cidr, place, traits).map(found => (name === '' ? found : { ...found, name }))
  })
  addPools(pools, resources, context)
}

function firstPool(
  written: string,
  location: Location,
  traits: Pick<IpPool, 'isNatOutgoing' | 'hasIpip' | 'hasVxlan'>,
): readonly IpPool[] {
  const cidr = parseNet(written)?.cidr
  if (cidr === undefined) return []
  const name = `default-ipv${cidr.ipVersion}-ippool`
  return [{ kind: 'ipPool', name, cidr, ...traits, isLoadBalancerOnly: false, location }]
}

/** A cluster that has pools keeps them, whatever its installation says later. */
function addPools(
  pools: readonly IpPool[],
  resources: readonly Resource[],
  { report, add }: Pick<ParseContext, 'report' | 'add'>,
): void {
  if (resources.some(({ kind }) => kind === 'ipPool')) return
  for (const pool of pools) {
    report.note(
      'assumed-resource',
      `no IPPool is in the input; taken to have \`${pool.name}\`, which is made of this`,
      pool.location,
    )
    add(pool)
  }
}

/** Whether an Installation has IPv6: a pool of it, or a way to find the node's address. */
export function hasIpv6(network: Mapping): boolean {
  const pools = itemsIn(network, 'ipPools').map(pool => textIn(asMapping(pool), 'cidr'))
  return (
    pools.some(cidr => cidr.includes(':')) || Object.keys(mappingIn(network, 'nodeAddressAutodetectionV6')).length > 0
  )
}
