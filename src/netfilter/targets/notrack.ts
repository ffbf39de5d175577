// Keeping a packet out of connection tracking.

import { keepMark, sameForm, type TargetFacets, type TargetOf, withoutOptions } from '../target-facets.ts'

export const notrack: TargetFacets<TargetOf<'notrack'>> = {
  print: () => '--jump NOTRACK',
  read: {
    NOTRACK: withoutOptions({ kind: 'notrack' }),
    CT: options => (options.size === 1 && options.has('--notrack') ? { kind: 'notrack' } : undefined),
  },
  kernelForm: sameForm,
  nextMark: keepMark,
  tables: ['raw'],
}
