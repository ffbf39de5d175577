// What is said of a resource, and how a list of names is cut.

import type { IndexedChain } from './rule-index.ts'

export interface Described {
  readonly notes: readonly string[]
  /** Rules that it has a part in. */
  readonly chains: readonly IndexedChain[]
}

const SHOWN = 8

/** The first few, and how many more there are. */
export function listed(items: readonly string[]): string {
  return items.length > SHOWN
    ? `${items.slice(0, SHOWN).join(', ')} and ${items.length - SHOWN} more`
    : items.join(', ')
}
