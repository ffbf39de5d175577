// iptables-restore text with comment lines, which iptables-restore skips: without them it is the plain text.

import type { Annotator, PrintedRule } from '../../model/rule-backend.ts'
import type { Table } from '../../model/ruleset.ts'
import { printChainRules, printHookRules } from './iptables-restore.ts'

/** A comment above each chain, and above each run of rules that have the same one. */
export function printAnnotated(tables: readonly Table[], annotator: Annotator): string {
  return tables.map(table => printTable(table, annotator)).join('')
}

function printTable({ name, chains, hooks }: Table, annotator: Annotator): string {
  const parts = [`*${name}\n`, ...chains.map(chain => `:${chain.name} - -\n`)]
  for (const chain of chains) {
    parts.push(`# ${annotator.chain(chain, name)}\n`)
    for (const part of printBlocks(printChainRules(chain), annotator)) parts.push(part)
  }
  for (const hook of hooks) for (const part of printBlocks(printHookRules(hook), annotator)) parts.push(part)
  parts.push('COMMIT\n')
  return parts.join('')
}

function printBlocks(rules: readonly PrintedRule[], annotator: Annotator): readonly string[] {
  let last = ''
  return rules.map(({ rule, text }) => {
    const comment = annotator.rule(rule)
    if (comment === last) return `${text}\n`
    last = comment
    return `# ${comment}\n${text}\n`
  })
}
