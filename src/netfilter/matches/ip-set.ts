// Membership in an IP set.

import type { Side } from '../../model/ruleset.ts'
import type { MatchFacets, MatchOf } from '../match-facets.ts'
import { not } from '../negation.ts'
import { onlyOption } from '../option.ts'
import { negateIf } from '../outcome.ts'
import { isIcmp, type Packet } from '../packet.ts'

export const ipSet: MatchFacets<MatchOf<'ipSet'>> = {
  print: ({ set, side, withPort, negated }) => `-m set ${not(negated)}--match-set ${set} ${setFlags(side, withPort)}`,
  read: [
    {
      by: 'module',
      modules: ['set'],
      read: options => {
        const option = onlyOption(options, '--match-set')
        const [set, flags, ...more] = option?.arguments ?? []
        if (option === undefined || set === undefined || flags === undefined || more.length > 0) return undefined
        const [first, second, ...third] = flags.text.split(',')
        if ((first !== 'src' && first !== 'dst') || third.length > 0) return undefined
        if (second !== undefined && second !== first) return undefined
        const side: Side = first === 'src' ? 'source' : 'destination'
        return [{ kind: 'ipSet', set: set.text, side, withPort: second !== undefined, negated: option.negated }]
      },
    },
  ],
  kernelForms: ({ set, side, withPort, negated }) => [[{ kind: 'ipSet', set, side, withPort, negated }]],
  evaluate: ({ set, side, withPort, negated }, moving, { sets }) => {
    const { packet } = moving
    const inSet = sets.test(set, {
      address: side === 'source' ? moving.source : moving.destination,
      protocol: packet.protocol,
      port: setPort(packet, side),
      dimensions: withPort ? 2 : 1,
    })
    return negateIf(negated, inSet)
  },
  packetSet: {
    by: 'headers',
    of: ({ set, side, withPort, negated }, packets) =>
      packets.known(packets.members(set, side, withPort ? 2 : 1), negated),
  },
  limits: {},
}

/** One flag for the address, and one more for the port of an (IP, port) set. */
function setFlags(side: Side, withPort: boolean): string {
  const flag = side === 'source' ? 'src' : 'dst'
  return withPort ? `${flag},${flag}` : flag
}

/** net/netfilter/ipset/ip_set_getport.c */
function setPort(packet: Packet, side: Side): number {
  if (isIcmp(packet.protocol)) return (packet.icmpType ?? 0) * 256 + (packet.icmpCode ?? 0)
  return (side === 'source' ? packet.sourcePort : packet.destinationPort) ?? 0
}
