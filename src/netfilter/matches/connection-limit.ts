// A number of connections.

import type { MatchFacets, MatchOf } from '../match-facets.ts'
import { readNumber } from '../numbers.ts'
import { plainOptions } from '../option.ts'

export const connectionLimit: MatchFacets<MatchOf<'connectionLimit'>> = {
  print: ({ above, mask }) => `-m connlimit --connlimit-above ${above} --connlimit-mask ${mask}`,
  read: [
    {
      by: 'module',
      modules: ['connlimit'],
      read: options => {
        const found = plainOptions(options, { '--connlimit-above': 1, '--connlimit-mask': 1, '--connlimit-saddr': 0 })
        const above = readNumber(found?.get('--connlimit-above') ?? '')
        const mask = readNumber(found?.get('--connlimit-mask') ?? '', 128)
        return above === undefined || mask === undefined ? undefined : [{ kind: 'connectionLimit', above, mask }]
      },
    },
  ],
  kernelForms: ({ above, mask }) => [[{ kind: 'connectionLimit', above, mask }]],
  // It depends on what came before this packet: a single packet finds no other connection.
  evaluate: () => 'no',
  packetSet: { by: 'headers', of: (_, packets) => packets.known(packets.none) },
  limits: {},
}
