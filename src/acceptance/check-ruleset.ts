// Would iptables, ip6tables and ipset take these rules and sets? What they refuse, Felix tries again for ever, and nothing
// of that table is programmed. The door of the folder.

import type { Refusal, RuleToCheck } from './refusal.ts'
import type { Report } from '../diagnostics/diagnostic.ts'
import type { NodePlan } from '../model/plan.ts'
import type { Rule, Ruleset, TableName } from '../model/ruleset.ts'
import { refusedMatches } from './refused-matches.ts'
import { refusedSet } from './refused-sets.ts'
import { RULE_CHECKS } from './refused-rules.ts'
import { locationOf } from '../model/origin.ts'

type RefusalCode = 'kernel-refuses-rule' | 'kernel-refuses-set'

/** A refusal, and everything that is refused for it. */
interface Finding {
  readonly code: RefusalCode
  readonly refusal: Refusal
  readonly tools: Set<string>
  readonly tables: Set<TableName>
}

/**
 * Checks the rulesets of a node. What is refused for one reason is one error, however many rules, tables and IP versions it
 * is in. @param printLine writes a rule as the backend does: some limits are those of the text
 */
export function checkRulesets(
  rulesets: readonly Ruleset[],
  plan: NodePlan,
  printLine: (chain: string, rule: Rule) => string,
  report: Report,
): void {
  const findings = new Map<string, Finding>()
  const add = (code: RefusalCode, refusal: Refusal, tool: string, table?: TableName): void => {
    const key = JSON.stringify([code, refusal.message, refusal.help, keyOf(refusal.place)])
    let finding = findings.get(key)
    if (finding === undefined) findings.set(key, (finding = { code, refusal, tools: new Set(), tables: new Set() }))
    finding.tools.add(tool)
    if (table !== undefined) finding.tables.add(table)
  }
  for (const { tables, ipSets, ipVersion } of rulesets) {
    for (const set of ipSets) {
      const refusal = refusedSet(set, plan)
      if (refusal !== undefined) add('kernel-refuses-set', refusal, 'ipset')
    }
    const tool = ipVersion === 4 ? 'iptables' : 'ip6tables'
    for (const { name: table, chains, hooks } of tables) {
      const check = (chain: string, rules: readonly Rule[]): void => {
        for (const rule of rules) {
          const toCheck: RuleToCheck = { rule, table, ipVersion, plan, printLine: () => printLine(chain, rule) }
          const refuse = (refusal: Refusal): void => {
            add('kernel-refuses-rule', { ...refusal, place: refusal.place ?? locationOf(rule.origin) }, tool, table)
          }
          for (const ruleCheck of RULE_CHECKS) {
            const refusal = ruleCheck(toCheck)
            if (refusal !== undefined) refuse(refusal)
          }
          refusedMatches(toCheck).forEach(refuse)
        }
      }
      for (const { name, rules } of chains) check(name, rules)
      for (const { chain, inserts, appends } of hooks) check(chain, [...inserts, ...appends])
    }
  }
  for (const finding of findings.values()) {
    report.error(finding.code, describeFinding(finding), finding.refusal.place, finding.refusal.help)
  }
}

function describeFinding({ refusal, tools, tables }: Finding): string {
  const who = `${[...tools].join(' and ')} ${tools.size === 1 ? 'refuses' : 'refuse'}`
  const lost =
    tables.size === 0 ? 'the set' : `the ${[...tables].join(' and ')} ${tables.size === 1 ? 'table' : 'tables'}`
  return `${who} ${refusal.message}; Felix tries again for ever and never programs ${lost}`
}

function keyOf(place: Refusal['place']): unknown {
  if (place === undefined) return undefined
  return 'file' in place ? [place.file.name, place.start] : [place.document, place.path]
}
