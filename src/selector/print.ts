// Canonical text of a selector: what Calico hashes into IP set ids and compares when it groups policies.

import type { Selector } from './ast.ts'

const COMPARISONS = {
  equals: '==',
  notEquals: '!=',
  contains: 'contains',
  startsWith: 'starts with',
  endsWith: 'ends with',
} as const

/** `(a == "x" && has(b))`: operands in the order written, nesting kept, sets sorted. */
export function printSelector(selector: Selector): string {
  switch (selector.kind) {
    case 'all':
      return 'all()'
    case 'global':
      return 'global()'
    case 'has':
      return `has(${selector.label})`
    case 'in':
      return `${selector.label} in ${printSet(selector.values)}`
    case 'notIn':
      return `${selector.label} not in ${printSet(selector.values)}`
    case 'not':
      return `!${printSelector(selector.operand)}`
    case 'and':
      return `(${selector.operands.map(printSelector).join(' && ')})`
    case 'or':
      return `(${selector.operands.map(printSelector).join(' || ')})`
    default:
      return `${selector.label} ${COMPARISONS[selector.kind]} ${quote(selector.value)}`
  }
}

function printSet(values: readonly string[]): string {
  return `{${values.map(quote).join(', ')}}`
}

/** A value cannot hold both kinds of quote: the language has no escapes. */
function quote(value: string): string {
  return value.includes('"') ? `'${value}'` : `"${value}"`
}

/** The same selector with a prefix in front of every label name, as for namespace and service-account labels. */
export function prefixLabels(selector: Selector, prefix: string): Selector {
  return mapLabels(selector, label => prefix + label)
}

/** The same selector with other label names. */
export function mapLabels(selector: Selector, change: (label: string) => string): Selector {
  switch (selector.kind) {
    case 'all':
    case 'global':
      return selector
    case 'not':
      return { kind: 'not', operand: mapLabels(selector.operand, change) }
    case 'and':
    case 'or':
      return { kind: selector.kind, operands: selector.operands.map(operand => mapLabels(operand, change)) }
    default:
      return { ...selector, label: change(selector.label) }
  }
}
