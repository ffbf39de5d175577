// One match of a rule in plain words, as the end of "if …"; and what a rule of a policy asks of the packet as a whole, one entry for
// each criterion: which match it becomes, and why a packet does not meet it. What it asks of either side is in trace/rule-misses.ts and
// explain/rule-fields.ts.

import { assertNever } from '../text/assert-never.ts'
import { percentText } from '../netfilter/matches/statistic.ts'
import type { Marks } from '../calico/marks.ts'
import type { IcmpMatch, PolicyRule } from '../model/ast/policy.ts'
import type { IpSet, Match } from '../model/ruleset.ts'
import { protocolNumber } from '../net/protocol.ts'
import type { Packet } from '../netfilter/packet.ts'
import type { SourceIndex } from '../diagnostics/source-index.ts'
import { describeMark } from './mark.ts'
import {
  describeMarkTest,
  describeStates,
  interfaceText,
  is,
  isSyn,
  netsWords,
  portsText,
  protocolText,
} from './match-values.ts'
import { protocolWords } from './packet.ts'
import { describeSetSource } from './set.ts'

/** A set of a ruleset, or of a node: there a set may be of any type. */
export type KnownSet = Pick<IpSet, 'name' | 'source' | 'members'> & { readonly type: string }

/** What sentences need to know besides the rule. */
export interface DescribeContext {
  /** Absent where nothing says which bit means what. */
  readonly marks: Marks | undefined
  /** By name in the kernel. */
  readonly sets: ReadonlyMap<string, KnownSet>
  /** Where the locations in rules lie. */
  readonly sources: SourceIndex
}

/** "the protocol is tcp", "the source is not in 10.0.0.0/8": a clause without a full stop. */
export function describeMatch(match: Match, context: DescribeContext): string {
  switch (match.kind) {
    case 'mark':
      return describeMarkTest(match, context.marks)
    case 'markClear': {
      const isOneBit = (match.mask & (match.mask - 1)) === 0
      const bits = `${isOneBit ? 'mark' : 'marks'} ${describeMark(match.mask, context.marks)}`
      if (isOneBit) return `${bits} is ${match.negated ? 'set' : 'not set'}`
      return match.negated ? `at least one of the ${bits} is set` : `none of the ${bits} is set`
    }
    case 'inInterface':
      return `it comes in by ${interfaceText(match.name)}`
    case 'outInterface':
      return `it leaves by ${interfaceText(match.name)}`
    case 'notInInterface':
      return `it does not come in by ${interfaceText(match.name)}`
    case 'notOutInterface':
      return `it does not leave by ${interfaceText(match.name)}`
    case 'unlistedInterfaces':
      return 'its interfaces fit, which `iptables -L` lists with `-v` only'
    case 'unknown':
      return `${match.text} holds, a match that is not known here`
    case 'reversePathFails':
      return 'its source address is not one that the node would answer through the interface it came in by (spoofed)'
    case 'addressType': {
      const side = match.side === 'src' ? 'source' : 'destination'
      const whose = match.limitToOutInterface
        ? 'an address of the interface it leaves by'
        : "one of the node's own addresses"
      return `the ${side} ${is(match.negated)} ${whose}`
    }
    case 'conntrackState':
      return describeStates(match.states, match.negated)
    case 'protocol':
      return `the protocol ${is(match.negated)} ${protocolText(match.protocol)}`
    case 'net':
      return `the ${match.side} ${is(match.negated)} ${netsWords(match.nets)}`
    case 'ipSet': {
      const what = match.withPort ? `${match.side} address and port are` : `${match.side} address is`
      const set = context.sets.get(match.set)
      const content =
        set === undefined ? '' : ` (${set.members.length === 0 ? 'empty: ' : ''}${describeSetSource(set.source)})`
      return `the ${what} ${match.negated ? 'not in' : 'in'} the set ${match.set}${content}`
    }
    case 'ports':
      return `the ${match.side} port ${is(match.negated)} ${portsText(match.ranges)}`
    case 'destinationPort':
      return `the destination port is ${match.port}`
    case 'icmp': {
      const name = match.ipVersion === 4 ? 'ICMP' : 'ICMPv6'
      const code = match.code === undefined ? '' : ` with code ${match.code}`
      return `the ${name} type ${is(match.negated)} ${match.type}${code}`
    }
    case 'limit': {
      const burst = match.burst === 0 ? "the kernel's usual burst" : `a burst of ${match.burst}`
      return `the rate is within ${match.rate.written}, after ${burst}`
    }
    case 'tcpFlags':
      return `of the TCP flags ${match.mask.join(', ')} exactly ${match.flags.join(', ')} ${match.flags.length === 1 ? 'is' : 'are'} set${isSyn(match.flags) ? ' (a new connection)' : ''}`
    case 'connectionLimit':
      return `there are more than ${match.above} connections${match.mask === 0 ? ' in all' : ` of one /${match.mask}`}`
    case 'statistic':
      return `chance decides so, in ${percentText(match)} of cases`
    case 'recent':
      return match.isSetting
        ? 'the sender is noted in a list, which always fits'
        : `the list of senders says so (${match.options})`
    case 'accounting':
      return `it is counted as ${match.name}, which always fits`
    default:
      return assertNever(match)
  }
}

/** Whatever a rule has that is not its action, its sides, or about the rule itself. */
export type RuleCriterion = Exclude<
  keyof PolicyRule,
  'action' | 'source' | 'destination' | 'annotations' | 'peer' | 'location'
>

/** What was asked, and how it is instead. No full stop. */
export interface Unmet {
  readonly wanted: string
  readonly found: string
}

interface Facets<K extends RuleCriterion> {
  /** As Calico's API spells it. */
  readonly field: string
  /** Whether it became this match; `none` where it makes no match but decides whether there is a rule. */
  readonly isMatch: ((match: Match) => boolean) | 'none'
  /** Undefined for a packet that meets it. */
  readonly unmet: (wanted: NonNullable<PolicyRule[K]>, packet: Packet) => Unmet | undefined
}

type Criteria = { readonly [K in RuleCriterion]: Facets<K> }

/** In the order in which people are told. */
export const RULE_CRITERIA: Criteria = {
  ipVersion: {
    field: 'ipVersion',
    isMatch: 'none',
    unmet: (wanted, { ipVersion }) => unless(wanted === ipVersion, `IPv${wanted}`, `the packet is IPv${ipVersion}`),
  },
  protocol: {
    field: 'protocol',
    isMatch: match => match.kind === 'protocol' && !match.negated,
    unmet: (wanted, { protocol }) => {
      const number = protocolNumber(wanted)
      return unless(number === protocol, protocolWords(number), `the packet is ${protocolWords(protocol)}`)
    },
  },
  notProtocol: {
    field: 'notProtocol',
    isMatch: match => match.kind === 'protocol' && match.negated,
    unmet: (unwanted, { protocol }) => {
      const own = protocolWords(protocol)
      return unless(protocolNumber(unwanted) !== protocol, `anything but ${own}`, `the packet is ${own}`)
    },
  },
  icmp: {
    field: 'icmp',
    isMatch: match => match.kind === 'icmp' && !match.negated,
    unmet: (wanted, packet) => unless(isIcmpOf(wanted, packet), typeWords(wanted), icmpWords(wanted, packet)),
  },
  notIcmp: {
    field: 'notICMP',
    isMatch: match => match.kind === 'icmp' && match.negated,
    unmet: (unwanted, packet) =>
      unless(!isIcmpOf(unwanted, packet), `anything but ${typeWords(unwanted)}`, icmpWords(unwanted, packet)),
  },
}

export const CRITERIA = Object.keys(RULE_CRITERIA) as readonly RuleCriterion[]

/** Undefined where the rule does not ask, or the packet meets it. */
export function unmetCriterion<K extends RuleCriterion>(
  criterion: K,
  rule: PolicyRule,
  packet: Packet,
): Unmet | undefined {
  const facets: Facets<K> = RULE_CRITERIA[criterion]
  const wanted: PolicyRule[K] | undefined = rule[criterion]
  return wanted === undefined ? undefined : facets.unmet(wanted as NonNullable<PolicyRule[K]>, packet)
}

function unless(isMet: boolean, wanted: string, found: string): Unmet | undefined {
  return isMet ? undefined : { wanted, found }
}

function isIcmpOf({ type, code }: IcmpMatch, { icmpType, icmpCode }: Packet): boolean {
  return type === icmpType && (code === undefined || code === icmpCode)
}

function typeWords({ type, code }: IcmpMatch): string {
  return `ICMP type ${type}${code === undefined ? '' : ` code ${code}`}`
}

/** With the code, where the rule asks for one. */
function icmpWords({ code }: IcmpMatch, { icmpType, icmpCode }: Packet): string {
  if (icmpType === undefined) return 'the packet has no ICMP type'
  return `the packet has ${typeWords({ type: icmpType, ...(code === undefined ? {} : { code: icmpCode ?? 0 }) })}`
}
