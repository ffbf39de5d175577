// A line of the kernel log, as LOG rules make it -> the packet it tells of (net/netfilter/nf_log_syslog.c).
//
//   Nov 24 10:00:00 node-1 kernel: [123.4] calico-packet: IN=eth1 OUT= MAC=02:… SRC=192.0.2.7 DST=192.0.2.1 LEN=60 TOS=0x00
//   PREC=0x00 TTL=64 ID=1 DF PROTO=TCP SPT=40000 DPT=80 WINDOW=64240 RES=0x00 SYN URGP=0 MARK=0x10000

import type { Report } from '../diagnostics/diagnostic.ts'
import { parseAddress } from '../net/cidr.ts'
import { LOGGED_TCP_FLAGS } from '../netfilter/tcp-flags.ts'
import { PROTOCOL_NUMBERS } from '../net/protocol.ts'
import { isIcmp, type Packet } from '../netfilter/packet.ts'
import { protocolHasPorts } from '../netfilter/protocols.ts'

export interface LogEntry {
  /** Everything in front of `IN=`; the rule's prefix is the end of it. */
  readonly before: string
  /** Empty where the packet had none yet, or never has one. */
  readonly inInterface: string
  readonly outInterface: string
  readonly packet: Packet
  /** 0 where the line has none. */
  readonly mark: number
  /** Of a line of the TRACE target: the rule that the packet is at. */
  readonly traced?: TracedRule
}

/** `TRACE: filter:FORWARD:rule:1`: a rule that fits, the end of a chain of a user's, or a policy. */
export interface TracedRule {
  readonly table: string
  readonly chain: string
  readonly at: 'rule' | 'return' | 'policy'
  /** Counted from 1. */
  readonly number: number
}

const TRACED = /TRACE: ([a-z]{1,10}):([^\s:]\S{0,30}):(rule|return|policy):(\d{1,9}) ?$/

/** Longest names of interfaces have 15 characters. */
const START = /(?<![A-Z])IN=(\S{0,15}) OUT=(\S{0,15})(?= |$)/

/** Whether a LOG rule can have made the line. */
export function isLogLine(line: string): boolean {
  return START.test(line)
}

/** Undefined, with an error reported, when the text is no such line. */
export function readLogEntry(line: string, report: Report): LogEntry | undefined {
  const fail = (message: string): undefined => {
    report.error('bad-value', message, undefined, HELP)
  }
  const start = START.exec(line)
  if (start === null) return fail('the line is not one of a LOG rule: it has no `IN=… OUT=…`')
  const before = line.slice(0, start.index)
  const rest = line.slice(start.index + start[0].length)
  // ICMP errors quote the packet that they are about, in brackets.
  const words = rest.replace(/\[[^\]]*\]?/g, '').split(/\s+/)
  const field = (name: string): string | undefined =>
    words.find(word => word.startsWith(`${name}=`))?.slice(name.length + 1)
  const source = parseAddress(field('SRC') ?? '')
  const destination = parseAddress(field('DST') ?? '')
  const proto = field('PROTO')
  if (source === undefined || destination === undefined)
    return fail('the line has no `SRC=` and `DST=` with IP addresses')
  if (source.ipVersion !== destination.ipVersion) return fail('`SRC=` and `DST=` differ in IP version')
  const protocol = protocolOf(proto ?? '')
  if (protocol === undefined) return fail(`the line has no \`PROTO=\` that is known here: \`${proto ?? ''}\``)
  const number = (name: string): number | undefined => {
    const text = field(name)
    return text !== undefined && /^\d{1,5}$/.test(text) ? Number(text) : undefined
  }
  const sourcePort = number('SPT')
  const destinationPort = number('DPT')
  const icmpType = number('TYPE')
  const icmpCode = number('CODE')
  const mark = Number(field('MARK') ?? '0')
  const isWhole = protocolHasPorts(protocol) && protocol !== PROTOCOL_NUMBERS.sctp
  if (isWhole && (sourcePort === undefined || destinationPort === undefined)) {
    return fail('the line has no `SPT=` and `DPT=` although its protocol has ports')
  }
  return {
    before,
    inInterface: start[1] ?? '',
    outInterface: start[2] ?? '',
    packet: {
      ipVersion: source.ipVersion,
      source: source.text,
      destination: destination.text,
      protocol,
      ...(sourcePort === undefined ? {} : { sourcePort }),
      ...(destinationPort === undefined ? {} : { destinationPort }),
      ...(icmpType === undefined || !isIcmp(protocol) ? {} : { icmpType, icmpCode: icmpCode ?? 0 }),
      ...(protocol === PROTOCOL_NUMBERS.tcp ? { tcpFlags: LOGGED_TCP_FLAGS.filter(flag => words.includes(flag)) } : {}),
    },
    mark: Number.isInteger(mark) ? mark : 0,
    ...tracedIn(before),
  }
}

function tracedIn(before: string): { readonly traced?: TracedRule } {
  const [, table, chain, at, number] = TRACED.exec(before) ?? []
  if (table === undefined || chain === undefined || (at !== 'rule' && at !== 'return' && at !== 'policy')) return {}
  return { traced: { table, chain, at, number: Number(number) } }
}

const HELP =
  'give a whole line as `dmesg` or `journalctl -k` shows it: `calico-packet: IN=eth0 OUT= … SRC=… DST=… PROTO=…`'

function protocolOf(text: string): number | undefined {
  if (/^\d{1,3}$/.test(text)) return Number(text)
  const name = text.toLowerCase()
  return Object.hasOwn(PROTOCOL_NUMBERS, name) ? PROTOCOL_NUMBERS[name as keyof typeof PROTOCOL_NUMBERS] : undefined
}
