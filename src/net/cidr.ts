// IP addresses and networks: strict reading, canonical text, containment. The only import of ipaddr.js.

import ipaddr from 'ipaddr.js'

/** The IP version of a rule set, a rule or a net. */
export type IpVersion = 4 | 6

export const IP_VERSIONS: readonly IpVersion[] = [4, 6]

/** An address in canonical text: dotted decimal, or RFC 5952 in lower case. An IPv4-mapped IPv6 address is IPv4. */
export interface Address {
  readonly ipVersion: IpVersion
  readonly text: string
}

/** A network with its host bits cleared; `address` is canonical text, `prefixLength` is 0–32 or 0–128. */
export interface Cidr {
  readonly ipVersion: IpVersion
  readonly address: string
  readonly prefixLength: number
}

/** A net as written, read: the masked network, and whether the text had bits set to the right of the prefix. */
export interface ParsedCidr {
  readonly cidr: Cidr
  readonly address: Address
  readonly hasHostBits: boolean
}

const OCTET = '(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])'
const IPV4 = new RegExp(`^${OCTET}(?:\\.${OCTET}){3}$`)
// Only the shape that ipaddr.js may see: it also takes zones, and reads `10/8` as 0.0.0.10/8.
const IPV6 = new RegExp(`^(?:[0-9a-fA-F]{0,4}:){2,7}(?:[0-9a-fA-F]{0,4}|${OCTET}(?:\\.${OCTET}){3})$`)
const PREFIX_LENGTH = /^[0-9]+$/

export function addressBits(ipVersion: IpVersion): 32 | 128 {
  return ipVersion === 4 ? 32 : 128
}

/** Reads one address without prefix or zone; undefined when it is none. Octets with leading zeros are refused, as Go does. */
export function parseAddress(text: string): Address | undefined {
  if (IPV4.test(text)) return { ipVersion: 4, text }
  if (!IPV6.test(text) || !ipaddr.IPv6.isValid(text)) return undefined
  const ip = ipaddr.IPv6.parse(text)
  if (ip.isIPv4MappedAddress()) return { ipVersion: 4, text: ip.toIPv4Address().toString() }
  return { ipVersion: 6, text: formatIpv6(ip.parts) }
}

/**
 * Reads `address/length`; undefined when it is none. A net inside `::ffff:0:0/96` is the IPv4 net it maps
 * (Go's `net.IPNet` prints it so, and Felix works with what is printed).
 */
export function parseCidr(text: string): ParsedCidr | undefined {
  const slash = text.indexOf('/')
  if (slash < 0) return undefined
  const lengthText = text.slice(slash + 1)
  if (!PREFIX_LENGTH.test(lengthText)) return undefined
  const writtenLength = Number(lengthText)
  const addressText = text.slice(0, slash)
  const isWrittenAsIpv6 = addressText.includes(':')
  if (writtenLength > (isWrittenAsIpv6 ? 128 : 32)) return undefined
  const address = parseAddress(addressText)
  if (address === undefined) return undefined
  if (!isWrittenAsIpv6 || address.ipVersion === 6) return maskAddress(address, writtenLength)
  if (writtenLength >= 96) return maskAddress(address, writtenLength - 96)
  // Wider than the mapped range: the mask clears the ffff group, so what is left is an IPv6 net.
  const bits = (0xffffn << 32n) | toBits(address)
  return maskBits(bits, 6, writtenLength)
}

/** Reads a CIDR, or a bare address as the net of that one address. */
export function parseNet(text: string): ParsedCidr | undefined {
  if (text.includes('/')) return parseCidr(text)
  const address = parseAddress(text)
  return address === undefined ? undefined : maskAddress(address, addressBits(address.ipVersion))
}

/** The net that `address/length` lies in. */
export function maskAddress(address: Address, prefixLength: number): ParsedCidr {
  const { ipVersion } = address
  if (prefixLength === addressBits(ipVersion)) {
    return { cidr: { ipVersion, address: address.text, prefixLength }, address, hasHostBits: false }
  }
  return maskBits(toBits(address), ipVersion, prefixLength)
}

function maskBits(bits: bigint, ipVersion: IpVersion, prefixLength: number): ParsedCidr {
  const shift = BigInt(addressBits(ipVersion) - prefixLength)
  const masked = (bits >> shift) << shift
  return {
    cidr: { ipVersion, address: fromBits(masked, ipVersion), prefixLength },
    address: { ipVersion, text: fromBits(bits, ipVersion) },
    hasHostBits: masked !== bits,
  }
}

export function formatCidr(cidr: Cidr): string {
  return `${cidr.address}/${cidr.prefixLength}`
}

/** The net of exactly one address: /32 or /128. */
export function singleAddressCidr(address: Address): Cidr {
  return { ipVersion: address.ipVersion, address: address.text, prefixLength: addressBits(address.ipVersion) }
}

/** Whether every address of `inner` is in `outer`. */
export function cidrCovers(outer: Cidr, inner: Cidr): boolean {
  if (outer.ipVersion !== inner.ipVersion || outer.prefixLength > inner.prefixLength) return false
  const shift = BigInt(addressBits(outer.ipVersion) - outer.prefixLength)
  return cidrBits(outer) >> shift === cidrBits(inner) >> shift
}

/** The two halves of a net, as used where a kernel set cannot hold a net of prefix length 0. */
export function splitCidr(cidr: Cidr): readonly [Cidr, Cidr] {
  const prefixLength = cidr.prefixLength + 1
  const upperBit = 1n << BigInt(addressBits(cidr.ipVersion) - prefixLength)
  const low = cidrBits(cidr)
  return [
    { ...cidr, prefixLength },
    { ...cidr, address: fromBits(low | upperBit, cidr.ipVersion), prefixLength },
  ]
}

/**
 * The CIDRs of one IP version that no other CIDR of the list covers, without repeats, in the order given.
 * Linear in the list times the number of distinct prefix lengths, of which real sets have a handful.
 */
export function maximalCidrs(cidrs: readonly Cidr[]): Cidr[] {
  const byLength = new Map<number, Set<bigint | string>>()
  for (const cidr of cidrs) {
    let group = byLength.get(cidr.prefixLength)
    if (group === undefined) byLength.set(cidr.prefixLength, (group = new Set()))
    group.add(cidr.prefixLength === addressBits(cidr.ipVersion) ? cidr.address : networkNumber(cidr, cidr.prefixLength))
  }
  const lengths = [...byLength.keys()].sort((a, b) => a - b)
  const seen = new Set<string>()
  return cidrs.filter(cidr => {
    const text = formatCidr(cidr)
    if (seen.has(text)) return false
    seen.add(text)
    for (const length of lengths) {
      if (length >= cidr.prefixLength) return true
      if (byLength.get(length)?.has(networkNumber(cidr, length))) return false
    }
    return true
  })
}

function networkNumber(cidr: Cidr, prefixLength: number): bigint {
  return cidrBits(cidr) >> BigInt(addressBits(cidr.ipVersion) - prefixLength)
}

function cidrBits(cidr: Cidr): bigint {
  return toBits({ ipVersion: cidr.ipVersion, text: cidr.address })
}

/** The address as a number, most significant bit first. */
export function toBits(address: Address): bigint {
  if (address.ipVersion === 4) {
    let value = 0
    for (const octet of address.text.split('.')) value = value * 256 + Number(octet)
    return BigInt(value)
  }
  return ipaddr.IPv6.parse(address.text).parts.reduce((value, part) => (value << 16n) | BigInt(part), 0n)
}

export function fromBits(bits: bigint, ipVersion: IpVersion): string {
  if (ipVersion === 4) {
    const value = Number(bits)
    return `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`
  }
  const parts: number[] = []
  for (let shift = 112n; shift >= 0n; shift -= 16n) parts.push(Number((bits >> shift) & 0xffffn))
  return formatIpv6(parts)
}

/** RFC 5952: lower case, no leading zeros, the first of the longest runs of two or more zero groups as `::`. */
function formatIpv6(parts: readonly number[]): string {
  let bestStart = -1
  let bestLength = 1
  for (let i = 0; i < 8;) {
    let end = i
    while (end < 8 && parts[end] === 0) end++
    if (end - i > bestLength) {
      bestStart = i
      bestLength = end - i
    }
    i = end === i ? i + 1 : end
  }
  const hex = parts.map(part => part.toString(16))
  if (bestStart < 0) return hex.join(':')
  return `${hex.slice(0, bestStart).join(':')}::${hex.slice(bestStart + bestLength).join(':')}`
}

/** The first IPv4 address among texts of addresses and CIDRs; others are passed over. */
export function firstIpv4(texts: readonly (string | undefined)[]): Address | undefined {
  for (const text of texts) {
    const address = text === undefined ? undefined : parseNet(text)?.address
    if (address?.ipVersion === 4) return address
  }
  return undefined
}

/** `10.0.0.1` of `10.0.0.1/32`, `fd00::1` of `fd00::1/128`: ipset writes single addresses in both ways. Nets stay as they are. */
export function withoutFullLength(text: string): string {
  return text.replace(text.includes(':') ? /\/128$/ : /\/32$/, '')
}
