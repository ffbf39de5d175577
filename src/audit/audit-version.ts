// What one IP version of a node has against what it should have.

import type { Ruleset } from '../model/ruleset.ts'
import type { KernelTables } from '../netfilter/kernel-tables.ts'
import { compareRules } from './compare-rules.ts'
import { compareSets } from './compare-sets.ts'
import type { VersionAudit } from './finding.ts'

/** @param hasSets whether the sets of the node are known at all: where they are not, only rules are compared */
export function auditVersion(wanted: Ruleset, found: KernelTables, hasSets: boolean): VersionAudit {
  const rules = compareRules(wanted, found)
  const sets = hasSets
    ? compareSets(wanted.ipSets, found.ipSets, wanted.ipVersion)
    : { findings: [], sets: 0, members: 0 }
  return {
    ipVersion: wanted.ipVersion,
    findings: [...rules.findings, ...sets.findings],
    counts: { chains: rules.chains, rules: rules.rules, sets: sets.sets, members: sets.members },
    foreign: rules.foreign,
  }
}
