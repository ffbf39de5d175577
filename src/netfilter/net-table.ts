// Nets to look addresses up in: a hash for each prefix length, of which real lists have a handful.

import { type Cidr, type IpVersion, parseNet, toBits } from '../net/cidr.ts'

const DOT = 0x2e
const ZERO = 0x30

/** An address as a number: 32 bits as a number, 128 as a bigint. */
export type AddressBits = number | bigint

export function addressToBits(text: string, ipVersion: IpVersion): AddressBits {
  if (ipVersion === 6) return toBits({ ipVersion, text })
  // Each packet has two, and millions of packets are read: character by character is quickest.
  let bits = 0
  let octet = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === DOT) {
      bits = bits * 256 + octet
      octet = 0
    } else octet = octet * 10 + code - ZERO
  }
  return bits * 256 + octet
}

/** The address without its last bits: the number of its net of this prefix length. */
export function networkNumber(address: AddressBits, prefixLength: number): AddressBits {
  if (typeof address === 'bigint') return address >> BigInt(128 - prefixLength)
  // A shift by 32 would be a shift by 0.
  return prefixLength === 0 ? 0 : address >>> (32 - prefixLength)
}

/** Values by net; of several nets that hold an address the longest counts. */
export class NetTable<Value> {
  /** Longest prefixes first. */
  readonly #lengths: { readonly length: number; readonly nets: Map<AddressBits, Value> }[] = []
  readonly ipVersion: IpVersion

  constructor(ipVersion: IpVersion) {
    this.ipVersion = ipVersion
  }

  /** Whether `net`, a CIDR or an address, is one of this IP version; it is added then. */
  add(net: string, value: Value): boolean {
    const parsed = parseNet(net)
    if (parsed === undefined || parsed.cidr.ipVersion !== this.ipVersion) return false
    this.addCidr(parsed.cidr, value)
    return true
  }

  /** @param cidr of this IP version */
  addCidr({ address, prefixLength }: Cidr, value: Value): void {
    const key = networkNumber(addressToBits(address, this.ipVersion), prefixLength)
    this.#netsOf(prefixLength).set(key, value)
  }

  /** Value of the longest net that holds the address. */
  find(address: AddressBits): Value | undefined {
    for (const { length, nets } of this.#lengths) {
      const value = nets.get(networkNumber(address, length))
      if (value !== undefined) return value
    }
    return undefined
  }

  /** Values of all nets that hold the address, longest first. */
  *findAll(address: AddressBits): Iterable<Value> {
    for (const { length, nets } of this.#lengths) {
      const value = nets.get(networkNumber(address, length))
      if (value !== undefined) yield value
    }
  }

  /** Value of exactly this net. */
  get(net: string): Value | undefined {
    const parsed = parseNet(net)
    if (parsed === undefined || parsed.cidr.ipVersion !== this.ipVersion) return undefined
    const { address, prefixLength } = parsed.cidr
    return this.#lengths
      .find(({ length }) => length === prefixLength)
      ?.nets.get(networkNumber(addressToBits(address, this.ipVersion), prefixLength))
  }

  #netsOf(prefixLength: number): Map<AddressBits, Value> {
    const known = this.#lengths.find(({ length }) => length === prefixLength)
    if (known !== undefined) return known.nets
    const nets = new Map<AddressBits, Value>()
    this.#lengths.push({ length: prefixLength, nets })
    this.#lengths.sort((a, b) => b.length - a.length)
    return nets
  }
}
