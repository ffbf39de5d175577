// Selectors taken apart for lints: terms that must hold, a namespace's share of them, and labels as users write them.

import { NAMESPACE_LABEL, NAMESPACE_PREFIX, ORCHESTRATOR_LABEL, SERVICE_ACCOUNT_PREFIX } from '../calico/labels.ts'
import { ALL, type Selector } from '../selector/ast.ts'

export type Term = Extract<Selector, { readonly label: string }>

/** Terms that must hold for the whole to hold; negated ones are left out. */
export function requiredTerms(selector: Selector): readonly Term[] {
  if (selector.kind === 'and') return selector.operands.flatMap(requiredTerms)
  return 'label' in selector && selector.kind !== 'notEquals' && selector.kind !== 'notIn' ? [selector] : []
}

/** The values that a term leaves for its label, where it names them. */
export function valuesOf(term: Term): readonly string[] {
  return term.kind === 'equals' ? [term.value] : term.kind === 'in' ? term.values : []
}

/** Every label that a selector names, as it stands in the selector. */
export function labelsOf(selector: Selector): readonly string[] {
  switch (selector.kind) {
    case 'all':
    case 'global':
      return []
    case 'not':
      return labelsOf(selector.operand)
    case 'and':
    case 'or':
      return selector.operands.flatMap(labelsOf)
    default:
      return [selector.label]
  }
}

/** A label of a namespace or service account without the prefix by which endpoints know it. */
export function writtenLabel(label: string): string {
  for (const prefix of [NAMESPACE_PREFIX, SERVICE_ACCOUNT_PREFIX])
    if (label.startsWith(prefix)) return label.slice(prefix.length)
  return label
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
  return labelsOf(term).every(
    label =>
      label !== NAMESPACE_LABEL &&
      label !== ORCHESTRATOR_LABEL &&
      !label.startsWith(NAMESPACE_PREFIX) &&
      !label.startsWith(SERVICE_ACCOUNT_PREFIX),
  )
}
