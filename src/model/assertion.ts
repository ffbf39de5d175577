// What somebody claims of a cluster, as it is written: who reaches whom, or does not.

import type { Location } from '../diagnostics/source.ts'

/** `allow`: all of them do; `deny`: none of them does; `only`: nobody else does. */
export const CLAIM_KINDS = ['allow', 'deny', 'only'] as const

export type ClaimKind = (typeof CLAIM_KINDS)[number]

export interface WrittenWords {
  readonly text: string
  readonly location: Location
}

export interface Assertion {
  /** Empty where none is given. */
  readonly name: string
  readonly kind: ClaimKind
  readonly from: readonly WrittenWords[]
  readonly to: readonly WrittenWords[]
  /** Empty: all. */
  readonly ports: readonly WrittenWords[]
  /** Of `only`: who everybody else is. */
  readonly others: 'senders' | 'receivers'
  readonly location: Location
}
