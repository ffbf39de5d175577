// The comparison of two releases as text: one block for each thing that they do in two ways.

import { printable } from '../text/printable.ts'
import type { StepWords } from './steps.ts'
import type { ChainChanged, ChainRenamed, RulesetChanges, SetChanged } from './compare-rulesets.ts'

export interface Difference extends RulesetChanges {
  readonly words: readonly StepWords[]
}

export interface Comparison {
  readonly from: string
  readonly to: string
  readonly node: string
  readonly differences: readonly Difference[]
}

/** Chains and names of a block that are shown where not all are asked for. */
const SHOWN = 3

/** @param verdicts what becomes of packets, line by line */
export function formatComparison(
  { from, to, node, differences }: Comparison,
  verdicts: readonly string[],
  showsAll: boolean,
): string {
  const lines = [`Calico ${from} -> ${to}, node ${node}`, ...verdicts]
  const head = lines.map(line => `${printable(line)}\n`).join('')
  if (differences.length === 0) return `${head}\nThe rules are the same.\n`
  const blocks = differences.map(difference => formatDifference(difference, from, showsAll))
  return `${head}\n${blocks.join('\n')}`
}

function formatDifference({ words, renamed, chains, sets }: Difference, from: string, showsAll: boolean): string {
  const lines = words.flatMap(({ after, before, when }) =>
    after === before ? [`${when}: other ${after}`] : [`${when}: ${after}`, `  (${from}: ${before})`],
  )
  const limit = showsAll ? Infinity : SHOWN
  lines.push(...some(renamed, limit, ['chain renamed', 'chains renamed'], renameLines))
  lines.push(...some(sets, limit, ['set', 'sets'], setLines))
  lines.push(...some(chains, limit, ['chain with other rules', 'chains with other rules'], chainLines))
  return lines.map(line => `${printable(line)}\n`).join('')
}

function some<T>(
  all: readonly T[],
  limit: number,
  [one, many]: readonly [string, string],
  linesOf: (item: T) => readonly string[],
): readonly string[] {
  if (all.length === 0) return []
  const left = all.length - Math.min(all.length, limit)
  return [
    `  ${all.length} ${all.length === 1 ? one : many}:`,
    ...all.slice(0, limit).flatMap(linesOf),
    ...(left === 0 ? [] : [`    and ${left} more (--all)`]),
  ]
}

function renameLines({ from, to }: ChainRenamed): readonly string[] {
  return [`    ${from} -> ${to}`]
}

function setLines({ from, to, membersRemoved, membersAdded }: SetChanged): readonly string[] {
  const name =
    from === undefined ? `${to} is new` : to === undefined ? `${from} is gone` : from === to ? to : `${from} -> ${to}`
  return [
    `    ${name}`,
    ...membersRemoved.map(member => `      - ${member}`),
    ...membersAdded.map(member => `      + ${member}`),
  ]
}

function chainLines({ chain, presence, tables, ipVersions, removed, added }: ChainChanged): readonly string[] {
  const versions = ipVersions.map(version => `IPv${version}`).join(' and ')
  const more = presence === 'added' ? ', new' : presence === 'removed' ? ', gone' : ''
  return [
    `    ${chain} (${tables.join(', ')}; ${versions}${more})`,
    ...removed.map(line => `      - ${line}`),
    ...added.map(line => `      + ${line}`),
  ]
}
