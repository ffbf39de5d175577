// Fields of an IPPool that contradict each other.

import { type Cidr, cidrCovers, parseCidr } from '../../net/cidr.ts'
import type { RuleNet } from '../network-fields.ts'
import type { Checker } from './checker.ts'

export interface PoolParts {
  readonly cidr?: RuleNet | undefined
  readonly ipipMode?: string | undefined
  readonly vxlanMode?: string | undefined
  readonly blockSize?: number | undefined
  readonly disabled?: boolean | undefined
  readonly disableBGPExport?: boolean | undefined
  readonly nodeSelector?: string | undefined
  readonly namespaceSelector?: string | undefined
  readonly allowedUses?: readonly (string | undefined)[] | undefined
  readonly ipip?: unknown
  readonly 'nat-outgoing'?: unknown
}

const LINK_LOCAL: readonly Cidr[] = ['169.254.0.0/16', 'fe80::/10'].flatMap(text => parseCidr(text)?.cidr ?? [])
const USES = ['Workload', 'Tunnel', 'LoadBalancer']

export function checkPool(spec: PoolParts | undefined, checker: Checker): void {
  if (spec === undefined || spec.cidr === undefined) {
    if (!checker.isBroken('spec', 'cidr'))
      checker.error('missing-field', ['spec', 'cidr'], '`spec.cidr` is missing; an IPPool needs it')
  } else {
    checkCidr(spec.cidr.cidr, spec, checker)
  }
  checkOldFields(spec ?? {}, checker)
  checkTunnels(spec ?? {}, checker)
  checkUses(spec ?? {}, checker)
}

function checkCidr(cidr: Cidr, { ipipMode, blockSize = 0, disabled }: PoolParts, checker: Checker): void {
  const { error } = checker
  // Left out it is not yet `Never` when Calico looks at it.
  if (cidr.ipVersion === 6 && ipipMode !== 'Never' && !checker.isBroken('spec', 'ipipMode'))
    error('bad-value', ['spec', 'ipipMode'], 'an IPv6 pool cannot use IP-in-IP', 'write `ipipMode: Never`')
  const size = blockSize === 0 ? (cidr.ipVersion === 4 ? 26 : 122) : blockSize
  if (disabled !== true && cidr.prefixLength > size)
    error(
      'bad-value',
      ['spec', 'cidr'],
      `the pool is smaller than its blocks (/${size})`,
      'make `cidr` wider or set `blockSize`',
    )
  if (LINK_LOCAL.some(net => net.ipVersion === cidr.ipVersion && (cidrCovers(net, cidr) || cidrCovers(cidr, net))))
    error('bad-value', ['spec', 'cidr'], 'the pool overlaps with link-local addresses')
}

/** What Calico 2.x stored, and nobody may write today. */
function checkOldFields({ ipip, 'nat-outgoing': natOutgoing = false }: PoolParts, { error, isStored }: Checker): void {
  if (isStored) return
  if (ipip !== undefined && ipip !== null)
    error('bad-value', ['spec', 'ipip'], '`ipip` is a field of Calico 2.x', 'write `ipipMode`')
  if (natOutgoing !== false && natOutgoing !== null)
    error('bad-value', ['spec', 'nat-outgoing'], '`nat-outgoing` is a field of Calico 2.x', 'write `natOutgoing`')
}

function isOn(mode: string | undefined): boolean {
  return mode === 'Always' || mode === 'CrossSubnet'
}

function checkTunnels({ ipipMode, vxlanMode, allowedUses }: PoolParts, { error }: Checker): void {
  if (isOn(ipipMode) && isOn(vxlanMode))
    error(
      'bad-value',
      ['spec', 'ipipMode'],
      '`ipipMode` and `vxlanMode` exclude each other',
      'set one of them to `Never`',
    )
  else if ((allowedUses ?? []).includes('LoadBalancer') && (isOn(ipipMode) || isOn(vxlanMode)))
    error('bad-value', ['spec', 'ipipMode'], 'a pool for load balancers has neither IP-in-IP nor VXLAN')
}

function checkUses(spec: PoolParts, { error, release }: Checker): void {
  const { allowedUses = [], nodeSelector = '', namespaceSelector = '', disableBGPExport } = spec
  const path = ['spec', 'allowedUses']
  const isLoadBalancer = allowedUses.includes('LoadBalancer')
  for (const [entry, use] of allowedUses.entries()) {
    if (use === undefined) continue
    if (!USES.includes(use)) error('bad-value', { path, entry }, `unknown use \`${use}\``, `write ${USES.join(', ')}`)
    else if (isLoadBalancer && use !== 'LoadBalancer')
      error('bad-value', { path, entry }, `\`LoadBalancer\` and \`${use}\` exclude each other`)
  }
  for (const name of ['nodeSelector', 'namespaceSelector'] as const) {
    if (name === 'nodeSelector' && !release.refusesGlobalInPools) continue
    if (spec[name]?.includes('global()') === true)
      error('bad-value', ['spec', name], `\`global()\` has no meaning in a ${name}`, 'use `all()` instead')
  }
  if (namespaceSelector !== '' && allowedUses.includes('Tunnel'))
    error(
      'bad-value',
      ['spec', 'namespaceSelector'],
      'tunnel addresses belong to no namespace',
      'remove `namespaceSelector`, or `Tunnel` from `allowedUses`',
    )
  if (isLoadBalancer && disableBGPExport === true)
    error('bad-value', ['spec', 'disableBGPExport'], 'a pool for load balancers is exported by BGP')
  if (isLoadBalancer && nodeSelector !== '' && nodeSelector !== 'all()')
    error('bad-value', ['spec', 'nodeSelector'], 'a pool for load balancers has the nodeSelector `all()`')
}
