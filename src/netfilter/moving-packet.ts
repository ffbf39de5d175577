// A packet on its way through the hooks, and what a test on it may look up.

import type { Outcome } from './outcome.ts'
import { type AddressBits, addressToBits, NetTable } from './net-table.ts'
import type { Packet } from './packet.ts'
import type { SetIndex } from './set-index.ts'

/** What rules can see and change. */
export interface MovingPacket {
  packet: Packet
  /** The addresses of `packet` as numbers. */
  source: AddressBits
  destination: AddressBits
  /** 32 bits, unsigned. */
  mark: number
  inInterface: string
  outInterface: string
  /** Before connection tracking has seen it, `INVALID`, as the kernel's conntrack match takes it then. */
  state: 'NEW' | 'ESTABLISHED' | 'RELATED' | 'INVALID' | 'UNTRACKED'
  isDestinationChanged: boolean
  isSourceChanged: boolean
  /** Undefined: nobody said, so it is taken for true. */
  readonly hasReversePath: boolean | undefined
}

/** Addresses that the node itself has. */
export interface LocalAddresses {
  readonly isLocal: (address: string) => boolean
  /** Whether an address is set on an interface; undefined when that is not known. */
  readonly isOnInterface: (address: string, interfaceName: string) => boolean | undefined
}

export interface MatchContext {
  readonly sets: SetIndex
  readonly nets: NetCache
  readonly node: LocalAddresses
}

/** Nets as rules write them, read once. */
export class NetCache {
  readonly #tables = new Map<string, NetTable<true> | undefined>()

  /** @param written a CIDR, or several of one IP version joined by commas */
  holds(written: string, address: AddressBits, ipVersion: 4 | 6): Outcome {
    let table = this.#tables.get(written)
    if (table === undefined && !this.#tables.has(written)) {
      table = new NetTable<true>(ipVersion)
      for (const net of written.split(',')) {
        if (!table.add(net, true)) {
          table = undefined
          break
        }
      }
      this.#tables.set(written, table)
    }
    if (table === undefined) return 'unknown'
    return table.find(address) === true ? 'yes' : 'no'
  }
}

export function movingPacket(packet: Packet, hasReversePath: boolean | undefined, mark: number): MovingPacket {
  return {
    packet,
    source: addressToBits(packet.source, packet.ipVersion),
    destination: addressToBits(packet.destination, packet.ipVersion),
    mark,
    inInterface: '',
    outInterface: '',
    state: 'INVALID',
    isDestinationChanged: false,
    isSourceChanged: false,
    hasReversePath,
  }
}
