// Compiled chains as a kernel keeps them: one entry for each rule that iptables makes, with the line and hash that Felix writes.

import { printChainRules, printHookRules } from '../backend/iptables/iptables-restore.ts'
import type { PrintedRule } from '../model/rule-backend.ts'
import type { Chain, KernelChainHooks, Rule } from '../model/ruleset.ts'
import { leadOf } from '../netfilter/chain-outline.ts'
import { kernelForms } from '../netfilter/kernel-form.ts'
import type { WantedRule } from './finding.ts'

/** A rule and what makes it equal to another one. */
export interface Keyed<R> {
  /** Matches and target in the kernel's spelling. */
  readonly key: string
  readonly rule: R
}

/** Both IP versions have many of the same chains, and an audit compares each of them several times. */
const known = new WeakMap<Chain, readonly Keyed<WantedRule>[]>()

export function wantedRules(chain: Chain): readonly Keyed<WantedRule>[] {
  const before = known.get(chain) ?? keyed(printChainRules(chain))
  known.set(chain, before)
  return before
}

/** In the order in which they are walked. */
export function wantedHooks(hooks: KernelChainHooks): {
  readonly inserts: readonly Keyed<WantedRule>[]
  readonly appends: readonly Keyed<WantedRule>[]
} {
  const printed = printHookRules(hooks)
  const inserted = printed.slice(0, hooks.inserts.length)
  const ordered = hooks.insertMode === 'insert' ? [...inserted].reverse() : inserted
  return { inserts: keyed(ordered), appends: keyed(printed.slice(hooks.inserts.length)) }
}

function keyed(printed: readonly PrintedRule[]): readonly Keyed<WantedRule>[] {
  const all = printed.flatMap(({ rule, hash, text }) =>
    kernelForms(rule).map(form => ({ key: JSON.stringify(form), rule, hash, text })),
  )
  return all.map(({ key, rule, hash, text }, index) => ({
    key,
    rule: { number: index + 1, key, text, hash, ...leading(rule), origin: rule.origin },
  }))
}

/** The chain that a rule jumps or goes to, for whoever spreads it into its own. */
export function leading(rule: Rule): { readonly leadsTo?: string } {
  const leadsTo = leadOf(rule)
  return leadsTo === undefined ? {} : { leadsTo }
}
