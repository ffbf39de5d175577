// A selector's terms as explanations name them.

import type { Selector } from './ast.ts'

/** A term without operands of its own. */
export type SelectorTerm = Exclude<Selector, { readonly kind: 'not' | 'and' | 'or' }>

export interface ExplainedTerm {
  readonly term: SelectorTerm
  /** An odd number of `!` stands in front of it: it must not hold. */
  readonly isNegated: boolean
  /** What the label has; absent where there is no such label, or the term looks at none. */
  readonly value?: string
}

/** A term of a contradiction. */
export type SelectorTermText = Pick<ExplainedTerm, 'term' | 'isNegated'>
