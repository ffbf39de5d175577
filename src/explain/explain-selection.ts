// Why a policy selects an endpoint, or which of its fields stands in the way.

import type { SourceIndex } from '../diagnostics/source-index.ts'
import { effectiveLabel } from '../model/ast/endpoint.ts'
import type { Policy } from '../model/ast/policy.ts'
import { type NodePlan, profileLabelsOf } from '../model/plan.ts'
import { contradictionOf } from '../selector/contradiction.ts'
import { evaluateSelector } from '../selector/evaluate.ts'
import { explainTerms } from '../selector/explain.ts'
import { type ExplainedTerm } from '../selector/term.ts'
import { type Endpoint, type FoundEndpoint, fullPolicyName } from './names.ts'
import { describeLabel, type LabelFound } from '../words/label.ts'
import { conjuncts, fieldOfTerm, termText, type TermField } from '../words/selector.ts'
import { hasSpecField } from './source-excerpt.ts'

export interface Selection {
  readonly policy: string
  readonly endpoint: string
  readonly matches: boolean
  /** Matching: what satisfies the selector. Not matching: what fails first. */
  readonly reasons: readonly string[]
}

export type ExplainSelection = (policy: Policy, endpoint: FoundEndpoint) => Selection

/** What does not depend on the endpoint is worked out once for each policy. */
export function createSelectionExplainer({ matching }: NodePlan, sources: SourceIndex): ExplainSelection {
  const inherited = profileLabelsOf(matching)
  const known = new Map<string, PolicyFacts>()
  return (policy, { endpoint, name }) => {
    const lookup = (key: string): LabelFound | undefined =>
      effectiveLabel(endpoint.labels, endpoint.profiles, inherited, key)
    const { matches, terms } = explainTerms(policy.selector.selector, key => lookup(key)?.value)
    const id = fullPolicyName(policy.id)
    let facts = known.get(id)
    if (facts === undefined) known.set(id, (facts = factsOf(policy, sources)))
    const shown = { policy: id, endpoint: name, matches }
    if (matches) return { ...shown, reasons: reasonsFor(terms, policy, facts, endpoint, lookup) }
    facts.impossible ??= whyNever(policy, facts)
    if (facts.impossible !== '') return { ...shown, reasons: [facts.impossible] }
    const { namespace } = policy.id
    if (namespace === '' || namespace === namespaceOf(endpoint)) {
      return { ...shown, reasons: reasonsFor(terms, policy, facts, endpoint, lookup) }
    }
    const own = namespaceOf(endpoint)
    const where = own === undefined ? 'a host endpoint is in no namespace' : `the endpoint is in ${own}`
    return { ...shown, reasons: [`the policy is for endpoints of namespace ${namespace}; ${where}`] }
  }
}

/** How many of the terms that all have to hold do hold: of several endpoints the one with most is nearest. */
export function countHolding(policy: Policy, { endpoint }: FoundEndpoint, { matching }: NodePlan): number {
  const inherited = profileLabelsOf(matching)
  const lookup = (key: string): string | undefined =>
    effectiveLabel(endpoint.labels, endpoint.profiles, inherited, key)?.value
  return conjuncts(policy.selector.selector).filter(term => evaluateSelector(term, lookup)).length
}

interface PolicyFacts {
  /** Fields of the policy that are asked about, and whether they are in the text. */
  readonly has: (name: string) => boolean
  /** Why no endpoint whatever satisfies the selector; empty when some may. */
  impossible?: string
}

function factsOf({ location }: Policy, sources: SourceIndex): PolicyFacts {
  const fields = new Map<string, boolean>()
  const has = (name: string): boolean => {
    const found = fields.get(name) ?? hasSpecField(location, sources, name)
    fields.set(name, found)
    return found
  }
  return { has }
}

function whyNever(policy: Policy, { has }: PolicyFacts): string {
  const contradiction = contradictionOf(policy.selector.selector)
  if (contradiction === undefined) return ''
  const texts = contradiction.map(term => {
    const field = fieldOfTerm(term.term, policy, has)
    if (field === 'namespace') return `the policy's namespace ${policy.id.namespace}`
    return field === 'kubernetes' ? 'a Kubernetes policy, which is for pods' : `${field} ${termText(term, field)}`
  })
  return `the selector can never be true: ${texts.join(' and ')}${texts.length > 1 ? ' exclude each other' : ''}`
}

function reasonsFor(
  terms: readonly ExplainedTerm[],
  policy: Policy,
  { has }: PolicyFacts,
  endpoint: Endpoint,
  lookup: (key: string) => LabelFound | undefined,
): readonly string[] {
  const placed = terms.map(term => ({ term, field: fieldOfTerm(term.term, policy, has) }))
  // That it is a pod goes without saying where the policy says which pods.
  const isSaid = placed.some(({ field }) => field === 'podSelector' || field === 'namespaceSelector')
  return placed
    .filter(({ field, term }) => !(field === 'kubernetes' && isSaid && term.value !== undefined))
    .map(({ term, field }) => reasonOf(term, field, policy, has, endpoint, lookup))
}

function reasonOf(
  term: ExplainedTerm,
  field: TermField,
  policy: Policy,
  has: (name: string) => boolean,
  endpoint: Endpoint,
  lookup: (key: string) => LabelFound | undefined,
): string {
  if (field === 'namespace') return `namespace ${policy.id.namespace}: the endpoint is in it`
  if (field === 'kubernetes') {
    return term.value === 'k8s'
      ? 'podSelector is empty: every pod'
      : 'policies of Kubernetes select pods, and this is none'
  }
  if (!('label' in term.term)) {
    if (term.isNegated) return `${field} ${termText(term, field)}: never true`
    return has(field) ? `${field} ${termText(term, field)}: every endpoint` : `no ${field}: every endpoint`
  }
  const { label } = term.term
  return `${field} ${termText(term, field)}: ${describeLabel(label, lookup(label), endpoint.profiles)}`
}

function namespaceOf(endpoint: Endpoint): string | undefined {
  return endpoint.kind === 'workloadEndpoint' ? endpoint.namespace : undefined
}
