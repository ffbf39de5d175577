// NetworkPolicy of networking.k8s.io/v1, and how its body becomes a policy of Calico's; the staged kind of Calico has the same.

import { policyId } from '../../calico/policy-names.ts'
import { DEFAULT_TIER } from '../../calico/tiers.ts'
import * as z from 'zod'
import type { PolicyKind } from '../../calico/policy-kinds.ts'
import { at, type Location } from '../../diagnostics/source.ts'
import type { Policy } from '../../model/ast/policy.ts'
import { cidrCovers, type ParsedCidr, parseNet } from '../../net/cidr.ts'
import type { Port } from '../../net/port.ts'
import type { Decoder, ParseContext, ResourceDocument } from '../context.ts'
import { decodeWith } from '../decode.ts'
import { cidrHelp } from '../network-fields.ts'
import { convertPolicy, type PolicySource } from '../calico-v3/convert-policy.ts'
import type { LocatedRule } from '../calico-v3/convert-rule.ts'
import type { V3Entity, V3Rule } from '../calico-v3/rule-schema.ts'
import { namespaceSelectorText, podSelectorText } from './label-selector.ts'
import { groupPorts, type PortEntry } from './ports.ts'
import { type NetworkPolicySpec, networkPolicySchema, type PolicyPeer, type PolicyPort } from './schema.ts'

/** Every Kubernetes NetworkPolicy has this order in tier `default`. */
const KUBERNETES_POLICY_ORDER = 1000

/** What the API server refuses, Calico's validator lets pass in the staged kind. */
interface ConversionContext extends ParseContext {
  readonly isStaged: boolean
}

export const decodeNetworkPolicy: Decoder = ({ value, location }, context) => {
  const policy = decodeWith(
    networkPolicySchema(),
    value,
    location,
    context.report,
    ({ metadata, spec }, place, report) =>
      convertKubernetesPolicy('KubernetesNetworkPolicy', metadata, spec, place, {
        ...context,
        report,
        isStaged: false,
      }),
  )
  if (policy !== undefined) context.add(policy)
}

export function convertKubernetesPolicy(
  kind: PolicyKind,
  metadata: z.infer<ReturnType<typeof networkPolicySchema>>['metadata'],
  spec: NetworkPolicySpec | undefined,
  location: Location,
  context: ConversionContext,
): Policy | undefined {
  return convertPolicy(policySource(kind, metadata, spec, location, context), context)
}

/** The Calico policy that a NetworkPolicy stands for; undefined, with messages, when it cannot be read. */
export function readNetworkPolicy(
  { value, location }: ResourceDocument,
  context: ParseContext,
): PolicySource | undefined {
  return decodeWith(networkPolicySchema(), value, location, context.report, ({ metadata, spec }, place, report) =>
    policySource('KubernetesNetworkPolicy', metadata, spec, place, { ...context, report, isStaged: false }),
  )
}

function policySource(
  kind: PolicyKind,
  metadata: z.infer<ReturnType<typeof networkPolicySchema>>['metadata'],
  spec: NetworkPolicySpec | undefined,
  location: Location,
  context: ConversionContext,
): PolicySource {
  const types = spec?.policyTypes ?? []
  const hasEgress = (spec?.egress ?? []).length > 0
  return {
    id: policyId(kind, metadata?.namespace ?? 'default', metadata?.name ?? '', context.release),
    tier: DEFAULT_TIER,
    order: KUBERNETES_POLICY_ORDER,
    // The API server fills in Ingress, and Egress where there are egress rules.
    types:
      types.length === 0
        ? hasEgress
          ? ['ingress', 'egress']
          : ['ingress']
        : types.map(type => (type === 'Ingress' ? 'ingress' : 'egress')),
    selector: podSelectorText(spec?.podSelector),
    namespaceSelector: '',
    serviceAccountSelector: '',
    ingress: (spec?.ingress ?? []).flatMap((rule, index) =>
      convertRule(rule?.from, rule?.ports, 'source', at(location, 'spec', 'ingress', index), context),
    ),
    egress: (spec?.egress ?? []).flatMap((rule, index) =>
      convertRule(rule?.to, rule?.ports, 'destination', at(location, 'spec', 'egress', index), context),
    ),
    doNotTrack: false,
    preDNAT: false,
    applyOnForward: false,
    isAssumedNeeded: false,
    location,
  }
}

/** One Allow rule for each protocol and peer, protocols outermost; ports are the destination's in both directions. */
function convertRule(
  peers: readonly PolicyPeer[] | undefined,
  ports: readonly PolicyPort[] | undefined,
  side: 'source' | 'destination',
  location: Location,
  context: ConversionContext,
): readonly LocatedRule[] {
  const peerField = side === 'source' ? 'from' : 'to'
  const entries = (ports ?? []).map((port, index) => portEntry(port, at(location, 'ports', index), context))
  const entities = (peers ?? []).map((peer, index) => convertPeer(peer, at(location, peerField, index), context))
  return groupPorts(entries).flatMap(({ protocol, ports: own }): readonly LocatedRule[] =>
    entities.length === 0
      ? [{ rule: allowRule(side, {}, protocol, own), location }]
      : entities.map((entity, peer) => ({ rule: allowRule(side, entity, protocol, own), peer, location })),
  )
}

export function allowRule(
  side: 'source' | 'destination',
  entity: V3Entity,
  protocol: V3Rule['protocol'],
  ports: readonly Port[],
): V3Rule {
  const destinationPorts: V3Entity = ports.length === 0 ? {} : { ports: [...ports] }
  return {
    action: 'Allow',
    protocol,
    ...(side === 'source'
      ? { source: entity, destination: destinationPorts }
      : { destination: { ...entity, ...destinationPorts } }),
  }
}

function portEntry(
  { protocol, port, endPort }: PolicyPort,
  location: Location,
  { report, isStaged }: ConversionContext,
): PortEntry {
  const lowerCase = protocol === 'UDP' ? 'udp' : protocol === 'SCTP' ? 'sctp' : 'tcp'
  if (endPort !== undefined) {
    const isRange = typeof port === 'number' && endPort >= port
    if (isRange) return { protocol: lowerCase, port: { first: port, last: endPort } }
    // Of the staged kind it has been said: calicoctl finds it too.
    if (isStaged && port !== undefined) return { protocol: lowerCase, port: undefined }
    report.error(
      'bad-port',
      typeof port === 'number'
        ? `the range ends at \`${endPort}\`, before it starts`
        : '`endPort` needs a port number to start from',
      { ...location, entry: 'endPort', target: 'value' },
      typeof port === 'number'
        ? 'write the lower port in `port`'
        : port === undefined
          ? 'write the first port of the range in `port`, beside it'
          : 'write the number of the port in `port`: a range has no name',
    )
  }
  return { protocol: lowerCase, port: typeof port === 'number' ? { first: port, last: port } : port }
}

function convertPeer(peer: PolicyPeer, location: Location, context: ConversionContext): V3Entity {
  const { podSelector, namespaceSelector, ipBlock } = peer
  if (ipBlock !== undefined) {
    if ((podSelector !== undefined || namespaceSelector !== undefined) && !context.isStaged) {
      context.report.error(
        'bad-rule',
        '`ipBlock` stands alone: a peer has either an ipBlock or selectors',
        at(location, 'ipBlock'),
        'write an item of its own for it: either of two items is enough',
      )
    }
    return convertIpBlock(ipBlock, at(location, 'ipBlock'), context)
  }
  if (podSelector === undefined && namespaceSelector === undefined && !context.isStaged) {
    context.report.error(
      'bad-rule',
      'an empty peer is not allowed',
      location,
      'write `podSelector: {}` for all pods of the namespace, or leave the list out for anybody',
    )
  }
  return {
    selector: podSelectorText(podSelector),
    ...(namespaceSelector === undefined ? {} : { namespaceSelector: namespaceSelectorText(namespaceSelector) }),
  }
}

/** Calico's own conversion would widen a peer with a bad block to "anybody", so a bad one must not get past here. */
function convertIpBlock(
  { cidr, except }: NonNullable<PolicyPeer['ipBlock']>,
  location: Location,
  { report, isStaged }: ConversionContext,
): V3Entity {
  const block = readBlock(cidr, at(location, 'cidr'))
  const exceptions = (except ?? []).flatMap((text, index) => {
    const exception = readBlock(text, at(location, 'except', index))
    if (exception === undefined) return []
    const isInside =
      block !== undefined &&
      cidrCovers(block.cidr, exception.cidr) &&
      block.cidr.prefixLength < exception.cidr.prefixLength
    if (block !== undefined && !isInside && !isStaged) {
      const message = `\`${text}\` is not a strict part of \`${cidr}\``
      const help = 'an exception is smaller than the `cidr` and lies in it; leave out what is outside anyway'
      report.error('bad-net', message, at(location, 'except', index), help)
    }
    return [exception]
  })
  return { nets: block === undefined ? [] : [block], notNets: exceptions }

  function readBlock(text: string, place: Location): ParsedCidr | undefined {
    const net = parseNet(text)
    if (net !== undefined && text.includes('/')) return net
    const message = `\`${text}\` is not a CIDR`
    const help = blockHelp(text)
    if (isStaged) report.warn('bad-net', message, place, help)
    else report.error('bad-net', message, place, help)
    return undefined
  }
}

function blockHelp(written: string): string {
  if (written.includes(',')) return 'write an `ipBlock` of its own for each net'
  return cidrHelp(written) ?? 'write an address and a prefix length: `10.0.0.0/8`'
}
