// Untracked policies that allow one direction only: without connection tracking nothing knows that a packet is an answer.

import type { Report } from '../diagnostics/diagnostic.ts'
import { DIRECTIONS, type Policy, type PolicyRule } from '../model/ast/policy.ts'
import type { Resource } from '../model/ast/resources.ts'
import { PROTOCOL_NAMES, PROTOCOL_NUMBERS, protocolNumber } from '../net/protocol.ts'
import { Matcher } from './endpoints.ts'
import { isOnlyForWildcards } from './host-only.ts'
import { ofSpec, policiesOf } from './policies.ts'

/** Ports of UDP to which packets go one way only: VXLAN (also the Linux kernel's own), Geneve, syslog, SNMP traps, NetFlow, IPFIX, sFlow. */
const ONE_WAY_UDP_PORTS: ReadonlySet<number> = new Set([4789, 8472, 6081, 514, 162, 2055, 4739, 6343])

const ANSWERED: readonly number[] = PROTOCOL_NAMES.map(name => PROTOCOL_NUMBERS[name])

/** The answers may be allowed by any untracked policy of the input. */
export function warnOfOneWayUntracked(resources: readonly Resource[], report: Report): void {
  const matcher = new Matcher(resources)
  const untracked = policiesOf(resources).filter(policy => policy.doNotTrack && !isOnlyForWildcards(policy, matcher))
  for (const direction of DIRECTIONS) {
    const back = direction === 'ingress' ? 'egress' : 'ingress'
    if (untracked.some(policy => allows(policy, back))) continue
    for (const policy of untracked) {
      if (!allows(policy, direction, isAnswered)) continue
      report.warn(
        'one-way-untracked',
        `\`doNotTrack\` allows ${direction}, and nothing untracked allows the answers`,
        ofSpec(policy, direction),
        `add ${back} rules for the answers, with source and destination the other way round`,
      )
    }
  }
}

function allows(
  { types, ...policy }: Policy,
  direction: (typeof DIRECTIONS)[number],
  also: (rule: PolicyRule) => boolean = () => true,
): boolean {
  return types.includes(direction) && policy[direction].some(rule => rule.action === 'Allow' && also(rule))
}

/** Tunnels and notices go to the same port in both directions or in one: nothing of it is an answer. */
function isAnswered({ protocol, destination: { ports, namedPorts } }: PolicyRule): boolean {
  if (protocol === undefined) return true
  const number = protocolNumber(protocol)
  if (!ANSWERED.includes(number)) return false
  const isOneWay =
    number === PROTOCOL_NUMBERS.udp &&
    namedPorts.length === 0 &&
    ports.length > 0 &&
    ports.every(({ first, last }) => first === last && ONE_WAY_UDP_PORTS.has(first))
  return !isOneWay
}
