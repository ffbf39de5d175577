// One line of what the kernel tells of a packet that it traces, in three dialects: the kernel log (iptables-legacy -j TRACE,
// net/ipv4/netfilter/ip_tables.c: trace_packet), `xtables-monitor --trace` and `nft monitor trace` (both of iptables-nft).

import { Report } from '../diagnostics/diagnostic.ts'
import { parseAddress } from '../net/cidr.ts'
import { PROTOCOL_NUMBERS } from '../net/protocol.ts'
import { isIcmp, type Packet } from '../netfilter/packet.ts'
import { LOGGED_TCP_FLAGS } from '../netfilter/tcp-flags.ts'
import { readLogEntry } from './log-entry.ts'

/** A rule that fits, the end of a chain of a user's, or the policy of the kernel's. */
export interface TracedEvent {
  readonly table: string
  readonly chain: string
  readonly at: 'rule' | 'return' | 'policy'
  /** Counted from 1; only the kernel log has it. */
  readonly number?: number
  /** The rule, where the line quotes it: `-A FORWARD …`, and Calico's own 16 characters in it. */
  readonly quoted?: { readonly text: string; readonly hash?: string }
  /** `accept`, `drop`, or the chain that is jumped to; the kernel log does not tell. */
  readonly outcome?: 'accept' | 'drop' | { readonly chain: string }
}

/** As a line shows a packet on its way. */
export interface TracedHeader {
  /** Empty where the packet had none yet, or never has one. */
  readonly inInterface: string
  readonly outInterface: string
  readonly packet: Packet
  /** 0 where the line has none. */
  readonly mark: number
}

export interface TracedPiece {
  /** What tells its packet from others. */
  readonly key: string
  /** The header, as soon as the protocol is known: not every line has it. */
  readonly header?: (protocol: number | undefined) => TracedHeader | undefined
  /** The protocol, where the line quotes a rule that asks for it. */
  readonly protocol?: number
  readonly event?: TracedEvent
}

/** Undefined for a line that is none of a trace. */
export function readTracedPiece(line: string): TracedPiece | undefined {
  return ofKernelLog(line) ?? ofXtablesMonitor(line) ?? ofNftMonitor(line)
}

/** `… TRACE: filter:FORWARD:rule:1 IN=eth0 OUT=tunl0 … SRC=…`: each line has the whole packet. */
function ofKernelLog(line: string): TracedPiece | undefined {
  if (!/TRACE: \S+:\S+:(rule|return|policy):\d+ +IN=/.test(line)) return undefined
  const entry = readLogEntry(line, new Report())
  if (entry?.traced === undefined) return undefined
  const { traced, packet, inInterface, outInterface, mark } = entry
  const id = / ID=(\d+)/.exec(line)?.[1] ?? ''
  // A new destination does not make it another packet.
  const key = ['log', packet.source, packet.protocol, packet.sourcePort ?? '', id].join(' ')
  return { key, event: traced, header: () => ({ packet, inInterface, outInterface, mark }) }
}

const MONITOR_PACKET = /^\s*PACKET: (?:2|10) ([0-9a-f]{1,8}) (.*)$/
const MONITOR_RULE = /^\s*TRACE: (?:2|10) ([0-9a-f]{1,8}) ([a-z]+):([^\s:]+):(rule|return|policy):(\S*)(.*)$/

/** `TRACE: 2 fc475095 filter:FORWARD:rule:0x5:JUMP:cali-FORWARD  -4 -t filter -A FORWARD …`, and the packet on lines of its own. */
function ofXtablesMonitor(line: string): TracedPiece | undefined {
  const [, id, fields] = MONITOR_PACKET.exec(line) ?? []
  if (id !== undefined && fields !== undefined)
    return { key: `monitor ${id}`, header: protocol => headerOfFields(fields.split(/\s+/), protocol) }
  const [, traced, table = '', chain = '', at, verdict = '', rule = ''] = MONITOR_RULE.exec(line) ?? []
  if (traced === undefined || (at !== 'rule' && at !== 'return' && at !== 'policy')) return undefined
  const text = / (-A .*\S)\s*$/.exec(rule)?.[1]
  const hash = /"?cali:([\w-]{16})"?/.exec(rule)?.[1]
  const quoted = { text: text ?? '', ...(hash === undefined ? {} : { hash }) }
  const outcome = outcomeOf(verdict.replace(/^0x[0-9a-f]+:/, '').replace(':', ' '))
  const protocol = protocolNumber(/ -p (\S+)/.exec(rule)?.[1])
  return {
    key: `monitor ${traced}`,
    event: { table, chain, at, ...(text === undefined ? {} : { quoted }), ...outcome },
    ...(protocol === undefined ? {} : { protocol }),
  }
}

const NFT = /^\s*trace id ([0-9a-f]{1,8}) ip6? (\S+) (\S+) (packet:|rule|verdict|policy)(.*)$/

/** `trace id 3008915e ip filter FORWARD rule counter packets 0 bytes 0 jump cali-FORWARD (verdict jump cali-FORWARD)` */
function ofNftMonitor(line: string): TracedPiece | undefined {
  const [, id, table = '', chain = '', what, rest = ''] = NFT.exec(line) ?? []
  if (id === undefined) return undefined
  const key = `nft ${id}`
  if (what === 'packet:') return { key, header: () => headerOfWords(rest) }
  // `verdict continue`: the end of a chain; what it leads back to has lines of its own.
  const at = what === 'rule' ? 'rule' : what === 'policy' ? 'policy' : 'return'
  const words = what === 'rule' ? (/\(verdict ([^)]*)\)\s*$/.exec(rest)?.[1] ?? '') : rest.trim()
  return { key, event: { table, chain, at, ...outcomeOf(words) } }
}

/** `drop`, `jump cali-FORWARD`. */
function outcomeOf(words: string): Pick<TracedEvent, 'outcome'> {
  const [verdict = '', chain] = words.split(' ')
  const name = verdict.toLowerCase()
  if (name === 'accept' || name === 'drop') return { outcome: name }
  return (name === 'jump' || name === 'goto') && chain !== undefined ? { outcome: { chain } } : {}
}

function protocolNumber(name: string | undefined): number | undefined {
  if (name === undefined) return undefined
  const known = name === 'ipv6-icmp' ? 'icmpv6' : name
  if (Object.hasOwn(PROTOCOL_NUMBERS, known)) return PROTOCOL_NUMBERS[known as keyof typeof PROTOCOL_NUMBERS]
  return /^\d{1,3}$/.test(known) ? Number(known) : undefined
}

/** `IN=eth0 SRC=… DST=… … SPORT=40000 DPORT=80 SYN`: TCP shows by its flags, and of what has no ports nothing is shown. */
function headerOfFields(words: readonly string[], told: number | undefined): TracedHeader | undefined {
  const field = (name: string): string => words.find(word => word.startsWith(`${name}=`))?.slice(name.length + 1) ?? ''
  const tcpFlags = LOGGED_TCP_FLAGS.filter(flag => words.includes(flag))
  const [sourcePort, destinationPort] = [portOf(field('SPORT')), portOf(field('DPORT'))]
  const shown = sourcePort === undefined ? undefined : PROTOCOL_NUMBERS[tcpFlags.length > 0 ? 'tcp' : 'udp']
  return headerOf({
    inInterface: field('IN'),
    outInterface: field('OUT'),
    source: field('SRC'),
    destination: field('DST'),
    protocol: protocolNumber(field('PROTO')) ?? (tcpFlags.length > 0 ? shown : (told ?? shown)),
    sourcePort,
    destinationPort,
    tcpFlags,
  })
}

const ICMP_NAMES: Readonly<Record<string, readonly [icmp: number, icmpv6: number]>> = {
  'echo-request': [8, 128],
  'echo-reply': [0, 129],
  'destination-unreachable': [3, 1],
  'time-exceeded': [11, 3],
  'parameter-problem': [12, 4],
}

/** `iif "eth0" oif "cali1" ip saddr 192.0.2.7 ip daddr … tcp sport 40000 tcp dport 80 tcp flags == syn` */
function headerOfWords(text: string): TracedHeader | undefined {
  const find = (pattern: RegExp): string => pattern.exec(text)?.[1] ?? ''
  const transport = /(tcp|udp|sctp|dccp|udplite) sport/.exec(text)?.[1]
  const icmp = /(icmp|icmpv6) type/.exec(text)?.[1]
  const type = find(/icmp(?:v6)? type (\S+)/)
  const named = ICMP_NAMES[type]?.[icmp === 'icmp' ? 0 : 1]
  const flags = find(/tcp flags(?: ==)? ([\w,| ]+?) tcp window/).toUpperCase()
  return headerOf({
    inInterface: find(/iif "([^"]{1,15})"/),
    outInterface: find(/oif "([^"]{1,15})"/),
    source: find(/ip6? saddr (\S+)/),
    destination: find(/ip6? daddr (\S+)/),
    protocol: protocolNumber(transport ?? icmp ?? find(/(?:ip protocol|ip6 nexthdr) (\S+)/)),
    sourcePort: portOf(find(/ sport (\d+)/)),
    destinationPort: portOf(find(/ dport (\d+)/)),
    tcpFlags: /^0X/.test(flags) ? flagsOf(Number(flags)) : LOGGED_TCP_FLAGS.filter(flag => flags.includes(flag)),
    icmpType: named ?? (/^\d{1,3}$/.test(type) ? Number(type) : undefined),
  })
}

/** Flags of a number: the lowest bit is FIN. */
function flagsOf(bits: number): readonly string[] {
  return LOGGED_TCP_FLAGS.filter((_, index) => (bits >> (LOGGED_TCP_FLAGS.length - 1 - index)) % 2 === 1)
}

interface Fields {
  readonly inInterface: string
  readonly outInterface: string
  readonly source: string
  readonly destination: string
  readonly protocol: number | undefined
  readonly sourcePort: number | undefined
  readonly destinationPort: number | undefined
  readonly tcpFlags: readonly string[]
  readonly icmpType?: number | undefined
}

function headerOf(fields: Fields): TracedHeader | undefined {
  const { inInterface, outInterface, sourcePort, destinationPort, protocol, tcpFlags } = fields
  const source = parseAddress(fields.source)
  const destination = parseAddress(fields.destination)
  if (source === undefined || destination === undefined || source.ipVersion !== destination.ipVersion) return undefined
  const { ipVersion } = source
  const number = protocol ?? PROTOCOL_NUMBERS[ipVersion === 4 ? 'icmp' : 'icmpv6']
  const packet: Packet = {
    ipVersion,
    source: source.text,
    destination: destination.text,
    protocol: number,
    ...(sourcePort === undefined ? {} : { sourcePort }),
    ...(destinationPort === undefined ? {} : { destinationPort }),
    ...(isIcmp(number) ? { icmpType: fields.icmpType ?? (ipVersion === 4 ? 8 : 128), icmpCode: 0 } : {}),
    ...(number === PROTOCOL_NUMBERS.tcp ? { tcpFlags } : {}),
  }
  return { inInterface, outInterface, packet, mark: 0 }
}

function portOf(text: string): number | undefined {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65535 ? Number(text) : undefined
}
