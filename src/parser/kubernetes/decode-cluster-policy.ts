// ClusterNetworkPolicy of policy.networking.k8s.io/v1alpha2 -> a policy of tier kube-admin or kube-baseline.

import type * as z from 'zod'
import { KUBE_ADMIN_TIER, KUBE_BASELINE_TIER } from '../../calico/tiers.ts'
import type { Report } from '../../diagnostics/diagnostic.ts'
import { at, type Location } from '../../diagnostics/source.ts'
import type { Policy } from '../../model/ast/policy.ts'
import type { Decoder, ParseContext } from '../context.ts'
import { decodeWith } from '../decode.ts'
import { convertPolicy } from '../calico-v3/convert-policy.ts'
import type { LocatedRule } from '../calico-v3/convert-rule.ts'
import type { V3Entity } from '../calico-v3/rule-schema.ts'
import { allowRule } from './decode-policy.ts'
import {
  ANY_PEER,
  checkedSubject,
  checkPriority,
  CLUSTER_POLICY,
  convertClusterPeer,
  subjectSelectors,
  typesOfRules,
} from './cluster-peers.ts'
import { groupPorts, type PortEntry } from './ports.ts'
import { type ClusterPeer, type ClusterProtocol, type ClusterRule, clusterNetworkPolicySchema } from './schema.ts'

const TIERS = { Admin: KUBE_ADMIN_TIER, Baseline: KUBE_BASELINE_TIER } as const

export const decodeClusterNetworkPolicy: Decoder = ({ value, location }, context) => {
  const policy = decodeWith(clusterNetworkPolicySchema(), value, location, context.report, (resource, place, report) =>
    convertClusterPolicy(resource, place, { ...context, report }),
  )
  if (policy !== undefined) context.add(policy)
}

function convertClusterPolicy(
  { metadata, spec }: z.infer<ReturnType<typeof clusterNetworkPolicySchema>>,
  location: Location,
  context: ParseContext,
): Policy | undefined {
  const { tier } = spec
  if (tier === undefined)
    context.report.error(
      'missing-field',
      '`spec.tier` is missing',
      at(location, 'spec', 'tier'),
      'write `tier: Admin` or `tier: Baseline`',
    )
  checkPriority(spec.priority, 'ClusterNetworkPolicy', at(location, 'spec', 'priority'), context.report)
  const subject = checkedSubject(spec.subject, at(location, 'spec', 'subject'), context.report)
  const ingress = (spec.ingress ?? []).flatMap((rule, index) =>
    convertRule(rule, rule.from, 'source', at(location, 'spec', 'ingress', index), context),
  )
  const egress = (spec.egress ?? []).flatMap((rule, index) =>
    convertRule(rule, rule.to, 'destination', at(location, 'spec', 'egress', index), context),
  )
  if (tier === undefined || subject === undefined) return undefined
  return convertPolicy(
    {
      id: { kind: 'KubernetesClusterNetworkPolicy', namespace: '', name: metadata?.name ?? '' },
      tier: TIERS[tier],
      order: spec.priority,
      types: typesOfRules(ingress, egress),
      ...subjectSelectors(subject),
      ingress,
      egress,
      ...CLUSTER_POLICY,
      location,
    },
    context,
  )
}

function convertRule(
  rule: ClusterRule,
  peers: readonly ClusterPeer[] | undefined,
  side: 'source' | 'destination',
  location: Location,
  { report }: ParseContext,
): readonly LocatedRule[] {
  const action = rule.action === 'Accept' ? 'Allow' : rule.action
  const entries = (rule.protocols ?? []).flatMap((entry, index) =>
    portEntries(entry, at(location, 'protocols', index), report),
  )
  const peerField = side === 'source' ? 'from' : 'to'
  const entities = (peers ?? []).flatMap((peer, index) => convertPeer(peer, at(location, peerField, index)) ?? [])
  if (peers === undefined || peers.length === 0)
    report.error(
      'missing-field',
      `\`${peerField}\` is missing; a rule needs at least one peer`,
      at(location, peerField),
      ANY_PEER,
    )
  // One peer that Calico cannot convert costs the whole rule; what was to be held back is then held back from everybody.
  if (entities.length < (peers ?? []).length) return action === 'Allow' ? [] : [{ rule: { action: 'Deny' }, location }]
  const annotations =
    rule.name === undefined || rule.name === '' ? {} : { metadata: { annotations: { name: rule.name } } }
  return groupPorts(entries).flatMap(group =>
    entities.map((entity, peer) => ({
      rule: { ...allowRule(side, entity, group.protocol, group.ports), action, ...annotations },
      peer,
      location,
    })),
  )

  /** Undefined, with a warning, for peers that Calico does not support. */
  function convertPeer(peer: ClusterPeer, place: Location): V3Entity | undefined {
    const entity = convertClusterPeer(peer, side, place, report)
    if (entity !== undefined) return entity
    report.warn(
      'unsupported-field',
      `Calico v3.32.1 does not support this peer: ${action === 'Allow' ? 'it leaves the rule out' : 'instead of the rule it denies everything'}`,
      place,
      side === 'source' ? 'write `namespaces` or `pods`' : 'write `namespaces`, `pods` or `networks`',
    )
    return undefined
  }
}

/** The ports that one entry of `protocols` names. */
function portEntries(entry: ClusterProtocol, place: Location, report: Report): readonly PortEntry[] {
  const found: PortEntry[] = []
  for (const protocol of ['tcp', 'udp', 'sctp'] as const) {
    if (entry[protocol] === undefined) continue
    const { number, range } = entry[protocol].destinationPort ?? {}
    if (range !== undefined && range.end < range.start) {
      report.error(
        'bad-port',
        `the range ends at \`${range.end}\`, before it starts`,
        at(place, protocol, 'destinationPort', 'range'),
        'write the lower port in `start`',
      )
    }
    const port =
      range !== undefined
        ? { first: range.start, last: range.end }
        : number === undefined
          ? undefined
          : { first: number, last: number }
    found.push({ protocol, port })
  }
  if (entry.destinationNamedPort !== undefined)
    found.push({ protocol: undefined, port: String(entry.destinationNamedPort) })
  if (found.length !== 1)
    report.error(
      'bad-rule',
      'each entry names exactly one protocol or named port',
      place,
      'write an item of its own for each of them',
    )
  return found
}
