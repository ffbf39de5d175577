// What an explanation is made of: plain data that is printed as text or JSON.

import type { KernelTableName } from '../netfilter/kernel-tables.ts'
import type { SourceIndex } from '../diagnostics/source-index.ts'
import type { PrintedRule } from '../model/rule-backend.ts'
import type { Ruleset } from '../model/ruleset.ts'
import { describeChain } from '../words/chain.ts'
import { markBits, type MarkBit } from '../words/mark.ts'
import { type DescribeContext, describeMatch, type KnownSet } from '../words/match.ts'
import { describeOrigin } from '../words/origin.ts'
import { describeSetSource } from '../words/set.ts'
import { describeTarget } from '../words/target.ts'
import type { Marks } from '../calico/marks.ts'
import { type IndexedChain } from './rule-index.ts'
import { excerptOf, type SourceExcerpt } from './source-excerpt.ts'
import { locationOf } from '../model/origin.ts'

export interface Explanation {
  /** What was asked about: "chain cali-FORWARD". */
  readonly subject: string
  /** Sentences about it. */
  readonly notes: readonly string[]
  readonly source?: SourceExcerpt
  readonly chains: readonly ExplainedChain[]
  readonly sets: readonly ExplainedSet[]
  readonly marks: readonly MarkBit[]
}

export interface ExplainedChain {
  readonly name: string
  readonly tables: readonly KernelTableName[]
  readonly purpose: string
  readonly origin?: string
  readonly calledFrom: readonly string[]
  readonly rules: readonly ExplainedRule[]
}

export interface ExplainedRule {
  readonly hash: string
  /** The line of the restore text. */
  readonly text: string
  /** Clauses that all have to hold. */
  readonly matches: readonly string[]
  readonly target: string
  readonly origin: string
  readonly source?: SourceExcerpt
}

export interface ExplainedSet {
  readonly name: string
  readonly type: string
  readonly holds: string
  /** In Calico's canonical form, which the set is named for; absent for sets that no selector makes. */
  readonly selector?: string
  readonly members: readonly string[]
}

export function describeContext(ruleset: Ruleset, marks: Marks, sources: SourceIndex): DescribeContext {
  return {
    marks,
    sets: new Map(ruleset.ipSets.map(set => [set.name, set] as const)),
    sources,
  }
}

/** @param callersOf tells which chains lead to the chain */
export function explainChain(
  { name, tables, origin, rules }: IndexedChain,
  callersOf: (name: string) => readonly string[],
  context: DescribeContext,
): ExplainedChain {
  return {
    name,
    tables,
    purpose: describeChain(name, tables[0] ?? 'filter'),
    ...(origin === undefined ? {} : { origin: describeOrigin(origin) }),
    calledFrom: callersOf(name),
    rules: rules.map(rule => explainRule(rule, context)),
  }
}

export function explainRule({ rule, hash, text }: PrintedRule, context: DescribeContext): ExplainedRule {
  const { matches, target, origin } = rule
  const location = locationOf(origin)
  return {
    hash,
    text,
    matches: matches.map(match => describeMatch(match, context)),
    target: describeTarget(target, context),
    origin: describeOrigin(origin),
    ...(location === undefined ? {} : { source: excerptOf(location, context.sources) }),
  }
}

export function explainSet({ name, type, source, members }: KnownSet): ExplainedSet {
  const selector =
    source.kind === 'selector' || source.kind === 'namedPort' ? { selector: source.selector.canonical } : {}
  return { name, type, holds: describeSetSource(source), ...selector, members }
}

/** The mark bits that rules look at or change, lowest first. */
export function marksIn(rules: readonly PrintedRule[], marks: Marks): readonly MarkBit[] {
  let used = 0
  for (const { rule } of rules) {
    for (const match of rule.matches) if (match.kind === 'mark' || match.kind === 'markClear') used |= match.mask
    if (rule.target?.kind === 'setMark' || rule.target?.kind === 'clearMark') used |= rule.target.mask
  }
  return markBits(marks).filter(({ bit }) => (used & bit) !== 0)
}

/** The sets that rules name, once each. */
export function setsIn(rules: readonly PrintedRule[], context: DescribeContext): readonly ExplainedSet[] {
  const names = new Set(
    rules.flatMap(({ rule }) => rule.matches.flatMap(match => (match.kind === 'ipSet' ? [match.set] : []))),
  )
  return [...names].flatMap(name => {
    const set = context.sets.get(name)
    return set === undefined ? [] : [explainSet(set)]
  })
}
