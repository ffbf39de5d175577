// IP protocols as Calico names them.

/** A protocol by lower-case name, or by number 0–255. Calico never turns one into the other. */
export type Protocol = ProtocolName | number

export const PROTOCOL_NAMES = ['tcp', 'udp', 'icmp', 'icmpv6', 'sctp', 'udplite'] as const

export type ProtocolName = (typeof PROTOCOL_NAMES)[number]

/** As written in a Calico v3 file, where case matters. */
export const V3_PROTOCOL_NAMES = ['TCP', 'UDP', 'ICMP', 'ICMPv6', 'SCTP', 'UDPLite'] as const

/** Protocol of an endpoint's port, and of members of (IP, port) sets. */
export type PortProtocol = 'tcp' | 'udp' | 'sctp'

/** TCP, UDP and SCTP by name or number: the protocols for which Calico takes ports in a rule. */
export function hasPorts(protocol: Protocol): boolean {
  return portProtocol(protocol) !== undefined
}

export function portProtocol(protocol: Protocol): PortProtocol | undefined {
  switch (protocol) {
    case 'tcp':
    case 6:
      return 'tcp'
    case 'udp':
    case 17:
      return 'udp'
    case 'sctp':
    case 132:
      return 'sctp'
    default:
      return undefined
  }
}
