// Addresses replaced so that nets go on holding what they held: of two addresses that share their first bits, the others do too.

import { sha256 } from '@noble/hashes/sha2.js'
import { addressBits, fromBits, type IpVersion, parseAddress, toBits } from '../net/cidr.ts'

/** Kept as they are, since they mean something by themselves: everybody, the node itself, link-local, multicast. */
const KEPT: Readonly<Record<IpVersion, RegExp>> = {
  4: /^(0\.0\.0\.0|127\.|169\.254\.|22[4-9]\.|23[0-9]\.|255\.)/,
  6: /^(::1?$|fe80:|ff)/,
}

/** The first number of an address stays: it says private or public, and no other one becomes an address with a meaning. */
const KEPT_BITS: Readonly<Record<IpVersion, number>> = { 4: 8, 6: 16 }

/** The same address always becomes the same other one; undefined for what is none. @param key whoever has it can turn addresses back */
export function createAddressRedactor(key: Uint8Array): (text: string, prefixLength?: number) => string | undefined {
  const flips = new Map<string, bigint>()
  const flip = (prefix: string): bigint => {
    let bit = flips.get(prefix)
    if (bit === undefined) {
      const bytes = new TextEncoder().encode(prefix)
      const whole = new Uint8Array(key.length + bytes.length)
      whole.set(key)
      whole.set(bytes, key.length)
      bit = BigInt((sha256(whole)[0] ?? 0) & 1)
      flips.set(prefix, bit)
    }
    return bit
  }
  return (text, prefixLength) => {
    const address = parseAddress(text)
    if (address === undefined) return undefined
    if (KEPT[address.ipVersion].test(address.text)) return text
    const { ipVersion } = address
    const size = addressBits(ipVersion)
    const bits = toBits(address)
    const hostBits = prefixLength === undefined ? 0 : Math.max(size - prefixLength, 0)
    // An address may stand with the length of its net, as nodes write theirs, and elsewhere without: both become the same.
    const isNet = (bits & ((1n << BigInt(hostBits)) - 1n)) === 0n
    let result = 0n
    for (let index = 0; index < size; index++) {
      const own = (bits >> BigInt(size - 1 - index)) & 1n
      // Bits behind the prefix of a net stay clear where they are.
      const isHost = isNet && index >= size - hostBits
      const isKept = isHost || index < KEPT_BITS[ipVersion]
      const flipped = isKept ? own : own ^ flip(`${ipVersion}:${index}:${bits >> BigInt(size - index)}`)
      result = (result << 1n) | flipped
    }
    return fromBits(result, ipVersion)
  }
}
