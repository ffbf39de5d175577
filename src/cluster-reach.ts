// Who reaches whom in an input, on one page: read, plan and render every node, and put what all of them do together.

import { BddStore } from './analysis/sets/bdd.ts'
import { type PartyCluster, partyClusterOf } from './answers/parties/party.ts'
import { type ReachCluster, reachCluster } from './answers/reach/reach-cluster.ts'
import type { ReachNode } from './answers/reach/reach-nodes.ts'
import { IPTABLES } from './backend/iptables/iptables-backend.ts'
import { type Diagnostic, type Place, Report } from './diagnostics/diagnostic.ts'
import type { SourceIndex } from './diagnostics/source-index.ts'
import type { Resource } from './model/ast/resources.ts'
import type { HostFacts } from './model/host.ts'
import type { NodePlan } from './model/plan.ts'
import type { IpVersion } from './net/cidr.ts'
import { kernelTablesOf } from './netfilter/kernel-tables.ts'
import { Pipeline, type PipelineInput, type Rulesets } from './pipeline.ts'
import { type HostFiles, parseHost } from './reader/parse-host.ts'
import { createScene } from './trace/scene.ts'
import { sortedUnique } from './text/bytes.ts'

export interface ReachInput extends PipelineInput {
  /** The only node whose rules count; left out, those of every node that the input names. */
  readonly node?: string | undefined
  /** As `host` of the one node that the input has, by the names of several. */
  readonly hosts?: ReadonlyMap<string, HostFiles>
}

export interface ReachAnswer {
  readonly cluster: PartyCluster
  readonly plans: readonly NodePlan[]
  readonly resources: readonly Resource[]
  readonly sources: SourceIndex
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
export function clusterReach({ node, host: ownHost, hosts = new Map(), ...input }: ReachInput): ReachResult {
  const pipeline = new Pipeline(input)
  const { report, sources } = pipeline
  pipeline.parse({ node })
  pipeline.lint()
  const found: Diagnostic<Place>[] = []
  const planned: Planned[] = []
  const resources = pipeline.resources()
  const names = report.hasErrors ? [] : nodesToPlan(resources, node)
  for (const name of names) {
    const own = new Report({ sources, force: input.force ?? false })
    // What a node says of itself is of the one that was asked.
    const files = hosts.get(name ?? '') ?? (names.length === 1 ? ownHost : undefined)
    const host = files === undefined ? undefined : parseHost(files, own)
    const plan = pipeline.plan(name, { report: own, known: host })
    const rulesets = plan === undefined ? undefined : pipeline.render(plan, own)
    found.push(...own.diagnostics)
    if (plan !== undefined && rulesets !== undefined) planned.push({ name: plan.nodeName, plan, rulesets, host })
  }
  const diagnostics = once(pipeline.diagnostics([...report.diagnostics, ...found]))
  const [first] = planned
  const hasErrors = diagnostics.some(({ severity }) => severity === 'error')
  if (hasErrors || first === undefined) return { ok: false, diagnostics }
  const cluster = partyClusterOf(first.plan, resources)
  const nodesOf = (ipVersion: IpVersion): readonly ReachNode[] =>
    planned.flatMap(({ name, plan, rulesets, host }) => {
      const ruleset = rulesets[ipVersion]
      if (ruleset === undefined) return []
      const tables = kernelTablesOf(ruleset)
      const scene = createScene({ backend: IPTABLES, tables, ruleset, plan, resources, host, sources })
      return [{ name, scene, resources, host }]
    })
  const reach = (ipVersion: IpVersion): ReachCluster =>
    reachCluster({ ipVersion, cluster, nodes: nodesOf(ipVersion), store: new BddStore() })
  const plans = planned.map(({ plan }) => plan)
  return { ok: true, answer: { cluster, plans, resources, sources, nodesOf, reach }, diagnostics }
}

/** Undefined: the input names none, and the planner says what that means. */
function nodesToPlan(resources: readonly Resource[], node: string | undefined): readonly (string | undefined)[] {
  if (node !== undefined) return [node]
  const names = resources.flatMap(resource => {
    if (resource.kind === 'node') return [resource.name]
    return resource.kind === 'hostEndpoint' || resource.kind === 'workloadEndpoint' ? [resource.node] : []
  })
  const known = sortedUnique(names.filter(name => name !== ''))
  return known.length === 0 ? [undefined] : known
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
