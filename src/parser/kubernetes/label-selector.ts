// Kubernetes label selectors in Calico's language.

import { ORCHESTRATOR_LABEL } from '../../calico/labels.ts'
import { compareBytes } from '../../text/bytes.ts'
import type { LabelSelector } from './schema.ts'

/** Narrows a pod selector to endpoints that are pods. */
export const IS_POD = `${ORCHESTRATOR_LABEL} == 'k8s'`

/** Terms joined by `&&`: labels sorted by key, then expressions in file order. Empty for a selector without terms. */
function terms(selector: LabelSelector): readonly string[] {
  const labels = Object.entries(selector.matchLabels ?? {})
    .sort(([a], [b]) => compareBytes(a, b))
    .map(([key, value]) => `${key} == '${value}'`)
  const expressions = (selector.matchExpressions ?? []).map(({ key, operator, values }) => {
    const set = `{ ${(values ?? []).map(value => `'${value}'`).join(', ')} }`
    switch (operator) {
      case 'In':
        return `${key} in ${set}`
      case 'NotIn':
        return `${key} not in ${set}`
      case 'Exists':
        return `has(${key})`
      case 'DoesNotExist':
        return `! has(${key})`
    }
  })
  return [...labels, ...expressions]
}

/** A pod selector; absent or empty means all pods. */
export function podSelectorText(selector: LabelSelector | undefined): string {
  return [IS_POD, ...(selector === undefined ? [] : terms(selector))].join(' && ')
}

/** A namespace selector: empty text when absent, `all()` when it has no terms. */
export function namespaceSelectorText(selector: LabelSelector | undefined): string {
  if (selector === undefined) return ''
  const all = terms(selector)
  return all.length === 0 ? 'all()' : all.join(' && ')
}
