// Lines of rules that can be told to be right at a glance, as iptables-save writes nearly all of them: they are read when somebody
// asks what they say.

import { VALUE_KINDS } from './option-values.ts'
import { PROTOCOL_OPTIONS } from './options.ts'

/** A word that is no option, and none in quotes. */
const VALUE = '[^\\s"!-][^\\s"]*'
const TEXT = `(?:"(?:[^"\\\\]|\\\\.)*"|${VALUE})`

/** Options by what stands behind them; those that belong to a protocol are taken behind its module only. */
const WITH_TEXT = 'comment|log-prefix|nflog-prefix|name'
const ALONE =
  'invert|validmark|loose|accept-local|limit-iface-out|limit-iface-in|random-fully|random|persistent|update|rcheck|set|reap|rsource|rdest|connlimit-saddr|connlimit-daddr|notrack|log-uid|save-mark|restore-mark|return-nomatch'
const WITH_VALUE =
  'state|mode|nfacct-name|connlimit-above|connlimit-upto|connlimit-mask|to-destination|to-source|to-ports|log-level|nflog-group|nflog-size|nflog-range|nflog-threshold|reject-with|set-dscp|mask|seconds|hitcount|to|dport-range|nfmask|ctmask|set-class|mac-source|uid-owner|gid-owner'

/** Options of which is known what iptables takes behind them. */
function withKnownValue(isWanted: (option: string) => boolean): string {
  const kinds = VALUE_KINDS.flatMap(({ options, plain }) => {
    const wanted = options.filter(isWanted)
    return wanted.length === 0 ? [] : [`(?:${wanted.join('|')}) +${plain}`]
  })
  return kinds.join('|')
}

const isGeneric = (option: string): boolean => !option.startsWith('--')
const isOfProtocol = (option: string): boolean => PROTOCOL_OPTIONS.has(option)
const isOfModule = (option: string): boolean => !isGeneric(option) && !isOfProtocol(option)

const OPTION = ` +(?:! +)?(?:--(?:(?:${WITH_VALUE}) +${VALUE}|(?:${WITH_TEXT}) +${TEXT}|(?:${ALONE}))|${withKnownValue(isOfModule)})(?= |$)`
const PROTOCOL_OPTION = ` +(?:! +)?(?:${withKnownValue(isOfProtocol)}|--syn)(?= |$)`
const GENERIC = ` +(?:! +)?(?:${withKnownValue(isGeneric)})(?= |$)`
const MODULE = ` +-m +(?:(?:tcp|udp|udplite|sctp|dccp|icmp|icmp6|icmpv6)(?:${PROTOCOL_OPTION})+|${VALUE}(?:${OPTION})*)(?= |$)`

const PLAIN_RULE = new RegExp(
  `^(?:\\[[0-9]{1,20}:[0-9]{1,20}\\] )?-A +(${VALUE})(?:${GENERIC}|${MODULE})*(?: +-(j|g|-jump|-goto) +(${VALUE})(?:${OPTION})*)? *$`,
)

export interface PlainRule {
  readonly chain: string
  /** Name behind `-j` or `-g`. */
  readonly target?: string
  readonly isGoto: boolean
}

/** Undefined for a line of which this cannot be told: it may still be right. */
export function plainRule(line: string): PlainRule | undefined {
  const [found, chain = '', how, target] = PLAIN_RULE.exec(line) ?? []
  if (found === undefined) return undefined
  return {
    chain,
    isGoto: how?.startsWith('g', how.length === 1 ? 0 : 1) === true,
    ...(target === undefined ? {} : { target }),
  }
}
