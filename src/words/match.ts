// One match of a rule in plain words, as the end of "if …".

import { protocolName } from '../net/protocol.ts'
import { assertNever } from '../text/assert-never.ts'
import { addressBits } from '../net/cidr.ts'
import { percentText } from '../netfilter/matches/statistic.ts'
import { netCidr, netsText } from '../netfilter/rule-net.ts'
import type { RuleNet } from '../model/rule-values.ts'
import type { Marks } from '../calico/marks.ts'
import type { IpSet, Match } from '../model/ruleset.ts'
import type { SourceIndex } from '../diagnostics/source-index.ts'
import { formatPortRange, type PortRange } from '../net/port.ts'
import type { Protocol } from '../net/protocol.ts'
import { describeMark } from './mark.ts'
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

function describeMarkTest(
  { value, mask, negated }: Extract<Match, { kind: 'mark' }>,
  marks: Marks | undefined,
): string {
  const isOneBit = value === mask && (mask & (mask - 1)) === 0
  if (isOneBit) return `mark ${describeMark(mask, marks)} is ${negated ? 'not set' : 'set'}`
  const bits = value === 0 ? '0' : describeMark(value, marks)
  return `the mark under the mask 0x${mask.toString(16)} ${is(negated)} ${bits}`
}

const STATES: Readonly<Record<string, string>> = {
  NEW: 'opens a connection',
  ESTABLISHED: 'belongs to a known connection',
  RELATED: 'is related to a known connection',
  INVALID: 'belongs to no connection that the kernel can make sense of',
  UNTRACKED: 'is not tracked',
  DNAT: 'has had its destination changed (DNAT)',
  SNAT: 'has had its source changed (SNAT)',
}

/** Connection tracking's view of the packet. */
function describeStates(states: readonly string[], negated: boolean): string {
  const texts = states.map(state => STATES[state] ?? `has the connection state ${state}`)
  const isKnown = states.length === 2 && states.includes('RELATED') && states.includes('ESTABLISHED')
  const text = isKnown ? 'belongs to a known connection, or is related to one' : texts.join(' or ')
  return negated ? `it is not so that it ${text}` : `it ${text}`
}

function isSyn(flags: readonly string[]): boolean {
  return flags.length === 1 && flags[0] === 'SYN'
}

function is(negated: boolean): string {
  return negated ? 'is not' : 'is'
}

/** "in 10.0.0.0/8", "10.0.0.1/32", "one of 10.0.0.1,10.0.0.2". */
function netsWords(nets: readonly RuleNet[]): string {
  const text = netsText(nets)
  if (nets.length > 1) return `one of ${text}`
  const cidr = nets.map(netCidr)[0]
  return cidr === undefined || cidr.prefixLength === addressBits(cidr.ipVersion) ? text : `in ${text}`
}

function interfaceText(name: string): string {
  return name.endsWith('+') ? `an interface whose name starts with ${name.slice(0, -1)}` : `interface ${name}`
}

/** IP in IP has no name of Calico's. */
const IP_IN_IP = 4

function protocolText(protocol: Protocol): string {
  if (typeof protocol === 'string') return protocol
  const name = protocol === IP_IN_IP ? 'IP in IP' : protocolName(protocol)
  return name === undefined ? `number ${protocol}` : `number ${protocol} (${name})`
}

/** "80", "one of 80, 443, 8000:8080". */
function portsText(ranges: readonly PortRange[]): string {
  const texts = ranges.map(formatPortRange)
  const [first] = ranges
  if (first !== undefined && ranges.length === 1)
    return first.first === first.last ? texts.join() : `in ${texts.join()}`
  return `one of ${texts.join(', ')}`
}
