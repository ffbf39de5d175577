// A copy of the packet for whoever listens to a group.

import { readNumber } from '../numbers.ts'
import { hasOnly, keepMark, type TargetFacets, type TargetOf } from '../target-facets.ts'

export const nflog: TargetFacets<TargetOf<'nflog'>> = {
  print: ({ group, prefix, size, asRange }) =>
    `--jump NFLOG --nflog-group ${group} --nflog-prefix ${prefix} --nflog-${asRange === true ? 'range' : 'size'} ${size}`,
  read: {
    NFLOG: options => {
      const sizeOption = options.has('--nflog-range') ? '--nflog-range' : '--nflog-size'
      if (!hasOnly(options, '--nflog-group', '--nflog-prefix', sizeOption)) return undefined
      const group = readNumber(options.get('--nflog-group')?.text ?? '0', 65_535)
      const size = readNumber(options.get(sizeOption)?.text ?? '')
      const prefix = options.get('--nflog-prefix')?.text
      if (group === undefined || size === undefined || prefix === undefined) return undefined
      const target = { kind: 'nflog', group, prefix, size } as const
      return sizeOption === '--nflog-size' ? target : { ...target, asRange: true }
    },
  },
  kernelForm: ({ group, prefix, size, asRange }) => ({
    kind: 'nflog',
    group,
    prefix,
    size,
    ...(asRange === true ? { asRange } : {}),
  }),
  nextMark: keepMark,
  tables: 'all',
}
