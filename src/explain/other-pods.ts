// Pods that are no endpoints, by the names that people call them: those of the node's own network, and those that a workload makes.

import type { FinishedPod, HostNetworkPod, PodTemplate } from '../model/ast/pod.ts'
import type { Resource } from '../model/ast/resources.ts'
import { findNamed, type Named, podSpellings } from '../text/find-named.ts'
import type { FoundEndpoint } from './names.ts'

/** A pod, or the pods of a workload, that no policy governs. */
export interface OtherPod {
  /** `pod/ns/name`, or `deployment/ns/name`. */
  readonly name: string
  /** Why it is no endpoint, and what holds instead. */
  readonly because: string
  /** As an endpoint with its labels would be. */
  readonly asEndpoint: FoundEndpoint
  /** Policies will govern its pods once they run. */
  readonly isToCome: boolean
}

export function otherPods(resources: readonly Resource[]): readonly OtherPod[] {
  return resources.flatMap(resource => {
    if (resource.kind === 'hostNetworkPod') return [hostNetworkPod(resource)]
    return resource.kind === 'podTemplate' ? [podsOf(resource)] : []
  })
}

/** @param namespace of a name that has none */
export function findOtherPods(wanted: string, resources: readonly Resource[], namespace?: string): readonly OtherPod[] {
  const finished = resources.flatMap(resource => (resource.kind === 'finishedPod' ? [finishedPod(resource)] : []))
  return findNamed(wanted, [...otherPods(resources), ...finished], namesOf, namespace)
}

function hostNetworkPod(pod: HostNetworkPod): OtherPod {
  const { addresses, node } = pod
  const where = [...(node === '' ? [] : [`node ${node}`]), ...addresses.map(({ text }) => text)].join(', ')
  return {
    name: `pod/${pod.namespace}/${pod.name}`,
    because: `it has hostNetwork: it is no endpoint, no policy governs it and no selector of a rule finds it; its packets are those of its node${where === '' ? '' : ` (${where})`}, for which host endpoints are`,
    asEndpoint: asEndpoint(pod),
    isToCome: false,
  }
}

function finishedPod(pod: FinishedPod): OtherPod {
  return {
    name: `pod/${pod.namespace}/${pod.name}`,
    because: 'it has finished and has no address any more: no policy governs it and no selector of a rule finds it',
    asEndpoint: asEndpoint(pod),
    isToCome: false,
  }
}

function podsOf(template: PodTemplate): OtherPod {
  const { ownerKind, namespace, name, isHostNetwork } = template
  const isPod = ownerKind === 'Pod'
  return {
    name: `${ownerKind.toLowerCase()}/${namespace}/${name}`,
    because: isHostNetwork
      ? 'its pods have hostNetwork: they are no endpoints, and no policy governs them'
      : isPod
        ? 'it has no address in the input, so it is no endpoint yet'
        : 'it is no endpoint itself: its pods are, and its template says what they are like',
    asEndpoint: asEndpoint(template),
    isToCome: !isHostNetwork,
  }
}

function asEndpoint(pod: HostNetworkPod | FinishedPod | PodTemplate): FoundEndpoint {
  const { namespace, name, labels, profiles, ports, location } = pod
  const kind = pod.kind === 'podTemplate' ? pod.ownerKind.toLowerCase() : 'pod'
  return {
    name: `${kind}/${namespace}/${name}`,
    interfaceNames: [],
    endpoint: {
      kind: 'workloadEndpoint',
      node: '',
      namespace,
      name,
      orchestrator: 'k8s',
      endpoint: 'eth0',
      labels,
      profiles,
      addresses: [],
      ports,
      location,
    },
  }
}

function namesOf({ name, asEndpoint: { endpoint } }: OtherPod): Named {
  const namespace = endpoint.kind === 'workloadEndpoint' ? endpoint.namespace : ''
  const [kind = ''] = name.split('/')
  if (kind === 'pod') return podSpellings(namespace, endpoint.name)
  const kinds = [kind, `${kind}s`, ...(SHORT[kind] === undefined ? [] : [SHORT[kind]])]
  return {
    namespace,
    spellings: [
      ...kinds.map(one => `${one}/${namespace}/${endpoint.name}`),
      `${namespace}/${endpoint.name}`,
      endpoint.name,
      ...kinds.map(one => `${one}/${endpoint.name}`),
    ],
  }
}

/** As kubectl shortens them. */
const SHORT: Readonly<Record<string, string>> = {
  deployment: 'deploy',
  statefulset: 'sts',
  daemonset: 'ds',
  replicaset: 'rs',
  cronjob: 'cj',
}
