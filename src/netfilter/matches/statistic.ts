// Chance: a share of packets that is drawn anew for each.

import type { MatchFacets, MatchOf } from '../match-facets.ts'
import { not } from '../negation.ts'
import { onlyWord } from '../option.ts'
import { negateIf, type Outcome } from '../outcome.ts'

export const statistic: MatchFacets<MatchOf<'statistic'>> = {
  print: ({ written, negated }) => `-m statistic --mode random ${not(negated)}--probability ${written}`,
  read: [
    {
      by: 'module',
      modules: ['statistic'],
      read: options => {
        const mode = options.find(({ name }) => name === '--mode')
        const share = options.find(({ name }) => name === '--probability')
        if (options.length !== 2 || mode === undefined || share === undefined) return undefined
        const written = onlyWord(share)
        if (onlyWord(mode) !== 'random' || written === undefined || !/^[01](\.\d+)?$/.test(written)) return undefined
        const probability = Number(written)
        if (probability > 1) return undefined
        return [{ kind: 'statistic', probability, written, negated: share.negated }]
      },
    },
  ],
  // The kernel counts in parts of 2^31 (libxt_statistic.c: lround of the product), and the tool prints 11 digits.
  kernelForms: match => {
    const probability = Math.round(Number(match.written) * 2 ** 31) / 2 ** 31
    return [[{ ...match, probability, written: probability.toFixed(11) }]]
  },
  evaluate: match => negateIf(match.negated, drawn(match)),
  packetSet: {
    by: 'headers',
    of: (match, packets) => {
      const outcome = drawn(match)
      return packets.known(
        outcome === 'unknown' ? undefined : outcome === 'yes' ? packets.all : packets.none,
        match.negated,
      )
    },
  },
  limits: {},
}

function drawn({ probability }: MatchOf<'statistic'>): Outcome {
  if (probability === 1) return 'yes'
  return probability === 0 ? 'no' : 'unknown'
}

/** How often it fits: 0–1. */
export function chanceOf({ probability, negated }: MatchOf<'statistic'>): number {
  return negated ? 1 - probability : probability
}

/** `33.3 %` */
export function percentText(match: MatchOf<'statistic'>): string {
  return `${Number((chanceOf(match) * 100).toFixed(1))} %`
}
