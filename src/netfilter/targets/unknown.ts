// A target that was read from a node and is not known here.

import { keepMark, sameForm, type TargetFacets, type TargetOf } from '../target-facets.ts'

export const unknown: TargetFacets<TargetOf<'unknown'>> = {
  print: ({ text }) => text,
  read: {},
  kernelForm: sameForm,
  // Where it may change the mark, the walk says that it cannot tell.
  nextMark: keepMark,
  tables: 'all',
}
