// What a packet would have to be otherwise for a rule of a policy to fit it, in the words of the policy.

import { listed } from '../text/listed.ts'
import type { EntityRule, ParsedSelector, PolicyRule } from '../model/ast/policy.ts'
import type { Resource } from '../model/ast/resources.ts'
import { cidrCovers, formatCidr, parseAddress, singleAddressCidr } from '../net/cidr.ts'
import { formatPortRange } from '../net/port.ts'
import { protocolNumber } from '../net/protocol.ts'
import type { Packet } from '../netfilter/packet.ts'
import { protocolWords } from '../words/packet.ts'
import { CRITERIA, RULE_CRITERIA, type RuleCriterion, type Unmet, unmetCriterion } from '../words/match.ts'
import { describeSelected } from '../words/selector.ts'
import type { Owner, Owners } from './owners.ts'
import { isBehind, portsBehind } from './service-members.ts'
import { serviceWords } from '../words/set.ts'
import { selects, whyNotSelected } from './why-not.ts'

/** One criterion of a rule that a packet does not meet. */
export interface Miss extends Unmet {
  readonly criterion: RuleCriterion | keyof EntityRule
  /** The field of the rule: `protocol`, `source.selector`, `destination.ports`. */
  readonly field: string
}

/** What rules are asked with. */
export interface MissContext {
  readonly owners: Owners
  readonly resources: readonly Resource[]
  /** Who sent the packet: a node may have put its own address in place of the source. */
  readonly sentFrom: string | undefined
}

/** Empty where the rule fits the packet. */
export function missesOf(rule: PolicyRule, packet: Packet, context: MissContext): readonly Miss[] {
  const whole = CRITERIA.flatMap((criterion): readonly Miss[] => {
    const unmet = unmetCriterion(criterion, rule, packet)
    return unmet === undefined ? [] : [{ criterion, field: RULE_CRITERIA[criterion].field, ...unmet }]
  })
  const sides = [...sideMisses('source', rule, packet, context), ...sideMisses('destination', rule, packet, context)]
  const isOfPorts = ({ criterion }: Miss): boolean => criterion === 'ports' || criterion === 'notPorts'
  // That it has no ports or no ICMP type goes without saying where the protocol is another one.
  const hasPorts = packet.destinationPort !== undefined || whole.length === 0
  const hasType = packet.icmpType !== undefined || whole.length === 1
  return [
    ...whole.filter(({ criterion }) => hasType || criterion !== 'icmp'),
    ...sides.filter(miss => hasPorts || !isOfPorts(miss)),
  ]
}

type Side = 'source' | 'destination'

type ServiceName = NonNullable<EntityRule['service']>

/** One side of a packet, and who is there. */
interface PacketSide {
  readonly side: Side
  readonly packet: Packet
  readonly address: string
  readonly own: readonly Owner[]
  readonly context: MissContext
}

interface SideFacets {
  readonly field: string
  /** With a criterion where it is another one that fails. */
  readonly unmet: (
    entity: EntityRule,
    at: PacketSide,
  ) => (Unmet & { readonly criterion?: keyof EntityRule }) | undefined
}

/** One entry for each criterion of a side, in the order in which people are told; or the criterion that is asked with it. */
const SIDE_CRITERIA: { readonly [K in keyof EntityRule]-?: SideFacets | keyof EntityRule } = {
  nets: {
    field: 'nets',
    unmet: ({ nets }, at) =>
      nets.length === 0 || isIn(nets, at)
        ? undefined
        : { wanted: `addresses in ${netsWords(nets)}`, found: addressWords(at) },
  },
  notNets: {
    field: 'notNets',
    unmet: ({ notNets }, at) =>
      isIn(notNets, at) ? { wanted: `addresses not in ${netsWords(notNets)}`, found: addressWords(at) } : undefined,
  },
  selector: {
    field: 'selector',
    unmet: ({ selector }, at) =>
      selector === undefined || at.own.some(owner => selects(selector, owner))
        ? undefined
        : { wanted: describeSelected(selector.selector), found: whyNotFound(selector, at) },
  },
  notSelector: {
    field: 'notSelector',
    unmet: ({ notSelector }, at) =>
      notSelector !== undefined && at.own.some(owner => selects(notSelector, owner))
        ? { wanted: `all but ${describeSelected(notSelector.selector)}`, found: `${nameOf(at)} is one of them` }
        : undefined,
  },
  service: {
    field: 'services',
    unmet: ({ service }, at) =>
      service === undefined || isBehindService(service, at) ? undefined : unmetService(service, at),
  },
  ports: { field: 'ports', unmet: unmetPorts },
  namedPorts: 'ports',
  notPorts: { field: 'notPorts', unmet: unmetNotPorts },
  notNamedPorts: 'notPorts',
}

function sideMisses(side: Side, rule: PolicyRule, packet: Packet, context: MissContext): readonly Miss[] {
  const address = packet[side]
  const at = { side, packet, address, own: context.owners.of(address), context }
  return Object.entries(SIDE_CRITERIA).flatMap(([criterion, facets]): readonly Miss[] => {
    const unmet = typeof facets === 'string' ? undefined : facets.unmet(rule[side], at)
    if (typeof facets === 'string' || unmet === undefined) return []
    return [{ criterion: criterion as keyof EntityRule, field: `${side}.${facets.field}`, ...unmet }]
  })
}

function isIn(nets: EntityRule['nets'], { address: text }: PacketSide): boolean {
  const address = parseAddress(text)
  return address !== undefined && nets.some(net => cidrCovers(net, singleAddressCidr(address)))
}

function netsWords(nets: EntityRule['nets']): string {
  return listed(nets.map(formatCidr))
}

function addressWords(at: PacketSide): string {
  const { side, address } = at
  const sender = maskedBy(at)
  return `the ${side} is ${address}${sender === undefined ? '' : `, which took the place of ${sender} (masquerading)`}`
}

/** The sender whose place the source has taken; undefined where it is the sender's own. */
function maskedBy({ side, address, context: { sentFrom } }: PacketSide): string | undefined {
  return side === 'source' && sentFrom !== address ? sentFrom : undefined
}

function whyNotFound(selector: ParsedSelector, at: PacketSide): string {
  const { address, own, context } = at
  const sender = maskedBy(at)
  if (sender === undefined || own.length > 0) return whyNotSelected(selector, address, own, context.owners)
  const node = context.owners.nodesOf(address).map(name => `, the address of node ${name},`)
  return `${address}${node.join('')} took the place of ${sender} (masquerading), and selectors do not find it`
}

function nameOf({ address, own }: PacketSide): string {
  return own.length === 0 ? address : own.map(({ name }) => name).join(' and ')
}

/** Of a destination the port counts, too. */
function isBehindService(service: ServiceName, at: PacketSide): boolean {
  const { side, packet, address, context } = at
  const { destinationPort: port, protocol } = packet
  return isBehind(service, [address], context.resources, side === 'source' ? undefined : { port, protocol })
}

/** An address may well be behind it, and the port be another one. */
function unmetService(service: ServiceName, at: PacketSide): ReturnType<SideFacets['unmet']> {
  const wanted = `what stands behind ${serviceWords(service)}`
  const ports = at.side === 'source' ? [] : portsBehind(service, at.address, at.context.resources)
  if (ports.length === 0) return { wanted, found: `${nameOf(at)} does not, by its EndpointSlices` }
  const list = listed(ports.map(({ port, protocol }) => `${protocolWords(protocolNumber(protocol))} ${port}`))
  return { criterion: 'ports', wanted, found: `${nameOf(at)} does at ${list}; ${portWords(at)}` }
}

function unmetPorts({ ports, namedPorts }: EntityRule, at: PacketSide): Unmet | undefined {
  if (ports.length + namedPorts.length === 0 || hasPort(ports, namedPorts, at)) return undefined
  const isSingle = ports.length + namedPorts.length === 1 && ports.every(({ first, last }) => first === last)
  const named = namedPorts.flatMap(name => whichPort(name, at))
  return {
    wanted: `${at.side === 'source' ? 'source ' : ''}${isSingle ? 'port' : 'ports'} ${portList(ports, namedPorts)}`,
    found: [portWords(at), ...named].join('; '),
  }
}

function unmetNotPorts({ notPorts, notNamedPorts }: EntityRule, at: PacketSide): Unmet | undefined {
  return hasPort(notPorts, notNamedPorts, at)
    ? { wanted: `all ports but ${portList(notPorts, notNamedPorts)}`, found: portWords(at) }
    : undefined
}

function hasPort(ranges: EntityRule['ports'], names: readonly string[], at: PacketSide): boolean {
  const { own, packet } = at
  const port = portOf(at)
  const isNamed = (known: Owner['ports'][number]): boolean =>
    names.includes(known.name) && known.port === port && protocolNumber(known.protocol) === packet.protocol
  return (
    (port !== undefined && ranges.some(({ first, last }) => port >= first && port <= last)) ||
    own.some(({ ports }) => ports.some(isNamed))
  )
}

function portOf({ side, packet }: PacketSide): number | undefined {
  return side === 'source' ? packet.sourcePort : packet.destinationPort
}

function portList(ranges: EntityRule['ports'], names: readonly string[]): string {
  return listed([...ranges.map(formatPortRange), ...names])
}

function portWords(at: PacketSide): string {
  const protocol = protocolWords(at.packet.protocol)
  const port = portOf(at)
  if (port === undefined) return `${protocol} has no ports`
  return `the packet ${at.side === 'source' ? 'comes from' : 'goes to'} ${protocol} ${port}`
}

/** What a port's name stands for at whose port it would be. */
function whichPort(name: string, { own }: PacketSide): readonly string[] {
  return own
    .filter(({ kind }) => kind !== 'networkSet')
    .map(owner => {
      const port = owner.ports.find(known => known.name === name)
      return port === undefined
        ? `${owner.name} has no port named ${name}`
        : `${name} of ${owner.name} is ${protocolWords(protocolNumber(port.protocol))} ${port.port}`
    })
}
