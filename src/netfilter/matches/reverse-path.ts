// The reverse path filter: a source that the node would not answer through the interface the packet came in by.

import type { MatchFacets, MatchOf } from '../match-facets.ts'
import { plainOptions } from '../option.ts'
import { outcomeOf } from '../outcome.ts'

export const reversePathFails: MatchFacets<MatchOf<'reversePathFails'>> = {
  print: () => '-m rpfilter --invert --validmark',
  read: [
    {
      by: 'module',
      modules: ['rpfilter'],
      read: options =>
        plainOptions(options, { '--invert': 0, '--validmark': 0 })?.size === 2
          ? [{ kind: 'reversePathFails' }]
          : undefined,
    },
  ],
  kernelForms: match => [[match]],
  evaluate: (_, moving) => outcomeOf(moving.hasReversePath === false),
  packetSet: { by: 'headers', of: (_, packets) => packets.known(packets.reversePathFails()) },
  // net/ipv4/netfilter/ipt_rpfilter.c: rpfilter_check
  limits: { tables: ['raw', 'mangle'] },
}
