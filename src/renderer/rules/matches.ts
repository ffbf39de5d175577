// The criteria of a policy rule, one match each, in Felix's fixed order.

import type { PlannedEntity, PlannedRule } from '../../model/plan.ts'
import type { Match, Side } from '../../model/ruleset.ts'
import type { Cidr } from '../../net/cidr.ts'
import type { PortRange } from '../../net/port.ts'
import { type RenderContext, setName } from '../context.ts'
import { splitPorts } from './split-ports.ts'

/**
 * Matches of a rule whose alternatives (several nets, port pieces or named ports on one side) have been moved to match
 * blocks: positive nets, port pieces and named ports are down to one each.
 */
export function ruleMatches(rule: PlannedRule, context: RenderContext): readonly Match[] {
  const { protocol, notProtocol, icmp, notIcmp, source, destination, ...rest } = rule
  const { action, ipVersion, annotations, index, location, ...unread } = rest
  unread satisfies Record<string, never>
  const icmpMatch = (match: NonNullable<PlannedRule['icmp']>, negated: boolean): Match => ({
    kind: 'icmp',
    ipVersion: context.ipVersion,
    type: match.type,
    ...(match.code === undefined ? {} : { code: match.code }),
    negated,
  })
  return [
    ...(protocol === undefined ? [] : [protocolMatch(protocol, false)]),
    ...positiveMatches(source, 'source', context),
    ...positiveMatches(destination, 'destination', context),
    ...(icmp === undefined ? [] : [icmpMatch(icmp, false)]),
    ...(notProtocol === undefined ? [] : [protocolMatch(notProtocol, true)]),
    ...negativeMatches(source, 'source', context),
    ...negativeMatches(destination, 'destination', context),
    ...(notIcmp === undefined ? [] : [icmpMatch(notIcmp, true)]),
  ]
}

function positiveMatches(entity: PlannedEntity, side: Side, context: RenderContext): readonly Match[] {
  const { nets, ipSets, servicePortSets, ports, namedPortSets } = entity
  return [
    ...nets.map(net => netMatch(net, side, false)),
    ...ipSets.map(id => setMatch(id, side, { withPort: false, negated: false }, context)),
    ...servicePortSets.map(id => setMatch(id, side, { withPort: true, negated: false }, context)),
    ...splitPorts(ports).map(ranges => portsMatch(ranges, side, false)),
    ...namedPortSets.map(id => setMatch(id, side, { withPort: true, negated: false }, context)),
  ]
}

function negativeMatches(entity: PlannedEntity, side: Side, context: RenderContext): readonly Match[] {
  const { notNets, notIpSets, notPorts, notNamedPortSets } = entity
  return [
    ...notNets.map(net => netMatch(net, side, true)),
    ...notIpSets.map(id => setMatch(id, side, { withPort: false, negated: true }, context)),
    // Each piece must fail to match, so the pieces simply follow one another.
    ...splitPorts(notPorts).map(ranges => portsMatch(ranges, side, true)),
    ...notNamedPortSets.map(id => setMatch(id, side, { withPort: true, negated: true }, context)),
  ]
}

export function protocolMatch(protocol: NonNullable<PlannedRule['protocol']>, negated: boolean): Match {
  return { kind: 'protocol', protocol, negated }
}

export function netMatch(net: Cidr, side: Side, negated: boolean): Match {
  return { kind: 'net', side, nets: [net], negated }
}

export function portsMatch(ranges: readonly PortRange[], side: Side, negated: boolean): Match {
  return { kind: 'ports', side, ranges, negated }
}

export function setMatch(
  id: string,
  side: Side,
  { withPort, negated }: { readonly withPort: boolean; readonly negated: boolean },
  context: RenderContext,
): Match {
  return { kind: 'ipSet', set: setName(context, id), side, withPort, negated }
}
