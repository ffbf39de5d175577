// A compiled ruleset beside what the kernel says it has: read from iptables-save and `ipset save` by our own reader.

import { escapeComment, printRule } from '../../src/backend/iptables/iptables-rule.ts'
import { printKernelTables } from '../../src/backend/iptables/print-kernel-tables.ts'
import { ruleHashes } from '../../src/calico/rule-hash.ts'
import { Report } from '../../src/diagnostics/diagnostic.ts'
import { kernelForms, kernelMember } from '../../src/netfilter/kernel-form.ts'
import { type KernelTables, kernelTablesOf } from '../../src/netfilter/kernel-tables.ts'
import type { Rule, Ruleset } from '../../src/model/ruleset.ts'
import { readKernelTables } from '../../src/reader/read-kernel-tables.ts'
import { places } from './build.ts'

export interface Comparison {
  readonly differences: readonly unknown[]
  /** Rules that were compared. */
  readonly rules: number
}

/** Every chain with policy, rules, comments and hashes, every set with its members, and the text printed back. */
export function compareWithKernel(
  compiled: Ruleset,
  saved: { readonly iptables: string; readonly ipset: string },
): Comparison {
  const report = new Report()
  const { ipVersion } = compiled
  const read = readKernelTables(
    {
      iptables: { name: 'saved', text: saved.iptables },
      ipset: { name: 'sets', text: saved.ipset },
      ipVersion,
    },
    report,
  )
  const differences: unknown[] = report.diagnostics.length > 0 ? [places(report.placed())] : []
  const wanted = linesOf(kernelTablesOf(compiled), hashesOf(compiled))
  const found = linesOf(read)
  const first = wanted.findIndex((line, index) => line !== found[index])
  if (first >= 0 || wanted.length !== found.length) {
    const index = first < 0 ? wanted.length : first
    differences.push({ wanted: wanted[index], found: found[index] })
  }
  if (printedLines(printKernelTables(read)) !== printedLines(saved.iptables)) differences.push('text printed back')
  return { differences, rules: wanted.filter(line => line.startsWith('{')).length }
}

/** Lines without the tool's own comments; tables in one order, as tools have different ones. */
function printedLines(text: string): string {
  const lines = text.split('\n').filter(line => !line.startsWith('#'))
  return lines
    .join('\n')
    .split(/^(?=\*)/m)
    .sort()
    .join('')
}

/** All that a node has, a line each. */
function linesOf({ tables, ipSets }: KernelTables, hashes?: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const lines: string[] = []
  for (const { name, kernelChains, userChains } of tables) {
    for (const { name: chain, policy } of kernelChains) lines.push(`policy ${name} ${chain} ${policy}`)
    // The legacy back end lists chains in an order of its own.
    const users = [...userChains.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
    for (const chain of [...kernelChains, ...users]) {
      lines.push(`chain ${name} ${chain.name}`)
      for (const [index, rule] of chain.rules.entries()) {
        const read = rule.origin.kind === 'read' ? rule.origin.hash : undefined
        const hash = hashes === undefined ? read : hashes.get(`${name} ${chain.name}`)?.[index]
        for (const body of kernelForms(rule)) {
          lines.push(JSON.stringify({ ...body, hash, comments: rule.comments.map(escapeComment) }))
        }
      }
    }
  }
  const sets = [...ipSets.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  for (const { name, type, ipVersion, members } of sets) {
    lines.push(`set ${name} ${type} ${ipVersion}`, ...members.map(kernelMember).sort())
  }
  return lines
}

/** Hashes of a compiled ruleset, by table and chain: a rule may be in several chains. */
function hashesOf({ tables }: Ruleset): ReadonlyMap<string, readonly string[]> {
  const hash = (seed: string, rules: readonly Rule[]): readonly string[] => ruleHashes(seed, rules.map(printRule))
  const hashes = new Map<string, readonly string[]>()
  for (const { name: table, chains, hooks } of tables) {
    for (const { name, rules } of chains) hashes.set(`${table} ${name}`, hash(name, rules))
    for (const { chain, inserts, appends } of hooks) {
      hashes.set(`${table} ${chain}`, [...hash(chain, inserts), ...hash(`${chain}*appends*`, appends)])
    }
  }
  return hashes
}
