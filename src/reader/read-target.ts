// What follows `-j`: a chain of the table, or one of the targets that Calico uses; anything else is not known here.

import { readNatAddress } from '../netfilter/nat-address.ts'
import type { Target } from '../model/ruleset.ts'
import { readMark, readNumber, readPortRange } from '../netfilter/numbers.ts'
import type { Option } from '../netfilter/option.ts'

/** Undefined when the options say something that is not known here. */
type TargetReader = (options: Options) => Target | undefined

/** Texts as the tool sees them and, for text in quotes, as they were written. */
type Options = ReadonlyMap<string, { readonly text: string; readonly raw: string } | undefined>

const withoutOptions =
  (target: Target): TargetReader =>
  options =>
    options.size === 0 ? target : undefined

const hasOnly = (options: Options, ...names: readonly string[]): boolean =>
  [...options.keys()].every(name => names.includes(name))

const DEFAULT_ANSWERS = ['icmp-port-unreachable', 'icmp6-port-unreachable', 'port-unreach']

const reject: TargetReader = options => {
  if (!hasOnly(options, '--reject-with')) return undefined
  const answer = options.get('--reject-with')?.text
  if (options.size > 0 && answer === undefined) return undefined
  return answer === undefined || DEFAULT_ANSWERS.includes(answer)
    ? { kind: 'reject' }
    : { kind: 'reject', with: answer === 'tcp-rst' ? 'tcp-reset' : answer }
}

/** Level of a LOG rule that names none (libxt_LOG.c: LOG_DEFAULT_LEVEL); iptables-save does not print it. */
const DEFAULT_LEVEL = 4

const log: TargetReader = options => {
  if (!hasOnly(options, '--log-prefix', '--log-level')) return undefined
  const levelText = options.get('--log-level')?.text
  const level = levelText === undefined ? DEFAULT_LEVEL : readNumber(levelText, 7)
  return level === undefined ? undefined : { kind: 'log', prefix: options.get('--log-prefix')?.raw ?? '', level }
}

const MAX_MARK = 0xffffffff

const mark: TargetReader = options => {
  const [entry, ...rest] = options
  if (entry === undefined || rest.length > 0) return undefined
  const [name, word] = entry
  const text = word?.text ?? ''
  const read = readMark(text)
  if (read === undefined) return undefined
  const { value, mask } = read
  const isPlain = !text.includes('/')
  switch (name) {
    case '--set-mark':
      return text.startsWith('0/') ? { kind: 'clearMark', mask } : { kind: 'setMark', value, mask }
    case '--set-xmark':
      // Bits of the value that the mask does not clear are turned over.
      return (value & ~mask) !== 0 ? { kind: 'xorMark', value, mask } : { kind: 'setMark', value, mask }
    case '--or-mark':
      return isPlain ? { kind: 'setMark', value, mask: value } : undefined
    case '--and-mark':
      return isPlain ? { kind: 'setMark', value: 0, mask: MAX_MARK - value } : undefined
    case '--xor-mark':
      return isPlain ? { kind: 'xorMark', value, mask: 0 } : undefined
    default:
      return undefined
  }
}

const dnat: TargetReader = options => {
  const to = options.get('--to-destination')?.text
  return to === undefined || options.size > 1 ? undefined : { kind: 'dnat', to: readNatAddress(to) }
}

const snat: TargetReader = options => {
  const to = options.get('--to-source')?.text
  if (to === undefined || !hasOnly(options, '--to-source', '--random-fully')) return undefined
  return { kind: 'snat', to: readNatAddress(to), randomFully: options.has('--random-fully') }
}

const masquerade: TargetReader = options => {
  if (!hasOnly(options, '--to-ports', '--random-fully')) return undefined
  const text = options.get('--to-ports')?.text
  const ports = text === undefined ? undefined : readPortRange(text, '-')
  if (options.has('--to-ports') && ports === undefined) return undefined
  return {
    kind: 'masquerade',
    ...(ports === undefined ? {} : { ports }),
    randomFully: options.has('--random-fully'),
  }
}

const nflog: TargetReader = options => {
  const sizeOption = options.has('--nflog-range') ? '--nflog-range' : '--nflog-size'
  if (!hasOnly(options, '--nflog-group', '--nflog-prefix', sizeOption)) return undefined
  const group = readNumber(options.get('--nflog-group')?.text ?? '0', 65_535)
  const size = readNumber(options.get(sizeOption)?.text ?? '')
  const prefix = options.get('--nflog-prefix')?.text
  if (group === undefined || size === undefined || prefix === undefined) return undefined
  const target = { kind: 'nflog', group, prefix, size } as const
  return sizeOption === '--nflog-size' ? target : { ...target, asRange: true }
}

const dscp: TargetReader = options => {
  const value = readNumber(options.get('--set-dscp')?.text ?? '', 63)
  return value === undefined || options.size > 1 ? undefined : { kind: 'dscp', value }
}

const ct: TargetReader = options => (options.size === 1 && options.has('--notrack') ? { kind: 'notrack' } : undefined)

const TARGETS: ReadonlyMap<string, TargetReader> = new Map([
  ['ACCEPT', withoutOptions({ kind: 'accept' })],
  ['DROP', withoutOptions({ kind: 'drop' })],
  ['RETURN', withoutOptions({ kind: 'return' })],
  ['NOTRACK', withoutOptions({ kind: 'notrack' })],
  ['REJECT', reject],
  ['LOG', log],
  ['MARK', mark],
  ['DNAT', dnat],
  ['SNAT', snat],
  ['MASQUERADE', masquerade],
  ['NFLOG', nflog],
  ['DSCP', dscp],
  ['CT', ct],
])

/**
 * Targets of netfilter after which a packet goes on, with mark and addresses as they were (iptables-extensions(8)). LOG and
 * NFLOG are here for options that are not known above.
 */
const CONTINUING = new Set(
  'LOG NFLOG ULOG AUDIT TRACE DSCP TOS TTL HL ECN TCPMSS TCPOPTSTRIP CHECKSUM CLASSIFY CONNSECMARK CT IDLETIMER LED'
    .concat(' RATEEST SECMARK SET TEE')
    .split(' '),
)

/** @param text the words from `-j` on @param isChain is that the name of a chain of this table? */
export function readTarget(
  name: string,
  options: readonly Option[],
  text: string,
  isChain: (name: string) => boolean,
): Target {
  const unknown: Target = { kind: 'unknown', text, continues: CONTINUING.has(name) }
  if (isChain(name)) return options.length === 0 ? { kind: 'jump', chain: name } : { ...unknown, continues: false }
  const byName = new Map<string, Word | undefined>()
  for (const { name: option, negated, arguments: words } of options) {
    if (negated || byName.has(option) || words.length > 1) return unknown
    byName.set(option, words[0])
  }
  return TARGETS.get(name)?.(byName) ?? unknown
}

type Word = { readonly text: string; readonly raw: string }

/** A name as netfilter gives to targets: a jump to a chain that is not there has another. */
export function isTargetName(name: string): boolean {
  return TARGETS.has(name) || /^[A-Z][A-Z0-9_]*$/.test(name)
}
