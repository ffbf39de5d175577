// Which IP sets an endpoint or network set is in, and which rules match them.

import { assertNever } from '../text/assert-never.ts'
import { namespaceProfileName } from '../calico/labels.ts'
import { profileLabelsOf } from '../model/plan.ts'
import { effectiveLabel, type Labels } from '../model/ast/endpoint.ts'
import type { NetworkSet, Node } from '../model/ast/resources.ts'
import type { EndpointSlice } from '../model/ast/service.ts'
import type { IpSet } from '../model/ruleset.ts'
import { formatCidr, withoutFullLength } from '../net/cidr.ts'
import { evaluateSelector } from '../selector/evaluate.ts'
import { describeSetSource } from '../words/set.ts'
import type { Explainer } from './explainer.ts'
import type { Endpoint } from './names.ts'
import { type IndexedChain, selectRules } from './rule-index.ts'

export function setsOfEndpoint(endpoint: Endpoint, explainer: Explainer): readonly IpSet[] {
  const addresses = endpoint.kind === 'workloadEndpoint' ? endpoint.addresses : endpoint.expectedIps
  const texts = ofVersion(addresses, explainer).map(({ text }) => text)
  return setsHolding(texts, endpoint.labels, endpoint.profiles, explainer)
}

/** Network sets of a namespace inherit its labels. */
export function setsOfNetworkSet({ namespace, labels, nets }: NetworkSet, explainer: Explainer): readonly IpSet[] {
  const texts = ofVersion(nets, explainer).map(formatCidr)
  return setsHolding(texts, labels, namespace === '' ? [] : [namespaceProfileName(namespace)], explainer)
}

export function setsOfNode({ addresses, tunnelAddresses }: Node, explainer: Explainer): readonly IpSet[] {
  const own = [...addresses, ...Object.values(tunnelAddresses)]
  const texts = ofVersion(own, explainer).map(({ text }) => text)
  return setsHolding(texts, {}, [], explainer).filter(({ source }) => source.kind === 'static')
}

export function setsOfSlice({ namespace, service }: EndpointSlice, { ruleset }: Explainer): readonly IpSet[] {
  return ruleset.ipSets.filter(
    ({ source }) => source.kind === 'service' && source.namespace === namespace && source.name === service,
  )
}

function ofVersion<T extends { readonly ipVersion: 4 | 6 }>(items: readonly T[], { ruleset }: Explainer): readonly T[] {
  return items.filter(({ ipVersion }) => ipVersion === ruleset.ipVersion)
}

function setsHolding(
  texts: readonly string[],
  labels: Labels,
  profiles: readonly string[],
  { ruleset, plan }: Explainer,
): readonly IpSet[] {
  const inherited = profileLabelsOf(plan.matching)
  const lookup = (key: string): string | undefined => effectiveLabel(labels, profiles, inherited, key)?.value
  return ruleset.ipSets.filter(({ source, members }) => {
    switch (source.kind) {
      case 'selector':
      case 'namedPort': {
        if (texts.length === 0 || !evaluateSelector(source.selector.selector, lookup)) return false
        return source.kind === 'selector' || members.some(member => texts.some(text => member.startsWith(`${text},`)))
      }
      case 'service':
        return members.some(member =>
          texts.some(text => member === `${text}/32` || member === `${text}/128` || member.startsWith(`${text},`)),
        )
      case 'static':
        return members.some(member => texts.includes(withoutFullLength(member)))
      case 'read':
        return false
      default:
        return assertNever(source)
    }
  })
}

export function rulesWithSets(sets: readonly IpSet[], chains: readonly IndexedChain[]): readonly IndexedChain[] {
  const names = new Set(sets.map(({ name }) => name))
  return selectRules(chains, ({ rule }) => rule.matches.some(match => match.kind === 'ipSet' && names.has(match.set)))
}

/** Sentences, one for each set. `what` is a plural in the middle of a sentence: "its addresses". */
export function describeMembership(what: string, sets: readonly IpSet[], explainer: Explainer): readonly string[] {
  if (sets.length === 0) return [`No IPv${explainer.ruleset.ipVersion} set of this node has ${what}.`]
  return sets.map(set => {
    const rules = rulesWithSets([set], explainer.chains).flatMap(chain => chain.rules).length
    const use = rules === 0 ? 'no rule matches it' : rules === 1 ? '1 rule matches it' : `${rules} rules match it`
    const holds = describeSetSource(set.source)
    return `The set ${set.name} (${holds}) has ${what}; ${use}.`
  })
}
