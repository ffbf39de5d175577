// The kernel's form of a rule the other way round: as what Felix can have written it. iptables-save puts protocol, addresses and
// interfaces before all else, drops what holds every packet, and has one spelling where Felix has two.

import { DEFAULT_LOG_PREFIX } from '../calico/log-prefix.ts'
import type { Match, Rule, Target } from '../model/ruleset.ts'
import { addressBits, type IpVersion } from '../net/cidr.ts'
import { protocolNumber } from '../net/protocol.ts'
import { netCidr } from './rule-net.ts'

/** What of a rule Felix writes behind its comments. */
export type FelixForm = Pick<Rule, 'matches' | 'target'>

/** Which order of matches the rules of a chain have. */
export type FelixOrder =
  /** That of the criteria of a policy rule (renderer/rules/matches.ts). */
  | 'policy'
  /** Any: each place of the tables has its own. */
  | 'any'

/** Forms of one rule that are tried at most. */
export const MAX_FORMS = 2000

/** The likeliest first; for targets of a rule that somebody edited, give it with another one. */
export function* felixForms(
  { matches, target }: FelixForm,
  order: FelixOrder,
  ipVersion: IpVersion,
): Generator<FelixForm> {
  const targets = target === undefined ? [undefined] : targetSpellings(target)
  for (const lost of lostMatches(matches, ipVersion)) {
    for (const sequence of sequences(matches, lost, order)) {
      for (const spelled of product(sequence.map(matchSpellings))) {
        for (const one of targets) yield { matches: spelled, ...(one === undefined ? {} : { target: one }) }
      }
    }
  }
}

/** Whether Felix has written one of the forms, if it has written the rule: nothing that iptables-save lost is beyond them. */
export function isInvertible({ comments, matches, target }: Rule, order: FelixOrder): boolean {
  return (
    comments.every(text => text.length < MAX_KEPT_COMMENT && !text.includes('%')) &&
    matches.every(match => isInvertibleMatch(match, order)) &&
    (target === undefined || isInvertibleTarget(target))
  )
}

/** A comment as long as iptables takes may have been longer. */
const MAX_KEPT_COMMENT = 255

/** Matches that fit every packet are not kept: those of a policy rule may have been there, in front of what is. */
function* lostMatches(matches: readonly Match[], ipVersion: IpVersion): Generator<readonly Match[]> {
  yield []
  const every = { ipVersion, address: ipVersion === 4 ? '0.0.0.0' : '::', prefixLength: 0 } as const
  const source: Match = { kind: 'net', side: 'source', nets: [every], negated: false }
  const destination: Match = { kind: 'net', side: 'destination', nets: [every], negated: false }
  const anyProtocol: Match = { kind: 'protocol', protocol: 0, negated: false }
  const hasNet = (side: string): boolean => matches.some(match => match.kind === 'net' && match.side === side)
  let subsets: readonly (readonly Match[])[] = [[]]
  const add = (match: Match): void => {
    subsets = [...subsets, ...subsets.map(subset => [...subset, match])]
  }
  if (!hasNet('source')) add(source)
  if (!hasNet('destination')) add(destination)
  if (!matches.some(match => match.kind === 'protocol')) add(anyProtocol)
  yield* subsets.slice(1)
}

function sequences(read: readonly Match[], lost: readonly Match[], order: FelixOrder): Iterable<readonly Match[]> {
  const asPolicy = [...lost, ...read]
    .map((match, index) => ({ match, rank: policyRank(match), index }))
    .sort((a, b) => a.rank - b.rank || a.index - b.index)
    .map(({ match }) => match)
  if (order === 'policy') return [asPolicy]
  return interleavings(
    [...lost, ...read].filter(isBuiltIn),
    read.filter(match => !isBuiltIn(match)),
  )
}

/** Criteria of a policy rule, in Felix's order; the limit of a Log rule first, the bit of match blocks last. */
function policyRank(match: Match): number {
  if (match.kind === 'limit') return 0
  if (match.kind === 'protocol') return match.negated ? 5 : 1
  if (match.kind === 'icmp') return match.negated ? 8 : 4
  if (match.kind === 'destinationPort') return 3
  if (match.kind !== 'net' && match.kind !== 'ipSet' && match.kind !== 'ports') return 9
  return (match.negated ? 6 : 2) + (match.side === 'source' ? 0 : 1)
}

/** iptables-save prints them first, in an order of its own; modules stay in theirs. */
function isBuiltIn({ kind }: Match): boolean {
  return kind === 'protocol' || kind === 'net' || kind.endsWith('Interface')
}

function* interleavings(free: readonly Match[], kept: readonly Match[]): Generator<readonly Match[]> {
  const [next, ...later] = kept
  if (next === undefined && free.length === 0) yield []
  for (const [index, first] of free.entries()) {
    for (const rest of interleavings(free.toSpliced(index, 1), kept)) yield [first, ...rest]
  }
  if (next !== undefined) for (const rest of interleavings(free, later)) yield [next, ...rest]
}

function* product(spellings: readonly (readonly Match[])[]): Generator<readonly Match[]> {
  const [first, ...later] = spellings
  if (first === undefined) {
    yield []
    return
  }
  for (const rest of product(later)) for (const one of first) yield [one, ...rest]
}

function matchSpellings(match: Match): readonly Match[] {
  switch (match.kind) {
    case 'mark':
    case 'markClear': {
      const { mask, negated } = match
      if (match.kind === 'mark' && match.value !== 0) return [match]
      return [
        { kind: 'markClear', mask, negated },
        { kind: 'mark', value: 0, mask, negated },
      ]
    }
    case 'destinationPort': {
      const range = { first: match.port, last: match.port }
      return [match, { kind: 'ports', side: 'destination', ranges: [range], negated: false }]
    }
    case 'ports': {
      const [range, ...more] = match.ranges
      const isOne = range !== undefined && more.length === 0 && range.first === range.last
      if (!isOne || match.negated || match.side === 'source') return [match]
      return [match, { kind: 'destinationPort', port: range.first }]
    }
    case 'protocol': {
      const protocol = protocolNumber(match.protocol)
      return protocol === match.protocol ? [match] : [match, { ...match, protocol }]
    }
    case 'net':
      return match.nets.length === 1 ? netSpellings(match) : netSpellings(match).slice(0, 2)
    case 'conntrackState':
      return match.states.length === 1 ? [match] : [match, { ...match, states: [...match.states].reverse() }]
    case 'limit':
      return limitSpellings(match)
    default:
      return [match]
  }
}

/** An address with its prefix length, and without. */
function netSpellings(match: Extract<Match, { kind: 'net' }>): readonly Match[] {
  const whole = match.nets.map(netCidr)
  if (!whole.every(net => net?.prefixLength === addressBits(net?.ipVersion ?? 4))) return [match]
  const bare = whole.flatMap(net => (net === undefined ? [] : [{ written: net.address, cidr: net }]))
  return [match, { ...match, nets: bare }]
}

/** Per second and per minute, in full and cut short; without the burst that is the kernel's own. */
function limitSpellings(match: Extract<Match, { kind: 'limit' }>): readonly Match[] {
  const { rate, burst } = match
  const units = [rate.unit, rate.unit.slice(0, 3)]
  const written = [rate.written, ...units.map(unit => `${rate.count}/${unit}`)]
  if (rate.unit === 'second') written.push(...['minute', 'min'].map(unit => `${rate.count * 60}/${unit}`))
  const bursts = burst === 5 || burst === 0 ? [0, 5] : [burst]
  return [...new Set(written)].flatMap(text =>
    bursts.map(one => ({ ...match, rate: { ...rate, written: text }, burst: one })),
  )
}

function targetSpellings(target: Target): readonly Target[] {
  switch (target.kind) {
    case 'setMark':
      if (target.value !== 0) return [target]
      return [{ kind: 'clearMark', mask: target.mask }, target]
    case 'clearMark':
      return [target, { kind: 'setMark', value: 0, mask: target.mask }]
    case 'nflog':
      return [target, { ...target, asRange: target.asRange !== true }]
    case 'log':
      return [target, { ...target, prefix: target.prefix.replace(/\\([^])/g, '$1') }]
    default:
      return [target]
  }
}

function isInvertibleMatch(match: Match, order: FelixOrder): boolean {
  switch (match.kind) {
    // The tool rounds rates and shows them in the largest unit.
    case 'limit':
    case 'unknown':
      return false
    case 'net':
      return match.nets.every(net => {
        const cidr = netCidr(net)
        if (cidr === undefined || /:.*\.|^::ffff:/i.test(cidr.address)) return false
        // Policies' nets have been read by Calico; those of settings may have bits behind their prefix.
        return order === 'policy' || cidr.prefixLength === addressBits(cidr.ipVersion)
      })
    case 'conntrackState':
      return match.states.length <= 2
    default:
      return true
  }
}

function isInvertibleTarget(target: Target): boolean {
  switch (target.kind) {
    case 'nflog':
      return !/[%\\"]/.test(target.prefix)
    // The kernel has the prefix of a log line without escapes, and no more than 29 bytes of it: nobody's setting is kept for sure.
    case 'log':
      return target.prefix === DEFAULT_LOG_PREFIX
    case 'dnat':
    case 'snat':
    case 'unknown':
      return false
    default:
      return true
  }
}
