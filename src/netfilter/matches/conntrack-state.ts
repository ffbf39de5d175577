// What connection tracking says of a packet.

import { CONNTRACK_STATES, type ConntrackState } from '../../model/rule-values.ts'
import type { MatchFacets, MatchOf } from '../match-facets.ts'
import type { MovingPacket } from '../moving-packet.ts'
import { not } from '../negation.ts'
import { onlyOption, onlyWord } from '../option.ts'
import { outcomeOf } from '../outcome.ts'

function isState(text: string): text is ConntrackState {
  return CONNTRACK_STATES.some(state => state === text)
}

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
        return states.every(isState) ? [{ kind: 'conntrackState', states, negated }] : undefined
      },
    },
  ],
  kernelForms: ({ states, negated }) => [[{ kind: 'conntrackState', states: [...states].sort(), negated }]],
  evaluate: ({ states, negated }, moving) =>
    outcomeOf(
      states.some(state => hasState(state, moving)),
      negated,
    ),
  packetSet: { by: 'flow', of: ({ states, negated }, packets) => packets.known(packets.states(states), negated) },
  limits: {},
}

function hasState(state: ConntrackState, moving: MovingPacket): boolean {
  if (state === 'DNAT') return moving.isOfDnat ?? moving.isDestinationChanged
  if (state === 'SNAT') return moving.isOfSnat ?? moving.isSourceChanged
  return state === moving.state
}
