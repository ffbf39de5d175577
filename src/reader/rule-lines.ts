// One line that puts a rule into a chain: its counters, its words, its rule with where it was read.

import type { SourceFile } from '../diagnostics/source.ts'
import type { Counters, ReadOrigin } from '../model/origin.ts'
import type { Word } from '../netfilter/option.ts'
import { type Line, spanIn } from './faults.ts'
import type { ReadRule } from './read-chain.ts'
import { readRule, type RuleParts } from './read-rule.ts'
import { splitWords } from './words.ts'

export interface RuleLine {
  readonly line: Line
  readonly words: readonly Word[]
  readonly counters: Counters | undefined
}

export type RuleLineResult =
  | { readonly ok: true; readonly rule: RuleLine }
  /** A quote that is not closed, and where. */
  | { readonly ok: false; readonly at: number }

export function readRuleLine(line: Line): RuleLineResult {
  const counted = /^\[([0-9]{1,20}):([0-9]{1,20})\] /.exec(line.text)
  const counters = counted === null ? undefined : countersOf(counted[1], counted[2])
  const result = splitWords(line.text, counted?.[0].length ?? 0)
  return result.ok ? { ok: true, rule: { line, ...withCounters(result.words, counters) } } : result
}

/** The rule of an `-A` line that `plainRule` knows to be right. */
export function readPlainLine(file: SourceFile, line: Line, isChain: (name: string) => boolean): ReadRule {
  const result = readRuleLine(line)
  const read = result.ok ? readRule(line.text, result.rule.words.slice(2), isChain) : undefined
  if (!result.ok || read?.ok !== true) throw new Error(`line ${line.number} of ${file.name} was taken for a rule`)
  return ruleOfParts(file, result.rule, read.parts)
}

export function ruleOfParts(file: SourceFile, { line, words, counters }: RuleLine, parts: RuleParts): ReadRule {
  const { hash, ...rule } = parts
  const origin: ReadOrigin = {
    kind: 'read',
    place: { ...spanIn(file, line), file: file.name },
    line: line.number,
    text: line.text.slice(words[0]?.start ?? 0),
    ...(hash === undefined ? {} : { hash }),
    ...(counters === undefined ? {} : { counters }),
  }
  return { ...rule, origin }
}

const NOTHING_COUNTED: Counters = { packets: '0', bytes: '0' }

/** As the kernel prints them. */
export function countersOf(packets: string | undefined, bytes: string | undefined): Counters {
  // Most rules have seen nothing yet.
  if (packets === '0' && bytes === '0') return NOTHING_COUNTED
  return { packets: withoutZeros(packets), bytes: withoutZeros(bytes) }
}

function withoutZeros(digits: string | undefined): string {
  return (digits ?? '').replace(/^0+(?=[0-9])/, '')
}

/** `-c PACKETS BYTES` behind the chain, as `iptables -S -v` prints it. */
function withCounters(words: readonly Word[], counters: Counters | undefined): Pick<RuleLine, 'words' | 'counters'> {
  const at = words.findIndex(({ text, raw }) => text === '-c' && raw === '-c')
  const packets = words[at + 1]?.text ?? ''
  const bytes = words[at + 2]?.text ?? ''
  // `-c` may be a word of a module, too: counters stand before all of them.
  const isBefore = at === 2 || (at === 3 && words[0]?.text === '-P')
  if (!isBefore || !/^\d{1,20}$/.test(packets) || !/^\d{1,20}$/.test(bytes)) return { words, counters }
  return { words: [...words.slice(0, at), ...words.slice(at + 3)], counters: countersOf(packets, bytes) }
}
