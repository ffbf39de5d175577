// Selectors in the words of whoever wrote them: Calico joins several fields into one selector, which is undone here.

import {
  NAMESPACE_LABEL,
  NAMESPACE_PREFIX,
  ORCHESTRATOR_LABEL,
  SERVICE_ACCOUNT_LABEL,
  SERVICE_ACCOUNT_PREFIX,
} from '../calico/labels.ts'
import type { Policy } from '../model/ast/policy.ts'
import type { Selector } from '../selector/ast.ts'
import type { SelectorTerm, SelectorTermText } from '../selector/term.ts'
import { mapLabels, printSelector } from '../selector/print.ts'

/** Calico's prefixes for labels that endpoints have through their namespace and service account. */
const INHERITED = /^pc(ns|sa)\./

/** Where a term of a policy's selector comes from. `kubernetes` is the term by which Kubernetes policies leave out all but pods. */
export type TermField =
  'namespace' | 'kubernetes' | 'selector' | 'podSelector' | 'namespaceSelector' | 'serviceAccountSelector'

/** @param hasField whether the policy has a field of that name */
export function fieldOfTerm(term: SelectorTerm, policy: Policy, hasField: (name: string) => boolean): TermField {
  const { id } = policy
  const isKubernetes = id.kind.includes('Kubernetes')
  if ('label' in term) {
    if (term.label.startsWith(NAMESPACE_PREFIX)) return 'namespaceSelector'
    if (term.label.startsWith(SERVICE_ACCOUNT_PREFIX)) return 'serviceAccountSelector'
    if (term.label === NAMESPACE_LABEL && id.namespace !== '' && term.kind === 'equals' && term.value === id.namespace)
      return 'namespace'
    // What `all()` becomes in a policy for the whole cluster.
    if (term.kind === 'has' && term.label === NAMESPACE_LABEL && id.namespace === '' && hasField('namespaceSelector'))
      return 'namespaceSelector'
    if (term.kind === 'has' && term.label === SERVICE_ACCOUNT_LABEL && hasField('serviceAccountSelector'))
      return 'serviceAccountSelector'
    if (isKubernetes && term.kind === 'equals' && term.label === ORCHESTRATOR_LABEL) return 'kubernetes'
  }
  return isKubernetes ? 'podSelector' : 'selector'
}

/** `run == "nginx"`, `!has(a)`: without the prefixes of labels that are inherited. */
export function termText({ term, isNegated }: SelectorTermText, field?: TermField): string {
  const isAll = field === 'namespaceSelector' || field === 'serviceAccountSelector'
  if (isAll && term.kind === 'has' && !INHERITED.test(term.label)) return isNegated ? '!all()' : 'all()'
  const text = 'label' in term ? printSelector({ ...term, label: bareLabel(term.label) }) : printSelector(term)
  return isNegated ? `!${text}` : text
}

export function bareLabel(label: string): string {
  return label.replace(INHERITED, '')
}

/** `pods in namespace shop with role == "db"`: those that a selector picks out of all endpoints and network sets. */
export function describeSelected(selector: Selector, everybody = 'endpoints and network sets'): string {
  let who = everybody
  const where: string[] = []
  const own: string[] = []
  const ofNamespace: string[] = []
  const ofAccount: string[] = []
  for (const term of conjuncts(selector)) {
    if (term.kind === 'all') continue
    if (term.kind === 'equals' && term.label === ORCHESTRATOR_LABEL && term.value === 'k8s') who = 'pods'
    else if (term.kind === 'equals' && term.label === NAMESPACE_LABEL) where.push(`in namespace ${term.value}`)
    else if (term.kind === 'has' && term.label === NAMESPACE_LABEL) where.push('in any namespace')
    else if (term.kind === 'not' && term.operand.kind === 'has' && term.operand.label === NAMESPACE_LABEL)
      where.push('in no namespace')
    else if (term.kind === 'in' && term.label === SERVICE_ACCOUNT_LABEL)
      where.push(`of service account ${term.values.join(' or ')}`)
    else if (term.kind === 'has' && term.label === SERVICE_ACCOUNT_LABEL) where.push('of any service account')
    else if ('label' in term && term.label.startsWith(NAMESPACE_PREFIX)) ofNamespace.push(bare(term))
    else if ('label' in term && term.label.startsWith(SERVICE_ACCOUNT_PREFIX)) ofAccount.push(bare(term))
    else own.push(words(mapLabels(term, spelledOut)))
  }
  const all = [
    ...where,
    ...(ofNamespace.length === 0 ? [] : [`whose namespace has ${ofNamespace.join(' and ')}`]),
    ...(ofAccount.length === 0 ? [] : [`whose service account has ${ofAccount.join(' and ')}`]),
    ...(own.length === 0 ? [] : [`with ${own.join(' and ')}`]),
  ]
  return all.length === 0 ? `all ${who}` : `${who} ${all.join(' ')}`
}

/** Terms of a selector that all have to hold. */
export function conjuncts(selector: Selector): readonly Selector[] {
  return selector.kind === 'and' ? selector.operands.flatMap(conjuncts) : [selector]
}

/** Every label that a selector looks at. */
export function labelsOf(selector: Selector): readonly string[] {
  if (selector.kind === 'not') return labelsOf(selector.operand)
  if (selector.kind === 'and' || selector.kind === 'or') return selector.operands.flatMap(labelsOf)
  return 'label' in selector ? [selector.label] : []
}

function bare(selector: Selector): string {
  return words(mapLabels(selector, bareLabel))
}

/** A term behind "has" or "with". */
function words(term: Selector): string {
  if (term.kind === 'has') return `a label ${term.label}`
  return term.kind === 'not' && term.operand.kind === 'has' ? `no label ${term.operand.label}` : printSelector(term)
}

/** Inside alternatives a label has to say whose it is. */
function spelledOut(label: string): string {
  if (label.startsWith(NAMESPACE_PREFIX)) return `namespace label ${bareLabel(label)}`
  return label.startsWith(SERVICE_ACCOUNT_PREFIX) ? `service account label ${bareLabel(label)}` : label
}
