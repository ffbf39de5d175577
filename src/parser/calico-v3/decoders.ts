// Decoders of projectcalico.org/v3: document -> schema -> checks -> AST.

import { policyId, type PolicyId, tierOfName } from '../../calico/policy-names.ts'
import type { Release } from '../../calico/releases/release.ts'
import { DSCP_ANNOTATION, NAMESPACE_LABEL } from '../../calico/labels.ts'
import { DEFAULT_TIER, DEFAULT_TIER_ORDER } from '../../calico/tiers.ts'
import type { PolicyKind } from '../../calico/policy-kinds.ts'
import { parseDscp } from '../../calico/dscp.ts'
import type { Report } from '../../diagnostics/diagnostic.ts'
import { at, type Location } from '../../diagnostics/source.ts'
import type { HostEndpoint, Labels } from '../../model/ast/endpoint.ts'
import type { Direction } from '../../model/ast/policy.ts'
import type { Cidr, ParsedCidr } from '../../net/cidr.ts'
import type { Decoder, ParseContext, ResourceDocument } from '../context.ts'
import type { Metadata } from '../metadata.ts'
import { decodeStagedKubernetesPolicy } from '../kubernetes/decode-staged-policy.ts'
import { convertPolicy } from './convert-policy.ts'
import { convertRule, type LocatedRule } from './convert-rule.ts'
import { checkHostEndpoint, checkTier } from './check-endpoint.ts'
import { checkPolicy } from './check-policy.ts'
import { checkPool } from './check-pool.ts'
import { checkProfile } from './check-profile.ts'
import { checkBgpConfiguration } from './check-routing.ts'
import { decodeFelixConfiguration } from './decode-felix.ts'
import { decodeKubeControllers } from './decode-kube-controllers.ts'
import { decodeNode } from './decode-node.ts'
import { decodeResource } from './decode-resource.ts'
import { ROUTING_DECODERS } from './decode-routing.ts'
import { decodeWorkloadEndpoint } from './decode-workload-endpoint.ts'
import type { V3Rule } from './rule-schema.ts'
import { SCHEMAS } from './schema.ts'

const DIRECTIONS: Readonly<Record<'Ingress' | 'Egress', Direction>> = { Ingress: 'ingress', Egress: 'egress' }

function locateRules(rules: readonly V3Rule[] | undefined, location: Location): readonly LocatedRule[] {
  return (rules ?? []).map((rule, index) => ({ rule, location: at(location, index) }))
}

function nameOf(metadata: Metadata | undefined): string {
  return metadata?.name ?? ''
}

type NamespacedKind = 'NetworkPolicy' | 'StagedNetworkPolicy'
type GlobalKind = 'GlobalNetworkPolicy' | 'StagedGlobalNetworkPolicy'

function namespacedPolicyDecoder(kind: NamespacedKind): Decoder {
  return (document, context) => {
    const resource = decodeResource<PolicyResource>(SCHEMAS[kind], document, context, ({ spec }, checker) =>
      checkPolicy(spec, false, checker),
    )
    if (resource === undefined) return
    const spec = resource.spec ?? {}
    if (spec.stagedAction === 'Delete') return
    const namespace = resource.metadata?.namespace ?? 'default'
    addPolicy(kind, namespace, nameOf(resource.metadata), spec, document, context)
  }
}

function globalPolicyDecoder(kind: GlobalKind): Decoder {
  return (document, context) => {
    const resource = decodeResource<PolicyResource>(SCHEMAS[kind], document, context, ({ spec }, checker) =>
      checkPolicy(spec, true, checker),
    )
    if (resource === undefined) return
    const spec = resource.spec ?? {}
    if (spec.stagedAction === 'Delete') return
    addPolicy(kind, '', nameOf(resource.metadata), spec, document, context)
  }
}

interface PolicyResource {
  readonly metadata?: Metadata | undefined
  readonly spec?: PolicySpec | undefined
}

interface PolicySpec {
  readonly stagedAction?: string | undefined
  readonly tier?: string | undefined
  readonly order?: number | undefined
  readonly selector?: string | undefined
  readonly namespaceSelector?: string | undefined
  readonly serviceAccountSelector?: string | undefined
  readonly types?: readonly ('Ingress' | 'Egress')[] | undefined
  readonly ingress?: readonly V3Rule[] | undefined
  readonly egress?: readonly V3Rule[] | undefined
  readonly doNotTrack?: boolean | undefined
  readonly preDNAT?: boolean | undefined
  readonly applyOnForward?: boolean | undefined
  readonly performanceHints?: readonly string[] | undefined
}

function addPolicy(
  kind: PolicyKind,
  namespace: string,
  name: string,
  spec: PolicySpec,
  { location, isStored = false }: ResourceDocument,
  context: ParseContext,
): void {
  const nameless = isStored && context.release.portNamesNeedProtocol ? namelessProtocol(spec, location) : undefined
  if (nameless !== undefined) {
    context.report.warn(
      'policy-missing',
      `Felix ${context.release.name} refuses the stored ${kind} \`${name}\` and runs without it: port names need a protocol`,
      nameless,
      'add `protocol: TCP` (or UDP, SCTP) to the rule',
    )
    return
  }
  const id = isStored ? { kind, namespace, name } : policyId(kind, namespace, name, context.release)
  const policy = convertPolicy(
    {
      id,
      tier: tierOf(id, spec, context.release),
      order: spec.order,
      types: typesOf(spec, isStored),
      selector: spec.selector ?? '',
      namespaceSelector: spec.namespaceSelector ?? '',
      serviceAccountSelector: spec.serviceAccountSelector ?? '',
      ingress: locateRules(spec.ingress, at(location, 'spec', 'ingress')),
      egress: locateRules(spec.egress, at(location, 'spec', 'egress')),
      doNotTrack: spec.doNotTrack ?? false,
      preDNAT: spec.preDNAT ?? false,
      applyOnForward: spec.applyOnForward ?? false,
      isAssumedNeeded: (spec.performanceHints ?? []).includes('AssumeNeededOnEveryNode'),
      ...(isWithoutSelector(spec) ? { isWithoutSelector: true as const } : {}),
      location,
    },
    context,
  )
  if (policy !== undefined) context.add(policy)
}

/** The API fills in what the rules suggest; of a stored policy without any, Felix takes both. */
function typesOf({ types = [] }: PolicySpec, isStored: boolean): readonly Direction[] {
  if (types.length === 0 && isStored) return ['ingress', 'egress']
  return types.map(type => DIRECTIONS[type])
}

/** A rule that has port names and no protocol. */
function namelessProtocol(spec: PolicySpec, location: Location): Location | undefined {
  for (const direction of ['ingress', 'egress'] as const) {
    const index = (spec[direction] ?? []).findIndex(({ protocol, source, destination }) => {
      const ports = [source, destination].flatMap(side => [...(side?.ports ?? []), ...(side?.notPorts ?? [])])
      return protocol === undefined && ports.some(port => typeof port === 'string')
    })
    if (index >= 0) return at(location, 'spec', direction, index)
  }
  return undefined
}

function tierOf(id: PolicyId, { tier = '' }: PolicySpec, { tierOfPolicy }: Release): string {
  switch (tierOfPolicy) {
    case 'none':
      return DEFAULT_TIER
    case 'namePrefix':
      return tierOfName(id)
    case 'field':
      return tier === '' ? DEFAULT_TIER : tier
  }
}

function isWithoutSelector({ selector, namespaceSelector, serviceAccountSelector }: PolicySpec): boolean {
  return selector === undefined && namespaceSelector === undefined && serviceAccountSelector === undefined
}

const decodeTier: Decoder = (document, context) => {
  const { location } = document
  const resource = decodeResource(SCHEMAS.Tier, document, context, ({ metadata, spec }, checker) =>
    checkTier(nameOf(metadata), spec ?? {}, checker),
  )
  if (resource === undefined) return
  context.add({
    kind: 'tier',
    name: nameOf(resource.metadata),
    // Filled in for stored tiers too, when they are read: clusters from before v3.29 keep their default tier without one.
    order: resource.spec?.order ?? DEFAULT_TIER_ORDER,
    defaultAction: resource.spec?.defaultAction ?? 'Deny',
    location,
  })
}

const decodeHostEndpoint: Decoder = (document, context) => {
  const { location } = document
  const resource = decodeResource(SCHEMAS.HostEndpoint, document, context, ({ spec }, checker) =>
    checkHostEndpoint(spec ?? {}, checker),
  )
  if (resource === undefined) return
  const { metadata, spec } = resource
  const dscp = context.release.hasDscp ? parseDscp(metadata?.annotations?.[DSCP_ANNOTATION] ?? '') : undefined
  const expected = spec?.expectedIPs ?? []
  const endpoint: HostEndpoint = {
    kind: 'hostEndpoint',
    name: nameOf(metadata),
    node: spec?.node ?? '',
    interfaceName: spec?.interfaceName ?? '',
    expectedIps: [...expected.filter(ip => ip.ipVersion === 4), ...expected.filter(ip => ip.ipVersion === 6)],
    labels: metadata?.labels ?? {},
    profiles: spec?.profiles ?? [],
    ports: spec?.ports ?? [],
    ...(dscp === undefined ? {} : { dscp }),
    location,
  }
  context.add(endpoint)
}

/** calicoctl lets empty text pass for a net, and Calico leaves it out. */
function readNets(nets: readonly (ParsedCidr | undefined)[], place: Location, report: Report): readonly Cidr[] {
  nets.forEach((net, entry) => {
    if (net === undefined) report.warn('bad-net', 'an empty net matches nothing', { ...place, entry }, 'remove it')
  })
  return nets.flatMap(net => (net === undefined ? [] : [net.cidr]))
}

function networkSetDecoder(kind: 'GlobalNetworkSet' | 'NetworkSet'): Decoder {
  return (document, context) => {
    const { location } = document
    const resource = decodeResource(SCHEMAS[kind], document, context)
    if (resource === undefined) return
    const { metadata, spec } = resource
    const namespace = kind === 'NetworkSet' ? (metadata?.namespace ?? 'default') : ''
    const own: Labels = metadata?.labels ?? {}
    context.add({
      kind: 'networkSet',
      namespace,
      name: nameOf(metadata),
      labels: namespace === '' ? own : { ...own, [NAMESPACE_LABEL]: namespace },
      nets: readNets(spec?.nets ?? [], at(location, 'spec', 'nets'), context.report),
      location,
    })
  }
}

const decodeProfile: Decoder = (document, context) => {
  const { location } = document
  const resource = decodeResource(SCHEMAS.Profile, document, context, ({ spec }, checker) =>
    checkProfile(spec, checker),
  )
  if (resource === undefined) return
  const { metadata, spec } = resource
  context.add({
    kind: 'profile',
    name: nameOf(metadata),
    labelsToApply: spec?.labelsToApply ?? {},
    ingress: locateRules(spec?.ingress, at(location, 'spec', 'ingress')).map(rule => convertRule(rule, '', context)),
    egress: locateRules(spec?.egress, at(location, 'spec', 'egress')).map(rule => convertRule(rule, '', context)),
    location,
  })
}

const decodeIpPool: Decoder = (document, context) => {
  const { location } = document
  const resource = decodeResource(SCHEMAS.IPPool, document, context, ({ spec }, checker) => checkPool(spec, checker))
  if (resource === undefined) return
  const { metadata, spec } = resource
  if (spec?.cidr === undefined) return
  const { ipipMode, vxlanMode, allowedUses } = spec
  context.add({
    kind: 'ipPool',
    name: nameOf(metadata),
    cidr: spec.cidr.cidr,
    isNatOutgoing: spec.natOutgoing ?? false,
    hasIpip: ipipMode !== undefined && ipipMode !== 'Never',
    hasVxlan: vxlanMode !== undefined && vxlanMode !== 'Never',
    isLoadBalancerOnly: allowedUses?.length === 1 && allowedUses[0] === 'LoadBalancer',
    location,
  })
}

const decodeBgpConfiguration: Decoder = (document, context) => {
  const { location } = document
  const resource = decodeResource(SCHEMAS.BGPConfiguration, document, context, ({ spec }, checker) =>
    checkBgpConfiguration(spec ?? {}, checker),
  )
  if (resource === undefined) return
  const { metadata, spec } = resource
  const lists = ['serviceClusterIPs', 'serviceExternalIPs', 'serviceLoadBalancerIPs'] as const
  context.add({
    kind: 'bgpConfiguration',
    name: nameOf(metadata),
    // Felix hands the text to iptables as it is.
    serviceCidrs: lists.flatMap(name =>
      (spec?.[name] ?? []).flatMap(({ cidr: { written: text } = {} }, index) =>
        text === undefined ? [] : [{ text, location: at(location, 'spec', name, index, 'cidr') }],
      ),
    ),
    location,
  })
}

export const CALICO_V3_DECODERS: Readonly<Record<string, Decoder>> = {
  GlobalNetworkPolicy: globalPolicyDecoder('GlobalNetworkPolicy'),
  NetworkPolicy: namespacedPolicyDecoder('NetworkPolicy'),
  StagedGlobalNetworkPolicy: globalPolicyDecoder('StagedGlobalNetworkPolicy'),
  StagedNetworkPolicy: namespacedPolicyDecoder('StagedNetworkPolicy'),
  StagedKubernetesNetworkPolicy: decodeStagedKubernetesPolicy,
  Tier: decodeTier,
  HostEndpoint: decodeHostEndpoint,
  WorkloadEndpoint: decodeWorkloadEndpoint,
  GlobalNetworkSet: networkSetDecoder('GlobalNetworkSet'),
  NetworkSet: networkSetDecoder('NetworkSet'),
  Profile: decodeProfile,
  IPPool: decodeIpPool,
  Node: decodeNode,
  BGPConfiguration: decodeBgpConfiguration,
  KubeControllersConfiguration: decodeKubeControllers,
  FelixConfiguration: decodeFelixConfiguration,
  ...ROUTING_DECODERS,
}
