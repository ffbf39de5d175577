// What iptables and ip6tables take behind --source and --destination. It is more than an address or CIDR, and not all CIDRs
// (iptables 1.8.9: libxtables/xtables.c, xtables_ipparse_multiple).

import { parseAddress } from '../net/cidr.ts'
import { trimOf } from '../text/trim.ts'

/** One or several with commas between them. A host name is none: whether it is found depends on the node. */
export function isIptablesAddress(text: string, ipVersion: 4 | 6): boolean {
  return trimOf(text, ' \t')
    .split(',')
    .every(item => isOne(item, ipVersion))
}

function isOne(item: string, ipVersion: 4 | 6): boolean {
  if (/[\s"'\\]/.test(item)) return false
  const slash = item.lastIndexOf('/')
  const address = slash < 0 ? item : item.slice(0, slash)
  const mask = slash < 0 ? undefined : item.slice(slash + 1)
  const isWide = mask !== undefined && isEmptyMask(mask, ipVersion)
  // With a mask that leaves nothing the address is not even looked at.
  if (isWide) return true
  if (mask !== undefined && !isMask(mask, ipVersion)) return false
  return ipVersion === 4 ? isDotted(address) || isClassic(address) : isIpv6(address)
}

function isMask(mask: string, ipVersion: 4 | 6): boolean {
  const isFull = ipVersion === 4 ? mask.split('.').length === 4 && isDotted(mask) : isIpv6(mask)
  return isFull || (number(mask) ?? Infinity) <= (ipVersion === 4 ? 32 : 128)
}

function isEmptyMask(mask: string, ipVersion: 4 | 6): boolean {
  if (number(mask) === 0) return true
  if (ipVersion === 6) return isIpv6(mask) && parseAddress(mask)?.text === '::'
  return mask.split('.').length === 4 && mask.split('.').every(part => number(part) === 0)
}

/** One to four numbers, the rest taken as 0: `10.1` is 10.1.0.0. */
function isDotted(text: string): boolean {
  const parts = text.split('.')
  return parts.length <= 4 && parts.every(part => (number(part) ?? 256) <= 255)
}

/** As the C library reads addresses, where the last number fills what is left: `0x0a000001`, `10.1.300`. */
function isClassic(text: string): boolean {
  const numbers = text.split('.').map(number)
  const last = numbers.pop()
  if (last === undefined || numbers.length > 3) return false
  return numbers.every(part => part !== undefined && part <= 255) && last < 256 ** (4 - numbers.length)
}

function isIpv6(text: string): boolean {
  return text.includes(':') && parseAddress(text) !== undefined
}

/** Decimal, 0x hexadecimal, or octal with a leading 0, as strtoul reads it. */
function number(text: string): number | undefined {
  const digits = /^\+?(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)$/.exec(text)?.[1]
  if (digits === undefined) return undefined
  return /^0[0-7]+$/.test(digits) ? parseInt(digits, 8) : Number(digits)
}
