// One probe: what is sent beforehand to make its connection, what is sent, and how the walker is told of it.

import type { Packet } from '../../../src/netfilter/packet.ts'
import type { Journey } from '../../../src/walk/packet.ts'
import { isIcmp } from '../../../src/netfilter/packet.ts'
import { PROTOCOL_NUMBERS } from '../../../src/net/protocol.ts'
import type { Sending, Service } from './kernel-node.ts'
import { type Contents, icmpProtocol, packetBytes } from './packet-bytes.ts'
import { LINK_LOCAL_NEIGHBOUR, type VersionView } from './topology.ts'

export interface Probe {
  /** 1–65535, unique in its batch; the packet carries it. */
  readonly number: number
  readonly journey: Journey
  /** Sent before there are any rules. */
  readonly before: readonly Sending[]
  readonly sending: Sending
}

/** One direction of a flow. */
export interface Flow {
  readonly packet: Packet
  /** Where it comes in: an interface, or `host`. */
  readonly via: string
  readonly icmpId: number
  /** Translates its destination behind the rules of the nat table. */
  readonly service?: Service
}

/** `answer`: a packet of the other direction of a connection that has seen both. */
export type ProbeKind = 'new' | 'established' | 'answer' | 'related' | 'invalid'

/** Where packets of the flow's other direction come in. */
function farSide({ packet, service }: Flow, view: VersionView): string {
  const route = view.route(service?.toAddress ?? packet.destination)
  return route.kind === 'out' ? route.interfaceName : 'host'
}

/** The packet of the other direction, as it is where it is sent. */
function answerTo({ packet, service }: Flow): Packet {
  const { sourcePort, destinationPort, icmpType } = packet
  return {
    ...packet,
    source: service?.toAddress ?? packet.destination,
    destination: packet.source,
    ...(destinationPort === undefined ? {} : { sourcePort: service?.toPort ?? destinationPort }),
    ...(sourcePort === undefined ? {} : { destinationPort: sourcePort }),
    ...(icmpType === undefined ? {} : { icmpType: icmpType === 8 ? 0 : 129 }),
    ...(packet.protocol === PROTOCOL_NUMBERS.tcp ? { tcpFlags: ['SYN', 'ACK'] } : {}),
  }
}

function sending(via: string, packet: Packet, contents: Contents): Sending {
  return { via, bytes: packetBytes(packet, contents) }
}

/** What both sides send until the connection is established. */
function handshake(flow: Flow, view: VersionView): readonly Sending[] {
  const { packet, via, icmpId } = flow
  const start = sending(via, packet, { probe: 0, icmpId })
  const answer = sending(farSide(flow, view), answerTo(flow), { probe: 0, icmpId, sequence: 2000, acknowledged: 1001 })
  if (packet.protocol !== PROTOCOL_NUMBERS.tcp) return [start, answer]
  const last = { ...packet, tcpFlags: ['ACK'] }
  return [start, answer, sending(via, last, { probe: 0, sequence: 1001, acknowledged: 2001 })]
}

export function makeProbe(number: number, kind: ProbeKind, flow: Flow, view: VersionView): Probe {
  const { packet, via, icmpId, service } = flow
  const isTcp = packet.protocol === PROTOCOL_NUMBERS.tcp
  const dnat = service === undefined ? {} : { dnat: { address: service.toAddress, port: service.toPort } }
  switch (kind) {
    case 'new':
    case 'invalid':
      return {
        number,
        journey: { ...entering(packet, via, view), ...dnat, state: kind === 'new' ? 'NEW' : 'INVALID' },
        before: [],
        sending: sending(via, packet, { probe: number, icmpId }),
      }
    case 'established': {
      const sent = isTcp ? { ...packet, tcpFlags: ['ACK', 'PSH'] } : packet
      return {
        number,
        journey: { ...entering(sent, via, view), ...dnat, state: 'ESTABLISHED' },
        before: handshake(flow, view),
        sending: sending(via, sent, { probe: number, icmpId, sequence: 1001, acknowledged: 2001 }),
      }
    }
    case 'answer': {
      const far = farSide(flow, view)
      const answer = answerTo(flow)
      const sent = isTcp ? { ...answer, tcpFlags: ['ACK', 'PSH'] } : answer
      return {
        number,
        journey: { ...entering(sent, far, view), state: 'ESTABLISHED' },
        before: handshake(flow, view),
        sending: sending(far, sent, { probe: number, icmpId, sequence: 2001, acknowledged: 1001 }),
      }
    }
    case 'related': {
      const far = farSide(flow, view)
      const error: Packet = {
        ipVersion: packet.ipVersion,
        source: packet.destination,
        destination: packet.source,
        protocol: icmpProtocol(packet.ipVersion),
        icmpType: packet.ipVersion === 4 ? 3 : 1,
        icmpCode: packet.ipVersion === 4 ? 1 : 3,
      }
      return {
        number,
        journey: { ...entering(error, far, view), state: 'RELATED' },
        before: handshake(flow, view),
        sending: sending(far, error, { probe: number, about: packetBytes(packet, { probe: 0, icmpId }) }),
      }
    }
  }
}

function entering(packet: Packet, via: string, view: VersionView): Omit<Journey, 'state'> {
  if (via === 'host') return { packet }
  const back = view.route(packet.source)
  const isNeighbour = packet.source === LINK_LOCAL_NEIGHBOUR
  const hasReversePath = isNeighbour || (back.kind === 'out' && back.interfaceName === via)
  return { packet, inInterface: via, hasReversePath }
}

/** What no other flow of a batch may share, so that no packet meets another one's connection. */
export function flowKey({ packet, icmpId }: Flow): string {
  const { source, destination, protocol, sourcePort, destinationPort } = packet
  if (isIcmp(protocol)) return `${protocol} ${icmpId}`
  // Connections of protocols without ports are told by their addresses, in whatever direction.
  if (destinationPort === undefined) return `${protocol} ${[source, destination].sort().join(' ')}`
  return `${protocol} ${source} ${sourcePort}`
}
