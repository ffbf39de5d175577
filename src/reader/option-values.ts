// What iptables takes behind options, where that is known for certain: a line with anything else is none that it made, or would load.

import { MAX_IP_SET_NAME_LENGTH } from '../calico/names.ts'
import { CONNTRACK_STATES } from '../model/rule-values.ts'
import { isIptablesAddress } from '../netfilter/address-text.ts'
import type { Option } from '../netfilter/option.ts'
import { MAX_BURST, readRate } from '../netfilter/rate.ts'
import { isFlagList, TCP_FLAGS } from '../netfilter/tcp-flags.ts'
import { MAX_INTERFACE_NAME, MAX_MULTIPORT_SLOTS } from '../netfilter/text-limits.ts'
import { utf8Length } from '../text/bytes.ts'

export interface ValueKind {
  /** Short names of those that a rule itself has. */
  readonly options: readonly string[]
  /** Words that are right at a glance, as a regular expression; others may still be. */
  readonly plain: string
  readonly isTaken: (words: readonly string[]) => boolean
  /** What is taken, as the end of a sentence: "iptables takes …". */
  readonly takes: string
}

const PORT = '(?:[0-9]{1,4}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])'
const OCTET = '(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])'
const IPV4 = `${OCTET}(?:\\.${OCTET}){3}`
const HEXTETS = '[0-9a-f]{1,4}(?::[0-9a-f]{1,4})'
const IPV6 = `(?:${HEXTETS}{7}|(?=(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?:[ /]|$))(?:${HEXTETS}*)?::(?:${HEXTETS}*)?)`
const BITS = '(?:0x[0-9a-f]{1,8}|[0-9]{1,9})'
const BYTE = '(?:[0-9]{1,2}|1[0-9]{2})'

const FLAG = `(?:${[...TCP_FLAGS, 'ALL', 'NONE'].join('|')})`
const FLAGS = `${FLAG}(?:,${FLAG})*`

const ADDRESS_TYPES =
  'UNSPEC UNICAST LOCAL BROADCAST ANYCAST MULTICAST BLACKHOLE UNREACHABLE PROHIBIT THROW NAT XRESOLVE'.split(' ')

/** Flags that iptables has no name for as yet. */
const LATER_FLAGS = /\b(?:ECE|CWR|AE)\b/g

export const VALUE_KINDS: readonly ValueKind[] = [
  {
    options: ['-s', '-d'],
    plain: `(?:${IPV4}(?:/(?:3[0-2]|[12]?[0-9]))?|${IPV6}(?:/(?:12[0-8]|1[01][0-9]|[1-9]?[0-9]))?)`,
    isTaken: only(text => text.split(',').every(isAddressOrName)),
    takes: 'addresses and nets: `192.0.2.0/24`, `2001:db8::/64`',
  },
  {
    options: ['-p'],
    plain: `(?:${BYTE}|[a-z][a-z0-9-]*)`,
    isTaken: only(text => isNameOr(255, text)),
    takes: 'a name or a number from 0 to 255',
  },
  {
    options: ['-i', '-o'],
    plain: asciiName(MAX_INTERFACE_NAME),
    isTaken: only(text => utf8Length(text) <= MAX_INTERFACE_NAME),
    takes: `names of up to ${MAX_INTERFACE_NAME} characters`,
  },
  {
    options: ['--dport', '--destination-port', '--sport', '--source-port'],
    plain: PORT,
    isTaken: only(isPort),
    takes: 'a port from 0 to 65535, or `FIRST:LAST`',
  },
  {
    options: ['--dports', '--destination-ports', '--sports', '--source-ports', '--ports'],
    plain: `${PORT}(?:,${PORT}){0,${MAX_MULTIPORT_SLOTS - 1}}`,
    isTaken: only(text => text.split(',').every(isPort) && text.split(/[,:]/).length <= MAX_MULTIPORT_SLOTS),
    takes: `up to ${MAX_MULTIPORT_SLOTS} ports from 0 to 65535, of which a range counts as two`,
  },
  {
    options: ['--icmp-type', '--icmpv6-type'],
    plain: `${BYTE}(?:/${BYTE})?`,
    isTaken: only(text => /^[a-z]/.test(text) || text.split('/').every(part => isUpTo(255, part))),
    takes: 'a type and a code from 0 to 255',
  },
  {
    options: ['--mark', '--set-mark', '--set-xmark', '--or-mark', '--and-mark', '--xor-mark'],
    plain: `${BITS}(?:/${BITS})?`,
    isTaken: only(text => text.split('/').length <= 2 && text.split('/').every(part => isUpTo(0xffffffff, part))),
    takes: '32 bits, and as many behind a `/`',
  },
  {
    options: ['--ctstate'],
    plain: `(?:${CONNTRACK_STATES.join('|')})(?:,(?:${CONNTRACK_STATES.join('|')}))*`,
    isTaken: only(text =>
      text.split(',').every(state => CONNTRACK_STATES.some(known => known === state.toUpperCase())),
    ),
    takes: CONNTRACK_STATES.join(', '),
  },
  {
    options: ['--src-type', '--dst-type'],
    plain: 'LOCAL',
    isTaken: only(text => text.split(',').every(type => ADDRESS_TYPES.includes(type.toUpperCase()))),
    takes: ADDRESS_TYPES.join(', '),
  },
  {
    options: ['--match-set'],
    plain: `${asciiName(MAX_IP_SET_NAME_LENGTH)} +(?:src|dst)(?:,(?:src|dst)){0,5}`,
    isTaken: ([name = '', flags = '']) =>
      utf8Length(name) <= MAX_IP_SET_NAME_LENGTH && /^(?:src|dst)(?:,(?:src|dst)){0,5}$/.test(flags),
    takes: `a name of up to ${MAX_IP_SET_NAME_LENGTH} characters and \`src\` or \`dst\`, with commas up to six`,
  },
  {
    options: ['--tcp-flags'],
    plain: `${FLAGS} +${FLAGS}`,
    isTaken: words => words.every(word => isFlagList(word.toUpperCase().replaceAll(LATER_FLAGS, 'ACK').split(','))),
    takes: 'lists of SYN, ACK, FIN, RST, URG, PSH, or ALL or NONE',
  },
  {
    options: ['--limit'],
    plain: '[1-9][0-9]{0,3}/(?:sec|second|min|minute|hour|day)',
    isTaken: only(
      text => readRate(text) !== undefined || !/^[0-9]+(?:\/[a-z]*)?$/.test(text) || /^[1-9][0-9]*$/.test(text),
    ),
    takes: '`10/second`, or of a minute, hour or day',
  },
  {
    options: ['--limit-burst'],
    plain: '[0-9]{1,4}',
    isTaken: only(text => isUpTo(MAX_BURST, text)),
    takes: `a number from 0 to ${MAX_BURST}`,
  },
  {
    options: ['--probability'],
    plain: '(?:0(?:\\.[0-9]+)?|1(?:\\.0+)?)',
    isTaken: only(text => !/^[0-9.]+$/.test(text) || Number(text) <= 1),
    takes: 'a number from 0 to 1',
  },
]

const KIND_OF = new Map(VALUE_KINDS.flatMap(kind => kind.options.map(option => [option, kind] as const)))

/** Modules and targets whose options are meant; another one may have an option of the same name. */
const BEARERS = new Set(
  'tcp udp udplite sctp dccp icmp icmp6 icmpv6 multiport mark connmark conntrack addrtype set limit statistic MARK CONNMARK'.split(
    ' ',
  ),
)

/** Why iptables refuses the words behind an option; undefined where it takes them, or where that is not known. @param bearer a module or a target; none: the rule itself */
export function refusalOf({ name, arguments: words }: Option, bearer: string | undefined): string | undefined {
  const kind = bearer === undefined || BEARERS.has(bearer) ? KIND_OF.get(name) : undefined
  if (kind === undefined || words.length === 0 || kind.isTaken(words.map(({ text }) => text))) return undefined
  return `\`${words.map(({ text }) => text).join(' ')}\` behind \`${name}\`: iptables takes ${kind.takes}`
}

/** A name without quotes, of characters that are one byte each: the kernel counts bytes. */
function asciiName(longest: number): string {
  return `[#-,.-~][!#-~]{0,${longest - 1}}`
}

function only(isTaken: (text: string) => boolean): ValueKind['isTaken'] {
  return ([text = '']) => isTaken(text)
}

/** Decimal, hexadecimal or octal, as the C library reads numbers. */
function isUpTo(max: number, text: string): boolean {
  return /^(?:0[xX][0-9a-fA-F]+|[0-9]+)$/.test(text) && Number(text) <= max
}

/** Names are those of the node's own files. */
function isNameOr(max: number, text: string): boolean {
  return !/^[0-9]/.test(text) || isUpTo(max, text)
}

function isPort(text: string): boolean {
  const ends = text.split(':')
  const [first = '', last = ''] = ends
  if (ends.length > 2 || text === '' || !ends.every(end => end === '' || isNameOr(65_535, end))) return false
  return !/^[0-9]+$/.test(first) || !/^[0-9]+$/.test(last) || Number(first) <= Number(last)
}

function isAddressOrName(item: string): boolean {
  if (isIptablesAddress(item, 4) || isIptablesAddress(item, 6)) return true
  const [address = '', mask = '0'] = item.split('/')
  return /^[a-z0-9-]+(?:\.[a-z0-9-]+)*\.?$/i.test(address) && /[g-z]/i.test(address) && isUpTo(128, mask)
}
