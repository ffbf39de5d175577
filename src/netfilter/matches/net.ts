// Source and destination addresses.

import { isIptablesAddress } from '../address-text.ts'
import type { MatchFacets, MatchOf } from '../match-facets.ts'
import { not } from '../negation.ts'
import { negateIf } from '../outcome.ts'
import { netCidr, netsText, readRuleNets } from '../rule-net.ts'
import { MAX_WORD_LENGTH, NO_FAULTS } from '../text-limits.ts'

/** An address, a net, or several of them; a mask that is no prefix length is not known here. */
const NETS = /^[0-9a-fA-F.:]+(?:\/[0-9]{1,3})?(?:,[0-9a-fA-F.:]+(?:\/[0-9]{1,3})?)*$/

export const net: MatchFacets<MatchOf<'net'>> = {
  print: ({ side, nets, negated }) => `${not(negated)}--${side} ${netsText(nets)}`,
  read: [
    {
      by: 'generic',
      options: ['-s', '-d'],
      read: (text, negated, option) =>
        NETS.test(text)
          ? { kind: 'net', side: option === '-s' ? 'source' : 'destination', nets: readRuleNets(text), negated }
          : undefined,
    },
  ],
  kernelForms: ({ side, nets, negated }) =>
    nets.map(net => {
      const cidr = netCidr(net)
      if (cidr === undefined) return [{ kind: 'net', side, nets: [net], negated }]
      const { ipVersion, address, prefixLength } = cidr
      if (prefixLength === 0 && !negated) return []
      return [{ kind: 'net', side, nets: [{ ipVersion, address, prefixLength }], negated }]
    }),
  evaluate: ({ side, nets, negated }, moving, context) =>
    negateIf(
      negated,
      context.nets.holds(nets, side === 'source' ? moving.source : moving.destination, moving.packet.ipVersion),
    ),
  packetSet: {
    by: 'headers',
    of: ({ side, nets, negated }, packets) => packets.known(packets.nets(side, nets), negated),
  },
  limits: {
    faults: ({ nets }, ipVersion) => {
      const text = netsText(nets)
      if (text.length > MAX_WORD_LENGTH) {
        return [
          {
            message: `${nets.length} addresses in one rule: they are longer than ${MAX_WORD_LENGTH} bytes`,
            help: 'give the endpoint fewer addresses, or leave the annotation out',
          },
        ]
      }
      if (isIptablesAddress(text, ipVersion)) return NO_FAULTS
      return [{ message: `\`${text}\` as an address`, help: `write an IPv${ipVersion} address or CIDR` }]
    },
  },
}
