// An outcome in words, for every format that tells of it.

import type { Example } from './example.ts'

export interface ToldOutcome {
  readonly outcome: 'proved' | 'refuted' | 'unclear'
  readonly kind: 'allow' | 'deny' | 'only'
  readonly example?: Example
  readonly why: readonly string[]
}

/** One line. */
export function outcomeMessage({ outcome, kind, example }: ToldOutcome): string {
  if (outcome === 'proved' || example === undefined) return 'holds for all packets'
  if (outcome === 'unclear') return `cannot be proved: ${example.words}`
  return `${kind === 'allow' ? 'does not get through' : 'gets through'}: ${example.words}`
}

/** The lines below it. */
export function outcomeDetails({ example, why }: ToldOutcome): readonly string[] {
  if (example === undefined) return []
  return [...why, `${example.verdict}, ${example.because}`]
}
