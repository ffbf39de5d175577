// The interfaces of a rule that was listed without them: `iptables -L` shows them with `-v` only. netfilter has no such match.

import type { MatchFacets, MatchOf } from '../match-facets.ts'

/** It stands for them in lines that are made of a listing. */
export const UNLISTED_INTERFACES = '-m interfaces --not-shown'

export const unlistedInterfaces: MatchFacets<MatchOf<'unlistedInterfaces'>> = {
  print: () => UNLISTED_INTERFACES,
  read: [
    {
      by: 'option',
      modules: ['interfaces'],
      options: ['--not-shown'],
      read: () => ({ kind: 'unlistedInterfaces' }),
    },
  ],
  kernelForms: match => [[match]],
  evaluate: () => 'unknown',
  packetSet: { by: 'headers', of: (_, packets) => packets.known(undefined) },
  limits: {},
}
