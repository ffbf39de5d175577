// The backend for iptables-restore and ipset restore, as one value.

import { ruleHashes } from '../../calico/rule-hash.ts'
import type { RuleBackend } from '../../model/rule-backend.ts'
import { printAnnotated } from './annotated-restore.ts'
import { printIpSets } from './ipset-restore.ts'
import { printChainRules, printHookRules, printTable } from './iptables-restore.ts'
import { printRule, printRuleLine } from './iptables-rule.ts'

export const IPTABLES: RuleBackend = {
  printRule,
  printLine: (chain, hash, rule) =>
    hash === undefined ? `-A ${chain}${printRule(rule)}` : printRuleLine('-A', chain, hash, printRule(rule)),
  printLongestLine: (chain, rule) => printRuleLine('-A', chain, 'x'.repeat(16), printRule(rule)),
  hashRules: (seed, rules) => ruleHashes(seed, rules.map(printRule)),
  printChain: printChainRules,
  printHooks: printHookRules,
  printTables: (tables, printed = new Map()) => tables.map(table => printTable(table, printed)).join(''),
  printAnnotated,
  printSets: printIpSets,
}
