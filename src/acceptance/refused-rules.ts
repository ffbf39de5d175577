// What iptables and ip6tables refuse, one function for each reason. They look at rules, not at what they came from; the
// facts are those of iptables 1.8.9 and the kernel's x_tables.

import type { FelixField } from '../calico/felix-config.ts'
import { at, type Location } from '../diagnostics/source.ts'
import type { Match } from '../model/ruleset.ts'
import { parseAddress } from '../net/cidr.ts'
import type { Protocol } from '../net/protocol.ts'
import type { Refusal, RuleToCheck } from './refusal.ts'
import { isIptablesAddress } from './iptables-address.ts'

type RuleCheck = (rule: RuleToCheck) => Refusal | undefined

function ofKind<K extends Match['kind']>(matches: readonly Match[], kind: K): readonly Extract<Match, { kind: K }>[] {
  return matches.filter((match): match is Extract<Match, { kind: K }> => match.kind === kind)
}

/** Where a FelixConfiguration sets a field; undefined for a default. */
function setting({ plan }: RuleToCheck, field: FelixField): Location | undefined {
  return plan.configSources.get(field)
}

/** A field of the policy rule behind an iptables rule. */
function ruleField({ rule }: RuleToCheck, field: string): Location | undefined {
  return rule.origin.kind === 'policyRule' ? at(rule.origin.location, field) : undefined
}

/** The REJECT target is registered for the filter table only. */
const rejectOutsideFilter: RuleCheck = toCheck => {
  const { rule, table } = toCheck
  if (rule.target?.kind !== 'reject' || table === 'filter') return undefined
  return {
    message: `REJECT in the ${table} table`,
    help: 'leave `iptablesFilterDenyAction` at `Drop`: Felix uses the action in the raw and mangle tables too',
    place: setting(toCheck, 'iptablesFilterDenyAction'),
  }
}

/** `-p` may be given once, negated or not. */
const twoProtocols: RuleCheck = toCheck => {
  if (ofKind(toCheck.rule.matches, 'protocol').length < 2) return undefined
  return {
    message: '`-p` twice in one rule',
    help: 'a rule has either `protocol` or `notProtocol`: where `protocol` is given, `notProtocol` adds nothing',
    place: ruleField(toCheck, 'notProtocol'),
  }
}

/** The protocols for which a match is registered in the kernel: it must be asked for, and not negated. */
const matchWithoutItsProtocol: RuleCheck = toCheck => {
  const { rule, ipVersion } = toCheck
  const isOneOf = (...protocols: readonly Protocol[]): boolean =>
    ofKind(rule.matches, 'protocol').some(({ protocol, negated }) => !negated && protocols.includes(protocol))
  if (ofKind(rule.matches, 'icmp').length > 0 && !(ipVersion === 4 ? isOneOf('icmp', 1) : isOneOf('icmpv6', 58))) {
    const name = ipVersion === 4 ? 'ICMP' : 'ICMPv6'
    return {
      message: `an ICMP type in a rule that is not for ${name}`,
      help: `add \`protocol: ${name}\` to the rule; for other protocols \`notICMP\` is always true and can go`,
      place: ruleField(toCheck, 'notICMP'),
    }
  }
  const hasPorts = ofKind(rule.matches, 'ports').length > 0 || ofKind(rule.matches, 'destinationPort').length > 0
  if (hasPorts && !isOneOf('tcp', 'udp', 'sctp', 'udplite', 6, 17, 132, 136, 33)) {
    return {
      message: 'ports in a rule whose protocol has none',
      help: 'add `protocol: TCP`, `UDP` or `SCTP` to the rule',
    }
  }
  return undefined
}

/** Longest word of a line (xshared.c: param_buffer) without its closing zero. */
const MAX_WORD_LENGTH = 1023

/** A quote ends the prefix; one behind a backslash does not. */
const badLogPrefix: RuleCheck = toCheck => {
  const { target } = toCheck.rule
  if (target?.kind !== 'log') return undefined
  const place = setting(toCheck, 'logPrefix')
  const unescaped = target.prefix.replaceAll(/\\[^]/g, '')
  if (unescaped.includes('"')) {
    return {
      message: `the log prefix \`${target.prefix}\`: a double quote ends it`,
      help: 'leave the quote out of `logPrefix`',
      place,
    }
  }
  const length = byteLength(target.prefix.replaceAll(/\\([^])/g, '$1'))
  if (length <= MAX_WORD_LENGTH) return undefined
  return {
    message: `a log prefix of ${length} bytes`,
    help: 'the kernel keeps 29 characters of it: shorten `logPrefix`',
    place,
  }
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length
}

/** Largest burst that the option takes, and the one that holds when the option is left out (libxt_limit.c). */
const MAX_BURST = 10_000
const DEFAULT_BURST = 5

const badLimit: RuleCheck = toCheck => {
  const [limit] = ofKind(toCheck.rule.matches, 'limit')
  if (limit === undefined) return undefined
  const isLog = toCheck.rule.target?.kind === 'log'
  if (limit.burst > MAX_BURST) {
    return {
      message: `a burst of \`${limit.burst}\``,
      help: `write 0-${MAX_BURST}`,
      place: isLog ? setting(toCheck, 'logActionRateLimitBurst') : undefined,
    }
  }
  if (!overflows(limit.rate, limit.burst === 0 ? DEFAULT_BURST : limit.burst)) return undefined
  return {
    message: `the limit \`${limit.rate}\` with a burst of ${limit.burst === 0 ? DEFAULT_BURST : limit.burst}: the kernel's counter overflows`,
    help: 'raise the rate or lower the burst',
    place: isLog ? setting(toCheck, 'logActionRateLimit') : undefined,
  }
}

const SECONDS = { second: 1, sec: 1, minute: 60, hour: 3600, day: 86_400 } as const

/** The kernel's own arithmetic in 32 bits (net/netfilter/xt_limit.c: limit_mt_check); the same for the usual timer rates. */
function overflows(rate: string, burst: number): boolean {
  const [count = '', unit = ''] = rate.split('/')
  const seconds = SECONDS[unit as keyof typeof SECONDS]
  const scale = 10_000
  const creditsPerSecond = 32_000
  const average = Math.floor((scale * seconds) / Number(count))
  const credits = (user: number): number =>
    user > Math.floor(0xffffffff / creditsPerSecond)
      ? (Math.floor(user / scale) * creditsPerSecond) % 2 ** 32
      : Math.floor((user * creditsPerSecond) / scale)
  return credits((average * burst) % 2 ** 32) < credits(average)
}

/** Names of interfaces have 15 characters at most, a trailing `+` included. */
const longInterfaceName: RuleCheck = toCheck => {
  const { matches } = toCheck.rule
  const names = [...ofKind(matches, 'inInterface'), ...ofKind(matches, 'outInterface')].map(({ name }) => name)
  const tooLong = names.find(name => byteLength(name) > 15)
  if (tooLong === undefined) return undefined
  return {
    message: `the interface name \`${tooLong}\`: it is longer than 15 characters`,
    help: 'use a shorter one; in `interfacePrefix`, at most 14 characters',
  }
}

/** Addresses that Felix takes over as they are written. */
const badAddress: RuleCheck = ({ rule, ipVersion }) => {
  const nets = ofKind(rule.matches, 'net')
  const long = nets.find(({ address }) => address.length > MAX_WORD_LENGTH)
  if (long !== undefined) {
    return {
      message: `${long.address.split(',').length} addresses in one rule: they are longer than ${MAX_WORD_LENGTH} bytes`,
      help: 'give the endpoint fewer addresses, or leave the annotation out',
    }
  }
  const bad = nets.find(({ address }) => !isIptablesAddress(address, ipVersion))
  if (bad === undefined) return undefined
  return { message: `\`${bad.address}\` as an address`, help: `write an IPv${ipVersion} address or CIDR` }
}

/** The address to translate to; an IPv4 address may have a port or a range of ports behind it. */
const badTranslation: RuleCheck = toCheck => {
  const { rule, ipVersion } = toCheck
  if (rule.target?.kind !== 'dnat' && rule.target?.kind !== 'snat') return undefined
  const { to } = rule.target
  const address = ipVersion === 4 ? to.replace(/:[0-9]+(-[0-9]+)?$/, '') : to
  if (parseAddress(address) !== undefined && address.includes(':') === (ipVersion === 6)) return undefined
  const isPoolNat = ofKind(rule.matches, 'net').length === 0 && rule.target.kind === 'snat'
  return {
    message: `\`${to}\` as an IPv${ipVersion} address to translate to`,
    ...(isPoolNat
      ? {
          help: '`natOutgoingAddress` is for IPv4, but Felix uses it for IPv6 too: turn natOutgoing off in the IPv6 pools',
          place: setting(toCheck, 'natOutgoingAddress'),
        }
      : { help: `write an IPv${ipVersion} address` }),
  }
}

/** Longest line without its newline, and most words in it (iptables-restore.c: buffer; xshared.h: MAX_ARGC, less three). */
const MAX_LINE_LENGTH = 10_238
const MAX_WORDS = 251

const longLine: RuleCheck = ({ rule, printLine }) => {
  // A comment has at most 256 bytes and a match far less: short lists cannot make a line that is too long.
  if (rule.comments.length + rule.matches.length < 25) return undefined
  const line = printLine()
  const length = byteLength(line)
  if (length > MAX_LINE_LENGTH) {
    return { message: `a rule of ${length} bytes`, help: 'shorten or leave out annotations, or split the rule' }
  }
  const words = line.match(/"(?:\\.|[^"\\])*"|\S+/g)?.length ?? 0
  if (words <= MAX_WORDS) return undefined
  return {
    message: `a rule of ${words} words`,
    help: 'leave out annotations, or split the lists of the rule over several rules',
  }
}

/**
 * Names that Felix writes into the line as they are. A blank or quote in one would make further words of it, a newline a
 * further rule.
 */
const brokenWord: RuleCheck = ({ rule: { matches, target } }) => {
  const refusal = (word: string): Refusal => ({
    message: `\`${word}\` as one word of a rule`,
    help: 'leave blanks, quotes, backslashes and control characters out of names',
  })
  for (const match of matches) {
    const isInterface = match.kind === 'inInterface' || match.kind === 'outInterface'
    if (isInterface && BREAKS_WORD.test(match.name)) return refusal(match.name)
  }
  if ((target?.kind === 'jump' || target?.kind === 'goto') && BREAKS_WORD.test(target.chain))
    return refusal(target.chain)
  if (target?.kind === 'nflog' && BREAKS_WORD.test(target.prefix)) return refusal(target.prefix)
  if (target?.kind === 'log' && BREAKS_LINE.test(target.prefix)) return refusal(target.prefix)
  return undefined
}

const BREAKS_WORD = /[\s"'\\\u0000-\u001f\u007f]/
/** Other control characters the tools take inside of quotes, and so does Felix. */
const BREAKS_LINE = /[\u0000\n]/

export const RULE_CHECKS: readonly RuleCheck[] = [
  brokenWord,
  rejectOutsideFilter,
  twoProtocols,
  matchWithoutItsProtocol,
  badLogPrefix,
  badLimit,
  longInterfaceName,
  badAddress,
  badTranslation,
  longLine,
]
