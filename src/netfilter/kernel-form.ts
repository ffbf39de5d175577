// Rules in the one spelling that the kernel keeps, so that a compiled rule and the same rule read from a node compare equal.

import { addressBits, formatCidr, parseNet } from '../net/cidr.ts'
import type { Match, Rule, Target } from '../model/ruleset.ts'
import { facetsOf } from './match-table.ts'
import { kernelTarget } from './target-table.ts'

/** What a rule does, without why. Equal bodies decide the same packets in the same way. */
export interface RuleBody {
  /** In byte order of their JSON: a rule matches when all do, in whatever order. */
  readonly matches: readonly Match[]
  readonly target: Target | undefined
}

/**
 * A rule as the kernel has it; several where addresses were joined by commas. What iptables changes:
 * - addresses get a prefix length, lists of them become a rule each (sources outermost); a net that holds every address goes;
 * - protocols by number get Calico's name, if they have one; protocol 0, which is any, goes;
 * - asking for clear bits is comparing with 0; clearing bits is setting them to 0; a mask covers the value that is set;
 * - rates are in the largest unit that shows them (libxt_limit.c: print_rate); no burst is a burst of 5;
 * - states and TCP flags come in a fixed order, `ALL` and `NONE` are spelled out; one destination port is a list of one;
 * - a log prefix loses its escapes and is cut to 29 bytes.
 */
export function kernelForms({ matches, target }: Pick<Rule, 'matches' | 'target'>): readonly RuleBody[] {
  const body = target === undefined ? undefined : kernelTarget(target)
  let alternatives: (readonly Match[])[] = [[]]
  // Sources outermost, as iptables goes through them.
  const isSource = (match: Match): boolean => match.kind === 'net' && match.side === 'source'
  for (const match of [...matches.filter(isSource), ...matches.filter(match => !isSource(match))]) {
    const forms = facetsOf(match).kernelForms(match)
    alternatives = alternatives.flatMap(before => forms.map(form => [...before, ...form]))
  }
  return alternatives.map(all => ({
    matches: all
      .map(match => [JSON.stringify(match), match] as const)
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      .map(([, match]) => match),
    target: body,
  }))
}

/** A member as ipset prints it: a net that is one address comes without its prefix length. */
export function kernelMember(member: string): string {
  const net = parseNet(member)?.cidr
  if (net === undefined) return member
  return net.prefixLength === addressBits(net.ipVersion) ? net.address : formatCidr(net)
}
