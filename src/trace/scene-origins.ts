// Why a rule is there, also where it was read from a node: by the hashes that Felix writes, or by its comments.

import type { Origin, ReadMeaning, ReadOrigin } from '../model/origin.ts'
import type { RuleBackend } from '../model/rule-backend.ts'
import type { Rule, Ruleset } from '../model/ruleset.ts'
import { kernelForms } from '../netfilter/kernel-form.ts'
import { assertNever } from '../text/assert-never.ts'
import type { HashProof, HashStanding } from './hash-proof.ts'
import type { TextMeaning } from './text-meaning.ts'

/**
 * What a rule is made for: of one that was read, what its hash or, where nothing was compiled, its comments say.
 *
 * @param proof whether a rule is the one of its hash, where nothing was compiled; left out: every rule is
 */
export function originFinder(
  ruleset: Ruleset | undefined,
  backend: RuleBackend,
  meaning: TextMeaning,
  proof?: HashProof,
): (rule: Rule) => Origin {
  const compiledOrigin = ruleset === undefined ? () => undefined : compiledOrigins(ruleset, backend)
  return rule => {
    const read = rule.origin
    if (read.kind !== 'read') return read
    const compiled = compiledOrigin(read)
    if (compiled !== undefined && isSameRule(rule, compiled)) return compiled.origin
    const changed = compiled === undefined ? changeOf(read, proof?.standingOf(rule)) : changeOf(read, 'edited')
    const told = changed ?? meaning.of(read, rule)
    return told === undefined ? read : { ...read, meaning: told }
  }
}

/** Whether a rule of Calico's chains is not as Felix wrote it. */
export function isChanged(origin: Origin): boolean {
  return origin.kind === 'read' && origin.meaning?.kind === 'changed'
}

/** What is told of a rule that is not the one of its hash. */
function changeOf({ hash = '' }: ReadOrigin, standing: HashStanding | undefined): ReadMeaning | undefined {
  switch (standing) {
    case undefined:
    case 'own':
      return undefined
    case 'edited':
      return { kind: 'changed', words: `changed since Felix wrote it (cali:${hash} is the hash of another rule)` }
    case 'displaced':
      return {
        kind: 'changed',
        words: `changed since Felix wrote it, or the rules before it were (cali:${hash} is not their hash)`,
      }
    case 'foreign':
      return { kind: 'changed', words: 'not written by Felix (it has no cali: hash)' }
    default:
      return assertNever(standing)
  }
}

/** Whether the kernel makes the same of a rule that was read and of the one that its hash was made for. */
function isSameRule(read: Rule, compiled: Rule): boolean {
  const made = new Set(kernelForms(compiled).map(form => JSON.stringify(form)))
  return kernelForms(read).every(form => made.has(JSON.stringify(form)))
}

/** Hashes cover the chain up to their rule, so equal ones mean the same rule in the same place; worked out when first asked. */
function compiledOrigins(ruleset: Ruleset, backend: RuleBackend): (read: ReadOrigin) => Rule | undefined {
  let byHash: Map<string, Rule> | undefined
  return ({ hash }) => {
    if (hash === undefined) return undefined
    byHash ??= new Map(
      ruleset.tables.flatMap(({ chains, hooks }) =>
        [
          ...chains.map(({ name, rules }) => [name, rules] as const),
          ...hooks.flatMap(({ chain, inserts, appends }) => [
            [chain, inserts] as const,
            [`${chain}*appends*`, appends] as const,
          ]),
        ].flatMap(([seed, rules]) =>
          backend.hashRules(seed, rules).flatMap((found, index) => {
            const rule = rules[index]
            return rule === undefined ? [] : [[found, rule] as const]
          }),
        ),
      ),
    )
    return byHash.get(hash)
  }
}
