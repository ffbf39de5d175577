// Kernel tables as iptables-save prints them: rules that were read with the words they were read with.

import type { KernelTables } from '../../netfilter/kernel-tables.ts'
import type { Counters } from '../../model/origin.ts'
import type { Chain, Rule } from '../../model/ruleset.ts'
import { printRule } from './iptables-rule.ts'

/** Without the comments and with counters only where they were read. */
export function printKernelTables({ tables }: KernelTables): string {
  const parts: string[] = []
  for (const { name, kernelChains, userChains } of tables) {
    parts.push(`*${name}\n`)
    for (const { name: chain, policy, counters } of kernelChains) {
      parts.push(`:${chain} ${policy} ${printCounters(counters)}\n`)
    }
    for (const { name: chain, origin } of userChains.values()) {
      parts.push(`:${chain} - ${printCounters(origin.kind === 'read' ? origin.counters : undefined)}\n`)
    }
    for (const chain of [...kernelChains, ...userChains.values()]) {
      for (const rule of chain.rules) parts.push(printLine(chain, rule))
    }
    parts.push('COMMIT\n')
  }
  return parts.join('')
}

function printLine({ name }: Chain, rule: Rule): string {
  const { origin } = rule
  if (origin.kind !== 'read') return `-A ${name}${printRule(rule)}\n`
  const counters = origin.counters === undefined ? '' : `${printCounters(origin.counters)} `
  return `${counters}${origin.text}\n`
}

function printCounters(counters: Counters | undefined): string {
  return counters === undefined ? '[0:0]' : `[${counters.packets}:${counters.bytes}]`
}
