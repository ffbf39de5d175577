// Matches of the modules that Calico uses, from their options; anything else about them is not known here.

import type { Match, Side } from '../model/ruleset.ts'
import { readMark, readNumber, readPortList, readPortRange } from './numbers.ts'
import type { Option } from './options.ts'

/** Undefined when the options say something that is not known here. */
export type ModuleReader = (options: readonly Option[]) => readonly Match[] | undefined

/** A module with exactly one option, of one of these names. */
function single(names: readonly string[], read: (value: string, option: Option) => Match | undefined): ModuleReader {
  return options => {
    const [option, ...rest] = options
    if (option === undefined || rest.length > 0 || !names.includes(option.name)) return undefined
    const match = option.arguments.length === 1 ? read(option.arguments[0]?.text ?? '', option) : undefined
    return match === undefined ? undefined : [match]
  }
}

/** The options by name when all are among these, are given once, are not negated and take as many words as said. */
function plainOptions(
  options: readonly Option[],
  allowed: Readonly<Record<string, number>>,
): ReadonlyMap<string, string> | undefined {
  const found = new Map<string, string>()
  for (const { name, negated, arguments: words } of options) {
    if (negated || found.has(name) || !Object.hasOwn(allowed, name) || words.length !== allowed[name]) return undefined
    found.set(name, words[0]?.text ?? '')
  }
  return found
}

const mark = single(['--mark'], (text, { negated }) => {
  const read = readMark(text)
  if (read === undefined) return undefined
  // Felix writes a plain 0 where it asks for clear bits.
  if (text.startsWith('0/')) return { kind: 'markClear', mask: read.mask, negated }
  return { kind: 'mark', ...read, negated }
})

const reversePath: ModuleReader = options => {
  const found = plainOptions(options, { '--invert': 0, '--validmark': 0 })
  return found?.size === 2 ? [{ kind: 'reversePathFails' }] : undefined
}

const addressType: ModuleReader = options => {
  const [type, limit, ...rest] = options
  if (type === undefined || rest.length > 0 || type.arguments.length !== 1) return undefined
  if (type.arguments[0]?.text !== 'LOCAL' || (type.name !== '--src-type' && type.name !== '--dst-type'))
    return undefined
  if (limit !== undefined && (limit.name !== '--limit-iface-out' || limit.negated)) return undefined
  if (limit !== undefined && limit.arguments.length > 0) return undefined
  const side = type.name === '--src-type' ? 'src' : 'dst'
  return [
    {
      kind: 'addressType',
      side,
      type: 'LOCAL',
      negated: type.negated,
      limitToOutInterface: limit !== undefined,
    },
  ]
}

const STATES = ['INVALID', 'NEW', 'RELATED', 'ESTABLISHED', 'UNTRACKED', 'SNAT', 'DNAT']

const conntrackState = single(['--ctstate', '--state'], (text, { negated }) => {
  const states = text.split(',')
  return states.every(state => STATES.includes(state)) ? { kind: 'conntrackState', states, negated } : undefined
})

const ipSet: ModuleReader = options => {
  const [option, ...rest] = options
  if (option?.name !== '--match-set' || rest.length > 0) return undefined
  const [set, flags, ...more] = option.arguments
  if (set === undefined || flags === undefined || more.length > 0) return undefined
  const [first, second, ...third] = flags.text.split(',')
  if ((first !== 'src' && first !== 'dst') || third.length > 0) return undefined
  if (second !== undefined && second !== first) return undefined
  const side: Side = first === 'src' ? 'source' : 'destination'
  return [{ kind: 'ipSet', set: set.text, side, withPort: second !== undefined, negated: option.negated }]
}

const multiport = single(
  ['--destination-ports', '--dports', '--source-ports', '--sports'],
  (text, { name, negated }) => {
    const ranges = readPortList(text)
    if (ranges === undefined) return undefined
    return { kind: 'ports', side: name.startsWith('--s') ? 'source' : 'destination', ranges, negated }
  },
)

/** Ports and flags of TCP; the ports of other protocols are written the same. */
const tcp: ModuleReader = options => {
  const matches: Match[] = []
  for (const { name, negated, arguments: words } of options) {
    const [first, second] = words.map(({ text }) => text)
    if (name === '--syn' && !negated) {
      matches.push({ kind: 'tcpFlags', mask: ['FIN', 'SYN', 'RST', 'ACK'], flags: ['SYN'] })
    } else if (name === '--tcp-flags' && !negated && first !== undefined && second !== undefined) {
      matches.push({ kind: 'tcpFlags', mask: first.split(','), flags: second.split(',') })
    } else if (/^--(s|d|source-|destination-)port$/.test(name)) {
      const range = readPortRange(first ?? '')
      if (range === undefined) return undefined
      const side: Side = name.startsWith('--s') ? 'source' : 'destination'
      if (side === 'destination' && !negated && range.first === range.last) {
        matches.push({ kind: 'destinationPort', port: range.first })
      } else {
        matches.push({ kind: 'ports', side, ranges: [range], negated })
      }
    } else {
      return undefined
    }
  }
  return matches
}

const ports: ModuleReader = options => (options.some(({ name }) => !name.endsWith('port')) ? undefined : tcp(options))

/** `--icmp-type any` asks for nothing beyond the protocol, which is asked for apart. */
function isAny(options: readonly Option[]): boolean {
  const [option, ...rest] = options
  return rest.length === 0 && option?.negated === false && option.arguments[0]?.text === 'any'
}

function icmp(ipVersion: 4 | 6, option: string): ModuleReader {
  const read = single([option], (text, { negated }) => {
    const [typeText = '', codeText, ...rest] = text.split('/')
    const type = readNumber(typeText, 255)
    const code = codeText === undefined ? undefined : readNumber(codeText, 255)
    if (type === undefined || rest.length > 0 || (codeText !== undefined && code === undefined)) return undefined
    return { kind: 'icmp', ipVersion, type, ...(code === undefined ? {} : { code }), negated }
  })
  return options => (options.length === 0 || isAny(options) ? [] : read(options))
}

const limit: ModuleReader = options => {
  const found = plainOptions(options, { '--limit': 1, '--limit-burst': 1 })
  const rate = found?.get('--limit')
  const burstText = found?.get('--limit-burst')
  const burst = burstText === undefined ? 0 : readNumber(burstText)
  if (rate === undefined || burst === undefined || !/^[1-9][0-9]*\/[a-z]+$/.test(rate)) return undefined
  return [{ kind: 'limit', rate, burst }]
}

const connectionLimit: ModuleReader = options => {
  const found = plainOptions(options, { '--connlimit-above': 1, '--connlimit-mask': 1, '--connlimit-saddr': 0 })
  const above = readNumber(found?.get('--connlimit-above') ?? '')
  const mask = readNumber(found?.get('--connlimit-mask') ?? '', 128)
  return above === undefined || mask === undefined ? undefined : [{ kind: 'connectionLimit', above, mask }]
}

export const MODULES: ReadonlyMap<string, ModuleReader> = new Map([
  ['mark', mark],
  ['rpfilter', reversePath],
  ['addrtype', addressType],
  ['conntrack', conntrackState],
  ['state', conntrackState],
  ['set', ipSet],
  ['multiport', multiport],
  ['tcp', tcp],
  ['udp', ports],
  ['udplite', ports],
  ['sctp', ports],
  ['dccp', ports],
  ['icmp', icmp(4, '--icmp-type')],
  ['icmp6', icmp(6, '--icmpv6-type')],
  ['icmpv6', icmp(6, '--icmpv6-type')],
  ['ipv6-icmp', icmp(6, '--icmpv6-type')],
  ['limit', limit],
  ['connlimit', connectionLimit],
])
