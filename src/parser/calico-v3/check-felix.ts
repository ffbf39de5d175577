// Fields of a FelixConfiguration that have limits of their own.

import { parseAddress, parseNet } from '../../net/cidr.ts'
import { parsePort } from '../../net/port.ts'
import { isLabelName } from '../names.ts'
import { addressHelp } from './address-schema.ts'
import type { Checker } from './checker.ts'
import type { V3FelixSpec } from './felix-schema.ts'

/** A multiport match has 15 slots, and a range takes two. */
const MAX_NODE_PORT_RANGES = 7

/** What a Kubernetes name leaves beside the prefix `openstack-region-`. */
const MAX_REGION_LENGTH = 46

const ADDRESSES = [
  ['natOutgoingAddress', 4],
  ['deviceRouteSourceAddress', 4],
  ['deviceRouteSourceAddressIPv6', 6],
] as const

export function checkFelixConfiguration(spec: V3FelixSpec | undefined, { error }: Checker): void {
  if (spec === undefined) return
  const ranges = spec.kubeNodePortRanges ?? []
  const path = ['spec', 'kubeNodePortRanges']
  if (ranges.length > MAX_NODE_PORT_RANGES)
    error('bad-value', path, `there are more than ${MAX_NODE_PORT_RANGES} node port ranges`)
  for (const [entry, range] of ranges.entries()) {
    const parsed = range === undefined ? undefined : parsePort(String(range))
    if (parsed?.ok === true && typeof parsed.port === 'string')
      error('bad-port', { path, entry }, `\`${range}\` is a port name: node port ranges are numbers`)
  }
  for (const [name, ipVersion] of ADDRESSES) {
    const text = spec[name] ?? ''
    if (text !== '' && parseAddress(text)?.ipVersion !== ipVersion)
      error(
        'bad-address',
        ['spec', name],
        `\`${text}\` is not an IPv${ipVersion} address`,
        addressHelp(text, ipVersion),
      )
  }
  for (const [entry, text] of (spec.externalNodesList ?? []).entries()) {
    if (text !== undefined && parseNet(text)?.address.ipVersion !== 4)
      error('bad-net', { path: ['spec', 'externalNodesList'], entry }, `\`${text}\` is not an IPv4 net or address`)
  }
  const region = spec.openstackRegion ?? ''
  if (region !== '' && (region.length > MAX_REGION_LENGTH || !isLabelName(region)))
    error(
      'bad-name',
      ['spec', 'openstackRegion'],
      `\`${region}\` is not a DNS label of at most ${MAX_REGION_LENGTH} bytes`,
    )
  for (const [index, override] of (spec.healthTimeoutOverrides ?? []).entries()) {
    const timeout = override?.timeout ?? ''
    if (/^-.*[1-9]/.test(timeout))
      error('bad-value', ['spec', 'healthTimeoutOverrides', index, 'timeout'], `the timeout \`${timeout}\` is negative`)
  }
  if (spec.routeTableRange !== undefined && spec.routeTableRanges !== undefined)
    error('bad-value', ['spec', 'routeTableRange'], '`routeTableRange` and `routeTableRanges` exclude each other')
}
