// Causes that are somebody's hand: rules that Felix wrote and that were deleted, changed or flushed after it.

import { FAILSAFE_IN, FAILSAFE_OUT } from '../calico/chains.ts'
import { ruleCountOf } from '../netfilter/chain-outline.ts'
import { kernelForms } from '../netfilter/kernel-form.ts'
import type { KernelTables } from '../netfilter/kernel-tables.ts'
import { groupBy } from '../text/group-by.ts'
import { type Cause, REPAIRS } from './cause.ts'
import { type Finding, isSetFinding } from './finding.ts'
import { hookWords, placeKey, subjectOfOrigin } from './finding-subjects.ts'

function isByHand(finding: Finding): boolean {
  return (
    finding.kind === 'chain-flushed' ||
    (finding.kind === 'rule-missing' && finding.writer !== 'felix') ||
    finding.kind === 'hook-missing' ||
    (finding.kind === 'rule-moved' && finding.writer === 'hand') ||
    (finding.kind === 'rule-extra' && finding.writer === 'hand') ||
    finding.kind === 'rule-duplicated' ||
    (finding.kind === 'rule-changed' && finding.isHashKept)
  )
}

/** Hashes are as they should be where rules are not: somebody changed them after Felix wrote them. */
export function byHand(left: readonly Finding[], tables: readonly KernelTables[]): readonly Cause[] {
  const byChain = [...groupBy(left.filter(isByHand), placeKey).values()].flat()
  // Of a chain with one rule nobody can tell whether the rule was deleted or the chain flushed.
  const isFlushed = (one: Finding): boolean => one.kind === 'chain-flushed' && one.wanted.length > 1
  const flushed = byChain.filter(isFlushed)
  const changed = byChain.filter(one => !isFlushed(one))
  const causes: Cause[] = []
  if (flushed.length > 0) {
    const names = flushed.flatMap(one =>
      isSetFinding(one) ? [] : [`${one.chain} in table ${one.table}, IPv${one.ipVersion}`],
    )
    const title =
      flushed.length === 1
        ? `somebody flushed the chain ${names[0] ?? ''}`
        : `somebody flushed ${flushed.length} chains`
    const evidence = [
      ...firstOf(names.map(name => `no rule is left in ${name}`)),
      'what leads there is as Felix wrote it',
      REPAIRS,
    ]
    causes.push({ kind: 'chain-flushed', title, evidence, findings: flushed, orElse: orElseWithout(flushed, tables) })
  }
  if (changed.length > 0) {
    const title = `somebody changed ${changed.length === 1 ? 'a rule' : `${changed.length} rules`} of Calico's by hand`
    const evidence = [...firstOf([...new Set(changed.map(handEvidence))]), REPAIRS]
    causes.push({ kind: 'changed-by-hand', title, evidence, findings: changed, orElse: orElseEdited(changed, tables) })
  }
  return causes
}

/** Of much evidence of one sort the first lines: the differences themselves have all of it. */
function firstOf(lines: readonly string[]): readonly string[] {
  const left = lines.length - MOST_LINES
  return left <= 1 ? lines : [...lines.slice(0, MOST_LINES), `and ${left} more`]
}

const MOST_LINES = 8

/** Without fail-safe ports their chain is empty wherever it is. */
function orElseWithout(flushed: readonly Finding[], all: readonly KernelTables[]): readonly string[] {
  return [
    [FAILSAFE_IN, 'failsafeInboundHostPorts'] as const,
    [FAILSAFE_OUT, 'failsafeOutboundHostPorts'] as const,
  ].flatMap(([name, field]) => {
    const chains = all.flatMap(({ tables }) => tables.flatMap(({ userChains }) => userChains.get(name) ?? []))
    const isGone = flushed.some(one => !isSetFinding(one) && one.chain === name)
    return isGone && chains.every(chain => ruleCountOf(chain) === 0) ? [`Felix runs with ${field} set to none`] : []
  })
}

function handEvidence(finding: Finding): string {
  if (isSetFinding(finding)) return ''
  const where = `${finding.chain} in table ${finding.table}, IPv${finding.ipVersion}`
  switch (finding.kind) {
    case 'rule-changed':
      return `${where}: rule ${finding.found.number} has the hash that Felix gave to another text`
    case 'hook-missing':
      return `${where}: ${hookWords(finding.wanted)} is gone`
    case 'rule-missing':
      return finding.writer === 'hand'
        ? `${where}: rule ${finding.wanted.number} is gone, and the hashes of those behind it are those of a chain that has it`
        : `${where}: rule ${finding.wanted.number} is gone, with nothing behind it whose hash could tell who left it out`
    case 'rule-extra':
      return `${where}: rule ${finding.found.number} is too much, and the hashes of those behind it are those of a chain without it`
    case 'chain-flushed':
      return `${where}: its only rule is gone`
    case 'rule-duplicated':
      return `${where}: rule ${finding.found.number} has the hash of rule ${finding.wanted.number}`
    default:
      return `${where}: hashes are not in the order in which Felix makes them`
  }
}

/** At the end of a chain a rule may be gone, or may have been added to what the chain is made of since. */
function orElseEdited(changed: readonly Finding[], tables: readonly KernelTables[]): readonly string[] {
  const reasons = changed.flatMap(finding => {
    if (finding.kind !== 'rule-missing' || finding.writer !== 'unknown' || isInOtherVersion(finding, tables)) return []
    const { kind, name } = subjectOfOrigin(finding.wanted.origin) ?? {}
    return kind === 'policy' || kind === 'profile'
      ? [`${name ?? ''} was edited since: it got rules at its end`]
      : ['Felix has settings that the input does not tell (FelixConfiguration, environment)']
  })
  return [...new Set(reasons)]
}

/** Felix writes both IP versions from one input: a rule that one has and the other has lost was taken away. */
function isInOtherVersion({ ipVersion, table, chain, wanted }: MissingRule, all: readonly KernelTables[]): boolean {
  const general = (key: string): string => key.replaceAll('cali60', 'cali40')
  return all.some(one => {
    const there = one.tables.find(({ name }) => name === table)?.userChains.get(chain)
    return (
      one.ipVersion !== ipVersion &&
      there?.rules.some(rule => general(JSON.stringify(kernelForms(rule)[0])) === general(wanted.key)) === true
    )
  })
}

type MissingRule = Extract<Finding, { readonly kind: 'rule-missing' | 'hook-missing' }>
