// What the node's kernel knows of itself.

import type { Address } from '../net/cidr.ts'

export interface HostInterface {
  readonly name: string
  readonly isUp: boolean
  readonly isLoopback: boolean
  readonly addresses: readonly InterfaceAddress[]
}

/** An address as it is set on an interface: `address` is the host's own, not masked. */
export interface InterfaceAddress {
  readonly address: Address
  readonly prefixLength: number
}

export interface HostFacts {
  readonly interfaces: readonly HostInterface[]
}
