// The set of the node's own addresses, where nobody said which those are: what the node has there cannot be judged.

import { ipSetName } from '../calico/names.ts'
import { kernelMember } from '../netfilter/kernel-form.ts'
import type { KernelTables } from '../netfilter/kernel-tables.ts'
import type { IpVersion } from '../net/cidr.ts'
import type { Ruleset } from '../model/ruleset.ts'
import type { Cause } from './cause.ts'
import { type Finding, isSetFinding } from './finding.ts'

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

/** The node has addresses in its own set that nobody gave. */
export function strangeAddresses(findings: readonly Finding[]): Cause | undefined {
  const own = findings.filter(isSetFinding).filter(({ set, ipVersion }) => set === ownAddressSet(ipVersion))
  const strange = own.flatMap(({ extra }) => extra)
  const gone = own.flatMap(({ missing }) => missing)
  if (strange.length === 0) return undefined
  return {
    kind: 'wrong-host',
    title: '--host is not of this node, or was saved at another time',
    evidence: [
      `the node's own set of its addresses has ${strange.join(', ')}, which --host has not`,
      ...(gone.length === 0 ? [] : [`--host has ${gone.join(', ')}, which the node's own set has not`]),
    ],
    findings: [],
    orElse: ['the address was taken from the node since Felix ran'],
  }
}
