// What is written in the headers of one packet.

import { PROTOCOL_NUMBERS } from '../net/protocol.ts'
import type { IpVersion } from '../net/cidr.ts'

export interface Packet {
  readonly ipVersion: IpVersion
  /** Canonical text, as `parseAddress` gives it. */
  readonly source: string
  readonly destination: string
  /** IP protocol number, 0–255. */
  readonly protocol: number
  /** 0–65535; only of protocols that have ports. */
  readonly sourcePort?: number
  readonly destinationPort?: number
  /** 0–255; only of ICMP and ICMPv6. */
  readonly icmpType?: number
  readonly icmpCode?: number
  /** Only of TCP: `SYN`, `ACK` and so on. */
  readonly tcpFlags?: readonly string[]
}

/** Protocols whose messages have a type and a code. */
export const ICMP_PROTOCOLS: readonly number[] = [PROTOCOL_NUMBERS.icmp, PROTOCOL_NUMBERS.icmpv6]

export function isIcmp(protocol: number): boolean {
  return ICMP_PROTOCOLS.includes(protocol)
}
