// Why a label set satisfies a selector, or which of its terms fails.

import type { ExplainedTerm } from './term.ts'
import type { Selector } from './ast.ts'
import { evaluateSelector, type LabelLookup } from './evaluate.ts'

export interface SelectorExplanation {
  readonly matches: boolean
  /**
   * Matching: terms that together suffice. Not matching: the first term of the selector that fails or, where none of
   * several alternatives holds, the first of each.
   */
  readonly terms: readonly ExplainedTerm[]
}

/** Says `matches` exactly when `evaluateSelector` is true. Whether any labels at all could help is asked of `contradictionOf`. */
export function explainTerms(selector: Selector, lookup: LabelLookup): SelectorExplanation {
  return { matches: evaluateSelector(selector, lookup), terms: witnesses(selector, false, lookup) }
}

/** The terms that settle a selector the way it is settled: all of a kind where all count, else the first. */
function witnesses(selector: Selector, isNegated: boolean, lookup: LabelLookup): readonly ExplainedTerm[] {
  switch (selector.kind) {
    case 'not':
      return witnesses(selector.operand, !isNegated, lookup)
    case 'and':
    case 'or': {
      const holds = evaluateSelector(selector, lookup)
      // One operand decides a false `and` and a true `or`.
      const isDecidedByOne = holds === (selector.kind === 'or')
      const deciding = selector.operands.filter(operand => evaluateSelector(operand, lookup) === holds)
      return (isDecidedByOne ? deciding.slice(0, 1) : deciding).flatMap(operand =>
        witnesses(operand, isNegated, lookup),
      )
    }
    case 'all':
    case 'global':
      return [{ term: selector, isNegated }]
    default: {
      const value = lookup(selector.label)
      return [{ term: selector, isNegated, ...(value === undefined ? {} : { value }) }]
    }
  }
}
