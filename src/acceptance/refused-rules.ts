// What iptables and ip6tables refuse of a rule besides its matches, one function for each reason. They look at rules, not at what they came from; the
// facts are those of iptables 1.8.9 and the kernel's x_tables.

import { isAddressToTranslateTo } from '../netfilter/nat-address.ts'
import {
  BREAKS_LINE,
  BREAKS_WORD,
  brokenWordFault,
  MAX_LINE_LENGTH,
  MAX_WORD_LENGTH,
  MAX_WORDS,
} from '../netfilter/text-limits.ts'
import { isInTable, printTarget } from '../netfilter/target-table.ts'
import { utf8Length } from '../text/bytes.ts'
import { type Refusal, type RuleToCheck, setting } from './refusal.ts'

export type RuleCheck = (rule: RuleToCheck) => Refusal | undefined

/** A target that is registered for other tables only. */
const targetOutsideItsTable: RuleCheck = toCheck => {
  const { rule, table } = toCheck
  const { target } = rule
  if (target === undefined || isInTable(target, table)) return undefined
  if (target.kind !== 'reject') {
    return { message: `\`${printTarget(target)}\` in the ${table} table`, help: 'use it in a table that has it' }
  }
  return {
    message: `REJECT in the ${table} table`,
    help: 'leave `iptablesFilterDenyAction` at `Drop`: Felix uses the action in the raw and mangle tables too',
    place: setting(toCheck, 'iptablesFilterDenyAction'),
  }
}

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
  const length = utf8Length(target.prefix.replaceAll(/\\([^])/g, '$1'))
  if (length <= MAX_WORD_LENGTH) return undefined
  return {
    message: `a log prefix of ${length} bytes`,
    help: 'the kernel keeps 29 characters of it: shorten `logPrefix`',
    place,
  }
}

/** The address to translate to; an IPv4 address may have a port or a range of ports behind it. */
const badTranslation: RuleCheck = toCheck => {
  const { rule, ipVersion } = toCheck
  if (rule.target?.kind !== 'dnat' && rule.target?.kind !== 'snat') return undefined
  const { to } = rule.target
  if (isAddressToTranslateTo(to, ipVersion)) return undefined
  const isPoolNat = rule.matches.every(({ kind }) => kind !== 'net') && rule.target.kind === 'snat'
  return {
    message: `\`${to.written}\` as an IPv${ipVersion} address to translate to`,
    ...(isPoolNat
      ? {
          help: '`natOutgoingAddress` is for IPv4, but Felix uses it for IPv6 too: turn natOutgoing off in the IPv6 pools',
          place: setting(toCheck, 'natOutgoingAddress'),
        }
      : { help: `write an IPv${ipVersion} address` }),
  }
}

const longLine: RuleCheck = ({ rule, printLine }) => {
  // A comment has at most 256 bytes and a match far less: short lists cannot make a line that is too long.
  if (rule.comments.length + rule.matches.length < 25) return undefined
  const line = printLine()
  const length = utf8Length(line)
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
const brokenWord: RuleCheck = ({ rule: { target } }) => {
  if ((target?.kind === 'jump' || target?.kind === 'goto') && BREAKS_WORD.test(target.chain))
    return brokenWordFault(target.chain)
  if (target?.kind === 'nflog' && BREAKS_WORD.test(target.prefix)) return brokenWordFault(target.prefix)
  if (target?.kind === 'log' && BREAKS_LINE.test(target.prefix)) return brokenWordFault(target.prefix)
  return undefined
}

export const RULE_CHECKS: readonly RuleCheck[] = [
  brokenWord,
  targetOutsideItsTable,
  badLogPrefix,
  badTranslation,
  longLine,
]
