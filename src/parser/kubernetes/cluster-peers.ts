// Subjects and peers of the cluster-wide policies of Kubernetes, which all of its versions have alike.

import { at, type Location } from '../../diagnostics/source.ts'
import type { Report } from '../../diagnostics/diagnostic.ts'
import type { Direction } from '../../model/ast/policy.ts'
import { parseNet } from '../../net/cidr.ts'
import type { LocatedRule } from '../calico-v3/convert-rule.ts'
import type { V3Entity } from '../calico-v3/rule-schema.ts'
import { IS_POD, namespaceSelectorText, podSelectorText } from './label-selector.ts'
import type { ClusterPeer, PolicySubject } from './schema.ts'

/** Whom a policy is for. INVARIANT: the subject is either namespaces or pods. */
export function subjectSelectors({ namespaces, pods }: PolicySubject): {
  readonly selector: string
  readonly namespaceSelector: string
} {
  return {
    selector: pods === undefined ? IS_POD : podSelectorText(pods.podSelector),
    namespaceSelector: namespaceSelectorText(pods === undefined ? namespaces : (pods.namespaceSelector ?? {})),
  }
}

/** What Calico's policies can be and those of Kubernetes are not. */
export const CLUSTER_POLICY = {
  serviceAccountSelector: '',
  doNotTrack: false,
  preDNAT: false,
  applyOnForward: false,
  isAssumedNeeded: false,
} as const

/** Directions that have rules; Felix takes an empty list for both. */
export function typesOfRules(ingress: readonly LocatedRule[], egress: readonly LocatedRule[]): readonly Direction[] {
  if (ingress.length === 0 && egress.length === 0) return ['ingress', 'egress']
  return [...(ingress.length > 0 ? (['ingress'] as const) : []), ...(egress.length > 0 ? (['egress'] as const) : [])]
}

/** One side of a rule; undefined for a peer that Calico does not convert. */
export function convertClusterPeer(
  peer: ClusterPeer,
  side: 'source' | 'destination',
  place: Location,
  report: Report,
): V3Entity | undefined {
  if (peer.namespaces !== undefined) return { namespaceSelector: namespaceSelectorText(peer.namespaces) }
  if (peer.pods !== undefined) {
    return {
      selector: podSelectorText(peer.pods.podSelector),
      namespaceSelector: namespaceSelectorText(peer.pods.namespaceSelector ?? {}),
    }
  }
  if (peer.networks === undefined || side !== 'destination') return undefined
  const nets = peer.networks.flatMap((text, index) => {
    const net = text.includes('/') ? parseNet(text) : undefined
    if (net === undefined) report.error('bad-net', `\`${text}\` is not a CIDR`, at(place, 'networks', index))
    return net === undefined ? [] : [net]
  })
  return { nets }
}
