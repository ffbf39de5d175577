// New addresses for a connection.

import { readNatAddress } from '../nat-address.ts'
import { readPortRange } from '../numbers.ts'
import { hasOnly, keepMark, sameForm, type TargetFacets, type TargetOf } from '../target-facets.ts'

function randomly(randomFully: boolean): string {
  return randomFully ? ' --random-fully' : ''
}

export const dnat: TargetFacets<TargetOf<'dnat'>> = {
  print: ({ to }) => `--jump DNAT --to-destination ${to.written}`,
  read: {
    DNAT: options => {
      const to = options.get('--to-destination')?.text
      return to === undefined || options.size > 1 ? undefined : { kind: 'dnat', to: readNatAddress(to) }
    },
  },
  kernelForm: sameForm,
  nextMark: keepMark,
  tables: ['nat'],
}

export const snat: TargetFacets<TargetOf<'snat'>> = {
  print: ({ to, randomFully }) => `--jump SNAT --to-source ${to.written}${randomly(randomFully)}`,
  read: {
    SNAT: options => {
      const to = options.get('--to-source')?.text
      if (to === undefined || !hasOnly(options, '--to-source', '--random-fully')) return undefined
      return { kind: 'snat', to: readNatAddress(to), randomFully: options.has('--random-fully') }
    },
  },
  kernelForm: sameForm,
  nextMark: keepMark,
  tables: ['nat'],
}

export const masquerade: TargetFacets<TargetOf<'masquerade'>> = {
  print: ({ ports, randomFully }) =>
    `--jump MASQUERADE${ports === undefined ? '' : ` --to-ports ${ports.first}-${ports.last}`}${randomly(randomFully)}`,
  read: {
    MASQUERADE: options => {
      if (!hasOnly(options, '--to-ports', '--random-fully')) return undefined
      const text = options.get('--to-ports')?.text
      const ports = text === undefined ? undefined : readPortRange(text, '-')
      if (options.has('--to-ports') && ports === undefined) return undefined
      const randomFully = options.has('--random-fully')
      return { kind: 'masquerade', ...(ports === undefined ? {} : { ports }), randomFully }
    },
  },
  kernelForm: ({ ports, randomFully }) => ({
    kind: 'masquerade',
    ...(ports === undefined ? {} : { ports }),
    randomFully,
  }),
  nextMark: keepMark,
  tables: ['nat'],
}
