// What a rule of a policy asks of the packet as a whole, one entry for each criterion: which match it becomes, and why a packet
// does not meet it. What it asks of either side is in trace/rule-misses.ts and explain/rule-fields.ts.

import type { IcmpMatch, PolicyRule } from '../model/ast/policy.ts'
import type { Match } from '../model/ruleset.ts'
import { protocolNumber } from '../net/protocol.ts'
import type { Packet } from '../netfilter/packet.ts'
import { protocolWords } from './packet.ts'

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
    unmet: (wanted, packet) => unless(isIcmpOf(wanted, packet), `ICMP type ${wanted.type}`, icmpWords(packet)),
  },
  notIcmp: {
    field: 'notICMP',
    isMatch: match => match.kind === 'icmp' && match.negated,
    unmet: (unwanted, packet) =>
      unless(!isIcmpOf(unwanted, packet), `anything but ICMP type ${unwanted.type}`, icmpWords(packet)),
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

function icmpWords({ icmpType }: Packet): string {
  return `the packet has ICMP type ${icmpType ?? 'none'}`
}
