// Tables as iptables-restore text: `--noflush`, on a node that has none of it yet.

import { withoutArguments } from './percent-signs.ts'
import { ruleHashes } from '../../calico/rule-hash.ts'
import type { PrintedRule } from '../../model/rule-backend.ts'
import type { Chain, KernelChainHooks, Rule, Table } from '../../model/ruleset.ts'
import { printRule, printRuleLine } from './iptables-rule.ts'

/**
 * `*table`, a line for each chain, the rules chain by chain, the hooks in the kernel's chains, `COMMIT`; each line ends
 * in a newline. @param printed texts of chains that have been printed already: the same chain may be in several tables
 */
export function printTable({ name, chains, hooks }: Table, printed: Map<Chain, string>): string {
  const parts = [`*${name}\n`]
  for (const chain of chains) parts.push(`:${chain.name} - -\n`)
  for (const chain of chains) parts.push(printChain(chain, printed))
  for (const hook of hooks) parts.push(joinLines(printHookRules(hook)))
  parts.push('COMMIT\n')
  return parts.join('')
}

function printChain(chain: Chain, printed: Map<Chain, string>): string {
  let text = printed.get(chain)
  if (text === undefined) {
    text = joinLines(printChainRules(chain))
    printed.set(chain, text)
  }
  return text
}

/** The rules of a chain of Calico's own. */
export function printChainRules({ name, rules }: Chain): readonly PrintedRule[] {
  return printRules('-A', name, name, rules)
}

/** Inserted rules are written last one first, so that the first ends up on top; their hashes are as for appending. */
export function printHookRules({ chain, inserts, insertMode, appends }: KernelChainHooks): readonly PrintedRule[] {
  const inserted =
    insertMode === 'insert'
      ? [...printRules('-I', chain, chain, inserts)].reverse()
      : printRules('-A', chain, chain, inserts)
  return [...inserted, ...printRules('-A', chain, `${chain}*appends*`, appends)]
}

function printRules(option: '-A' | '-I', chain: string, seed: string, rules: readonly Rule[]): readonly PrintedRule[] {
  const texts = rules.map(printRule)
  const hashes = ruleHashes(seed, texts)
  return rules.map((rule, index) => {
    const hash = hashes[index] ?? ''
    const text = printRuleLine(option, chain, hash, texts[index] ?? '')
    return { rule, hash, text: rule.isFormatted === true ? withoutArguments(text) : text }
  })
}

function joinLines(rules: readonly PrintedRule[]): string {
  return rules.map(({ text }) => `${text}\n`).join('')
}
