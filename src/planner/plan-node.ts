// PHASE 2: resources -> what applies on one node, in which order. The door of the planner.

import type { Release } from '../calico/releases/release.ts'
import { NAMESPACE_PREFIX } from '../calico/labels.ts'
import { WILDCARD_INTERFACE, workloadInterfaceName } from '../calico/names.ts'
import { isStaged } from '../calico/policy-kinds.ts'
import type { FelixConfig } from '../calico/felix-config.ts'
import type { Report } from '../diagnostics/diagnostic.ts'
import type { HostEndpoint, WorkloadEndpoint } from '../model/ast/endpoint.ts'
import type { Policy } from '../model/ast/policy.ts'
import type { Profile, Resource } from '../model/ast/resources.ts'
import type { HostFacts } from '../model/host.ts'
import type { NodePlan, PlannedHostEndpoint, PlannedPolicy, PlannedProfile, PlannedWorkload } from '../model/plan.ts'
import { parseSelector } from '../selector/parse.ts'
import { printSelector } from '../selector/print.ts'
import { compareBytes } from '../text/bytes.ts'
import { assumeResources } from './assume-resources.ts'
import { isWithoutAutomaticEndpoints } from './automatic-endpoints.ts'
import { chooseNode, reportEmptyInput } from './choose-node.ts'
import { type Cluster, gatherCluster } from './cluster.ts'
import { environmentOf } from './felix-environment.ts'
import { warnOfForeignFacts } from './foreign-facts.ts'
import { PolicyGrouper } from './group-policies.ts'
import { planInterfaces } from './host-interfaces.ts'
import { planIpSets } from './ip-sets.ts'
import { type LocalEndpoint, matchEndpoints } from './match-endpoints.ts'
import { type LocalWorkload, planNetwork } from './network.ts'
import { orderPolicies } from './order-policies.ts'
import { type IpSetRequest, RulePlanner } from './plan-rules.ts'
import { PlannerMemory } from './planner-memory.ts'
import { PlanTooLarge, PlanWork } from './plan-work.ts'
import { resolveConfig } from './resolve-config.ts'
import { TierSplitter } from './split-tiers.ts'
import { planStaticIpSets } from './static-ip-sets.ts'

export interface PlanInput {
  readonly resources: readonly Resource[]
  readonly release: Release
  /** Left out: the only node that the input names. */
  readonly nodeName: string | undefined
  /** The node is one of the cluster, though these resources may not name it: an earlier or later state of it has it. */
  readonly isNodeKnown?: boolean | undefined
  /** Left out: guessed from the resources. */
  readonly host: HostFacts | undefined
  /** What is known of an earlier version of the resources. */
  readonly memory?: PlannerMemory | undefined
}

/** Undefined, with errors, when the input does not say which node, holds what cannot be, or makes more than can be worked out. */
export function planNode(input: PlanInput, report: Report): NodePlan | undefined {
  try {
    return planWithin(new PlanWork(), input, report)
  } catch (error) {
    if (!(error instanceof PlanTooLarge)) throw error
    report.error('over-limit', error.message, undefined, error.help)
    return undefined
  }
}

/** @throws PlanTooLarge */
function planWithin(
  work: PlanWork,
  { resources, release, nodeName: wanted, isNodeKnown = false, host, memory = new PlannerMemory() }: PlanInput,
  report: Report,
): NodePlan | undefined {
  const declared = gatherCluster(resources, release, report, memory)
  if (resources.length === 0 && wanted === undefined) {
    reportEmptyInput(report)
    return undefined
  }
  const nodeName = chooseNode(declared, wanted, isNodeKnown, report)
  if (nodeName === undefined) return undefined
  const node = declared.nodes.get(nodeName)
  warnOfForeignFacts(host, node, declared.nodes.values(), report)
  if (isWithoutAutomaticEndpoints(declared, nodeName, report)) return undefined
  const resolved = resolveConfig(
    declared.felixConfigurations,
    declared.felixEnvironments,
    { name: nodeName, labels: node?.labels ?? {} },
    release,
    report,
  )
  const { config, marks, sources, variables } = resolved
  const environment = environmentOf(declared.felixEnvironments, nodeName)
  const cluster = withoutSpoofers(assumeResources(declared, release, report), config, nodeName, report)

  const workloads = localWorkloads(cluster, nodeName, environment.workloadPrefix ?? 'cali', report)
  const hostEndpoints = cluster.hostEndpoints.filter(endpoint => endpoint.node === nodeName)
  const interfaces = planInterfaces(hostEndpoints, host, node, config, report)
  warnOfPrefix(workloads, config, report)

  const workloadEndpoints = cluster.workloadEndpoints.filter(endpoint => endpoint.node === nodeName)
  const localEndpoints: readonly LocalEndpoint[] = [...workloadEndpoints, ...hostEndpoints]
  const ordered = orderPolicies(cluster.policies, cluster.tiers, release)
  const profileLabels = new Map(
    [...cluster.profiles].map(([name, { labelsToApply }]) => [name, labelsToApply] as const),
  )
  const { active, byEndpoint } = matchEndpoints(
    ordered.flatMap(({ policies }) => policies),
    localEndpoints,
    profileLabels,
    work,
  )

  const rulePlanner = new RulePlanner()
  const planned = new Map(active.map(policy => [policy, planPolicy(policy, rulePlanner)] as const))
  const profiles = planProfiles(localEndpoints, cluster.profiles, rulePlanner)
  const enforced = new Map([...planned].filter(([{ id }]) => !isStaged(id.kind)))
  const tiers = new TierSplitter(ordered, new PolicyGrouper(enforced, release), work)

  if (config.istioAmbientMode === 'Enabled') rulePlanner.requests.set(ISTIO_SET, istioRequest())
  const network = planNetwork(cluster, node, resolved, workloads, workloadEndpoints, hostEndpoints, interfaces.isIpvs)
  const suppressCovered = release.suppressesCoveredNets && config.nftablesMode !== 'Disabled'
  const ipSets = [
    ...planIpSets(rulePlanner.requests, cluster, { suppressCovered }, work, memory),
    ...planStaticIpSets({
      cluster,
      nodeName,
      config,
      release,
      network,
      localAddresses: interfaces.localAddresses,
      workloadEndpoints,
      hostEndpoints,
    }),
  ]
  const wildcard = interfaces.wildcard
  return {
    release,
    nodeName,
    config,
    marks,
    configSources: sources,
    configVariables: variables,
    isEnvironmentKnown: environment.isKnown,
    workloads: workloads.map(workload => planWorkload(workload, byEndpoint.get(workload.endpoint) ?? [], tiers)),
    hostEndpoints: interfaces.governed.map(({ interfaceName, endpoint }) =>
      planHostEndpoint(interfaceName, endpoint, byEndpoint.get(endpoint) ?? [], tiers),
    ),
    ...(wildcard === undefined
      ? {}
      : {
          wildcardHostEndpoint: planHostEndpoint(WILDCARD_INTERFACE, wildcard, byEndpoint.get(wildcard) ?? [], tiers),
        }),
    policies: [...enforced.values()],
    profiles,
    ipSets: ipSets.sort((a, b) => compareBytes(a.id, b.id)),
    network,
    matching: {
      tiers: ordered,
      workloadEndpoints: cluster.workloadEndpoints,
      hostEndpoints: cluster.hostEndpoints,
      profileLabels: Object.fromEntries(profileLabels),
    },
  }
}

const ISTIO_SET = 'all-istio-weps'

/** Workloads of the Istio mesh: those that ask for it, or whose namespace does and that do not refuse. */
function istioRequest(): IpSetRequest {
  const mode = 'istio.io/dataplane-mode'
  const text = `${NAMESPACE_PREFIX}${mode} == 'ambient' && ${mode} != 'none' || ${mode} == 'ambient'`
  const parsed = parseSelector(text)
  // INVARIANT: the text is ours.
  if (!parsed.ok) throw new Error(text)
  return {
    kind: 'selector',
    type: 'hash:ip',
    selector: { selector: parsed.selector, canonical: printSelector(parsed.selector) },
  }
}

/** A pod that asks to send from other addresses is invalid unless the node allows that to anybody. */
function withoutSpoofers(cluster: Cluster, config: FelixConfig, nodeName: string, report: Report): Cluster {
  if (config.workloadSourceSpoofing === 'Any') return cluster
  const isSpoofer = ({ extras }: WorkloadEndpoint): boolean => (extras?.allowedSourcePrefixes.length ?? 0) > 0
  for (const endpoint of cluster.workloadEndpoints.filter(isSpoofer)) {
    report.warn(
      'endpoint-ignored',
      `Felix refuses the pod \`${endpoint.namespace}/${endpoint.name}\`: it asks for source prefixes and \`workloadSourceSpoofing\` is not \`Any\``,
      endpoint.location,
      endpoint.node === nodeName ? 'the pod gets no chains, and what it sends and receives is dropped' : undefined,
    )
  }
  return { ...cluster, workloadEndpoints: cluster.workloadEndpoints.filter(endpoint => !isSpoofer(endpoint)) }
}

/** Workloads of the node by interface; of two on one interface the smaller by orchestrator, workload and endpoint counts. */
function localWorkloads(
  { workloadEndpoints }: Cluster,
  nodeName: string,
  prefix: string,
  report: Report,
): readonly LocalWorkload[] {
  const byInterface = new Map<string, WorkloadEndpoint>()
  for (const endpoint of workloadEndpoints) {
    if (endpoint.node !== nodeName) continue
    const name = endpoint.interfaceName ?? workloadInterfaceName(prefix, endpoint.namespace, endpoint.name)
    const known = byInterface.get(name)
    if (known === undefined) {
      byInterface.set(name, endpoint)
      continue
    }
    const [kept, ignored] = compareWorkloads(endpoint, known) < 0 ? [endpoint, known] : [known, endpoint]
    byInterface.set(name, kept)
    report.warn(
      'endpoint-ignored',
      `\`${ignored.namespace}/${ignored.name}\` has the interface \`${name}\` of \`${kept.namespace}/${kept.name}\`, so it gets no chains`,
      ignored.location,
    )
  }
  return [...byInterface]
    .map(([interfaceName, endpoint]) => ({ interfaceName, endpoint }))
    .sort((a, b) => compareBytes(a.interfaceName, b.interfaceName))
}

function compareWorkloads(a: WorkloadEndpoint, b: WorkloadEndpoint): number {
  return (
    compareBytes(a.orchestrator, b.orchestrator) ||
    compareBytes(`${a.namespace}/${a.name}`, `${b.namespace}/${b.name}`) ||
    compareBytes(a.endpoint, b.endpoint)
  )
}

function warnOfPrefix(workloads: readonly LocalWorkload[], { interfacePrefix }: FelixConfig, report: Report): void {
  const stranger = workloads.find(
    ({ interfaceName }) => !interfacePrefix.some(prefix => interfaceName.startsWith(prefix)),
  )
  if (stranger === undefined) return
  report.warn(
    'interface-prefix',
    `\`interfacePrefix\` is \`${interfacePrefix.join(',')}\`, but pods get interfaces such as \`${stranger.interfaceName}\`: no packet reaches their chains`,
    stranger.endpoint.location,
    'keep `cali` in `interfacePrefix`',
  )
}

function planPolicy(policy: Policy, rulePlanner: RulePlanner): PlannedPolicy {
  const { id, tier, location, doNotTrack, isAssumedNeeded } = policy
  return {
    id,
    tier,
    // Rules of a direction that `types` leaves out are planned as well: their IP sets exist.
    ingress: rulePlanner.planRules(policy.ingress, location),
    egress: rulePlanner.planRules(policy.egress, location),
    isUntracked: doNotTrack,
    isAssumedNeeded,
    location,
  }
}

/** Profiles that some endpoint of the node lists, in byte order of name. */
function planProfiles(
  endpoints: readonly LocalEndpoint[],
  profiles: ReadonlyMap<string, Profile>,
  rulePlanner: RulePlanner,
): readonly PlannedProfile[] {
  const names = new Set(endpoints.flatMap(endpoint => endpoint.profiles))
  return [...names].sort(compareBytes).map((name): PlannedProfile => {
    const profile = profiles.get(name)
    if (profile === undefined) return { name, ingress: [], egress: [], isMissing: true }
    const { location } = profile
    return {
      name,
      ingress: rulePlanner.planRules(profile.ingress, location),
      egress: rulePlanner.planRules(profile.egress, location),
      isMissing: false,
      ...(location === undefined ? {} : { location }),
    }
  })
}

function planWorkload(
  { endpoint, interfaceName }: LocalWorkload,
  policies: readonly Policy[],
  tiers: TierSplitter,
): PlannedWorkload {
  return {
    interfaceName,
    name: `${endpoint.namespace}/${endpoint.name}`,
    tiers: tiers.split(policies, 'normal'),
    profiles: endpoint.profiles,
    ingressLimits: endpoint.extras?.ingressLimits ?? {},
    egressLimits: endpoint.extras?.egressLimits ?? {},
    location: endpoint.location,
  }
}

function planHostEndpoint(
  interfaceName: string,
  { name, profiles, location }: HostEndpoint,
  policies: readonly Policy[],
  tiers: TierSplitter,
): PlannedHostEndpoint {
  return {
    interfaceName,
    name,
    tiers: {
      untracked: tiers.split(policies, 'untracked'),
      preDNAT: tiers.split(policies, 'preDNAT'),
      forward: tiers.split(policies, 'forward'),
      normal: tiers.split(policies, 'normal'),
    },
    profiles,
    location,
  }
}
