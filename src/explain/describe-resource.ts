// What resources other than policies and endpoints do to the rules: tiers, pools, network sets, settings, labels.

import {
  NAMESPACE_PREFIX,
  NAMESPACE_PROFILE_PREFIX,
  SERVICE_ACCOUNT_PREFIX,
  SERVICE_ACCOUNT_PROFILE_PREFIX,
} from '../calico/labels.ts'
import { FELIX_FIELDS, type FelixField } from '../calico/felix-config.ts'
import type { Path } from '../diagnostics/source.ts'
import { labelValue, type Labels } from '../model/ast/endpoint.ts'
import type { FelixEnvironment } from '../model/ast/felix-environment.ts'
import type { FelixConfiguration, IpPool, Resource, Tier } from '../model/ast/resources.ts'
import { formatCidr } from '../net/cidr.ts'
import type { Selector } from '../selector/ast.ts'
import { evaluateSelector } from '../selector/evaluate.ts'
import { describeMembership, rulesWithSets, setsOfNetworkSet, setsOfNode, setsOfSlice } from './describe-membership.ts'
import { describeMark, markBits } from '../words/mark.ts'
import { policyName } from '../words/origin.ts'
import { describeSetSource } from '../words/set.ts'
import { carriesSetting, SETTINGS } from './describe-setting.ts'
import type { Explainer } from './explainer.ts'
import { allPolicies } from './names.ts'
import { type IndexedChain, selectRules } from './rule-index.ts'
import { conjuncts, fieldOfTerm, labelsOf, termText } from '../words/selector.ts'
import { hasField } from './source-excerpt.ts'

interface Described {
  readonly notes: readonly string[]
  /** Rules that it has a part in. */
  readonly chains: readonly IndexedChain[]
}

/** @param resources those of one document: a namespace is also a profile */
export function describeResource(resources: readonly Resource[], path: Path, explainer: Explainer): Described {
  // A DaemonSet that runs Felix has both.
  const isFelix = resources.some(({ kind }) => kind === 'felixEnvironment')
  const told = isFelix ? resources.filter(({ kind }) => kind !== 'podTemplate' && kind !== 'hostNetworkPod') : resources
  const parts = told.map(resource => describeOne(resource, path, explainer))
  return { notes: parts.flatMap(({ notes }) => notes), chains: parts.flatMap(({ chains }) => chains) }
}

function describeOne(resource: Resource, path: Path, explainer: Explainer): Described {
  const { plan, chains } = explainer
  const plain = (...notes: string[]): Described => ({ notes, chains: [] })
  switch (resource.kind) {
    case 'tier':
      return { notes: describeTier(resource, explainer), chains: [] }
    case 'networkSet': {
      const sets = setsOfNetworkSet(resource, explainer)
      const kind = resource.namespace === '' ? 'GlobalNetworkSet' : 'NetworkSet'
      const index = path[1] === 'nets' && typeof path[2] === 'number' ? path[2] : undefined
      const net = index === undefined ? undefined : resource.nets[index]
      if (net !== undefined && net.ipVersion !== explainer.ruleset.ipVersion)
        return plain(
          `${formatCidr(net)} is of IPv${net.ipVersion}; these are the rules of IPv${explainer.ruleset.ipVersion}${explainer.ruleset.ipVersion === 4 ? ' (-6 explains the others)' : ''}.`,
        )
      const what = net === undefined ? `the nets of this ${kind}` : 'this net'
      return { notes: describeMembership(what, sets, explainer), chains: rulesWithSets(sets, chains) }
    }
    case 'endpointSlice': {
      const sets = setsOfSlice(resource, explainer)
      const service = `${resource.namespace}/${resource.service}`
      if (sets.length === 0) return plain(`No rule of this node names the service ${service}.`)
      return {
        notes: describeMembership('the addresses of this EndpointSlice', sets, explainer),
        chains: rulesWithSets(sets, chains),
      }
    }
    case 'namespace': {
      const count = explainer.endpoints.filter(
        ({ endpoint }) => endpoint.kind === 'workloadEndpoint' && endpoint.namespace === resource.name,
      )
      const here = count.filter(({ endpoint }) => endpoint.node === plan.nodeName).length
      return plain(
        `Namespace ${resource.name} has ${count.length} ${count.length === 1 ? 'endpoint' : 'endpoints'}, ${here} on this node. Its labels are theirs for namespaceSelector, and its profile kns.${resource.name} lets through what no policy decides.`,
      )
    }
    case 'profile': {
      const users = explainer.endpoints.filter(({ endpoint }) => endpoint.profiles.includes(resource.name))
      const here = users.filter(({ endpoint }) => endpoint.node === plan.nodeName).length
      const [, account] = /^ksa\.(.+)$/.exec(resource.name) ?? []
      if (
        resource.name.startsWith(NAMESPACE_PROFILE_PREFIX) &&
        resource.location?.path.length === 0 &&
        account === undefined
      ) {
        const isNamespace = explainer.resources.some(
          other => other.kind === 'namespace' && other.location === resource.location,
        )
        if (isNamespace) return plain()
      }
      const title =
        account === undefined
          ? `Profile ${resource.name} is listed by`
          : `Service account ${account.replace('.', '/')} is that of`
      return plain(
        `${title} ${users.length} ${users.length === 1 ? 'endpoint' : 'endpoints'}, ${here} on this node.${here === 0 ? ' So it has no chains here.' : ''}`,
      )
    }
    case 'ipPool':
      return { notes: describePool(resource, explainer), chains: [] }
    case 'node': {
      const sets = setsOfNode(resource, explainer)
      const title =
        resource.name === plan.nodeName
          ? `${resource.name} is the node whose rules these are. Its labels choose FelixConfigurations.`
          : `${resource.name} is another node.`
      return {
        notes: [title, ...describeMembership('its addresses', sets, explainer)],
        chains: rulesWithSets(sets, chains),
      }
    }
    case 'felixConfiguration':
      return describeConfiguration(resource, path, explainer)
    case 'bgpConfiguration':
      return plain(
        'Of a BGPConfiguration only the service CIDRs count here: serviceLoopPrevention stops packets for addresses in them that no service has.',
      )
    case 'felixEnvironment':
      return plain(describeEnvironment(resource, explainer))
    case 'service':
      return plain(
        'A Service makes no rules of its own: rules that name it match the addresses of its EndpointSlices, and kube-proxy sends packets on to these before policy looks.',
      )
    case 'hostNetworkPod':
      return plain(
        `${resource.namespace}/${resource.name} uses the network of its node (hostNetwork), so it is no endpoint: no selector matches it. Its packets are the node's, which host endpoints and the node's addresses stand for.`,
      )
    case 'podTemplate':
      return plain(
        resource.ownerKind === 'Pod'
          ? `This Pod makes no rules: without node and address it is no endpoint yet.`
          : `This ${resource.ownerKind} makes no rules: its pods do, once they have addresses.`,
      )
    case 'automaticHostEndpoints':
      return plain('It has Calico make host endpoints for every node.')
    default:
      return plain()
  }
}

function describeTier({ name, order, defaultAction }: Tier, { plan, chains }: Explainer): readonly string[] {
  const policies = plan.matching.tiers.find(tier => tier.name === name)?.policies ?? []
  const isMet = chains.some(({ rules }) =>
    rules.some(({ rule: { origin } }) => origin.kind === 'tier' && origin.tier === name),
  )
  const end =
    defaultAction === 'Deny'
      ? 'packets of an endpoint that one of its policies selects are dropped at its end, unless decided (in untracked and preDNAT chains they go on)'
      : 'what its policies do not decide goes on to the next tier'
  return [
    `Tier ${name}, ${order === undefined ? 'without order: behind all tiers that have one' : `order ${order}`}; default action ${defaultAction}: ${end}.`,
    policies.length === 0
      ? 'No policy is in it, so it makes no rules.'
      : `Its ${policies.length === 1 ? 'policy' : `${policies.length} policies, in order`}: ${listed(policies.map(({ id }) => policyName(id)))}.`,
    ...(policies.length > 0 && !isMet
      ? ['None of them selects an endpoint of this node, so it makes no rules here.']
      : []),
  ]
}

const SHOWN = 8

function listed(items: readonly string[]): string {
  return items.length > SHOWN
    ? `${items.slice(0, SHOWN).join(', ')} and ${items.length - SHOWN} more`
    : items.join(', ')
}

function describePool(pool: IpPool, { ruleset }: Explainer): readonly string[] {
  const { cidr, isNatOutgoing, hasIpip, hasVxlan, isLoadBalancerOnly } = pool
  const text = formatCidr(cidr)
  if (cidr.ipVersion !== ruleset.ipVersion)
    return [`A pool of IPv${cidr.ipVersion}; these are the rules of IPv${ruleset.ipVersion}.`]
  const sets = ruleset.ipSets.filter(({ source, members }) => source.kind === 'static' && members.includes(text))
  const tunnel = hasIpip ? ', reached through IP-in-IP' : hasVxlan ? ', reached through VXLAN' : ', without a tunnel'
  return [
    `Addresses of pods: ${text}${tunnel}; what leaves the pools is ${isNatOutgoing ? '' : 'not '}masqueraded${isNatOutgoing ? ' (natOutgoing)' : ''}.${isLoadBalancerOnly ? ' Only for load balancers.' : ''}`,
    sets.length === 0
      ? 'It is in no IP set of this node.'
      : `It is in the ${sets.length === 1 ? 'set' : 'sets'} ${listed(sets.map(({ name }) => name))}.`,
  ]
}

function describeConfiguration(
  { name, settings, location }: FelixConfiguration,
  path: Path,
  explainer: Explainer,
): Described {
  const { plan, chains, marks } = explainer
  const wanted = path[0] === 'spec' && typeof path[1] === 'string' ? path[1].toLowerCase() : undefined
  const field = FELIX_FIELDS.find(candidate => candidate.toLowerCase() === wanted)
  const isInForce = (candidate: FelixField): boolean => {
    const source = plan.configSources[candidate]
    return source !== undefined && explainer.sources.isSameText(source, location)
  }
  if (field === undefined) {
    if (wanted !== undefined) return { notes: [`${String(path[1])} changes nothing in the rules.`], chains: [] }
    const inForce = [...settings.keys()].filter(isInForce)
    const others = [...settings.keys()].filter(candidate => !isInForce(candidate))
    return {
      notes: [
        inForce.length === 0
          ? `Nothing of FelixConfiguration ${name} is in force on node ${plan.nodeName}.`
          : `In force on node ${plan.nodeName}: ${listed(inForce)}.`,
        ...(inForce.length > 0 && others.length > 0 ? [`Not in force here: ${listed(others)}.`] : []),
      ],
      chains: [],
    }
  }
  const notes = [`${field} says ${SETTINGS[field]}.`]
  if (!isInForce(field)) {
    const isElsewhere = plan.configSources[field] !== undefined
    const variable = plan.configVariables[field]
    notes.push(
      `This value is not in force on node ${plan.nodeName}: ${variable !== undefined ? `${variable} of Felix's environment wins over it` : isElsewhere ? 'another FelixConfiguration is nearer to the node' : 'this FelixConfiguration is not for it, or leaves the field empty'}.`,
    )
    return { notes, chains: [] }
  }
  if (field === 'iptablesMarkMask') {
    notes.push(
      `The bits are given out from the lowest: ${markBits(marks)
        .map(({ bit }) => describeMark(bit, marks))
        .join(', ')}.`,
    )
    return { notes, chains: [] }
  }
  const found = selectRules(
    chains,
    ({ rule }) =>
      ((rule.origin.kind === 'felixConfiguration' || rule.origin.kind === 'calicoDefault') &&
        rule.origin.field === field) ||
      carriesSetting(field, rule, plan.config),
  )
  const count = found.reduce((sum, { rules }) => sum + rules.length, 0)
  notes.push(
    count === 0
      ? `No IPv${explainer.ruleset.ipVersion} rule of this node carries it.`
      : `${count === 1 ? '1 rule carries' : `${count} rules carry`} it.`,
  )
  return { notes, chains: found }
}

function describeEnvironment({ name, settings }: FelixEnvironment, { plan }: Explainer): string {
  const inForce = [...settings].filter(
    ([field, { variable }]) => variable !== undefined && plan.configVariables[field] === variable,
  )
  const names = inForce.map(([field, { variable, text }]) => `${variable ?? field}=${text}`)
  return names.length === 0
    ? `Nothing that decides about rules is in force on node ${plan.nodeName} from ${name}.`
    : `Felix's environment from ${name} is in force on node ${plan.nodeName}, over every FelixConfiguration: ${listed(names)}.`
}

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
          : fieldOfTerm(single, policy, name => hasField(policy.location, explainer.sources, 'spec', name))
      const text =
        single === undefined
          ? 'a term with alternatives'
          : `${field} ${termText({ term: single, isNegated: false }, field)}`
      const holds = evaluateSelector(term, lookup)
      found.push({ text: `${policyName(policy.id)}: ${text} ${holds ? 'holds' : 'fails'}`, holds })
    }
  }
  for (const { name, source } of explainer.ruleset.ipSets) {
    const canonical = source.kind === 'selector' || source.kind === 'namedPort' ? source.selector : undefined
    const selector = canonical === undefined ? undefined : explainer.context.readSelector(canonical)
    if (selector === undefined) continue
    const terms = termsOf(selector)
    if (terms.length === 0) continue
    const holds = terms.every(term => evaluateSelector(term, lookup))
    const what = describeSetSource(source, explainer.context.readSelector)
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
