// Bits of the packet mark.

import type { MatchFacets, MatchOf } from '../match-facets.ts'
import { hexMark, readMark } from '../numbers.ts'
import { onlyOption, onlyWord } from '../option.ts'
import { outcomeOf } from '../outcome.ts'
import { not } from '../negation.ts'

export const mark: MatchFacets<MatchOf<'mark'>> = {
  print: ({ value, mask, negated }) => `-m mark ${not(negated)}--mark ${hexMark(value)}/${hexMark(mask)}`,
  read: [
    {
      by: 'module',
      modules: ['mark'],
      read: options => {
        const option = onlyOption(options, '--mark')
        const text = option === undefined ? undefined : onlyWord(option)
        const bits = text === undefined ? undefined : readMark(text)
        if (option === undefined || text === undefined || bits === undefined) return undefined
        const { negated } = option
        // Felix writes a plain 0 where it asks for clear bits.
        if (text.startsWith('0/')) return [{ kind: 'markClear', mask: bits.mask, negated }]
        return [{ kind: 'mark', ...bits, negated }]
      },
    },
  ],
  kernelForms: ({ value, mask, negated }) => [[{ kind: 'mark', value, mask, negated }]],
  evaluate: ({ value, mask, negated }, moving) => outcomeOf((moving.mark & mask) >>> 0 === value, negated),
  packetSet: {
    by: 'flow',
    of: ({ value, mask, negated }, packets) => packets.either(((packets.mark & mask) >>> 0 === value) !== negated),
  },
  limits: {},
}

/** All bits of the mask are clear. The kernel compares with 0. */
export const markClear: MatchFacets<MatchOf<'markClear'>> = {
  print: ({ mask, negated }) => `-m mark ${not(negated)}--mark 0/${hexMark(mask)}`,
  read: [],
  kernelForms: ({ mask, negated }) => [[{ kind: 'mark', value: 0, mask, negated }]],
  evaluate: ({ mask, negated }, moving) => outcomeOf((moving.mark & mask) === 0, negated),
  packetSet: {
    by: 'flow',
    of: ({ mask, negated }, packets) => packets.either(((packets.mark & mask) === 0) !== negated),
  },
  limits: {},
}
