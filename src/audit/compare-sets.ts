// The IP sets of a node against those that it should have.

import type { IpVersion } from '../net/cidr.ts'
import { kernelMember } from '../netfilter/kernel-form.ts'
import type { KernelIpSet } from '../netfilter/kernel-tables.ts'
import type { IpSet } from '../model/ruleset.ts'
import type { SetFinding } from './finding.ts'
import { isCalicoSet } from './owners.ts'

export interface SetComparison {
  readonly findings: readonly SetFinding[]
  readonly sets: number
  readonly members: number
}

/** @param found all sets of the node, of both IP versions and of everybody */
export function compareSets(
  wanted: readonly IpSet[],
  found: ReadonlyMap<string, KernelIpSet>,
  ipVersion: IpVersion,
): SetComparison {
  const findings: SetFinding[] = []
  let members = 0
  for (const set of wanted) {
    const should = set.members.map(kernelMember)
    members += should.length
    const there = found.get(set.name)
    const place = { ipVersion, set: set.name }
    if (there === undefined) {
      findings.push({ kind: 'set-missing', ...place, missing: should, extra: [] })
      continue
    }
    const has = membersOf(there)
    const [wantedMembers, foundMembers] = [new Set(should), new Set(has)]
    const missing = should.filter(member => !foundMembers.has(member))
    const extra = has.filter(member => !wantedMembers.has(member))
    const { type, ipVersion: family = ipVersion, maxElements: most = set.maxElements } = there
    if (type !== set.type || family !== ipVersion) findings.push({ kind: 'set-type', ...place, missing, extra })
    // Felix makes such a set anew, whatever it holds.
    else if (most !== set.maxElements) {
      findings.push({ kind: 'set-size', ...place, missing, extra, size: { wanted: set.maxElements, found: most } })
    } else if (missing.length + extra.length > 0) findings.push({ kind: 'set-members', ...place, missing, extra })
  }
  const known = new Set(wanted.map(({ name }) => name))
  for (const set of found.values()) {
    if (known.has(set.name) || !isCalicoSet(set.name) || versionOf(set) !== ipVersion) continue
    findings.push({ kind: 'set-left-over', ipVersion, set: set.name, missing: [], extra: membersOf(set) })
  }
  return { findings, sets: wanted.length, members }
}

function membersOf({ members, exceptions = [] }: KernelIpSet): readonly string[] {
  return [...members.map(kernelMember), ...exceptions.map(member => `${kernelMember(member)} nomatch`)]
}

function versionOf({ name }: KernelIpSet): IpVersion {
  return name.startsWith('cali6') ? 6 : 4
}
