// Selectors that no labels can satisfy. Never wrong when it finds one; it does not find every one.

import type { Selector } from './ast.ts'
import { evaluateSelector } from './evaluate.ts'
import type { SelectorTermText } from './term.ts'

/** Combinations of alternatives that are tried before giving up. */
const MAX_ALTERNATIVES = 64

/** One term that nothing satisfies, or two that exclude each other; undefined when none is found. */
export function contradictionOf(selector: Selector): readonly SelectorTermText[] | undefined {
  const alternatives = conjunctions(selector, false)
  if (alternatives === undefined) return undefined
  let first: readonly SelectorTermText[] | undefined
  for (const terms of alternatives) {
    const clash = clashOf(terms)
    if (clash === undefined) return undefined
    first ??= clash
  }
  return first
}

type Conjunction = readonly SelectorTermText[]

/** The selector as alternatives of terms that must all hold; undefined when there are too many. */
function conjunctions(selector: Selector, isNegated: boolean): readonly Conjunction[] | undefined {
  switch (selector.kind) {
    case 'not':
      return conjunctions(selector.operand, !isNegated)
    case 'and':
    case 'or': {
      const isAnd = (selector.kind === 'and') !== isNegated
      let result: readonly Conjunction[] = isAnd ? [[]] : []
      for (const operand of selector.operands) {
        const own = conjunctions(operand, isNegated)
        if (own === undefined) return undefined
        result = isAnd ? result.flatMap(left => own.map(right => [...left, ...right])) : [...result, ...own]
        if (result.length > MAX_ALTERNATIVES) return undefined
      }
      return result
    }
    default:
      return [[{ term: selector, isNegated }]]
  }
}

/** Every pair is looked at, so longer lists are let be. */
const MAX_TERMS = 64

function clashOf(terms: Conjunction): readonly SelectorTermText[] | undefined {
  if (terms.length > MAX_TERMS) return undefined
  const impossible = terms.find(isImpossible)
  if (impossible !== undefined) return [impossible]
  for (const [index, a] of terms.entries()) {
    for (const b of terms.slice(index + 1)) {
      if (exclude(a, b)) return [a, b]
    }
  }
  return undefined
}

function isImpossible({ term, isNegated }: SelectorTermText): boolean {
  if (term.kind === 'all' || term.kind === 'global') return isNegated
  return term.kind === 'in' && !isNegated && term.values.length === 0
}

function exclude(a: SelectorTermText, b: SelectorTermText): boolean {
  if (!('label' in a.term) || !('label' in b.term) || a.term.label !== b.term.label) return false
  // Where one needs the label to be one of a few values, or absent, the other is tried on each.
  return excludedBy(a, b) || excludedBy(b, a) || havePrefixClash(a, b)
}

function excludedBy(a: SelectorTermText, b: SelectorTermText): boolean {
  const values = possibleValues(a)
  return values !== undefined && values.every(value => evaluateSelector(b.term, () => value) === b.isNegated)
}

/** Every value that a term leaves for its label, `undefined` for none; undefined when they cannot be counted. */
function possibleValues({ term, isNegated }: SelectorTermText): readonly (string | undefined)[] | undefined {
  switch (term.kind) {
    case 'equals':
      return isNegated ? undefined : [term.value]
    case 'in':
      return isNegated ? undefined : term.values
    case 'notEquals':
      return isNegated ? [term.value] : undefined
    case 'notIn':
      return isNegated ? term.values : undefined
    case 'has':
      return isNegated ? [undefined] : undefined
    default:
      return undefined
  }
}

/** Two beginnings, or two ends, of which neither goes on as the other. */
function havePrefixClash(a: SelectorTermText, b: SelectorTermText): boolean {
  if (a.isNegated || b.isNegated) return false
  if (a.term.kind === 'startsWith' && b.term.kind === 'startsWith') {
    return !a.term.value.startsWith(b.term.value) && !b.term.value.startsWith(a.term.value)
  }
  if (a.term.kind === 'endsWith' && b.term.kind === 'endsWith') {
    return !a.term.value.endsWith(b.term.value) && !b.term.value.endsWith(a.term.value)
  }
  return false
}
