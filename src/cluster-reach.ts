// Who reaches whom in an input, on one page: read, plan and render every node, and put what all of them do together.

import { type PartyCluster, partyClusterOf, type PartyService } from './answers/parties/party.ts'
import { type Frontend, frontendsOf } from './answers/reach/frontends.ts'
import { type ReachCluster, reachCluster } from './answers/reach/reach-cluster.ts'
import type { ReachNode } from './answers/reach/reach-nodes.ts'
import { IPVS_REASON, whatIsNotSaid, whyNotFollowed } from './answers/reach/services-left-out.ts'
import { IPTABLES } from './backend/iptables/iptables-backend.ts'
import { type Diagnostic, type Place, Report } from './diagnostics/diagnostic.ts'
import type { SourceIndex } from './diagnostics/source-index.ts'
import type { Resource } from './model/ast/resources.ts'
import type { HostFacts } from './model/host.ts'
import type { NodePlan } from './model/plan.ts'
import { renderKubeProxy } from './kube-proxy/render-kube-proxy.ts'
import type { IpVersion } from './net/cidr.ts'
import { type KernelTables, kernelTablesOf, type TablesBeside } from './netfilter/kernel-tables.ts'
import { Pipeline, type PipelineInput, type Rulesets } from './pipeline.ts'
import { type HostFiles, parseHost } from './reader/parse-host.ts'
import { nodesToPlan, ownersOfFacts } from './reader/owners-of-facts.ts'
import { nodeAddressesOf } from './trace/cluster-addresses.ts'
import { createScene, createSharedScene } from './trace/scene.ts'

export interface ReachInput extends PipelineInput {
  /** The only node whose rules count; left out, those of every node that the input names. */
  readonly node?: string | undefined
  /** As `host`, by the names of nodes. `host` itself is of the only node, or of the one whose address is in it. */
  readonly hosts?: ReadonlyMap<string, HostFiles> | undefined
  /** `host` lay among the resources: where nobody can say of which node it is, it is left out with a note. */
  readonly isHostFound?: boolean | undefined
}

export interface ReachAnswer {
  readonly cluster: PartyCluster
  readonly plans: readonly NodePlan[]
  readonly resources: readonly Resource[]
  readonly sources: SourceIndex
  /** What is not counted of Services, and why; empty where all of it is. */
  readonly servicesLeftOut: readonly string[]
  /** Where the nodes' rules are, for one IP version; none of those that have it switched off. */
  readonly nodesOf: (ipVersion: IpVersion) => readonly ReachNode[]
  /** @throws TooManyNodesError where the sets grow over all bounds */
  readonly reach: (ipVersion: IpVersion) => ReachCluster
}

export type ReachResult =
  | { readonly ok: true; readonly answer: ReachAnswer; readonly diagnostics: readonly Diagnostic[] }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] }

interface Planned {
  readonly name: string
  readonly plan: NodePlan
  readonly rulesets: Rulesets
  readonly host: HostFacts | undefined
}

/** Any error means no answer: what a forgotten rule would let through nobody can say. */
export function clusterReach({
  node,
  host,
  hosts = new Map(),
  isHostFound = false,
  ...input
}: ReachInput): ReachResult {
  const pipeline = new Pipeline(input)
  const { report, sources } = pipeline
  pipeline.parse({ node })
  pipeline.lint()
  const resources = pipeline.resources()
  const names = report.hasErrors ? [] : node === undefined ? nodesToPlan(resources) : [node]
  refuseTooMany(names.length, resources, report)
  const facts = ownersOfFacts({ host, hosts, isHostFound }, names, resources, report)
  const { planned, found } = planNodes(pipeline, report.hasErrors ? [] : names, facts, input.force ?? false)
  const diagnostics = once(pipeline.diagnostics([...report.diagnostics, ...found]))
  const [first] = planned
  const hasErrors = diagnostics.some(({ severity }) => severity === 'error')
  if (hasErrors || first === undefined) return { ok: false, diagnostics }
  const whole = partyClusterOf(first.plan, resources)
  const notFollowed = whyNotFollowed(whole.services, planned.length)
  const left = notFollowed ?? (planned.some(isIpvs) && whole.services.length > 0 ? IPVS_REASON : undefined)
  const cluster: PartyCluster = left === undefined ? whole : { ...whole, services: [], servicesLeftOut: left }
  const shared = createSharedScene(resources)
  const nodesOf = (ipVersion: IpVersion): readonly ReachNode[] =>
    planned.flatMap(one =>
      reachNode(one, ipVersion, { resources, sources, shared, isFollowed: notFollowed === undefined }),
    )
  const frontends = (ipVersion: IpVersion): readonly Frontend[] =>
    notFollowed === undefined ? followed(planned, resources, whole.services, ipVersion) : []
  const reach = (ipVersion: IpVersion): ReachCluster =>
    reachCluster({
      ipVersion,
      cluster,
      nodes: nodesOf(ipVersion),
      frontends: frontends(ipVersion),
    })
  const plans = planned.map(({ plan }) => plan)
  const servicesLeftOut = left === undefined ? whatIsNotSaid(resources) : [left]
  return {
    ok: true,
    answer: { cluster, plans, resources, sources, nodesOf, reach, servicesLeftOut },
    diagnostics,
  }
}

/** Of pods times nodes: half a minute, and nearly a gibibyte, where few policies tell pods apart. */
const MOST_PODS_TIMES_NODES = 1_000_000

/** What cannot be worked out is refused before every node is planned: the rules of all of them would stay in memory for nothing. */
function refuseTooMany(nodes: number, resources: readonly Resource[], report: Report): void {
  const pods = resources.filter(({ kind }) => kind === 'workloadEndpoint').length
  if (pods * nodes <= MOST_PODS_TIMES_NODES) return
  report.error(
    'too-many-packets',
    `${pods} pods times ${nodes} nodes are more than ${MOST_PODS_TIMES_NODES}: who reaches whom is not worked out for all of them`,
    undefined,
    'ask about the rules of one node with `--node`, or leave out pods and nodes that do not matter',
  )
}

function planNodes(
  pipeline: Pipeline,
  names: readonly (string | undefined)[],
  facts: ReadonlyMap<string, HostFiles>,
  force: boolean,
): { readonly planned: readonly Planned[]; readonly found: readonly Diagnostic<Place>[] } {
  const found: Diagnostic<Place>[] = []
  const planned = names.flatMap((name): readonly Planned[] => {
    const own = new Report({ sources: pipeline.sources, force })
    const files = facts.get(name ?? '')
    const host = files === undefined ? undefined : parseHost(files, own)
    const plan = pipeline.plan(name, { report: own, known: host })
    const rulesets = plan === undefined ? undefined : pipeline.render(plan, own)
    found.push(...own.diagnostics)
    return plan === undefined || rulesets === undefined ? [] : [{ name: plan.nodeName, plan, rulesets, host }]
  })
  return { planned, found }
}

interface NodeTools {
  readonly resources: readonly Resource[]
  readonly sources: SourceIndex
  readonly shared: ReturnType<typeof createSharedScene>
  /** Whether what is sent on is followed. */
  readonly isFollowed: boolean
}

/** None where the node has the version switched off. */
function reachNode(planned: Planned, ipVersion: IpVersion, tools: NodeTools): readonly ReachNode[] {
  const { name, plan, rulesets, host } = planned
  const { isFollowed, ...known } = tools
  const { resources } = tools
  const ruleset = rulesets[ipVersion]
  if (ruleset === undefined) return []
  const nodeAddresses = nodeAddressesOf(resources, name, host)
  const beside = isIpvs(planned) ? undefined : renderKubeProxy({ resources, node: name, nodeAddresses, ipVersion })
  const all = kernelTablesOf(ruleset, beside)
  const tables = beside === undefined ? all : kernelTablesOf(ruleset, withoutNat(beside))
  const scene = createScene({ backend: IPTABLES, tables: all, ruleset, plan, host, ...known })
  return [{ name, scene, tables, isTranslating: isFollowed && changesDestinations(all), resources, host }]
}

function isIpvs({ plan }: Planned): boolean {
  return plan.network.isIpvs
}

/** Those of which rules tell where they lead. */
function followed(
  planned: readonly Planned[],
  resources: readonly Resource[],
  services: readonly PartyService[],
  ipVersion: IpVersion,
): readonly Frontend[] {
  const floating = new Set(
    planned.flatMap(({ plan }) => plan.network.floatingIps[ipVersion].dnat.map(({ external }) => external)),
  )
  const hasRules = !planned.some(isIpvs)
  return frontendsOf(resources, services, ipVersion).filter(({ kind, address = '' }) =>
    kind === 'floatingIp' ? floating.has(address) : hasRules,
  )
}

function changesDestinations({ tables }: KernelTables): boolean {
  return tables.some(
    ({ name, userChains }) =>
      name === 'nat' &&
      [...userChains.values()].some(({ rules }) => rules.some(({ target }) => target?.kind === 'dnat')),
  )
}

/** What refuses packets that nobody is there for. */
function withoutNat(beside: TablesBeside): TablesBeside {
  return new Map([...beside].filter(([name]) => name !== 'nat'))
}

/** What is found for several nodes is told once. */
function once(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const seen = new Set<string>()
  return diagnostics.filter(({ code, message, place }) => {
    const key = JSON.stringify([code, message, place?.file.name, place?.start, place?.end])
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
}
