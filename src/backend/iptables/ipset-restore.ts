// IP sets as ipset-restore text, for a node that has none of them yet.

import type { IpSet } from '../../model/ruleset.ts'

/** `create` lines, each followed by its `add` lines, then `COMMIT`. */
export function printIpSets(sets: readonly IpSet[]): string {
  const parts: string[] = []
  for (const { name, type, ipVersion, maxElements, members } of sets) {
    parts.push(`create ${name} ${type} family ${ipVersion === 4 ? 'inet' : 'inet6'} maxelem ${maxElements}\n`)
    for (const member of members) parts.push(`add ${name} ${member}\n`)
  }
  parts.push('COMMIT\n')
  return parts.join('')
}
