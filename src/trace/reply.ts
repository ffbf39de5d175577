// The answer to a packet that got through: the same nodes, the other way round.

import { PROTOCOL_NUMBERS } from '../net/protocol.ts'
import type { Packet } from '../netfilter/packet.ts'
import { isIcmp } from '../netfilter/packet.ts'
import type { ConnectionState, Journey } from '../walk/packet.ts'
import type { Leg } from './way.ts'

/** Messages that are answered, and by which: echo requests of both IP versions. */
const ICMP_ANSWERS: ReadonlyMap<number, number> = new Map([
  [8, 0],
  [128, 129],
])

/** Undefined where nobody answers such a packet. */
export function answerTo(packet: Packet, isFirst: boolean): Packet | undefined {
  const { ipVersion, source, destination, protocol, sourcePort, destinationPort, icmpType } = packet
  const turned = { ipVersion, source: destination, destination: source, protocol }
  if (isIcmp(protocol)) {
    const answer = icmpType === undefined ? undefined : ICMP_ANSWERS.get(icmpType)
    return answer === undefined ? undefined : { ...turned, icmpType: answer, icmpCode: 0 }
  }
  return {
    ...turned,
    ...(destinationPort === undefined ? {} : { sourcePort: destinationPort }),
    ...(sourcePort === undefined ? {} : { destinationPort: sourcePort }),
    ...(protocol === PROTOCOL_NUMBERS.tcp ? { tcpFlags: isFirst ? ['SYN', 'ACK'] : ['ACK'] } : {}),
  }
}

/** Where the answer enters the node of a leg that the request passed. @param answer as it comes there */
export function replyJourney({ journey, walk }: Leg, answer: Packet): Journey {
  const { end, state } = walk
  const inInterface = end.kind === 'sent' ? end.interfaceName : undefined
  const { source, sourcePort } = journey.packet
  const isTranslated = source !== walk.packet.source || sourcePort !== walk.packet.sourcePort
  // Connection tracking knows an answer by its addresses and ports: one that was translated elsewhere is news to it.
  const isKnown = state !== 'UNTRACKED' && isAnswerTo(walk.packet, answer)
  const entry = { packet: answer, ...(inInterface === undefined ? {} : { inInterface }) }
  if (!isKnown) return { ...entry, state: stateOfUnknown(answer) }
  return {
    ...entry,
    state: 'ESTABLISHED',
    connection: translationOf({ journey, walk }),
    ...(isTranslated ? { dnat: { address: source, ...(sourcePort === undefined ? {} : { port: sourcePort }) } } : {}),
  }
}

/** How the request was translated on a node. */
export function translationOf({ journey, walk }: Pick<Leg, 'journey' | 'walk'>): NonNullable<Journey['connection']> {
  const [before, after] = [journey.packet, walk.packet]
  return {
    hasDnat: before.destination !== after.destination || before.destinationPort !== after.destinationPort,
    hasSnat: before.source !== after.source || before.sourcePort !== after.sourcePort,
  }
}

/** Whether a packet has the ends of another one the other way round. */
export function isAnswerTo(request: Packet, answer: Packet): boolean {
  return (
    answer.source === request.destination &&
    answer.destination === request.source &&
    answer.sourcePort === request.destinationPort &&
    answer.destinationPort === request.sourcePort
  )
}

/** What connection tracking makes of an answer to what it has not seen: of TCP and ICMP it makes no sense. */
function stateOfUnknown({ protocol }: Packet): ConnectionState {
  return protocol === PROTOCOL_NUMBERS.tcp || isIcmp(protocol) ? 'INVALID' : 'NEW'
}

/** The answer as it leaves the node: connection tracking gives it back the address that the request was sent to. */
export function answerAfter({ journey }: Pick<Leg, 'journey'>, reply: Leg['walk']): Packet {
  if (reply.state !== 'ESTABLISHED') return reply.packet
  const { destination, destinationPort } = journey.packet
  return {
    ...reply.packet,
    source: destination,
    ...(destinationPort === undefined ? {} : { sourcePort: destinationPort }),
  }
}
