// Rules in the one spelling that the kernel keeps, so that a compiled rule and the same rule read from a node compare equal.

import { addressBits, formatCidr, parseNet } from '../net/cidr.ts'
import { PROTOCOL_NAMES, type Protocol } from '../net/protocol.ts'
import type { Match, Rule, Target } from '../model/ruleset.ts'

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
    const forms = kernelMatch(match)
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

/** Alternatives, each of which asks for all of its matches. Fields come in one order, for comparison as JSON. */
function kernelMatch(match: Match): readonly (readonly Match[])[] {
  switch (match.kind) {
    case 'mark': {
      const { value, mask, negated } = match
      return [[{ kind: 'mark', value, mask, negated }]]
    }
    case 'markClear':
      return [[{ kind: 'mark', value: 0, mask: match.mask, negated: match.negated }]]
    case 'conntrackState':
      return [[{ kind: 'conntrackState', states: [...match.states].sort(), negated: match.negated }]]
    case 'protocol': {
      const protocol = kernelProtocol(match.protocol)
      return protocol === 0 && !match.negated ? [[]] : [[{ kind: 'protocol', protocol, negated: match.negated }]]
    }
    case 'net': {
      const { side, negated } = match
      return match.address.split(',').map(text => {
        const net = parseNet(text)?.cidr
        if (net?.prefixLength === 0 && !negated) return []
        return [{ kind: 'net', side, address: net === undefined ? text : formatCidr(net), negated }]
      })
    }
    case 'ports': {
      const { side, ranges, negated } = match
      return [[{ kind: 'ports', side, ranges: ranges.map(({ first, last }) => ({ first, last })), negated }]]
    }
    case 'destinationPort': {
      const ranges = [{ first: match.port, last: match.port }]
      return [[{ kind: 'ports', side: 'destination', ranges, negated: false }]]
    }
    case 'icmp': {
      const { ipVersion, type, code, negated } = match
      return [[{ kind: 'icmp', ipVersion, type, ...(code === undefined ? {} : { code }), negated }]]
    }
    case 'limit':
      return [[{ kind: 'limit', rate: kernelRate(match.rate), burst: match.burst === 0 ? 5 : match.burst }]]
    case 'tcpFlags':
      return [[{ kind: 'tcpFlags', mask: kernelFlags(match.mask), flags: kernelFlags(match.flags) }]]
    case 'ipSet': {
      const { set, side, withPort, negated } = match
      return [[{ kind: 'ipSet', set, side, withPort, negated }]]
    }
    case 'addressType': {
      const { side, type, negated, limitToOutInterface } = match
      return [[{ kind: 'addressType', side, type, negated, limitToOutInterface }]]
    }
    case 'connectionLimit':
      return [[{ kind: 'connectionLimit', above: match.above, mask: match.mask }]]
    case 'inInterface':
    case 'outInterface':
    case 'notInInterface':
    case 'notOutInterface':
      return [[{ kind: match.kind, name: match.name }]]
    case 'reversePathFails':
    case 'unknown':
      return [[match]]
  }
}

const NUMBERS: Readonly<Record<string, number>> = { icmp: 1, tcp: 6, udp: 17, icmpv6: 58, sctp: 132, udplite: 136 }

function kernelProtocol(protocol: Protocol): Protocol {
  return PROTOCOL_NAMES.find(name => NUMBERS[name] === protocol) ?? protocol
}

const TCP_FLAGS = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG']

function kernelFlags(flags: readonly string[]): readonly string[] {
  return TCP_FLAGS.filter(flag => flags.includes(flag) || flags.includes('ALL'))
}

/** Largest unit first. */
const UNITS = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const

/** Ticks of a second in which the option counts (linux/netfilter/xt_limit.h: XT_LIMIT_SCALE). */
const SCALE = 10_000

function kernelRate(rate: string): string {
  const [count = '', written = ''] = rate.split('/')
  const unit = UNITS.find(([name]) => written !== '' && name.startsWith(written))
  if (unit === undefined || !/^[0-9]+$/.test(count)) return rate
  const period = Math.floor((SCALE * unit[1]) / Number(count))
  if (period === 0) return rate
  const next = UNITS.findIndex(([, seconds], index) => {
    const ticks = seconds * SCALE
    return index > 0 && (period > ticks || Math.floor(ticks / period) < ticks % period)
  })
  const [name, seconds] = UNITS[next < 0 ? UNITS.length - 1 : next - 1] ?? unit
  return `${Math.floor((seconds * SCALE) / period)}/${name}`
}

/** Bytes of a log prefix that the kernel keeps (linux/netfilter/xt_LOG.h, less the closing zero). */
const MAX_LOG_PREFIX = 29

function kernelTarget(target: Target): Target {
  switch (target.kind) {
    case 'clearMark':
      return { kind: 'setMark', value: 0, mask: target.mask }
    case 'setMark':
      return { kind: 'setMark', value: target.value, mask: (target.mask | target.value) >>> 0 }
    case 'log': {
      const prefix = new TextEncoder().encode(target.prefix.replace(/\\([^])/g, '$1')).slice(0, MAX_LOG_PREFIX)
      return { kind: 'log', prefix: new TextDecoder().decode(prefix), level: target.level }
    }
    case 'masquerade': {
      const { ports, randomFully } = target
      return { kind: 'masquerade', ...(ports === undefined ? {} : { ports }), randomFully }
    }
    case 'nflog': {
      const { group, prefix, size, asRange } = target
      return { kind: 'nflog', group, prefix, size, ...(asRange === true ? { asRange } : {}) }
    }
    default:
      return target
  }
}

/** A member as ipset prints it: a net that is one address comes without its prefix length. */
export function kernelMember(member: string): string {
  const net = parseNet(member)?.cidr
  if (net === undefined) return member
  return net.prefixLength === addressBits(net.ipVersion) ? net.address : formatCidr(net)
}
