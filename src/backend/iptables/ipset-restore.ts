// IP sets as ipset-restore text, for a node that has none of them yet.

import type { IpSet } from '../../model/ruleset.ts'

/**
 * `create` lines, each followed by its `add` lines, then `COMMIT`.
 *
 * @param printed `add` lines of members that have been printed already, and of those that are printed now
 */
export function printIpSets(sets: readonly IpSet[], printed?: Map<IpSet['members'], string>): string {
  const parts: string[] = []
  for (const { name, type, ipVersion, maxElements, members } of sets) {
    parts.push(`create ${name} ${type} family ${ipVersion === 4 ? 'inet' : 'inet6'} maxelem ${maxElements}\n`)
    let lines = printed?.get(members)
    if (lines === undefined) {
      lines = printMembers(name, members)
      printed?.set(members, lines)
    }
    parts.push(lines)
  }
  parts.push('COMMIT\n')
  return parts.join('')
}

function printMembers(name: string, members: readonly string[]): string {
  const parts: string[] = []
  for (const member of members) parts.push(`add ${name} ${member}\n`)
  return parts.join('')
}
