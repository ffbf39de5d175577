// Source and destination addresses.

import { formatCidr, parseNet } from '../../net/cidr.ts'
import { isIptablesAddress } from '../address-text.ts'
import type { MatchFacets, MatchOf } from '../match-facets.ts'
import { not } from '../negation.ts'
import { negateIf } from '../outcome.ts'
import { MAX_WORD_LENGTH, NO_FAULTS } from '../text-limits.ts'

/** An address, a net, or several of them; a mask that is no prefix length is not known here. */
const NETS = /^[0-9a-fA-F.:]+(?:\/[0-9]{1,3})?(?:,[0-9a-fA-F.:]+(?:\/[0-9]{1,3})?)*$/

export const net: MatchFacets<MatchOf<'net'>> = {
  print: ({ side, address, negated }) => `${not(negated)}--${side} ${address}`,
  read: [
    {
      by: 'generic',
      options: ['-s', '-d'],
      read: (address, negated, option) =>
        NETS.test(address)
          ? { kind: 'net', side: option === '-s' ? 'source' : 'destination', address, negated }
          : undefined,
    },
  ],
  kernelForms: ({ side, address, negated }) =>
    address.split(',').map(text => {
      const cidr = parseNet(text)?.cidr
      if (cidr?.prefixLength === 0 && !negated) return []
      return [{ kind: 'net', side, address: cidr === undefined ? text : formatCidr(cidr), negated }]
    }),
  evaluate: ({ side, address, negated }, moving, { nets }) =>
    negateIf(
      negated,
      nets.holds(address, side === 'source' ? moving.source : moving.destination, moving.packet.ipVersion),
    ),
  limits: {
    faults: ({ address }, ipVersion) => {
      if (address.length > MAX_WORD_LENGTH) {
        return [
          {
            message: `${address.split(',').length} addresses in one rule: they are longer than ${MAX_WORD_LENGTH} bytes`,
            help: 'give the endpoint fewer addresses, or leave the annotation out',
          },
        ]
      }
      if (isIptablesAddress(address, ipVersion)) return NO_FAULTS
      return [{ message: `\`${address}\` as an address`, help: `write an IPv${ipVersion} address or CIDR` }]
    },
  },
}
