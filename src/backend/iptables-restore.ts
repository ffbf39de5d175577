// Tables as iptables-restore text: `--noflush`, on a node that has none of it yet.

import { ruleHashes } from '../calico/rule-hash.ts'
import type { Chain, KernelChainHooks, Rule, Table } from '../model/ruleset.ts'
import { printRule, printRuleLine } from './iptables-rule.ts'

/**
 * `*table`, a line for each chain, the rules chain by chain, the hooks in the kernel's chains, `COMMIT`; each line ends
 * in a newline. @param printed texts of chains that have been printed already: the same chain may be in several tables
 */
export function printTable({ name, chains, hooks }: Table, printed: Map<Chain, string>): string {
  const parts = [`*${name}\n`]
  for (const chain of chains) parts.push(`:${chain.name} - -\n`)
  for (const chain of chains) parts.push(printChain(chain, printed))
  for (const hook of hooks) parts.push(printHooks(hook))
  parts.push('COMMIT\n')
  return parts.join('')
}

function printChain(chain: Chain, printed: Map<Chain, string>): string {
  let text = printed.get(chain)
  if (text === undefined) {
    text = printLines('-A', chain.name, chain.name, chain.rules).join('')
    printed.set(chain, text)
  }
  return text
}

/** Inserted rules are written last one first, so that the first ends up on top; their hashes are as for appending. */
function printHooks({ chain, inserts, insertMode, appends }: KernelChainHooks): string {
  const inserted =
    insertMode === 'insert'
      ? [...printLines('-I', chain, chain, inserts)].reverse()
      : printLines('-A', chain, chain, inserts)
  return [...inserted, ...printLines('-A', chain, `${chain}*appends*`, appends)].join('')
}

function printLines(option: '-A' | '-I', chain: string, seed: string, rules: readonly Rule[]): readonly string[] {
  const texts = rules.map(printRule)
  const hashes = ruleHashes(seed, texts)
  return texts.map((text, index) => `${printRuleLine(option, chain, hashes[index] ?? '', text)}\n`)
}
