// The IP protocol.

import { protocolNumber } from '../../net/protocol.ts'
import type { MatchFacets, MatchOf } from '../match-facets.ts'
import { not } from '../negation.ts'
import { outcomeOf } from '../outcome.ts'
import { kernelProtocol, readProtocol } from '../protocols.ts'

export const protocol: MatchFacets<MatchOf<'protocol'>> = {
  print: ({ protocol, negated }) => `${not(negated)}-p ${protocol}`,
  read: [
    {
      by: 'generic',
      options: ['-p'],
      read: (value, negated) => {
        const protocol = readProtocol(value)
        return protocol === undefined ? undefined : { kind: 'protocol', protocol, negated }
      },
    },
  ],
  kernelForms: match => {
    const protocol = kernelProtocol(match.protocol)
    return protocol === 0 && !match.negated ? [[]] : [[{ kind: 'protocol', protocol, negated: match.negated }]]
  },
  // In the kernel's struct 0 stands for any protocol.
  evaluate: ({ protocol, negated }, { packet }) =>
    protocol === 0 ? 'yes' : outcomeOf(protocolNumber(protocol) === packet.protocol, negated),
  packetSet: {
    by: 'headers',
    of: ({ protocol, negated }, packets) =>
      protocol === 0
        ? packets.known(packets.all)
        : packets.known(packets.protocols([protocolNumber(protocol)]), negated),
  },
  limits: { once: '`-p` twice in one rule' },
}
