// `iptables -L -n -v` -> the lines that iptables-save would print, as far as the listing shows them.

import { parseAddress } from '../net/cidr.ts'
import { UNLISTED_INTERFACES } from '../netfilter/matches/unlisted-interfaces.ts'
import type { Line } from './faults.ts'

const CHAIN = /^Chain (\S+) \((?:policy (ACCEPT|DROP|REJECT)|\d+ references\b)/
const HEADER = /^ *(?:num +)?(?:pkts +bytes +)?target +prot +opt +(?:in +out +)?source +destination/

/** What stands behind source and destination -> options; what is not known becomes a match that nobody knows. */
const EXTRAS: readonly (readonly [RegExp, (found: RegExpExecArray) => string])[] = [
  [/^\/\* ([^]*?) \*\//, found => `-m comment --comment "${(found[1] ?? '').replace(/["\\]/g, '\\$&')}"`],
  [
    /^(! )?match-set (\S+) ((?:src|dst)(?:,(?:src|dst))*)/,
    ([, not = '', set, way]) => `-m set ${not}--match-set ${set} ${way}`,
  ],
  [/^(tcp|udp|sctp) ((?:[sd]pts?:!?\S+ ?)+)/, ([, protocol, words = '']) => `-m ${protocol} ${ports(words)}`],
  [/^(?:tcp|udp)(?= |$)(?! flags| option)/, () => ''],
  [
    /^multiport ([sd]ports) (! ?)?([\d:,]+)/,
    ([, way, not, list]) => `-m multiport ${not === undefined ? '' : '! '}--${way} ${list}`,
  ],
  [
    /^mark match (! ?)?(0x[\da-f]+)(?:\/(0x[\da-f]+))?/i,
    ([, not, value, mask]) =>
      `-m mark ${not === undefined ? '' : '! '}--mark ${value}${mask === undefined ? '' : `/${mask}`}`,
  ],
  [/^(! ?)?ctstate ([A-Z,]+)/, ([, not, states]) => `-m conntrack ${not === undefined ? '' : '! '}--ctstate ${states}`],
  [
    /^ADDRTYPE match (limit-out |limit-in )?((?:(?:src|dst)-type !?[A-Z]+ ?)+)/,
    ([, limit, types = '']) => addressTypes(types, limit),
  ],
  [
    /^ipv6-icmptype (\d+)(?: code (\d+))?/,
    ([, type, code]) => `-m icmp6 --icmpv6-type ${type}${code === undefined ? '' : `/${code}`}`,
  ],
  [
    /^icmptype (\d+)(?: code (\d+))?/,
    ([, type, code]) => `-m icmp --icmp-type ${type}${code === undefined ? '' : `/${code}`}`,
  ],
  [
    /^rpfilter ((?:validmark|loose|accept-local|invert) ?)*/,
    ([all]) =>
      `-m rpfilter ${all
        .split(' ')
        .slice(1)
        .filter(Boolean)
        .map(word => `--${word}`)
        .join(' ')}`.trim(),
  ],
]

/** What stands behind a target -> its options. */
const TARGET_EXTRAS: readonly (readonly [target: RegExp, RegExp, (found: RegExpExecArray) => string])[] = [
  [
    /^MARK$/,
    /^MARK (and|or|xor|set) (0x[\da-f]+)/i,
    ([, how = '', value]) => (how === 'set' ? `--set-mark ${value}` : `--${how}-mark ${value}`),
  ],
  [/^MARK$/, /^MARK xset (0x[\da-f]+)\/(0x[\da-f]+)/i, ([, value, mask]) => `--set-xmark ${value}/${mask}`],
  [/^REJECT$/, /^reject-with (\S+)/, ([, how]) => `--reject-with ${how}`],
  [
    /^LOG$/,
    /^LOG flags \d+ level (\d+)(?: prefix ("[^"]*"))?/,
    ([, level, prefix]) => `${prefix === undefined ? '' : `--log-prefix ${prefix} `}--log-level ${level}`,
  ],
  [/^DNAT$/, /^to:(\S+)/, ([, to]) => `--to-destination ${to}`],
  [/^SNAT$/, /^to:(\S+)/, ([, to]) => `--to-source ${to}`],
  [/^(?:MASQUERADE|SNAT)$/, /^random-fully/, () => '--random-fully'],
  [/^CT$/, /^(?:NOTRACK|notrack|CT notrack)/, () => '--notrack'],
]

/** `-n` prints numbers where iptables-save has these names. */
const PROTOCOL_NAMES: Readonly<Record<string, string>> = {
  1: 'icmp',
  6: 'tcp',
  17: 'udp',
  58: 'ipv6-icmp',
  132: 'sctp',
  136: 'udplite',
}

/** Rows as `-A` lines under their chains' `-P` and `-N`. */
export function listedRules(lines: readonly Line[]): readonly Line[] {
  const out: Line[] = []
  let chain = ''
  let hasInterfaces = false
  for (const line of lines) {
    const { text } = line
    const put = (words: string): void => void out.push({ ...line, text: words, written: text.length })
    const [, name, policy] = CHAIN.exec(text) ?? []
    if (name !== undefined) {
      chain = name
      put(policy === undefined ? `-N ${chain}` : `-P ${chain} ${policy}`)
    } else if (HEADER.test(text)) hasInterfaces = / in +out /.test(text)
    else if (text.startsWith('# ') || text.trim() === '') out.push(line)
    else put(ruleOf(text, chain, hasInterfaces) ?? text)
  }
  return out
}

function ruleOf(text: string, chain: string, hasInterfaces: boolean): string | undefined {
  const row =
    /^ *(?:\d+ +)?(?:(\d+[KMGT]?) +(\d+[KMGT]?) +)?(?:(\S+) +)?(all|\d+|[a-z][a-z0-9-]*) +(--|-f|!f) +(.*)$/.exec(text)
  if (row === null) return undefined
  const [, packets, bytes, target, protocol = '', fragment, rest = ''] = row
  const words = rest.split(/ +/)
  const [input, output] = hasInterfaces ? words : ['*', '*']
  const [source = '', destination = ''] = words.slice(hasInterfaces ? 2 : 0)
  // Of a row that is cut off, what is missing does not mean "any".
  if (source === '' || destination === '') return undefined
  const behind = words.slice(hasInterfaces ? 4 : 2).join(' ')
  const isExact = packets !== undefined && /^\d+$/.test(packets) && /^\d+$/.test(bytes ?? '')
  const isGoto = behind.includes('[goto]')
  const { matches, options } = extrasOf(behind.replace(/ *\[goto\] */, ' ').trim(), target ?? '')
  return [
    `-A ${chain}`,
    ...(isExact ? [`-c ${packets} ${bytes}`] : []),
    ...(protocol === 'all' || protocol === '0' ? [] : [`-p ${PROTOCOL_NAMES[protocol] ?? protocol}`]),
    ...(fragment === '--' ? [] : [fragment === '-f' ? '-f' : '! -f']),
    ...(hasInterfaces ? [] : [UNLISTED_INTERFACES]),
    ...option('-i', input),
    ...option('-o', output),
    ...option('-s', source),
    ...option('-d', destination),
    ...matches,
    ...(target === undefined ? [] : [`${isGoto ? '-g' : '-j'} ${target}`, ...options]),
  ].join(' ')
}

function option(name: string, value: string | undefined): readonly string[] {
  if (value === undefined || ['*', 'any', '0.0.0.0/0', '::/0', 'anywhere'].includes(value)) return []
  const bare = value.replace(/^!/, '')
  // A net of one address is listed without its length.
  const whole =
    /^-[sd]$/.test(name) && parseAddress(bare) !== undefined ? `${bare}/${bare.includes(':') ? 128 : 32}` : bare
  return [`${value.startsWith('!') ? '! ' : ''}${name} ${whole}`]
}

function extrasOf(
  text: string,
  target: string,
): { readonly matches: readonly string[]; readonly options: readonly string[] } {
  const matches: string[] = []
  const options: string[] = []
  let rest = text
  while (rest !== '') {
    const own = TARGET_EXTRAS.find(([name, pattern]) => name.test(target) && pattern.test(rest))
    const extra = own === undefined ? EXTRAS.find(([pattern]) => pattern.test(rest)) : undefined
    const found = (own?.[1] ?? extra?.[0])?.exec(rest)
    if (found === null || found === undefined) {
      matches.push(`-m listed --text "${rest.replace(/["\\]/g, '\\$&')}"`)
      break
    }
    const made = (own?.[2] ?? extra?.[1])?.(found) ?? ''
    if (made !== '') (own === undefined ? matches : options).push(made)
    rest = rest.slice(found[0].length).trim()
  }
  return { matches, options }
}

/** `dpt:80`, `dpts:80:90`, `spt:!53` */
function ports(text: string): string {
  return text
    .trim()
    .split(' ')
    .map(word => {
      const [, side = '', not, range = ''] = /^([sd])pts?:(!)?(\S+)$/.exec(word) ?? []
      return `${not === undefined ? '' : '! '}--${side}port ${range}`
    })
    .join(' ')
}

function addressTypes(text: string, limit: string | undefined): string {
  const types = [...text.matchAll(/(src|dst)-type (!?)([A-Z]+)/g)].map(
    ([, side = '', not = '', type = '']) => `${not === '' ? '' : '! '}--${side}-type ${type}`,
  )
  const only = limit === undefined ? [] : [`--limit-iface-${limit.trim().replace('limit-', '')}`]
  return ['-m addrtype', ...types, ...only].join(' ')
}
