// A match that was read from a node and is not known here.

import type { MatchFacets, MatchOf } from '../match-facets.ts'

export const unknown: MatchFacets<MatchOf<'unknown'>> = {
  print: ({ text }) => text,
  read: [],
  kernelForms: match => [[match]],
  evaluate: () => 'unknown',
  packetSet: { by: 'headers', of: (_, packets) => packets.known(undefined) },
  limits: {},
}
