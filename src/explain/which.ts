// Which policies govern an endpoint, in the order in which packets meet them, and why one does or does not.

import { isStaged } from '../calico/version.ts'
import { effectiveLabel } from '../model/ast/endpoint.ts'
import type { Direction, Policy } from '../model/ast/policy.ts'
import type { EndpointChainType, NodePlan, PlannedTier } from '../model/plan.ts'
import { explainSelector, type ExplainedTerm } from '../selector/explain.ts'
import { printSelector } from '../selector/print.ts'
import { policyName } from './describe-origin.ts'
import { allPolicies, type Endpoint, type FoundEndpoint, fullPolicyName } from './names.ts'
import { excerptOf, formatPlace } from './source-excerpt.ts'

export interface Selection {
  readonly policy: string
  readonly endpoint: string
  readonly matches: boolean
  /** Matching: what satisfies the selector. Not matching: what fails first. */
  readonly reasons: readonly string[]
}

export function explainSelection(policy: Policy, { endpoint, name }: FoundEndpoint, { matching }: NodePlan): Selection {
  const lookup = (key: string): ReturnType<typeof effectiveLabel> =>
    effectiveLabel(endpoint.labels, endpoint.profiles, matching.profileLabels, key)
  const { matches, terms, contradiction } = explainSelector(policy.selector.selector, key => lookup(key)?.value)
  const shown = { policy: fullPolicyName(policy.id), endpoint: name, matches }
  const { namespace } = policy.id
  if (!matches && contradiction !== undefined) {
    const text = contradiction.map(termText).join(' and ')
    return {
      ...shown,
      reasons: [`the selector can never be true: ${text}${contradiction.length > 1 ? ' exclude each other' : ''}`],
    }
  }
  if (!matches && namespace !== '' && namespace !== namespaceOf(endpoint)) {
    const where =
      namespaceOf(endpoint) === undefined
        ? 'a host endpoint is in no namespace'
        : `the endpoint is in ${namespaceOf(endpoint) ?? ''}`
    return { ...shown, reasons: [`the policy is for endpoints of namespace ${namespace}; ${where}`] }
  }
  return {
    ...shown,
    reasons: terms.map(term => describeTerm(term, 'label' in term.term ? lookup(term.term.label)?.profile : undefined)),
  }
}

function namespaceOf(endpoint: Endpoint): string | undefined {
  return endpoint.kind === 'workloadEndpoint' ? endpoint.namespace : undefined
}

/** `namespaceSelector: team == "a"`: the prefixes that Calico puts before labels of namespaces and accounts are undone. */
function termText({ term, isNegated }: Pick<ExplainedTerm, 'term' | 'isNegated'>): string {
  const text = 'label' in term ? printSelector({ ...term, label: bareLabel(term.label) }) : printSelector(term)
  return isNegated ? `!${text}` : text
}

function bareLabel(label: string): string {
  return label.replace(/^pc(ns|sa)\./, '')
}

function labelKind(label: string): string {
  if (label.startsWith('pcns.')) return 'namespace label'
  return label.startsWith('pcsa.') ? 'service account label' : 'label'
}

function describeTerm(term: ExplainedTerm, profile: string | undefined): string {
  const text = termText(term)
  if (!('label' in term.term)) return term.isNegated ? `${text}: never true` : `${text}: anything`
  const label = `${labelKind(term.term.label)} ${bareLabel(term.term.label)}`
  if (term.value === undefined) return `${text}: no ${label} here`
  return `${text}: ${label} is "${term.value}"${profile === undefined ? '' : ` (through profile ${profile})`}`
}

export interface MetTier {
  readonly name: string
  /** Absent: after all tiers that have one. */
  readonly order?: number
  readonly defaultAction: string
  readonly policies: readonly MetPolicy[]
}

export interface MetPolicy {
  readonly policy: string
  readonly kindAndName: string
  readonly order?: number
  /** Kubernetes policies have no order of their own. */
  readonly isOrderImplied: boolean
  readonly isStaged: boolean
  readonly place: string
  readonly reasons: readonly string[]
}

export interface MetChain {
  readonly interfaceName: string
  readonly chainType: EndpointChainType
  readonly direction: Direction
  readonly tiers: readonly MetTier[]
  /** In order; only normal chains end in them. */
  readonly profiles: readonly string[]
}

/** Chain types in the order in which an incoming packet meets them, each for both directions. */
export function policiesOf(found: FoundEndpoint, plan: NodePlan): readonly MetChain[] {
  const { endpoint } = found
  const policies = new Map(allPolicies(plan).map(policy => [fullPolicyName(policy.id), policy] as const))
  const tiers = new Map(plan.matching.tiers.map(({ name, tier }) => [name, tier] as const))
  const metPolicy = (id: Policy['id']): MetPolicy => {
    const policy = policies.get(fullPolicyName(id))
    return {
      policy: fullPolicyName(id),
      kindAndName: policyName(id),
      ...(policy?.order === undefined ? {} : { order: policy.order }),
      isOrderImplied: id.kind === 'KubernetesNetworkPolicy' || id.kind === 'StagedKubernetesNetworkPolicy',
      isStaged: isStaged(id.kind),
      place: policy === undefined ? '' : formatPlace(excerptOf(policy.location, 0)),
      reasons: policy === undefined ? [] : explainSelection(policy, found, plan).reasons,
    }
  }
  const met = (
    interfaceName: string,
    chainType: EndpointChainType,
    planned: readonly PlannedTier[],
    profiles: readonly string[],
  ): readonly MetChain[] =>
    (['ingress', 'egress'] as const).map(direction => ({
      interfaceName,
      chainType,
      direction,
      tiers: planned.flatMap((tier): readonly MetTier[] => {
        const list = tier[direction].flatMap(group => group.policies.map(metPolicy))
        const order = tiers.get(tier.name)?.order
        return list.length === 0
          ? []
          : [
              {
                name: tier.name,
                ...(order === undefined ? {} : { order }),
                defaultAction: tier.defaultAction,
                policies: list,
              },
            ]
      }),
      profiles,
    }))
  const hosts =
    plan.wildcardHostEndpoint === undefined ? plan.hostEndpoints : [...plan.hostEndpoints, plan.wildcardHostEndpoint]
  return [
    ...plan.workloads
      .filter(({ location }) => location === endpoint.location)
      .flatMap(({ interfaceName, tiers: own, profiles }) => met(interfaceName, 'normal', own, profiles)),
    ...hosts
      .filter(({ location }) => location === endpoint.location)
      .flatMap(({ interfaceName, tiers: own, profiles }) =>
        (['untracked', 'preDNAT', 'normal', 'forward'] as const).flatMap(chainType =>
          met(interfaceName, chainType, own[chainType], chainType === 'normal' ? profiles : []),
        ),
      ),
  ]
}
