// AdminNetworkPolicy and BaselineAdminNetworkPolicy of policy.networking.k8s.io/v1alpha1, which releases up to v3.31 read.

import type * as z from 'zod'
import { policyId } from '../../calico/policy-names.ts'
import { at, type Location } from '../../diagnostics/source.ts'
import type { Policy } from '../../model/ast/policy.ts'
import { convertPolicy } from '../calico-v3/convert-policy.ts'
import type { LocatedRule } from '../calico-v3/convert-rule.ts'
import type { Decoder, ParseContext } from '../context.ts'
import { decodeWith } from '../decode.ts'
import {
  ANY_PEER,
  checkedSubject,
  checkPriority,
  CLUSTER_POLICY,
  convertClusterPeer,
  subjectSelectors,
  typesOfRules,
} from './cluster-peers.ts'
import { allowRule } from './decode-policy.ts'
import { groupPorts, type PortEntry } from './ports.ts'
import { type AdminPort, type AdminRule, adminNetworkPolicySchema } from './schema.ts'

/** What the two kinds do not have in common. */
interface AdminKind {
  readonly kind: 'AdminNetworkPolicy' | 'BaselineAdminNetworkPolicy'
  readonly tier: string
}

/** Order of the one policy of its tier, and of an AdminNetworkPolicy whose priority is missing. */
const BASELINE_ORDER = 1000

export const decodeAdminNetworkPolicy = decoder({
  kind: 'AdminNetworkPolicy',
  tier: 'adminnetworkpolicy',
})

export const decodeBaselineAdminNetworkPolicy = decoder({
  kind: 'BaselineAdminNetworkPolicy',
  tier: 'baselineadminnetworkpolicy',
})

function decoder(adminKind: AdminKind): Decoder {
  return ({ value, location }, context) => {
    const policy = decodeWith(adminNetworkPolicySchema(), value, location, context.report, (resource, place, report) =>
      convertAdminPolicy(resource, place, adminKind, { ...context, report }),
    )
    if (policy !== undefined) context.add(policy)
  }
}

function convertAdminPolicy(
  { metadata, spec }: z.infer<ReturnType<typeof adminNetworkPolicySchema>>,
  location: Location,
  adminKind: AdminKind,
  context: ParseContext,
): Policy | undefined {
  const { kind, tier } = adminKind
  const { report, release } = context
  const subject = checkedSubject(spec.subject, at(location, 'spec', 'subject'), report)
  checkPriority(spec.priority, kind, at(location, 'spec', 'priority'), report)
  const ingress = convertRules(spec.ingress ?? [], 'source', at(location, 'spec', 'ingress'), adminKind, context)
  const egress = convertRules(spec.egress ?? [], 'destination', at(location, 'spec', 'egress'), adminKind, context)
  if (subject === undefined) return undefined
  const name = metadata?.name ?? ''
  const lost = ingress.lost ?? egress.lost
  if (lost !== undefined) {
    report.warn(
      'policy-missing',
      `Calico ${release.name} leaves out the whole ${kind} \`${name}\`: it does not support this peer`,
      lost,
      'write `namespaces` or `pods`, in egress rules also `networks`; until then the cluster runs without the policy',
    )
    return undefined
  }
  return convertPolicy(
    {
      id: policyId(kind, '', name, release),
      tier,
      order: kind === 'AdminNetworkPolicy' ? spec.priority : BASELINE_ORDER,
      types: typesOfRules(ingress.rules, egress.rules),
      ...subjectSelectors(subject),
      ingress: ingress.rules,
      egress: egress.rules,
      ...CLUSTER_POLICY,
      location,
    },
    context,
  )
}

interface ConvertedRules {
  readonly rules: readonly LocatedRule[]
  /** A peer for which Calico gives up the policy. */
  readonly lost?: Location
}

function convertRules(
  rules: readonly AdminRule[],
  side: 'source' | 'destination',
  location: Location,
  { kind }: AdminKind,
  context: ParseContext,
): ConvertedRules {
  const converted: LocatedRule[] = []
  let lost: Location | undefined
  for (const [index, rule] of rules.entries()) {
    const place = at(location, index)
    if (rule.action === 'Pass' && kind === 'BaselineAdminNetworkPolicy')
      context.report.error(
        'bad-value',
        `a ${kind} has no action \`Pass\``,
        at(place, 'action'),
        'write `Allow` or `Deny`',
      )
    const result = convertRule(rule, side, place, context)
    lost ??= result.lost
    converted.push(...result.rules)
  }
  return { rules: converted, ...(lost === undefined ? {} : { lost }) }
}

/** One rule for each protocol and peer, protocols outermost. */
function convertRule(
  rule: AdminRule,
  side: 'source' | 'destination',
  place: Location,
  context: ParseContext,
): ConvertedRules {
  const { report } = context
  const peerField = side === 'source' ? 'from' : 'to'
  const peers = rule[peerField] ?? []
  if (peers.length === 0) {
    const message = `\`${peerField}\` is missing; a rule needs at least one peer`
    report.error('missing-field', message, at(place, peerField), ANY_PEER)
  }
  const entities = peers.map((peer, index) => convertClusterPeer(peer, side, at(place, peerField, index), report))
  const lost = entities.indexOf(undefined)
  if (lost >= 0) return { rules: [], lost: at(place, peerField, lost) }
  const named = (rule.name ?? '') === '' ? {} : { metadata: { annotations: { name: rule.name ?? '' } } }
  const groups = groupPorts(portEntries(rule.ports ?? [], at(place, 'ports'), context))
  return {
    rules: groups.flatMap(({ protocol, ports }) =>
      entities.map((entity, peer) => ({
        rule: { ...allowRule(side, entity ?? {}, protocol, ports), action: rule.action, ...named },
        peer,
        location: place,
      })),
    ),
  }
}

/** A named port makes the rule one for all ports and protocols, whatever the other entries say. */
function portEntries(
  ports: readonly AdminPort[],
  location: Location,
  { report, release }: ParseContext,
): readonly PortEntry[] {
  const name = ports.findIndex(({ namedPort }) => namedPort !== undefined)
  if (name >= 0) {
    report.warn(
      'release-quirk',
      `Calico ${release.name} cannot read \`namedPort\`, and takes the rule for one of all ports and protocols`,
      at(location, name, 'namedPort'),
      'write `portNumber` or `portRange`',
    )
    return []
  }
  return ports.flatMap(({ portNumber, portRange }, index): readonly PortEntry[] => {
    if (portRange !== undefined && portRange.end < portRange.start) {
      const message = `the range ends at \`${portRange.end}\`, before it starts`
      report.error('bad-port', message, at(location, index, 'portRange'), 'write the lower port in `start`')
    }
    return [
      ...(portNumber === undefined
        ? []
        : [{ protocol: protocolOf(portNumber.protocol), port: { first: portNumber.port, last: portNumber.port } }]),
      ...(portRange === undefined
        ? []
        : [{ protocol: protocolOf(portRange.protocol), port: { first: portRange.start, last: portRange.end } }]),
    ]
  })
}

function protocolOf(written: string | undefined): 'tcp' | 'udp' | 'sctp' {
  return written === 'UDP' ? 'udp' : written === 'SCTP' ? 'sctp' : 'tcp'
}
