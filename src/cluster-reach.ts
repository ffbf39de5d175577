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
import { nodesToPlan, ownersOfFacts } from './reader/owners-of-facts.ts'
import { createScene } from './trace/scene.ts'

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
  const found: Diagnostic<Place>[] = []
  const planned: Planned[] = []
  const resources = pipeline.resources()
  const names = report.hasErrors ? [] : node === undefined ? nodesToPlan(resources) : [node]
  const facts = ownersOfFacts({ host, hosts, isHostFound }, names, resources, report)
  for (const name of report.hasErrors ? [] : names) {
    const own = new Report({ sources, force: input.force ?? false })
    const files = facts.get(name ?? '')
    const known = files === undefined ? undefined : parseHost(files, own)
    const plan = pipeline.plan(name, { report: own, known })
    const rulesets = plan === undefined ? undefined : pipeline.render(plan, own)
    found.push(...own.diagnostics)
    if (plan !== undefined && rulesets !== undefined) planned.push({ name: plan.nodeName, plan, rulesets, host: known })
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
