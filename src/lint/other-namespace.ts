// A rule's selector that only the namespace of its policy narrows to nothing: pods, or sets, elsewhere have the labels.

import type { Report } from '../diagnostics/diagnostic.ts'
import type { Resource } from '../model/ast/resources.ts'
import type { Policy } from '../model/ast/policy.ts'
import { Matcher } from './endpoints.ts'
import { isKubernetes, policiesOf, selectorsOf } from './policies.ts'
import { isOwnTerm, requiredTerms, unboundFrom, valuesOf } from './terms.ts'
import { placeOfWords } from './word-place.ts'

/** Without a namespaceSelector a selector of a namespaced policy stays in its own namespace. */
export function warnOfOtherNamespaces(resources: readonly Resource[], report: Report): void {
  const matcher = new Matcher(resources)
  for (const policy of policiesOf(resources)) {
    const { namespace } = policy.id
    if (namespace === '') continue
    for (const { selector, location, side } of selectorsOf(policy)) {
      const elsewhere = side === undefined ? undefined : unboundFrom(selector, namespace)
      const term = elsewhere === undefined ? undefined : requiredTerms(elsewhere).find(isOwnTerm)
      if (elsewhere === undefined || term === undefined || matcher.hasAny(selector) !== false) continue
      if (matcher.isAmong(matcher.templates, selector) !== false) continue
      const found = whatIsElsewhere(matcher, elsewhere)
      if (found === undefined) continue
      report.warn(
        'other-namespace',
        `nothing in the namespace \`${namespace}\` fits the selector, which looks no further; ${found.what} does`,
        placeOfWords(report, location, term.label, valuesOf(term)[0] ?? ''),
        found.isGlobal ? 'add `namespaceSelector: global()`' : addNamespace(policy, found.namespace),
      )
    }
  }
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
