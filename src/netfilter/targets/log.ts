// A line in the kernel log.

import { readNumber } from '../numbers.ts'
import { hasOnly, keepMark, type TargetFacets, type TargetOf } from '../target-facets.ts'

/** Level of a LOG rule that names none (libxt_LOG.c: LOG_DEFAULT_LEVEL); iptables-save does not print it. */
const DEFAULT_LEVEL = 4

/** Bytes of a log prefix that the kernel keeps (linux/netfilter/xt_LOG.h, less the closing zero). */
const MAX_LOG_PREFIX = 29

export const log: TargetFacets<TargetOf<'log'>> = {
  print: ({ prefix, level }) => `--jump LOG --log-prefix "${prefix}" --log-level ${level}`,
  read: {
    LOG: options => {
      if (!hasOnly(options, '--log-prefix', '--log-level')) return undefined
      const levelText = options.get('--log-level')?.text
      const level = levelText === undefined ? DEFAULT_LEVEL : readNumber(levelText, 7)
      return level === undefined ? undefined : { kind: 'log', prefix: options.get('--log-prefix')?.raw ?? '', level }
    },
  },
  kernelForm: ({ prefix, level }) => {
    const kept = new TextEncoder().encode(prefix.replace(/\\([^])/g, '$1')).slice(0, MAX_LOG_PREFIX)
    return { kind: 'log', prefix: new TextDecoder().decode(kept), level }
  },
  nextMark: keepMark,
  tables: 'all',
}
