// The criteria of a policy rule, one match each, in Felix's fixed order.

import type { IcmpMatch } from '../../model/ast/policy.ts'
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
  const { action, ipVersion, annotations, index, peer, location, ...unread } = rest
  unread satisfies Record<string, never>
  const from = entityMatches(source, 'source', context)
  const to = entityMatches(destination, 'destination', context)
  return [
    ...(protocol === undefined ? [] : [protocolMatch(protocol, false)]),
    ...from.positive,
    ...to.positive,
    ...(icmp === undefined ? [] : [icmpMatch(icmp, false, context)]),
    ...(notProtocol === undefined ? [] : [protocolMatch(notProtocol, true)]),
    ...from.negative,
    ...to.negative,
    ...(notIcmp === undefined ? [] : [icmpMatch(notIcmp, true, context)]),
  ]
}

interface EntityMatches {
  readonly positive: readonly Match[]
  readonly negative: readonly Match[]
}

function entityMatches(entity: PlannedEntity, side: Side, context: RenderContext): EntityMatches {
  const { nets, notNets, ports, notPorts, namedPortSets, notNamedPortSets, ...rest } = entity
  const { ipSets, notIpSets, servicePortSets, ...unread } = rest
  unread satisfies Record<string, never>
  const inSet = (id: string, withPort: boolean): Match => setMatch(id, side, { withPort, negated: false }, context)
  const notInSet = (id: string, withPort: boolean): Match => setMatch(id, side, { withPort, negated: true }, context)
  return {
    positive: [
      ...nets.map(net => netMatch(net, side, false)),
      ...ipSets.map(id => inSet(id, false)),
      ...servicePortSets.map(id => inSet(id, true)),
      ...splitPorts(ports).map(ranges => portsMatch(ranges, side, false)),
      ...namedPortSets.map(id => inSet(id, true)),
    ],
    negative: [
      ...notNets.map(net => netMatch(net, side, true)),
      ...notIpSets.map(id => notInSet(id, false)),
      // Each piece must fail to match, so the pieces simply follow one another.
      ...splitPorts(notPorts).map(ranges => portsMatch(ranges, side, true)),
      ...notNamedPortSets.map(id => notInSet(id, true)),
    ],
  }
}

function icmpMatch({ type, code, ...unread }: IcmpMatch, negated: boolean, { ipVersion }: RenderContext): Match {
  unread satisfies Record<string, never>
  return { kind: 'icmp', ipVersion, type, ...(code === undefined ? {} : { code }), negated }
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
