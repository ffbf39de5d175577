// One selector out of several fields, by Calico's own recipe, which works on text: the result is parsed afterwards, and
// its canonical form is what IP set ids and policy groups are made of (planning-selectors, sections 6 and 7).

import { NAMESPACE_LABEL, NAMESPACE_PREFIX, SERVICE_ACCOUNT_LABEL, SERVICE_ACCOUNT_PREFIX } from '../calico/labels.ts'
import type { ParsedSelector } from '../model/ast/policy.ts'
import { parseSelector } from '../selector/parse.ts'
import { prefixLabels, printSelector } from '../selector/print.ts'

/** Parses selectors, each distinct text once. */
export class SelectorCache {
  readonly #parsed = new Map<string, ParsedSelector | undefined>()

  /** Undefined for a text that does not parse. */
  parse(text: string): ParsedSelector | undefined {
    const known = this.#parsed.get(text)
    if (known !== undefined || this.#parsed.has(text)) return known
    const result = parseSelector(text)
    const parsed = result.ok ? { selector: result.selector, canonical: printSelector(result.selector) } : undefined
    this.#parsed.set(text, parsed)
    return parsed
  }

  /** Canonical text with a prefix on every label; empty for a text that does not parse. */
  prefixed(text: string, prefix: string): string {
    const parsed = this.parse(text)
    return parsed === undefined ? '' : printSelector(prefixLabels(parsed.selector, prefix))
  }
}

export interface PolicySelectorFields {
  /** Empty for cluster-wide policies. */
  readonly namespace: string
  readonly selector: string
  readonly namespaceSelector: string
  readonly serviceAccountSelector: string
}

/** Text of the selector that decides which endpoints a policy is for. */
export function composePolicySelector(fields: PolicySelectorFields, cache: SelectorCache): string {
  return fields.namespace === '' ? composeGlobal(fields, cache) : composeNamespaced(fields, cache)
}

function composeNamespaced(fields: PolicySelectorFields, cache: SelectorCache): string {
  const { namespace, selector, serviceAccountSelector } = fields
  const inNamespace = `${NAMESPACE_LABEL} == '${namespace}'`
  const composed = selector === '' ? inNamespace : `(${selector}) && ${inNamespace}`
  if (serviceAccountSelector === '') return composed
  return and(composed, cache.prefixed(serviceAccountSelector, SERVICE_ACCOUNT_PREFIX))
}

function composeGlobal(fields: PolicySelectorFields, cache: SelectorCache): string {
  let composed = fields.selector
  if (fields.namespaceSelector !== '') {
    composed = and(composed, cache.prefixed(fields.namespaceSelector, NAMESPACE_PREFIX))
    // Blind replacement, as in Calico: it also meets the policy's own `all()`, and text between quotes.
    composed = composed.replaceAll('all()', `has(${NAMESPACE_LABEL})`)
  }
  if (fields.serviceAccountSelector !== '') {
    composed = and(composed, cache.prefixed(fields.serviceAccountSelector, SERVICE_ACCOUNT_PREFIX))
    composed = composed.replaceAll('all()', `has(${SERVICE_ACCOUNT_LABEL})`)
  }
  return composed
}

/** Only the left side gets parentheses. */
function and(left: string, right: string): string {
  if (right === '') return left
  return left === '' ? right : `(${left}) && ${right}`
}

export interface EntitySelectorFields {
  /** Namespace of the policy; empty for cluster-wide policies and profiles. */
  readonly namespace: string
  readonly selector: string
  readonly notSelector: string
  readonly namespaceSelector: string
  readonly serviceAccounts: { readonly names: readonly string[]; readonly selector: string } | undefined
}

/** Texts of the positive and negated selector of one side of a rule; empty where there is none. */
export function composeEntitySelectors(
  fields: EntitySelectorFields,
  cache: SelectorCache,
): { readonly positive: string; readonly negative: string } {
  const { notSelector } = fields
  const positive = composePositive(fields, cache)
  // With a positive selector the negated one narrows it; alone it also has to match addresses of no endpoint.
  if (positive !== '' && notSelector !== '') return { positive: `(${positive}) && (!(${notSelector}))`, negative: '' }
  return { positive, negative: notSelector }
}

function composePositive(fields: EntitySelectorFields, cache: SelectorCache): string {
  const { namespace, selector, notSelector, namespaceSelector } = fields
  const accounts = composeServiceAccounts(fields.serviceAccounts, cache)
  const body = accounts === '' || selector === '' ? accounts + selector : `(${accounts}) && (${selector})`
  const namespaceTerm = composeNamespaceTerm(namespace, namespaceSelector, cache)
  const isNamespaceNeeded = body !== '' || notSelector !== '' || namespaceSelector !== ''
  if (namespaceTerm === '' || !isNamespaceNeeded) return body
  return body === '' ? namespaceTerm : `(${namespaceTerm}) && (${body})`
}

function composeNamespaceTerm(namespace: string, namespaceSelector: string, cache: SelectorCache): string {
  if (namespaceSelector === '') return namespace === '' ? '' : `${NAMESPACE_LABEL} == '${namespace}'`
  return cache
    .prefixed(namespaceSelector, NAMESPACE_PREFIX)
    .replaceAll('all()', `has(${NAMESPACE_LABEL})`)
    .replaceAll('global()', `!has(${NAMESPACE_LABEL})`)
}

function composeServiceAccounts(accounts: EntitySelectorFields['serviceAccounts'], cache: SelectorCache): string {
  if (accounts === undefined) return ''
  const byLabel = accounts.selector === '' ? '' : cache.prefixed(accounts.selector, SERVICE_ACCOUNT_PREFIX)
  if (accounts.names.length === 0) return byLabel
  const byName = cache.prefixed(
    `${SERVICE_ACCOUNT_LABEL} in { ${accounts.names.map(name => `'${name}'`).join(', ')} }`,
    '',
  )
  return byLabel === '' || byName === '' ? byName : `(${byLabel}) && (${byName})`
}
