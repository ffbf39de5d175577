// PHASE 4: ruleset -> text. The door of the backend; it decides nothing.

import type { Chain, Ruleset } from '../../model/ruleset.ts'
import { printIpSets } from './ipset-restore.ts'
import { printTable } from './iptables-restore.ts'

export interface RulesetText {
  /** For `iptables-restore --noflush` or `ip6tables-restore --noflush`. */
  readonly iptables: string
  /** For `ipset restore`, to be loaded first. */
  readonly ipset: string
}

/** @param printed texts of chains that have been printed already, and of those that are printed now */
export function printRuleset({ tables, ipSets }: Ruleset, printed = new Map<Chain, string>()): RulesetText {
  return {
    iptables: tables.map(table => printTable(table, printed)).join(''),
    ipset: printIpSets(ipSets),
  }
}
