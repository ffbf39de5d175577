// A packet on one line.

import { PROTOCOL_NAMES, protocolName, V3_PROTOCOL_NAMES } from '../net/protocol.ts'
import type { Packet } from '../netfilter/packet.ts'

/** `TCP 10.0.0.1:40000 -> 10.0.0.2:80` */
export function packetWords(packet: Packet): string {
  const { protocol, icmpType, icmpCode, source, destination, sourcePort, destinationPort } = packet
  const name = protocolWords(protocol)
  const end = (address: string, port: number | undefined): string =>
    port === undefined ? address : packet.ipVersion === 4 ? `${address}:${port}` : `[${address}]:${port}`
  const icmp = icmpType === undefined ? '' : ` type ${icmpType} code ${icmpCode ?? 0}`
  return `${name}${icmp} ${end(source, sourcePort)} -> ${end(destination, destinationPort)}`
}

/** `TCP`, `protocol 47`. */
export function protocolWords(protocol: number): string {
  const known = protocolName(protocol)
  return (known && V3_PROTOCOL_NAMES[PROTOCOL_NAMES.indexOf(known)]) ?? `protocol ${protocol}`
}
