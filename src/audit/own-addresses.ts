// The set of the node's own addresses, where nobody said which those are: what the node has there cannot be judged.

import { ipSetName } from '../calico/names.ts'
import { kernelMember } from '../netfilter/kernel-form.ts'
import type { KernelTables } from '../netfilter/kernel-tables.ts'
import type { IpVersion } from '../net/cidr.ts'
import type { Ruleset } from '../model/ruleset.ts'

/** Name of the set of the node's own addresses. */
export function ownAddressSet(ipVersion: IpVersion): string {
  return ipSetName(ipVersion, 'this-host')
}

/** The addresses that the input knows must be in the set of the node; whatever else it has there is taken as it is. */
export function withOwnAddresses(wanted: Ruleset, { ipSets }: KernelTables): Ruleset {
  const name = ownAddressSet(wanted.ipVersion)
  const found = ipSets.get(name)
  if (found === undefined) return wanted
  const take = (members: readonly string[]): readonly string[] => {
    const known = new Set(members.map(kernelMember))
    return [...members, ...found.members.filter(member => !known.has(kernelMember(member)))].sort()
  }
  return {
    ...wanted,
    ipSets: wanted.ipSets.map(set => (set.name === name ? { ...set, members: take(set.members) } : set)),
  }
}
