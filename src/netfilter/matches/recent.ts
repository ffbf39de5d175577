// A list of senders that came before: to be noted there fits every packet, to be found there depends on what came before.

import type { MatchFacets, MatchOf } from '../match-facets.ts'
import { readNumber } from '../numbers.ts'
import { onlyWord, type Option } from '../option.ts'
import type { Outcome } from '../outcome.ts'

export const recent: MatchFacets<MatchOf<'recent'>> = {
  print: ({ options }) => `-m recent ${options}`,
  read: [
    {
      by: 'module',
      modules: ['recent'],
      read: options => {
        const action = options.filter(({ name }) => ACTIONS.includes(name))
        const [only] = action
        if (only === undefined || action.length > 1) return undefined
        const isSetting = only.name === '--set' && !only.negated
        const count = options.find(({ name }) => name === '--hitcount')
        const hits = count === undefined || only.negated ? 1 : (readNumber(onlyWord(count) ?? '') ?? 1)
        return [{ kind: 'recent', options: options.map(textOf).join(' '), isSetting, hits }]
      },
    },
  ],
  kernelForms: match => [[match]],
  evaluate: found,
  packetSet: {
    by: 'headers',
    of: (match, packets) => {
      const outcome = found(match)
      return packets.known(outcome === 'unknown' ? undefined : outcome === 'yes' ? packets.all : packets.none)
    },
  },
  limits: {},
}

/** A sender may have come before; not, though, as often as a limit on attempts asks. */
function found({ isSetting, hits }: MatchOf<'recent'>): Outcome {
  if (isSetting) return 'yes'
  return hits > 1 ? 'no' : 'unknown'
}

/** What is done with the list (net/netfilter/xt_recent.c: recent_mt). */
const ACTIONS: readonly string[] = ['--set', '--rcheck', '--update', '--remove']

function textOf({ name, negated, arguments: words }: Option): string {
  return [...(negated ? ['!'] : []), name, ...words.map(({ raw }) => raw)].join(' ')
}
