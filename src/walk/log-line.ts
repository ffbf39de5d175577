// The line that a LOG rule makes the kernel write, as far as the packet is known (net/netfilter/nf_log_syslog.c).
//
//   calico-packet: IN=eth1 OUT= SRC=192.0.2.7 DST=192.0.2.1 PROTO=TCP SPT=40000 DPT=80 SYN MARK=0x10000

import { PROTOCOL_NUMBERS } from '../net/protocol.ts'
import type { MovingPacket } from '../netfilter/moving-packet.ts'
import { LOGGED_TCP_FLAGS } from '../netfilter/tcp-flags.ts'

const { tcp, udp, udplite, icmp, icmpv6 } = PROTOCOL_NUMBERS

/** Other protocols are written as numbers. */
const NAMES: ReadonlyMap<number, string> = new Map([
  [tcp, 'TCP'],
  [udp, 'UDP'],
  [udplite, 'UDPLITE'],
  [icmp, 'ICMP'],
  [icmpv6, 'ICMPv6'],
])

/** Without MAC, LEN, TTL and the like, which nothing here knows. */
export function formatLogLine(prefix: string, moving: MovingPacket): string {
  const { packet, inInterface, outInterface, mark } = moving
  const { protocol, tcpFlags = [], sourcePort, destinationPort, icmpType, icmpCode } = packet
  const address = (text: string): string => (packet.ipVersion === 4 ? text : formatWholeIpv6(text))
  const parts = [
    `${loggedPrefix(prefix)}IN=${inInterface}`,
    `OUT=${outInterface}`,
    `SRC=${address(packet.source)}`,
    `DST=${address(packet.destination)}`,
    `PROTO=${NAMES.get(protocol) ?? protocol}`,
    ...(sourcePort === undefined || !hasNamedPorts(protocol) ? [] : [`SPT=${sourcePort}`]),
    ...(destinationPort === undefined || !hasNamedPorts(protocol) ? [] : [`DPT=${destinationPort}`]),
    ...(icmpType === undefined ? [] : [`TYPE=${icmpType}`, `CODE=${icmpCode ?? 0}`]),
    ...LOGGED_TCP_FLAGS.filter(flag => tcpFlags.includes(flag)),
    ...(mark === 0 ? [] : [`MARK=0x${mark.toString(16)}`]),
  ]
  return parts.join(' ')
}

function hasNamedPorts(protocol: number): boolean {
  return protocol === tcp || protocol === udp || protocol === udplite
}

/** The kernel writes all eight groups with all their digits. */
function formatWholeIpv6(text: string): string {
  const [head = '', tail] = text.split('::')
  const groups = (part: string): readonly string[] => (part === '' ? [] : part.split(':'))
  const left = groups(head)
  const right = tail === undefined ? [] : groups(tail)
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => '0')
  return [...left, ...zeros, ...right].map(group => group.padStart(4, '0')).join(':')
}

/** Longest prefix that the kernel keeps (linux/netfilter/xt_LOG.h: prefix[30], with a terminating zero). */
const MAX_PREFIX_BYTES = 29

/** A prefix as the kernel writes it: cut in the middle of a character, if it must be. */
export function loggedPrefix(prefix: string): string {
  const bytes = new TextEncoder().encode(prefix)
  return bytes.length <= MAX_PREFIX_BYTES ? prefix : new TextDecoder().decode(bytes.slice(0, MAX_PREFIX_BYTES))
}
