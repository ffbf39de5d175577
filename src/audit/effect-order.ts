// Findings by what they do to packets, the worst first: opened before closed, from outside before from inside.

import type { FindingReport, OwnEffect, PlaceReport } from './report.ts'

/** What nobody can tell of comes behind what is known to do something, and before what is proved to do nothing. */
const [UNKNOWN, NOTHING] = [1000, 2000]

export function worstFirst(places: readonly PlaceReport[]): readonly PlaceReport[] {
  const sorted = places.map(place => ({ ...place, findings: sortBy(place.findings, ({ effect }) => rankOf(effect)) }))
  return sortBy(sorted, ({ findings: [first] }) => rankOf(first?.effect))
}

/** What a difference does by itself, in a line: undefined where nobody asked. */
export function ownEffectWords({ effect }: FindingReport): string | undefined {
  if (effect === undefined) return undefined
  const { isSame, failure, changes, packets, example } = effect
  if (failure !== undefined) return `by itself: not worked out: ${failure}`
  const [first] = changes
  if (isSame) {
    const proved = 'by itself: changes no verdict, which is proved'
    return first === undefined ? proved : `${proved}; with another source leaves what goes ${packets ?? ''}`
  }
  if (first === undefined) return 'by itself: it depends on rules that are not known here whether a verdict changes'
  const more = changes.length > 1 ? `; also ${changes.slice(1).join(', ')}` : ''
  return `by itself: ${OWN_WORDS[first]} ${packets ?? ''} (for example ${example ?? ''})${more}`
}

const OWN_WORDS = {
  opened: 'opens',
  closed: 'closes',
  answered: 'changes how is lost what goes',
  diverted: 'sends elsewhere what goes',
  unclear: 'perhaps changes what goes',
  translated: 'gives another source to what goes',
} as const

function rankOf(effect: OwnEffect | undefined): number {
  if (effect === undefined) return UNKNOWN
  return effect.rank ?? (effect.isSame ? NOTHING : UNKNOWN)
}

function sortBy<T>(items: readonly T[], rank: (item: T) => number): readonly T[] {
  return [...items].sort((a, b) => rank(a) - rank(b))
}
