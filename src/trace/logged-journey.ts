// The packet of a line of the kernel's log as one that is walked.

import type { Packet } from '../netfilter/packet.ts'
import type { ConnectionState, Journey, Rewrite } from '../walk/packet.ts'
import type { Scene } from './scene.ts'

/** What a line says of a packet; an interface that it does not name is an empty text. */
export interface LoggedPacket {
  readonly packet: Packet
  readonly inInterface: string
  readonly outInterface: string
}

/** What no line says, but a walk asks for. */
export interface LoggedConnection {
  readonly state: ConnectionState
  readonly dnat?: Rewrite | undefined
}

export function loggedJourney(
  { packet, inInterface, outInterface }: LoggedPacket,
  { state, dnat }: LoggedConnection,
  scene: Scene,
): Journey {
  const hasReversePath = scene.hasReversePath(packet.source, inInterface)
  return {
    ...(hasReversePath === undefined ? {} : { hasReversePath }),
    packet,
    ...(inInterface === '' ? {} : { inInterface }),
    ...(outInterface === '' ? {} : { outInterface }),
    ...(dnat === undefined ? {} : { dnat }),
    state,
  }
}
