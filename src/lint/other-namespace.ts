// A rule's selector that only the namespace of its policy narrows to nothing: pods, or sets, elsewhere have the labels.

import { NAMESPACE_LABEL } from '../calico/labels.ts'
import type { Report } from '../diagnostics/diagnostic.ts'
import { at } from '../diagnostics/source.ts'
import type { Resource } from '../model/ast/resources.ts'
import type { Policy } from '../model/ast/policy.ts'
import type { Selector } from '../selector/ast.ts'
import { Matcher } from './endpoints.ts'
import { isKubernetes, policiesOf, selectorsOf } from './policies.ts'
import { conjunction, conjuncts, isOwnTerm, type Term, unboundFrom, usedTerms, valuesOf } from './terms.ts'
import { placeOfWords } from './word-place.ts'

/** Without a namespaceSelector a selector of a namespaced policy stays in its own namespace. */
export function warnOfOtherNamespaces(resources: readonly Resource[], report: Report): void {
  const matcher = new Matcher(resources)
  for (const policy of policiesOf(resources)) {
    const { namespace } = policy.id
    for (const { selector, location, side } of selectorsOf(policy)) {
      if (side === undefined) continue
      // Those of Kubernetes never look beyond namespaces.
      const isAnywhere = conjuncts(selector).some(isAnyNamespace) && !isKubernetes(policy.id.kind)
      if (!isAnywhere && namespace === '') continue
      const elsewhere = isAnywhere ? outsideOf(selector) : unboundFrom(selector, namespace)
      const term = elsewhere === undefined ? undefined : wantedTerm(elsewhere)
      if (elsewhere === undefined || term === undefined || matcher.hasAny(selector) !== false) continue
      if (matcher.isAmong(matcher.templates, selector) !== false) continue
      const found = whatIsElsewhere(matcher, elsewhere)
      if (found === undefined) continue
      const where = isAnywhere ? 'any namespace' : `the namespace \`${namespace}\``
      report.warn(
        'other-namespace',
        `nothing in ${where} fits the selector, which looks no further; ${found.what} does`,
        isAnywhere
          ? { ...at(location, 'namespaceSelector'), target: 'value' }
          : placeOfWords(report, location, term.label, valuesOf(term)[0] ?? ''),
        isAnywhere
          ? 'write `global()`'
          : found.isGlobal
            ? 'add `namespaceSelector: global()`'
            : addNamespace(policy, found.namespace),
      )
    }
  }
}

/** `namespaceSelector: all()`: global sets are in none. */
function isAnyNamespace(term: Selector): boolean {
  return term.kind === 'has' && term.label === NAMESPACE_LABEL
}

function outsideOf(selector: Selector): Selector {
  return conjunction(conjuncts(selector).filter(term => !isAnyNamespace(term)))
}

/** What a user wants of a pod, alternatives included. */
function wantedTerm(selector: Selector): Term | undefined {
  return usedTerms(selector).find(({ term, isExcluding }) => !isExcluding && isOwnTerm(term))?.term
}

interface Elsewhere {
  readonly what: string
  readonly namespace: string
  readonly isGlobal: boolean
}

function whatIsElsewhere(matcher: Matcher, selector: Parameters<Matcher['hasAny']>[0]): Elsewhere | undefined {
  const pod = matcher.among(matcher.workloads, selector)?.[0]
  if (pod !== undefined)
    return { what: `the pod \`${pod.namespace}/${pod.name}\``, namespace: pod.namespace, isGlobal: false }
  const set = matcher.among(matcher.networkSets, selector)?.[0]
  if (set === undefined) return undefined
  return set.namespace === ''
    ? { what: `GlobalNetworkSet \`${set.name}\``, namespace: '', isGlobal: true }
    : { what: `NetworkSet \`${set.namespace}/${set.name}\``, namespace: set.namespace, isGlobal: false }
}

function addNamespace({ id }: Policy, namespace: string): string {
  return isKubernetes(id.kind)
    ? `add a \`namespaceSelector\` to the same list item, such as \`matchLabels: {kubernetes.io/metadata.name: ${namespace}}\``
    : `add \`namespaceSelector: projectcalico.org/name == '${namespace}'\`, or \`all()\` for every namespace`
}
