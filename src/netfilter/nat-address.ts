// Addresses that a rule translates to.

import type { NatAddress } from '../model/rule-values.ts'
import { type IpVersion, parseAddress } from '../net/cidr.ts'
import { readPortRange } from './numbers.ts'

/** An IPv6 address with a port stands in brackets; an IPv4 address has no colon of its own. */
const WITH_BRACKETS = /^\[(?<addressText>[^\]]+)\](?::(?<portText>.*))?$/
const WITHOUT_BRACKETS = /^(?<addressText>[^:]*)(?::(?<portText>[^:]*))?$/

export function readNatAddress(written: string): NatAddress {
  const groups = WITH_BRACKETS.exec(written)?.groups ?? WITHOUT_BRACKETS.exec(written)?.groups
  const { addressText = written, portText } = groups ?? {}
  const address = parseAddress(addressText)
  const ports = portText === undefined ? undefined : readPortRange(portText, '-')
  const isUnknown = (address === undefined && addressText !== '') || (portText !== undefined && ports === undefined)
  if (isUnknown) return { written, isUnknown }
  return { written, ...(address === undefined ? {} : { address }), ...(ports === undefined ? {} : { ports }) }
}

/** The IPv4 or IPv6 address that a target translates to; an IPv4 address may have a port or a range of ports behind it. */
export function isAddressToTranslateTo({ written }: NatAddress, ipVersion: IpVersion): boolean {
  const address = ipVersion === 4 ? written.replace(/:[0-9]+(-[0-9]+)?$/, '') : written
  return parseAddress(address) !== undefined && address.includes(':') === (ipVersion === 6)
}
