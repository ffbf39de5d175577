// IP protocols as Calico names them.

/** A protocol by lower-case name, or by number 0–255. Calico never turns one into the other. */
export type Protocol = ProtocolName | number

export const PROTOCOL_NAMES = ['tcp', 'udp', 'icmp', 'icmpv6', 'sctp', 'udplite'] as const

export type ProtocolName = (typeof PROTOCOL_NAMES)[number]

/** As IANA gave them. */
export const PROTOCOL_NUMBERS = {
  icmp: 1,
  tcp: 6,
  udp: 17,
  icmpv6: 58,
  sctp: 132,
  udplite: 136,
} as const satisfies Readonly<Record<ProtocolName, number>>

/** Number of a protocol that is named or numbered. */
export function protocolNumber(protocol: Protocol): number {
  return typeof protocol === 'number' ? protocol : PROTOCOL_NUMBERS[protocol]
}

/** Name by which Calico knows a number; undefined for the others. */
export function protocolName(protocol: number): ProtocolName | undefined {
  return PROTOCOL_NAMES.find(name => PROTOCOL_NUMBERS[name] === protocol)
}

/** As written in a Calico v3 file, where case matters. */
export const V3_PROTOCOL_NAMES = ['TCP', 'UDP', 'ICMP', 'ICMPv6', 'SCTP', 'UDPLite'] as const

/** Protocol of an endpoint's port, and of members of (IP, port) sets. */
export type PortProtocol = 'tcp' | 'udp' | 'sctp'

/** TCP, UDP and SCTP by name or number: the protocols for which Calico takes ports in a rule. */
export function hasPorts(protocol: Protocol): boolean {
  return portProtocol(protocol) !== undefined
}

export function portProtocol(protocol: Protocol): PortProtocol | undefined {
  const number = protocolNumber(protocol)
  return number === PROTOCOL_NUMBERS.tcp
    ? 'tcp'
    : number === PROTOCOL_NUMBERS.udp
      ? 'udp'
      : number === PROTOCOL_NUMBERS.sctp
        ? 'sctp'
        : undefined
}
