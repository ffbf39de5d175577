// The DSCP value of the IP header.

import { readNumber } from '../numbers.ts'
import { keepMark, sameForm, type TargetFacets, type TargetOf } from '../target-facets.ts'

export const dscp: TargetFacets<TargetOf<'dscp'>> = {
  print: ({ value }) => `--jump DSCP --set-dscp ${value}`,
  read: {
    DSCP: options => {
      const value = readNumber(options.get('--set-dscp')?.text ?? '', 63)
      return value === undefined || options.size > 1 ? undefined : { kind: 'dscp', value }
    },
  },
  kernelForm: sameForm,
  nextMark: keepMark,
  tables: ['mangle'],
}
