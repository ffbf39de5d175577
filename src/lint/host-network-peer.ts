// A rule whose selector fits pods of the node's own network alone: they are no endpoints, so no selector matches them.

import type { Report } from '../diagnostics/diagnostic.ts'
import type { Resource } from '../model/ast/resources.ts'
import { Matcher } from './endpoints.ts'
import { policiesOf, selectorsOf } from './policies.ts'
import { isOwnTerm, requiredTerms, valuesOf } from './terms.ts'
import { placeOfWords } from './word-place.ts'

/** Pods are told by what the input has of them: themselves, or the template of a workload. */
export function warnOfHostNetworkPeers(resources: readonly Resource[], report: Report): void {
  const matcher = new Matcher(resources)
  const templates = matcher.templates.filter(({ isHostNetwork }) => isHostNetwork)
  if (matcher.hostNetworkPods.length + templates.length === 0) return
  const others = matcher.templates.filter(({ isHostNetwork }) => !isHostNetwork)
  for (const policy of policiesOf(resources)) {
    for (const { selector, location, side } of selectorsOf(policy)) {
      if (matcher.hasAny(selector) !== false || matcher.isAmong(others, selector) !== false) continue
      const pods = matcher.among(matcher.hostNetworkPods, selector) ?? []
      const made = matcher.among(templates, selector) ?? []
      const names = [...pods, ...made].map(({ namespace, name }) => `\`${namespace}/${name}\``)
      const [first] = names
      if (first === undefined) continue
      const more = names.length > 1 ? ` and ${names.length - 1} more` : ''
      const nodes = [...new Set(pods.flatMap(({ addresses }) => addresses.map(({ text }) => text)))].slice(0, 3)
      const shown = nodes.length === 0 ? '' : ` (${nodes.map(text => `\`${text}\``).join(', ')}…)`
      const term = requiredTerms(selector).find(isOwnTerm)
      report.warn(
        'host-network-peer',
        `the selector fits only pods of the node's own network, such as ${first}${more}: they are no endpoints, and ${
          side === undefined ? 'the policy applies to nothing' : 'the rule matches nothing'
        }`,
        placeOfWords(report, location, term?.label ?? '', term === undefined ? '' : (valuesOf(term)[0] ?? '')),
        side === undefined
          ? 'protect the node with a HostEndpoint and a GlobalNetworkPolicy that selects it'
          : `their packets have the addresses of their nodes: allow those by \`nets\` or \`ipBlock\`${shown}, or by a selector for host endpoints with \`expectedIPs\``,
      )
    }
  }
}
