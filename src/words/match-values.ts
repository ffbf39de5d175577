// Values of matches in words: marks, nets, interfaces, protocols, ports, states of a connection.

import { protocolName } from '../net/protocol.ts'
import { addressBits } from '../net/cidr.ts'
import { netCidr, netsText } from '../netfilter/rule-net.ts'
import type { RuleNet } from '../model/rule-values.ts'
import type { Marks } from '../calico/marks.ts'
import type { Match } from '../model/ruleset.ts'
import { formatPortRange, type PortRange } from '../net/port.ts'
import type { Protocol } from '../net/protocol.ts'
import { describeMark } from './mark.ts'

export function describeMarkTest(
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
export function describeStates(states: readonly string[], negated: boolean): string {
  const texts = states.map(state => STATES[state] ?? `has the connection state ${state}`)
  const isKnown = states.length === 2 && states.includes('RELATED') && states.includes('ESTABLISHED')
  const text = isKnown ? 'belongs to a known connection, or is related to one' : texts.join(' or ')
  return negated ? `it is not so that it ${text}` : `it ${text}`
}

export function isSyn(flags: readonly string[]): boolean {
  return flags.length === 1 && flags[0] === 'SYN'
}

export function is(negated: boolean): string {
  return negated ? 'is not' : 'is'
}

/** "in 10.0.0.0/8", "10.0.0.1/32", "one of 10.0.0.1,10.0.0.2". */
export function netsWords(nets: readonly RuleNet[]): string {
  const text = netsText(nets)
  if (nets.length > 1) return `one of ${text}`
  const cidr = nets.map(netCidr)[0]
  return cidr === undefined || cidr.prefixLength === addressBits(cidr.ipVersion) ? text : `in ${text}`
}

export function interfaceText(name: string): string {
  return name.endsWith('+') ? `an interface whose name starts with ${name.slice(0, -1)}` : `interface ${name}`
}

/** IP in IP has no name of Calico's. */
const IP_IN_IP = 4

export function protocolText(protocol: Protocol): string {
  if (typeof protocol === 'string') return protocol
  const name = protocol === IP_IN_IP ? 'IP in IP' : protocolName(protocol)
  return name === undefined ? `number ${protocol}` : `number ${protocol} (${name})`
}

/** "80", "one of 80, 443, 8000:8080". */
export function portsText(ranges: readonly PortRange[]): string {
  const texts = ranges.map(formatPortRange)
  const [first] = ranges
  if (first !== undefined && ranges.length === 1)
    return first.first === first.last ? texts.join() : `in ${texts.join()}`
  return `one of ${texts.join(', ')}`
}
