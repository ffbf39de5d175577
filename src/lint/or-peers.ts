// Two list items, of which either is enough, where one with both selectors was meant: pods in other namespaces.

import { NAMESPACE_LABEL, NAMESPACE_PREFIX, ORCHESTRATOR_LABEL } from '../calico/labels.ts'
import type { Report } from '../diagnostics/diagnostic.ts'
import { at } from '../diagnostics/source.ts'
import { DIRECTIONS, type PolicyRule } from '../model/ast/policy.ts'
import type { Resource } from '../model/ast/resources.ts'
import { isSamePlace } from '../diagnostics/source.ts'
import type { Selector } from '../selector/ast.ts'
import { Matcher } from './endpoints.ts'
import { policiesOf } from './policies.ts'
import { conjuncts, conjunction, isOwnTerm, labelsOf, unboundFrom } from './terms.ts'

/** Sure where no pod of the policy's own namespace fits the pod selector, and one of another namespace does. */
export function warnOfOrPeers(resources: readonly Resource[], report: Report): void {
  const matcher = new Matcher(resources)
  for (const policy of policiesOf(resources)) {
    if (policy.id.kind !== 'KubernetesNetworkPolicy' && policy.id.kind !== 'StagedKubernetesNetworkPolicy') continue
    for (const direction of DIRECTIONS) {
      const side = direction === 'ingress' ? 'source' : 'destination'
      for (const rules of byPlace(policy[direction])) {
        const selectors = rules.flatMap(rule => rule[side].selector?.selector ?? [])
        const pods = selectors.find(one => isOfPods(one, policy.id.namespace))
        if (
          pods === undefined ||
          !selectors.some(isOfNamespaces) ||
          !isFoundOnlyElsewhere(matcher, pods, policy.id.namespace)
        )
          continue
        const location = rules[0]?.location
        if (location === undefined) continue
        const field = direction === 'ingress' ? 'from' : 'to'
        report.warn(
          'or-peers',
          `either item of \`${field}\` is enough: the \`podSelector\` means pods of \`${policy.id.namespace}\`, where none fits, and the \`namespaceSelector\` every pod of its namespaces`,
          { ...at(location, field), target: 'key' },
          'to choose pods by both, write both in one item: remove the `- ` in front of the second',
        )
      }
    }
  }
}

/** Rules that one rule of the file stands for. */
function byPlace(rules: readonly PolicyRule[]): readonly (readonly PolicyRule[])[] {
  const groups: PolicyRule[][] = []
  for (const rule of rules) {
    const last = groups.at(-1)
    if (last !== undefined && isSamePlace(last[0]?.location, rule.location)) last.push(rule)
    else groups.push([rule])
  }
  return groups
}

function isOfPods(selector: Selector, namespace: string): boolean {
  const rest = unboundFrom(selector, namespace)
  return rest !== undefined && conjuncts(rest).some(isOwnTerm)
}

/** A namespaceSelector and nothing of pods. */
function isOfNamespaces(selector: Selector): boolean {
  const isNamespace = (label: string): boolean => label.startsWith(NAMESPACE_PREFIX) || label === NAMESPACE_LABEL
  const terms = conjuncts(selector).filter(term => !labelsOf(term).includes(ORCHESTRATOR_LABEL))
  return (
    terms.some(term => term.kind === 'has' || labelsOf(term).some(label => label.startsWith(NAMESPACE_PREFIX))) &&
    terms.every(term => labelsOf(term).every(isNamespace))
  )
}

/** CoreDNS and its like are known without being in the input. */
function isFoundOnlyElsewhere(matcher: Matcher, selector: Selector, namespace: string): boolean {
  const elsewhere = unboundFrom(selector, namespace) ?? conjunction([])
  if (matcher.hasAny(selector) !== false || matcher.isAmong(matcher.templates, selector) !== false) return false
  if (matcher.isAmong(matcher.workloads, elsewhere) === true) return true
  const labels = { 'k8s-app': 'kube-dns', [ORCHESTRATOR_LABEL]: 'k8s' }
  return namespace !== 'kube-system' && matcher.matches(elsewhere, { labels, profiles: [] })
}
