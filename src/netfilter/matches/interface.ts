// Interfaces by which a packet comes in and leaves.

import { utf8Length } from '../../text/bytes.ts'
import type { MatchFacets, MatchLimits, MatchOf } from '../match-facets.ts'
import { outcomeOf } from '../outcome.ts'
import { BREAKS_WORD, brokenWordFault, MAX_INTERFACE_NAME, NO_FAULTS } from '../text-limits.ts'

/** A name, or the beginning of one with `+`; a packet that has no such interface has the name ``. */
export function isInterface(pattern: string, name: string): boolean {
  return pattern.endsWith('+') ? name.startsWith(pattern.slice(0, -1)) : name === pattern
}

type InterfaceMatch = MatchOf<'inInterface' | 'outInterface' | 'notInInterface' | 'notOutInterface'>

const limits: MatchLimits<InterfaceMatch> = {
  faults: ({ name }) => {
    const isBroken = BREAKS_WORD.test(name)
    const isLong = utf8Length(name) > MAX_INTERFACE_NAME
    if (!isBroken && !isLong) return NO_FAULTS
    const tooLong = {
      message: `the interface name \`${name}\`: it is longer than ${MAX_INTERFACE_NAME} characters`,
      help: `use a shorter one; in \`interfacePrefix\`, at most ${MAX_INTERFACE_NAME - 1} characters`,
    }
    return [...(isBroken ? [brokenWordFault(name)] : []), ...(isLong ? [tooLong] : [])]
  },
}

export const inInterface: MatchFacets<MatchOf<'inInterface'>> = {
  print: ({ name }) => `--in-interface ${name}`,
  read: [
    {
      by: 'generic',
      options: ['-i'],
      read: (name, negated) => ({ kind: negated ? 'notInInterface' : 'inInterface', name }),
    },
  ],
  kernelForms: ({ name }) => [[{ kind: 'inInterface', name }]],
  evaluate: ({ name }, moving) => outcomeOf(isInterface(name, moving.inInterface)),
  packetSet: { by: 'flow', of: ({ name }, packets) => packets.known(packets.inInterface(name)) },
  limits,
}

export const notInInterface: MatchFacets<MatchOf<'notInInterface'>> = {
  print: ({ name }) => `! --in-interface ${name}`,
  read: [],
  kernelForms: ({ name }) => [[{ kind: 'notInInterface', name }]],
  evaluate: ({ name }, moving) => outcomeOf(!isInterface(name, moving.inInterface)),
  packetSet: { by: 'flow', of: ({ name }, packets) => packets.known(packets.inInterface(name), true) },
  limits,
}

export const outInterface: MatchFacets<MatchOf<'outInterface'>> = {
  print: ({ name }) => `--out-interface ${name}`,
  read: [
    {
      by: 'generic',
      options: ['-o'],
      read: (name, negated) => ({ kind: negated ? 'notOutInterface' : 'outInterface', name }),
    },
  ],
  kernelForms: ({ name }) => [[{ kind: 'outInterface', name }]],
  evaluate: ({ name }, moving) => outcomeOf(isInterface(name, moving.outInterface)),
  packetSet: { by: 'flow', of: ({ name }, packets) => packets.known(packets.outInterface(name)) },
  limits,
}

export const notOutInterface: MatchFacets<MatchOf<'notOutInterface'>> = {
  print: ({ name }) => `! --out-interface ${name}`,
  read: [],
  kernelForms: ({ name }) => [[{ kind: 'notOutInterface', name }]],
  evaluate: ({ name }, moving) => outcomeOf(!isInterface(name, moving.outInterface)),
  packetSet: { by: 'flow', of: ({ name }, packets) => packets.known(packets.outInterface(name), true) },
  limits,
}
