// Selectors taken apart for lints: terms that must hold, a namespace's share of them, and labels as users write them.

import { isAddedLabel, NAMESPACE_LABEL } from '../calico/labels.ts'
import { ALL, type Selector } from '../selector/ast.ts'

export type Term = Extract<Selector, { readonly label: string }>

/** Terms that must hold for the whole to hold; negated ones are left out. */
export function requiredTerms(selector: Selector): readonly Term[] {
  return usedTerms(selector).flatMap(({ term, isExcluding, isRequired }) => (isRequired && !isExcluding ? [term] : []))
}

/** A term as it stands in a selector. */
export interface UsedTerm {
  readonly term: Term
  /** What it fits is excluded. */
  readonly isExcluding: boolean
  /** Where it does not hold, nothing else helps: it is no alternative. */
  readonly isRequired: boolean
}

/** Every term of a selector, with what hangs on it. */
export function usedTerms(selector: Selector, isExcluding = false, isRequired = true): readonly UsedTerm[] {
  switch (selector.kind) {
    case 'all':
    case 'global':
      return []
    case 'not':
      return usedTerms(selector.operand, !isExcluding, isRequired)
    case 'and':
    case 'or': {
      // What is excluded by both of two is excluded by neither alone.
      const isEachRequired = isRequired && (selector.kind === 'and') !== isExcluding
      return selector.operands.flatMap(operand => usedTerms(operand, isExcluding, isEachRequired))
    }
    case 'notEquals':
    case 'notIn':
      return [{ term: selector, isExcluding: !isExcluding, isRequired }]
    default:
      return [{ term: selector, isExcluding, isRequired }]
  }
}

/** The values of its label that a term names whole. */
export function valuesOf(term: Term): readonly string[] {
  switch (term.kind) {
    case 'equals':
    case 'notEquals':
      return [term.value]
    case 'in':
    case 'notIn':
      return term.values
    default:
      return []
  }
}

/** Every label that a selector names, as it stands in the selector. */
export function labelsOf(selector: Selector): readonly string[] {
  return usedTerms(selector).map(({ term }) => term.label)
}

/** Operands of the outermost `&&`, nested ones flattened. */
export function conjuncts(selector: Selector): readonly Selector[] {
  if (selector.kind === 'and') return selector.operands.flatMap(conjuncts)
  return selector.kind === 'all' ? [] : [selector]
}

export function conjunction(operands: readonly Selector[]): Selector {
  const [first] = operands
  return first === undefined ? ALL : operands.length === 1 ? first : { kind: 'and', operands }
}

/** The same for any namespace; undefined where the selector is not bound to this one. */
export function unboundFrom(selector: Selector, namespace: string): Selector | undefined {
  const all = conjuncts(selector)
  const rest = all.filter(one => !(one.kind === 'equals' && one.label === NAMESPACE_LABEL && one.value === namespace))
  return rest.length === all.length ? undefined : conjunction(rest)
}

/** Whether a term says something that a user wrote of a pod: not its namespace, its account or that it is a pod. */
export function isOwnTerm(term: Selector): boolean {
  return !labelsOf(term).some(isAddedLabel)
}
