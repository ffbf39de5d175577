// What users call policies and endpoints, and which of those there are they mean.

import { SHORT_KINDS } from '../calico/policy-kinds.ts'
import type { PolicyId } from '../calico/policy-names.ts'
import type { HostEndpoint, WorkloadEndpoint } from '../model/ast/endpoint.ts'
import type { Policy } from '../model/ast/policy.ts'
import { allHostEndpoints, type NodePlan } from '../model/plan.ts'
import { findNamed, type Named, podSpellings } from '../text/find-named.ts'
import { addTo } from '../text/group-by.ts'

/** `kind/ns/name`, as `--policy` takes it back. */
export function fullPolicyName({ kind, namespace, name }: PolicyId): string {
  return namespace === '' ? `${kind}/${name}` : `${kind}/${namespace}/${name}`
}

export function allPolicies({ matching }: NodePlan): readonly Policy[] {
  return matching.tiers.flatMap(({ policies }) => policies)
}

/**
 * Policies that `NAME`, `ns/NAME`, `kind/NAME` or `kind/ns/NAME` may mean; kinds are full or short, in any case.
 * @param namespace of a name that has none
 */
export function findPolicies(wanted: string, policies: readonly Policy[], namespace?: string): readonly Policy[] {
  const named = ({ id }: Policy): Named => ({ namespace: id.namespace, spellings: spellings(id) })
  const found = findNamed(wanted, policies, named, namespace)
  return found.length > 0 ? found : findNamed(lowerKind(wanted), policies, named, namespace)
}

/** Names to look through for what somebody may have meant, shortest first. */
export function policySpellings({ id }: Policy): readonly string[] {
  return [id.name, ...(id.namespace === '' ? [] : [`${id.namespace}/${id.name}`]), fullPolicyName(id)]
}

/** The same for endpoints. */
export function endpointSpellings({ endpoint, name, interfaceNames }: FoundEndpoint): readonly string[] {
  return [name, name.replace(/^(pod|host)\//, ''), endpoint.name, ...interfaceNames.map(text => `host/${text}`)]
}

function lowerKind(text: string): string {
  const slash = text.indexOf('/')
  return slash < 0 ? text : `${text.slice(0, slash).toLowerCase()}${text.slice(slash)}`
}

function spellings({ kind, namespace, name }: PolicyId): readonly string[] {
  const qualified = namespace === '' ? name : `${namespace}/${name}`
  const kinds = [kind, kind.toLowerCase(), SHORT_KINDS[kind]]
  // What the API calls a Kubernetes policy.
  if (kind === 'KubernetesNetworkPolicy') kinds.push('NetworkPolicy', 'networkpolicy')
  const names = namespace === '' ? [name] : [qualified, name]
  return [
    fullPolicyName({ kind, namespace, name }),
    ...names,
    ...kinds.flatMap(text => names.map(one => `${text}/${one}`)),
  ]
}

export type Endpoint = WorkloadEndpoint | HostEndpoint

export interface FoundEndpoint {
  readonly endpoint: Endpoint
  /** `pod/ns/name` or `host/name`. */
  readonly name: string
  /** Interfaces by which the node knows it; empty for endpoints of other nodes and those without chains. */
  readonly interfaceNames: readonly string[]
}

/** Every endpoint of the input, of this node and others. */
export function allEndpoints(plan: NodePlan): readonly FoundEndpoint[] {
  const { matching, workloads } = plan
  const interfaces = new Map<unknown, string[]>()
  for (const { location, interfaceName } of [...workloads, ...allHostEndpoints(plan)]) {
    addTo(interfaces, location, interfaceName)
  }
  return [...matching.workloadEndpoints, ...matching.hostEndpoints].map(endpoint =>
    foundEndpoint(endpoint, interfaces.get(endpoint.location)),
  )
}

export function foundEndpoint(endpoint: Endpoint, interfaceNames: readonly string[] = []): FoundEndpoint {
  const { kind, name } = endpoint
  return {
    endpoint,
    name: kind === 'hostEndpoint' ? `host/${name}` : `pod/${endpoint.namespace}/${name}`,
    interfaceNames,
  }
}

/** Endpoints that `pod/ns/name`, `host/NAME-or-interface`, `host/NODE[/INTERFACE]` or less of it may mean. @param namespace of a name that has none */
export function findEndpoints(
  wanted: string,
  endpoints: readonly FoundEndpoint[],
  namespace?: string,
): readonly FoundEndpoint[] {
  return findNamed(wanted, endpoints, namesOf, namespace)
}

function namesOf({ endpoint, interfaceNames }: FoundEndpoint): Named {
  if (endpoint.kind === 'workloadEndpoint') {
    const { namespace, spellings } = podSpellings(endpoint.namespace, endpoint.name)
    return { namespace, spellings: [...spellings, ...interfaceNames] }
  }
  const { name, node } = endpoint
  const names = [name, ...interfaceNames]
  const ofNode = ['host', 'node'].flatMap(kind =>
    [node, ...interfaceNames.map(text => `${node}/${text}`)].map(text => `${kind}/${text}`),
  )
  return { namespace: '', spellings: [...names.map(text => `host/${text}`), ...names, ...(node === '' ? [] : ofNode)] }
}
