// AdminNetworkPolicy and BaselineAdminNetworkPolicy of policy.networking.k8s.io/v1alpha1, which releases up to v3.31 read.

import { policyId } from '../../calico/policy-names.ts'
import { at, type Location } from '../../diagnostics/source.ts'
import { orList } from '../../diagnostics/wording.ts'
import { convertPolicy } from '../calico-v3/convert-policy.ts'
import type { LocatedRule } from '../calico-v3/convert-rule.ts'
import type { V3Rule } from '../calico-v3/rule-schema.ts'
import type { Decoder, ParseContext } from '../context.ts'
import { decode } from '../decode.ts'
import { CLUSTER_POLICY, convertClusterPeer, subjectSelectors, typesOfRules } from './cluster-peers.ts'
import { allowRule } from './decode-policy.ts'
import { groupPorts, type PortEntry } from './ports.ts'
import { type AdminPort, type AdminRule, adminNetworkPolicySchema } from './schema.ts'

/** What the two kinds do not have in common. */
interface AdminKind {
  readonly kind: 'AdminNetworkPolicy' | 'BaselineAdminNetworkPolicy'
  readonly tier: string
  readonly actions: readonly V3Rule['action'][]
}

/** Order of the one policy of its tier, and of an AdminNetworkPolicy whose priority is missing. */
const BASELINE_ORDER = 1000

export const decodeAdminNetworkPolicy = decoder({
  kind: 'AdminNetworkPolicy',
  tier: 'adminnetworkpolicy',
  actions: ['Allow', 'Deny', 'Pass'],
})

export const decodeBaselineAdminNetworkPolicy = decoder({
  kind: 'BaselineAdminNetworkPolicy',
  tier: 'baselineadminnetworkpolicy',
  actions: ['Allow', 'Deny'],
})

function decoder(adminKind: AdminKind): Decoder {
  const { kind, tier } = adminKind
  return ({ value, location }, context) => {
    const { report, release } = context
    const resource = decode(adminNetworkPolicySchema(), value, location, report)
    if (resource === undefined) return
    const { metadata, spec } = resource
    if (!checkSpec(kind, spec, at(location, 'spec'), context)) return
    const ingress = convertRules(spec.ingress ?? [], 'source', at(location, 'spec', 'ingress'), adminKind, context)
    const egress = convertRules(spec.egress ?? [], 'destination', at(location, 'spec', 'egress'), adminKind, context)
    const name = metadata?.name ?? ''
    const lost = ingress.lost ?? egress.lost
    if (lost !== undefined) {
      report.warn(
        'policy-missing',
        `Calico ${release.name} leaves out the whole ${kind} \`${name}\`: it does not support this peer`,
        lost,
        'write `namespaces` or `pods`, in egress rules also `networks`; until then the cluster runs without the policy',
      )
      return
    }
    const policy = convertPolicy(
      {
        id: policyId(kind, '', name, release),
        tier,
        order: kind === 'AdminNetworkPolicy' ? spec.priority : BASELINE_ORDER,
        types: typesOfRules(ingress.rules, egress.rules),
        ...subjectSelectors(spec.subject),
        ingress: ingress.rules,
        egress: egress.rules,
        ...CLUSTER_POLICY,
        location,
      },
      context,
    )
    if (policy !== undefined) context.add(policy)
  }
}

interface SpecParts {
  readonly priority?: number | undefined
  readonly subject: { readonly namespaces?: unknown; readonly pods?: unknown }
}

function checkSpec(
  kind: AdminKind['kind'],
  { priority, subject }: SpecParts,
  location: Location,
  { report }: ParseContext,
): boolean {
  if ((subject.namespaces === undefined) === (subject.pods === undefined)) {
    report.error('bad-policy', 'the subject is either `namespaces` or `pods`', at(location, 'subject'))
    return false
  }
  if (kind === 'AdminNetworkPolicy' && priority === undefined)
    report.error('missing-field', '`spec.priority` is missing', at(location, 'priority'), 'write a number 0-1000')
  if (kind === 'BaselineAdminNetworkPolicy' && priority !== undefined)
    report.error('unknown-field', `a ${kind} has no \`priority\``, { ...at(location, 'priority'), target: 'key' })
  return true
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
  { actions }: AdminKind,
  context: ParseContext,
): ConvertedRules {
  const converted: LocatedRule[] = []
  let lost: Location | undefined
  for (const [index, rule] of rules.entries()) {
    const place = at(location, index)
    const action = actions.find(known => known === rule.action)
    if (action === undefined) {
      const help = `write ${orList(actions)}`
      context.report.error('bad-value', `unknown action \`${rule.action ?? ''}\``, at(place, 'action'), help)
      continue
    }
    const result = convertRule(rule, action, side, place, context)
    lost ??= result.lost
    converted.push(...result.rules)
  }
  return { rules: converted, ...(lost === undefined ? {} : { lost }) }
}

/** One rule for each protocol and peer, protocols outermost. */
function convertRule(
  rule: AdminRule,
  action: V3Rule['action'],
  side: 'source' | 'destination',
  place: Location,
  context: ParseContext,
): ConvertedRules {
  const { report } = context
  const peerField = side === 'source' ? 'from' : 'to'
  const peers = rule[peerField] ?? []
  if (peers.length === 0) {
    const message = `\`${peerField}\` is missing; a rule needs at least one peer`
    report.error('missing-field', message, at(place, peerField))
  }
  const entities = peers.map((peer, index) => convertClusterPeer(peer, side, at(place, peerField, index), report))
  const lost = entities.indexOf(undefined)
  if (lost >= 0) return { rules: [], lost: at(place, peerField, lost) }
  const named = (rule.name ?? '') === '' ? {} : { metadata: { annotations: { name: rule.name ?? '' } } }
  const groups = groupPorts(portEntries(rule.ports ?? [], at(place, 'ports'), context))
  return {
    rules: groups.flatMap(({ protocol, ports }) =>
      entities.map((entity, peer) => ({
        rule: { ...allowRule(side, entity ?? {}, protocol, ports), action, ...named },
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
      report.error('bad-port', message, at(location, index, 'portRange'))
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
