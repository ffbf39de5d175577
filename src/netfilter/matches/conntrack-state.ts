// What connection tracking says of a packet.

import type { MatchFacets, MatchOf } from '../match-facets.ts'
import type { MovingPacket } from '../moving-packet.ts'
import { not } from '../negation.ts'
import { onlyOption, onlyWord } from '../option.ts'
import { outcomeOf } from '../outcome.ts'

const STATES: readonly string[] = ['INVALID', 'NEW', 'RELATED', 'ESTABLISHED', 'UNTRACKED', 'SNAT', 'DNAT']

export const conntrackState: MatchFacets<MatchOf<'conntrackState'>> = {
  print: ({ states, negated }) => `-m conntrack ${not(negated)}--ctstate ${states.join(',')}`,
  read: [
    {
      by: 'module',
      modules: ['conntrack', 'state'],
      read: options => {
        const option = onlyOption(options, '--ctstate', '--state')
        const states = option === undefined ? undefined : onlyWord(option)?.split(',')
        if (option === undefined || states === undefined) return undefined
        const { negated } = option
        return states.every(state => STATES.includes(state)) ? [{ kind: 'conntrackState', states, negated }] : undefined
      },
    },
  ],
  kernelForms: ({ states, negated }) => [[{ kind: 'conntrackState', states: [...states].sort(), negated }]],
  evaluate: ({ states, negated }, moving) =>
    outcomeOf(
      states.some(state => hasState(state, moving)),
      negated,
    ),
  limits: {},
}

function hasState(state: string, moving: MovingPacket): boolean {
  if (state === 'DNAT') return moving.isDestinationChanged
  if (state === 'SNAT') return moving.isSourceChanged
  return state === moving.state
}
