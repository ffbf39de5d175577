// Which selectors of a node look at a label.

import {
  NAMESPACE_PREFIX,
  NAMESPACE_PROFILE_PREFIX,
  SERVICE_ACCOUNT_PREFIX,
  SERVICE_ACCOUNT_PROFILE_PREFIX,
} from '../calico/labels.ts'
import { labelValue, type Labels } from '../model/ast/endpoint.ts'
import type { Resource } from '../model/ast/resources.ts'
import type { Selector } from '../selector/ast.ts'
import { evaluateSelector } from '../selector/evaluate.ts'
import { policyName } from '../words/origin.ts'
import { describeSetSource } from '../words/set.ts'
import type { Explainer } from './explainer.ts'
import { allPolicies } from './names.ts'
import { conjuncts, fieldOfTerm, labelsOf, termText } from '../words/selector.ts'
import { hasSpecField } from './source-excerpt.ts'

/** Which selectors look at a label of a resource, and whether its value satisfies them. Empty where labels do not count. */
export function describeLabel(resource: Resource, label: string, explainer: Explainer): readonly string[] {
  const scope = labelScope(resource)
  if (scope === undefined) return []
  const key = `${scope.prefix}${label}`
  const value = labelValue(scope.labels, key)
  if (value === undefined) return []
  const lookup = (asked: string): string | undefined => labelValue(scope.labels, asked)
  const termsOf = (selector: Selector): readonly Selector[] =>
    conjuncts(selector).filter(term => labelsOf(term).includes(key))
  const found: { readonly text: string; readonly holds: boolean }[] = []
  for (const policy of allPolicies(explainer.plan)) {
    for (const term of termsOf(policy.selector.selector)) {
      const single = 'label' in term ? term : undefined
      const field =
        single === undefined
          ? 'selector'
          : fieldOfTerm(single, policy, name => hasSpecField(policy.location, explainer.sources, name))
      const text =
        single === undefined
          ? 'a term with alternatives'
          : `${field} ${termText({ term: single, isNegated: false }, field)}`
      const holds = evaluateSelector(term, lookup)
      found.push({ text: `${policyName(policy.id)}: ${text} ${holds ? 'holds' : 'fails'}`, holds })
    }
  }
  for (const { name, source } of explainer.ruleset.ipSets) {
    if (source.kind !== 'selector' && source.kind !== 'namedPort') continue
    const terms = termsOf(source.selector.selector)
    if (terms.length === 0) continue
    const holds = terms.every(term => evaluateSelector(term, lookup))
    const what = describeSetSource(source)
    found.push({ text: `Set ${name} (${what}): the label ${holds ? 'fits' : 'does not fit'}`, holds })
  }
  const title = `Label ${label} is "${value}"${scope.whose}.`
  if (found.length === 0) return [`${title} No policy and no IP set of this node looks at it.`]
  // What it satisfies comes first: of what it does not a few are enough.
  const shown = [
    ...found.filter(({ holds }) => holds).slice(0, SHOWN_HOLDING),
    ...found.filter(({ holds }) => !holds).slice(0, SHOWN_FAILING),
  ]
  const left = found.length - shown.length
  return [title, ...shown.map(({ text }) => `${text}.`), ...(left > 0 ? [`And ${left} more.`] : [])]
}

const SHOWN_HOLDING = 20
const SHOWN_FAILING = 5

interface LabelScope {
  readonly labels: Labels
  readonly prefix: string
  readonly whose: string
}

function labelScope(resource: Resource): LabelScope | undefined {
  switch (resource.kind) {
    case 'workloadEndpoint':
    case 'hostEndpoint':
    case 'networkSet':
      return { labels: resource.labels, prefix: '', whose: '' }
    case 'profile': {
      const isNamespace = resource.name.startsWith(NAMESPACE_PROFILE_PREFIX)
      if (!isNamespace && !resource.name.startsWith(SERVICE_ACCOUNT_PROFILE_PREFIX)) return undefined
      return isNamespace
        ? { labels: resource.labelsToApply, prefix: NAMESPACE_PREFIX, whose: ' for the endpoints of the namespace' }
        : {
            labels: resource.labelsToApply,
            prefix: SERVICE_ACCOUNT_PREFIX,
            whose: ' for the endpoints of the service account',
          }
    }
    default:
      return undefined
  }
}
