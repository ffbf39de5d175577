// A rate of packets. A burst of 0 is written as none, and none is the kernel's own.

import type { MatchFacets, MatchOf } from '../match-facets.ts'
import { readNumber } from '../numbers.ts'
import { plainOptions } from '../option.ts'
import { DEFAULT_BURST, kernelRate, MAX_BURST, rateOverflows, readRate } from '../rate.ts'
import { NO_FAULTS } from '../text-limits.ts'

export const limit: MatchFacets<MatchOf<'limit'>> = {
  print: ({ rate, burst }) =>
    burst === 0 ? `-m limit --limit ${rate.written}` : `-m limit --limit ${rate.written} --limit-burst ${burst}`,
  read: [
    {
      by: 'module',
      modules: ['limit'],
      read: options => {
        const found = plainOptions(options, { '--limit': 1, '--limit-burst': 1 })
        const rate = readRate(found?.get('--limit') ?? '')
        const burstText = found?.get('--limit-burst')
        const burst = burstText === undefined ? 0 : readNumber(burstText)
        return rate === undefined || burst === undefined ? undefined : [{ kind: 'limit', rate, burst }]
      },
    },
  ],
  kernelForms: ({ rate, burst }) => [
    [{ kind: 'limit', rate: kernelRate(rate), burst: burst === 0 ? DEFAULT_BURST : burst }],
  ],
  // It depends on the packets before this one: a single packet finds the limit untouched.
  evaluate: () => 'yes',
  packetSet: { by: 'headers', of: (_, packets) => packets.known(packets.all) },
  limits: {
    faults: ({ rate, burst }) => {
      if (burst > MAX_BURST) return [{ message: `a burst of \`${burst}\``, help: `write 0-${MAX_BURST}` }]
      const effective = burst === 0 ? DEFAULT_BURST : burst
      if (!rateOverflows(rate, effective)) return NO_FAULTS
      return [
        {
          message: `the limit \`${rate.written}\` with a burst of ${effective}: the kernel's counter overflows`,
          help: 'raise the rate or lower the burst',
        },
      ]
    },
  },
}
