// What a rule's target does to the packet and to the way it takes.

import type { NatAddress } from '../model/rule-values.ts'
import type { MovingPacket } from '../netfilter/moving-packet.ts'
import { addressToBits } from '../netfilter/net-table.ts'
import type { Packet } from '../netfilter/packet.ts'
import { protocolHasPorts } from '../netfilter/protocols.ts'
import type { Rewrite } from './packet.ts'

/** Undefined for ranges, of which the kernel takes any. */
export function rewriteOf({ address, ports, isUnknown }: NatAddress): Rewrite | undefined {
  if (isUnknown === true || ports?.first !== ports?.last) return undefined
  return {
    ...(address === undefined ? {} : { address: address.text }),
    ...(ports === undefined ? {} : { port: ports.first }),
  }
}

/** Gives the packet a new destination and returns it. */
export function changeDestination(moving: MovingPacket, { address, port }: Rewrite): Packet {
  const { packet } = moving
  moving.packet = {
    ...packet,
    ...(address === undefined ? {} : { destination: address }),
    ...(port === undefined || !protocolHasPorts(packet.protocol) ? {} : { destinationPort: port }),
  }
  moving.destination = addressToBits(moving.packet.destination, packet.ipVersion)
  moving.isDestinationChanged = true
  return moving.packet
}

/** Gives the packet a new source and returns it. */
export function changeSource(moving: MovingPacket, { address, port }: Rewrite): Packet {
  const { packet } = moving
  moving.packet = {
    ...packet,
    ...(address === undefined ? {} : { source: address }),
    ...(port === undefined || !protocolHasPorts(packet.protocol) ? {} : { sourcePort: port }),
  }
  moving.source = addressToBits(moving.packet.source, packet.ipVersion)
  moving.isSourceChanged = true
  return moving.packet
}
