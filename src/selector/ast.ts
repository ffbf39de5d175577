// The tree of a parsed selector.

export type Selector =
  | { readonly kind: 'all' }
  | { readonly kind: 'global' }
  | { readonly kind: 'has'; readonly label: string }
  | { readonly kind: LabelComparison; readonly label: string; readonly value: string }
  | { readonly kind: LabelSetComparison; readonly label: string; readonly values: readonly string[] }
  | { readonly kind: 'not'; readonly operand: Selector }
  | { readonly kind: 'and' | 'or'; readonly operands: readonly Selector[] }

export type LabelComparison = 'equals' | 'notEquals' | 'contains' | 'startsWith' | 'endsWith'

/** `values` are sorted by byte and unique. */
export type LabelSetComparison = 'in' | 'notIn'

export const ALL: Selector = { kind: 'all' }
