// What is said of a resource.

import type { IndexedChain } from './rule-index.ts'

export interface Described {
  readonly notes: readonly string[]
  /** Rules that it has a part in. */
  readonly chains: readonly IndexedChain[]
}
