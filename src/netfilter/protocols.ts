// Protocols as netfilter and iptables take them. iptables-save prints names of its own and those in the node's /etc/protocols.

import { PROTOCOL_NAMES, PROTOCOL_NUMBERS, type Protocol, protocolName } from '../net/protocol.ts'

const { tcp, udp, sctp, udplite } = PROTOCOL_NUMBERS
const DCCP = 33

/** Protocols of which the first bytes after the IP header are a source and a destination port. */
export const PORT_PROTOCOLS: readonly number[] = [tcp, udp, sctp, udplite, DCCP]

export function protocolHasPorts(protocol: number): boolean {
  return PORT_PROTOCOLS.includes(protocol)
}

/** Calico's name for a protocol that is given by number, where it has one. */
export function kernelProtocol(protocol: Protocol): Protocol {
  return typeof protocol === 'number' ? (protocolName(protocol) ?? protocol) : protocol
}

/** Names that Calico does not use, with the numbers IANA gave them, as usual in /etc/protocols. */
const NUMBERS = new Map<string, number>([
  ['ip', 0],
  ['all', 0],
  ['hopopt', 0],
  ['igmp', 2],
  ['ggp', 3],
  ['ipencap', 4],
  ['ipv4', 4],
  ['st', 5],
  ['egp', 8],
  ['igp', 9],
  ['pup', 12],
  ['hmp', 20],
  ['xns-idp', 22],
  ['rdp', 27],
  ['iso-tp4', 29],
  ['dccp', DCCP],
  ['xtp', 36],
  ['ddp', 37],
  ['idpr-cmtp', 38],
  ['ipv6', 41],
  ['ipv6-route', 43],
  ['ipv6-frag', 44],
  ['idrp', 45],
  ['rsvp', 46],
  ['gre', 47],
  ['esp', 50],
  ['ipv6-crypt', 50],
  ['ah', 51],
  ['ipv6-auth', 51],
  ['skip', 57],
  ['ipv6-nonxt', 59],
  ['ipv6-opts', 60],
  ['rspf', 73],
  ['vmtp', 81],
  ['eigrp', 88],
  ['ospf', 89],
  ['ax.25', 93],
  ['ipip', 94],
  ['etherip', 97],
  ['encap', 98],
  ['pim', 103],
  ['ipcomp', 108],
  ['vrrp', 112],
  ['l2tp', 115],
  ['isis', 124],
  ['fc', 133],
  ['mobility-header', 135],
  ['ipv6-mh', 135],
  ['mh', 135],
  ['mpls-in-ip', 137],
  ['manet', 138],
  ['hip', 139],
  ['shim6', 140],
  ['wesp', 141],
  ['rohc', 142],
  ['ethernet', 143],
  ['mptcp', 262],
])

/** Undefined for a name that is not known here. */
export function readProtocol(text: string): Protocol | undefined {
  const word = text.toLowerCase()
  if (/^(?:0|[1-9][0-9]{0,2})$/.test(word)) return Number(word) <= 255 ? Number(word) : undefined
  if (word === 'ipv6-icmp' || word === 'icmp6') return 'icmpv6'
  return PROTOCOL_NAMES.find(name => name === word) ?? NUMBERS.get(word)
}
