// A policy that selects no endpoint of a whole cluster, and what of it selects something else: nodes, or templates.

import type { Release } from '../calico/releases/release.ts'
import type { Report } from '../diagnostics/diagnostic.ts'
import type { Policy } from '../model/ast/policy.ts'
import type { Resource } from '../model/ast/resources.ts'
import type { Selector } from '../selector/ast.ts'
import { Matcher } from './endpoints.ts'
import type { InputExtent } from './input-extent.ts'
import { ofSpec, policiesOf, selectorsOf } from './policies.ts'
import { LabelWords } from './similar-label.ts'
import { conjuncts, conjunction, isOwnTerm, labelsOf, requiredTerms, unboundFrom, valuesOf } from './terms.ts'
import { placeOfWords } from './word-place.ts'

/** Labels of nodes and of other namespaces are told in a part of a cluster too; that nothing is selected at all, in a whole one. */
export function warnOfSelectingNothing(
  resources: readonly Resource[],
  report: Report,
  _release?: Release,
  extent: InputExtent = 'whole',
): void {
  const matcher = new Matcher(resources)
  const words = new LabelWords(resources)
  if (matcher.workloads.length + matcher.hostEndpoints.length + matcher.templates.length + matcher.nodes.length === 0)
    return
  for (const policy of policiesOf(resources)) {
    warnOfNodePeers(policy, matcher, report)
    const { selector } = policy.selector
    const isEmpty =
      matcher.isAmong(matcher.workloads, selector) === false &&
      matcher.isAmong(matcher.hostEndpoints, selector) === false &&
      matcher.isAmong(matcher.hostNetworkPods, selector) === false
    // A word that is nearly right has been told.
    if (!isEmpty || words.slips(selector).length > 0) continue
    const reason = reasonOf(policy, matcher, extent)
    if (reason === undefined) continue
    const term = requiredTerms(selector).find(isOwnTerm)
    const place =
      term === undefined
        ? ofSpec(policy, 'selector')
        : placeOfWords(report, ofSpec(policy, ''), term.label, valuesOf(term)[0] ?? '')
    if (reason.isSure) report.warn('selects-nothing', reason.message, place, reason.help)
    else report.note('selects-nothing', reason.message, place, reason.help)
  }
}

/** Rules that choose by labels which only nodes have. */
function warnOfNodePeers(policy: Policy, matcher: Matcher, report: Report): void {
  for (const { selector, location, side } of selectorsOf(policy)) {
    const term = requiredTerms(selector).find(isOwnTerm)
    if (side === undefined || term === undefined || matcher.hasAny(selector) !== false) continue
    if (matcher.isAmong([...matcher.hostNetworkPods, ...matcher.templates], selector) !== false) continue
    const node = matcher.among(matcher.nodes, selector)?.[0]
    if (node === undefined) continue
    report.warn(
      'selects-nothing',
      `the selector is for labels of nodes, such as \`${node.name}\`, and nodes are no endpoints: it matches nothing`,
      placeOfWords(report, location, term.label, valuesOf(term)[0] ?? ''),
      'name the addresses of the nodes, or put the labels on HostEndpoints with `expectedIPs`',
    )
  }
}

interface Reason {
  readonly message: string
  readonly help?: string
  /** A mistake, and not only something that is not there yet. */
  readonly isSure: boolean
}

function reasonOf({ selector: { selector }, id }: Policy, matcher: Matcher, extent: InputExtent): Reason | undefined {
  const templates = matcher.among(matcher.templates, selector) ?? []
  const [made] = templates.filter(({ isHostNetwork }) => !isHostNetwork)
  // A repository has templates instead of pods, and those of the node's network have a lint of their own.
  if (made === undefined && templates.length > 0) return undefined
  if (made !== undefined) {
    if (extent === 'part') return undefined
    const what =
      made.ownerKind === 'Pod'
        ? `the pod \`${made.namespace}/${made.name}\`, which has no node or address yet`
        : `what ${made.ownerKind} \`${made.namespace}/${made.name}\` would make`
    return { message: `the policy selects no endpoint of the input, only ${what}`, isSure: false }
  }
  const node = matcher.among(matcher.nodes, selector)?.[0]
  if (node !== undefined && labelsOf(selector).length > 0)
    return {
      message: `the policy selects by labels of nodes, such as \`${node.name}\`, and nodes are no endpoints: it applies to nothing`,
      help: 'put the labels on HostEndpoints, or have Calico make those of all nodes (`autoCreate: Enabled`)',
      isSure: true,
    }
  if (extent === 'part' || matcher.workloads.length + matcher.hostEndpoints.length === 0) return undefined
  const elsewhere = id.namespace === '' ? undefined : unboundFrom(selector, id.namespace)
  const pod =
    elsewhere === undefined || !conjuncts(elsewhere).some(isOwnTerm)
      ? undefined
      : matcher.among(matcher.workloads, elsewhere)?.[0]
  const message = 'the policy selects no endpoint of the input'
  if (pod !== undefined)
    return { message, help: `pods of the namespace \`${pod.namespace}\` fit, such as \`${pod.name}\``, isSure: false }
  const set = matcher.among(matcher.networkSets, selector)?.[0]
  if (set !== undefined && labelsOf(selector).length > 0)
    return {
      message,
      help: `\`${set.name}\` fits, a network set: rules name those, and no policy applies to them`,
      isSure: false,
    }
  return { message, ...nearestMiss(selector, matcher), isSure: false }
}

/** The one term without which something would be selected. */
function nearestMiss(selector: Selector, matcher: Matcher): { readonly help?: string } {
  const terms = conjuncts(selector)
  if (terms.length < 2) return {}
  for (const [index, term] of terms.entries()) {
    const [required] = requiredTerms(term)
    if (required === undefined || !isOwnTerm(term)) continue
    const rest = conjunction(terms.filter((_, other) => other !== index))
    if (!conjuncts(rest).some(isOwnTerm)) continue
    const near = matcher.among(matcher.workloads, rest)?.[0] ?? matcher.among(matcher.hostEndpoints, rest)?.[0]
    if (near === undefined) continue
    const value = Object.hasOwn(near.labels, required.label) ? near.labels[required.label] : undefined
    return {
      help: `\`${near.name}\` has all the rest, and ${
        value === undefined ? `no label \`${required.label}\`` : `\`${value}\` for \`${required.label}\``
      }`,
    }
  }
  return {}
}
