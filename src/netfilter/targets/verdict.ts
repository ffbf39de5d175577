// Verdicts of the kernel itself, and REJECT.

import { hasOnly, keepMark, sameForm, type TargetFacets, type TargetOf, withoutOptions } from '../target-facets.ts'

export const accept: TargetFacets<TargetOf<'accept'>> = {
  print: () => '--jump ACCEPT',
  read: { ACCEPT: withoutOptions({ kind: 'accept' }) },
  kernelForm: sameForm,
  nextMark: keepMark,
  tables: 'all',
}

export const drop: TargetFacets<TargetOf<'drop'>> = {
  print: () => '--jump DROP',
  read: { DROP: withoutOptions({ kind: 'drop' }) },
  kernelForm: sameForm,
  nextMark: keepMark,
  tables: 'all',
}

/** The name of the kind is a word of the language. */
export const returnTarget: TargetFacets<TargetOf<'return'>> = {
  print: () => '--jump RETURN',
  read: { RETURN: withoutOptions({ kind: 'return' }) },
  kernelForm: sameForm,
  nextMark: keepMark,
  tables: 'all',
}

const DEFAULT_ANSWERS = ['icmp-port-unreachable', 'icmp6-port-unreachable', 'port-unreach']

export const reject: TargetFacets<TargetOf<'reject'>> = {
  // Felix writes the connection limit's answer with the short option.
  print: target => (target.with === undefined ? '--jump REJECT' : `-j REJECT --reject-with ${target.with}`),
  read: {
    REJECT: options => {
      if (!hasOnly(options, '--reject-with')) return undefined
      const answer = options.get('--reject-with')?.text
      if (options.size > 0 && answer === undefined) return undefined
      return answer === undefined || DEFAULT_ANSWERS.includes(answer)
        ? { kind: 'reject' }
        : { kind: 'reject', with: answer === 'tcp-rst' ? 'tcp-reset' : answer }
    },
  },
  kernelForm: sameForm,
  nextMark: keepMark,
  tables: ['filter'],
}
