// A packet on its way through the hooks, and what a test on it may look up.

import type { RuleNet } from '../model/rule-values.ts'
import type { IpVersion } from '../net/cidr.ts'
import type { Outcome } from './outcome.ts'
import { type AddressBits, addressToBits, NetTable } from './net-table.ts'
import type { Packet } from './packet.ts'
import { netCidrs } from './rule-net.ts'
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
  /** How the connection was translated counts, where it is known, and not what is done to this packet of it. */
  isOfDnat?: boolean
  isOfSnat?: boolean
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

/** Nets of rules, made ready for looking up once. */
export class NetCache {
  readonly #tables = new Map<readonly RuleNet[], NetTable<true> | undefined>()

  /** `unknown` where one of the nets cannot be read. */
  holds(nets: readonly RuleNet[], address: AddressBits, ipVersion: IpVersion): Outcome {
    let table = this.#tables.get(nets)
    if (table === undefined && !this.#tables.has(nets)) {
      const cidrs = netCidrs(nets, ipVersion)
      if (cidrs !== undefined) {
        table = new NetTable<true>(ipVersion)
        for (const cidr of cidrs) table.addCidr(cidr, true)
      }
      this.#tables.set(nets, table)
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
