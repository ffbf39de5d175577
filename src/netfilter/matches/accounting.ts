// A counter of the accounting subsystem that a packet is added to; it fits every packet.

import type { MatchFacets, MatchOf } from '../match-facets.ts'
import { plainOptions } from '../option.ts'

export const accounting: MatchFacets<MatchOf<'accounting'>> = {
  print: ({ name }) => `-m nfacct --nfacct-name ${name}`,
  read: [
    {
      by: 'module',
      modules: ['nfacct'],
      read: options => {
        const name = plainOptions(options, { '--nfacct-name': 1 })?.get('--nfacct-name')
        return name === undefined ? undefined : [{ kind: 'accounting', name }]
      },
    },
  ],
  kernelForms: match => [[match]],
  // net/netfilter/xt_nfacct.c: nfacct_mt returns true unless the object has a quota, which an option of its own sets.
  evaluate: () => 'yes',
  packetSet: { by: 'headers', of: (_, packets) => packets.known(packets.all) },
  limits: {},
}
