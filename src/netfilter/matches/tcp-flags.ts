// Flags of TCP: of those in the mask exactly the named ones are set.

import { PROTOCOL_NUMBERS } from '../../net/protocol.ts'
import type { MatchFacets, MatchOf } from '../match-facets.ts'
import { outcomeOf } from '../outcome.ts'
import { expandFlags, isFlagList, SYN_FLAGS, SYN_MASK } from '../tcp-flags.ts'

export const tcpFlags: MatchFacets<MatchOf<'tcpFlags'>> = {
  print: ({ mask, flags }) => `-m tcp --tcp-flags ${mask.join(',')} ${flags.join(',')}`,
  read: [
    {
      by: 'option',
      modules: ['tcp'],
      options: ['--syn', '--tcp-flags'],
      read: ({ name, negated, arguments: words }) => {
        if (negated) return undefined
        if (name === '--syn') return { kind: 'tcpFlags', mask: SYN_MASK, flags: SYN_FLAGS }
        const [mask, flags] = words.map(({ text }) => text.split(','))
        if (mask === undefined || flags === undefined || !isFlagList(mask) || !isFlagList(flags)) return undefined
        return { kind: 'tcpFlags', mask, flags }
      },
    },
  ],
  kernelForms: ({ mask, flags }) => [[{ kind: 'tcpFlags', mask: expandFlags(mask), flags: expandFlags(flags) }]],
  evaluate: ({ mask, flags }, { packet }) => {
    if (packet.protocol !== PROTOCOL_NUMBERS.tcp) return 'no'
    const wanted = expandFlags(flags)
    const set = packet.tcpFlags ?? []
    return outcomeOf(expandFlags(mask).every(flag => set.includes(flag) === wanted.includes(flag)))
  },
  packetSet: {
    by: 'headers',
    of: ({ mask, flags }, packets) => {
      const fitting = packets.tcpFlags(expandFlags(mask), expandFlags(flags))
      return packets.known(packets.and(packets.protocols([PROTOCOL_NUMBERS.tcp]), fitting))
    },
  },
  limits: {
    protocols: () => ({ numbers: [PROTOCOL_NUMBERS.tcp], message: 'TCP flags in a rule that is not for TCP' }),
  },
}
