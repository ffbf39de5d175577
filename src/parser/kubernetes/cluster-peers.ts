// Subjects and peers of the cluster-wide policies of Kubernetes, which all of its versions have alike.

import { at, type Location } from '../../diagnostics/source.ts'
import type { Report } from '../../diagnostics/diagnostic.ts'
import type { Direction } from '../../model/ast/policy.ts'
import { parseNet } from '../../net/cidr.ts'
import type { LocatedRule } from '../calico-v3/convert-rule.ts'
import type { V3Entity } from '../calico-v3/rule-schema.ts'
import { cidrHelp } from '../network-fields.ts'
import { IS_POD, namespaceSelectorText, podSelectorText } from './label-selector.ts'
import type { ClusterPeer, PolicySubject } from './schema.ts'

/** Whom a policy is for; undefined, with a message, where that is not said. */
export function checkedSubject(
  subject: PolicySubject | undefined,
  location: Location,
  report: Report,
): PolicySubject | undefined {
  if (subject === undefined) {
    report.error(
      'missing-field',
      '`spec.subject` is missing',
      location,
      'write `subject: {namespaces: {}}` for all pods',
    )
    return undefined
  }
  const { namespaces, pods } = subject
  if ((namespaces === undefined) !== (pods === undefined)) return subject
  const help =
    pods === undefined
      ? 'write `namespaces: {}` for all pods'
      : 'remove `namespaces`: `pods` has a `namespaceSelector` of its own'
  report.error('bad-policy', 'the subject is either `namespaces` or `pods`', location, help)
  return undefined
}

/** The selectors of a subject. INVARIANT: it is either namespaces or pods. */
export function subjectSelectors({ namespaces, pods }: PolicySubject): {
  readonly selector: string
  readonly namespaceSelector: string
} {
  return {
    selector: pods === undefined ? IS_POD : podSelectorText(pods.podSelector),
    namespaceSelector: namespaceSelectorText(pods === undefined ? namespaces : (pods.namespaceSelector ?? {})),
  }
}

/** Of a baseline there is one, so it has no priority. */
export function checkPriority(priority: number | undefined, kind: string, location: Location, report: Report): void {
  if (kind === 'BaselineAdminNetworkPolicy') {
    if (priority === undefined) return
    report.error('unknown-field', `a ${kind} has no \`priority\``, { ...location, target: 'key' }, 'remove it')
  } else if (priority === undefined)
    report.error('missing-field', '`spec.priority` is missing', location, 'write a number 0-1000')
}

/** Cure of a rule without peers. */
export const ANY_PEER = 'write `- namespaces: {}` for all pods'

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
    if (net === undefined)
      report.error('bad-net', `\`${text}\` is not a CIDR`, at(place, 'networks', index), cidrHelp(text))
    return net === undefined ? [] : [net]
  })
  return { nets }
}
