// A rate of packets. A burst of 0 is written as none, and none is the kernel's own.

import type { MatchFacets, MatchOf } from '../match-facets.ts'
import { readNumber } from '../numbers.ts'
import { plainOptions } from '../option.ts'
import { DEFAULT_BURST, kernelRate, MAX_BURST, rateOverflows } from '../rate.ts'
import { NO_FAULTS } from '../text-limits.ts'

export const limit: MatchFacets<MatchOf<'limit'>> = {
  print: ({ rate, burst }) =>
    burst === 0 ? `-m limit --limit ${rate}` : `-m limit --limit ${rate} --limit-burst ${burst}`,
  read: [
    {
      by: 'module',
      modules: ['limit'],
      read: options => {
        const found = plainOptions(options, { '--limit': 1, '--limit-burst': 1 })
        const rate = found?.get('--limit')
        const burstText = found?.get('--limit-burst')
        const burst = burstText === undefined ? 0 : readNumber(burstText)
        if (rate === undefined || burst === undefined || !/^[1-9][0-9]*\/[a-z]+$/.test(rate)) return undefined
        return [{ kind: 'limit', rate, burst }]
      },
    },
  ],
  kernelForms: ({ rate, burst }) => [
    [{ kind: 'limit', rate: kernelRate(rate), burst: burst === 0 ? DEFAULT_BURST : burst }],
  ],
  // It depends on the packets before this one: a single packet finds the limit untouched.
  evaluate: () => 'yes',
  limits: {
    faults: ({ rate, burst }) => {
      if (burst > MAX_BURST) return [{ message: `a burst of \`${burst}\``, help: `write 0-${MAX_BURST}` }]
      const effective = burst === 0 ? DEFAULT_BURST : burst
      if (!rateOverflows(rate, effective)) return NO_FAULTS
      return [
        {
          message: `the limit \`${rate}\` with a burst of ${effective}: the kernel's counter overflows`,
          help: 'raise the rate or lower the burst',
        },
      ]
    },
  },
}
