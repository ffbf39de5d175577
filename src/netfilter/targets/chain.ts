// Going through another chain. What stands behind `-j` is a chain wherever the table has one of that name.

import { keepMark, sameForm, type TargetFacets, type TargetOf } from '../target-facets.ts'

export const jump: TargetFacets<TargetOf<'jump'>> = {
  print: ({ chain }) => `--jump ${chain}`,
  read: {},
  kernelForm: sameForm,
  nextMark: keepMark,
  tables: 'all',
}

export const goto: TargetFacets<TargetOf<'goto'>> = {
  print: ({ chain }) => `--goto ${chain}`,
  read: {},
  kernelForm: sameForm,
  nextMark: keepMark,
  tables: 'all',
}
