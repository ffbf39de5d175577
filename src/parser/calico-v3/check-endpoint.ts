// Fields of endpoints, nodes and tiers that contradict each other.

import { DEFAULT_TIER_ORDER } from '../../calico/tiers.ts'
import { cidrCovers, singleAddressCidr, type Address, addressBits } from '../../net/cidr.ts'
import type { RuleNet } from '../network-fields.ts'
import type { Checker } from './checker.ts'

export interface HostEndpointParts {
  readonly node?: string | undefined
  readonly interfaceName?: string | undefined
  readonly expectedIPs?: readonly unknown[] | undefined
}

export function checkHostEndpoint(
  { node, interfaceName = '', expectedIPs = [] }: HostEndpointParts,
  { error, isBroken }: Checker,
): void {
  if (
    interfaceName === '' &&
    expectedIPs.length === 0 &&
    !isBroken('spec', 'interfaceName') &&
    !isBroken('spec', 'expectedIPs')
  ) {
    error(
      'bad-endpoint',
      ['spec', 'interfaceName'],
      'no interface and no expected IPs have been specified',
      'set `interfaceName` or `expectedIPs`',
    )
  }
  if (node === undefined && !isBroken('spec', 'node'))
    error('bad-endpoint', ['spec', 'node'], 'no node has been specified', 'set `spec.node`')
}

export interface WorkloadEndpointParts {
  readonly interfaceName?: string | undefined
  readonly ipNetworks?: readonly (RuleNet | undefined)[] | undefined
  readonly ipNATs?: readonly ({ readonly internalIP: Address; readonly externalIP: Address } | undefined)[] | undefined
  readonly ports?:
    readonly ({ readonly name?: string | undefined; readonly hostPort?: number | undefined } | undefined)[] | undefined
}

export function checkWorkloadEndpoint(spec: WorkloadEndpointParts, { error, isBroken }: Checker): void {
  if ((spec.interfaceName ?? '') === '' && !isBroken('spec', 'interfaceName'))
    error('missing-field', ['spec', 'interfaceName'], '`spec.interfaceName` is missing')
  const networks = spec.ipNetworks ?? []
  for (const [entry, net] of networks.entries()) {
    if (net !== undefined && net.cidr.prefixLength !== addressBits(net.cidr.ipVersion))
      error('bad-net', { path: ['spec', 'ipNetworks'], entry }, `\`${net.written ?? ''}\` is more than one address`)
  }
  for (const [index, nat] of (spec.ipNATs ?? []).entries()) {
    if (nat?.internalIP === undefined || nat.externalIP === undefined) continue
    const internal = singleAddressCidr(nat.internalIP)
    if (nat.internalIP.ipVersion !== nat.externalIP.ipVersion)
      error('bad-endpoint', ['spec', 'ipNATs', index, 'externalIP'], 'the two addresses are not of one IP version')
    if (!networks.some(net => net !== undefined && cidrCovers(net.cidr, internal)))
      error(
        'bad-endpoint',
        { path: ['spec', 'ipNATs'], entry: index },
        `\`${nat.internalIP.text}\` is not an address of the endpoint`,
      )
  }
  for (const [index, port] of (spec.ports ?? []).entries()) {
    const path = ['spec', 'ports', index, 'name']
    if (port !== undefined && port.name === undefined && (port.hostPort ?? 0) === 0 && !isBroken(...path))
      error('missing-field', path, 'a port without `hostPort` needs a name')
  }
}

/** Looked at with the defaults that Calico fills in: order 1000000 and action Deny. */
export function checkTier(
  name: string,
  {
    order = DEFAULT_TIER_ORDER,
    defaultAction = 'Deny',
  }: { readonly order?: number | undefined; readonly defaultAction?: string | undefined },
  { error, isBroken, release }: Checker,
): void {
  const fixed = release.builtInTiers.find(tier => tier.name === name)
  if (fixed === undefined) return
  if (order !== fixed.order && !isBroken('spec', 'order'))
    error('bad-value', ['spec', 'order'], `the tier \`${name}\` has the order ${fixed.order}`)
  if (defaultAction !== fixed.defaultAction && !isBroken('spec', 'defaultAction'))
    error(
      'bad-value',
      ['spec', 'defaultAction'],
      `the tier \`${name}\` has the default action \`${fixed.defaultAction}\``,
    )
}
