// Does a label set satisfy a selector?

import { assertNever } from '../text/assert-never.ts'
import type { Selector } from './ast.ts'

/** Value of a label, or undefined when it is absent. */
export type LabelLookup = (label: string) => string | undefined

/** Comparisons on an absent label are false, except `!=` and `not in`, which are true. `global()` is always true here. */
export function evaluateSelector(selector: Selector, lookup: LabelLookup): boolean {
  switch (selector.kind) {
    case 'all':
    case 'global':
      return true
    case 'has':
      return lookup(selector.label) !== undefined
    case 'equals':
      return lookup(selector.label) === selector.value
    case 'notEquals':
      return lookup(selector.label) !== selector.value
    case 'contains':
      return lookup(selector.label)?.includes(selector.value) ?? false
    case 'startsWith':
      return lookup(selector.label)?.startsWith(selector.value) ?? false
    case 'endsWith':
      return lookup(selector.label)?.endsWith(selector.value) ?? false
    case 'in': {
      const value = lookup(selector.label)
      return value !== undefined && holds(selector.values, value)
    }
    case 'notIn': {
      const value = lookup(selector.label)
      return value === undefined || !holds(selector.values, value)
    }
    case 'not':
      return !evaluateSelector(selector.operand, lookup)
    case 'and':
      return selector.operands.every(operand => evaluateSelector(operand, lookup))
    case 'or':
      return selector.operands.some(operand => evaluateSelector(operand, lookup))
    default:
      return assertNever(selector)
  }
}

/** Longer lists are looked through once and not for each label set. */
const LONG_LIST = 16

const sets = new WeakMap<readonly string[], ReadonlySet<string>>()

function holds(values: readonly string[], value: string): boolean {
  if (values.length < LONG_LIST) return values.includes(value)
  let set = sets.get(values)
  if (set === undefined) sets.set(values, (set = new Set(values)))
  return set.has(value)
}
