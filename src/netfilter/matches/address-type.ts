// Whether an address is one of the node's own.

import type { MatchFacets, MatchOf } from '../match-facets.ts'
import type { LocalAddresses, MovingPacket } from '../moving-packet.ts'
import { not } from '../negation.ts'
import { negateIf, outcomeOf, type Outcome } from '../outcome.ts'

export const addressType: MatchFacets<MatchOf<'addressType'>> = {
  print: ({ side, type, negated, limitToOutInterface }) =>
    `-m addrtype ${not(negated)}--${side}-type ${type}${limitToOutInterface ? ' --limit-iface-out' : ''}`,
  read: [
    {
      by: 'module',
      modules: ['addrtype'],
      read: ([type, limit, ...rest]) => {
        if (type === undefined || rest.length > 0 || type.arguments.length !== 1) return undefined
        if (type.arguments[0]?.text !== 'LOCAL') return undefined
        if (type.name !== '--src-type' && type.name !== '--dst-type') return undefined
        if (limit !== undefined && (limit.name !== '--limit-iface-out' || limit.negated)) return undefined
        if (limit !== undefined && limit.arguments.length > 0) return undefined
        const side = type.name === '--src-type' ? 'src' : 'dst'
        const { negated } = type
        return [{ kind: 'addressType', side, type: 'LOCAL', negated, limitToOutInterface: limit !== undefined }]
      },
    },
  ],
  kernelForms: ({ side, type, negated, limitToOutInterface }) => [
    [{ kind: 'addressType', side, type, negated, limitToOutInterface }],
  ],
  evaluate: (match, moving, { node }) => negateIf(match.negated, isLocal(match, moving, node)),
  packetSet: {
    by: 'flow',
    of: ({ side, limitToOutInterface, negated }, packets) =>
      packets.negate(packets.local(side === 'src' ? 'source' : 'destination', limitToOutInterface), negated),
  },
  limits: {},
}

function isLocal(
  { side, limitToOutInterface }: MatchOf<'addressType'>,
  { packet, outInterface }: MovingPacket,
  node: LocalAddresses,
): Outcome {
  const address = side === 'src' ? packet.source : packet.destination
  if (!node.isLocal(address)) return 'no'
  if (!limitToOutInterface || outInterface === '') return 'yes'
  const isThere = node.isOnInterface(address, outInterface)
  return isThere === undefined ? 'unknown' : outcomeOf(isThere)
}
