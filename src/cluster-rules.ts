// The rules that the nodes of a cluster should have, under each assumption that somebody asks about: the input is read once for each
// release and environment, however many nodes are asked for.

import type { Release } from './calico/releases/release.ts'
import { DEFAULT_TIER } from './calico/tiers.ts'
import { type Diagnostic, Report } from './diagnostics/diagnostic.ts'
import type { SourceIndex } from './diagnostics/source-index.ts'
import type { HostFacts } from './model/host.ts'
import { nodesNamed, type Resource } from './model/ast/resources.ts'
import type { NodePlan } from './model/plan.ts'
import { Pipeline, type PipelineInput, type Rulesets } from './pipeline.ts'
import { PlannerMemory } from './planner/planner-memory.ts'
import { planNode } from './planner/plan-node.ts'
import { type HostFiles, parseHost } from './reader/parse-host.ts'

export type ClusterInput = Pick<PipelineInput, 'files' | 'findings' | 'calicoVersion' | 'environment'>

/** What is asked about a node. Fields that are left out are as the input and the user say. */
export interface Assumption {
  readonly node?: string | undefined
  /** A release by its name. */
  readonly calicoVersion?: string | undefined
  /** `FELIX_NAME=value`, over everything that the input says. */
  readonly variables?: readonly string[]
  /**
   * `stored`: policies of the default tier have the names that releases up to v3.31 stored them under, `default.web`;
   * `unprefixed`: such a release meets the names that v3.32 stores, `web`.
   */
  readonly names?: 'stored' | 'unprefixed'
}

export interface NodeRules {
  readonly plan: NodePlan
  readonly release: Release
  readonly resources: readonly Resource[]
  readonly host?: HostFacts | undefined
  readonly rulesets: Rulesets
  readonly sources: SourceIndex
}

export type NodeRulesResult =
  | { readonly ok: true; readonly rules: NodeRules; readonly diagnostics: readonly Diagnostic[] }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] }

export class ClusterRules {
  readonly #input: ClusterInput
  readonly #pipelines = new Map<string, Pipeline>()
  /** What planning one node leaves for the next, by the resources that are planned. */
  readonly #memories = new WeakMap<readonly Resource[], PlannerMemory>()
  readonly #renamed = new Map<string, readonly Resource[]>()

  constructor(input: ClusterInput) {
    this.#input = input
  }

  resources(): readonly Resource[] {
    return this.#pipeline({}).resources()
  }

  /** The nodes that the input names, in the order of the input. */
  nodes(): readonly string[] {
    return nodesNamed(this.resources())
  }

  /** Kinds that were left out, and how often. */
  skipped(): ReadonlyMap<string, number> {
    return this.#pipeline({}).parse().skipped
  }

  rulesFor(assumption: Assumption, hostFiles: HostFiles | undefined): NodeRulesResult {
    const pipeline = this.#pipeline(assumption)
    const report = new Report({ sources: pipeline.sources })
    const { release } = pipeline.parse({ node: assumption.node })
    const found = (): readonly Diagnostic[] =>
      pipeline.diagnostics([...pipeline.report.diagnostics, ...report.diagnostics])
    if (pipeline.report.hasErrors) return { ok: false, diagnostics: found() }
    const resources = this.#resources(pipeline, assumption)
    const host = hostFiles === undefined ? undefined : parseHost(hostFiles, report)
    const plan = planNode(
      { resources, release, nodeName: assumption.node, host, memory: this.#memoryOf(resources) },
      report,
    )
    if (plan === undefined || report.hasErrors) return { ok: false, diagnostics: found() }
    const rulesets = pipeline.render(plan, report)
    if (report.hasErrors) return { ok: false, diagnostics: found() }
    const rules = { plan, release, resources, host, rulesets, sources: pipeline.sources }
    return { ok: true, rules, diagnostics: found() }
  }

  #resources(pipeline: Pipeline, { names, calicoVersion, variables }: Assumption): readonly Resource[] {
    if (names === undefined) return pipeline.resources()
    const key = JSON.stringify([names, calicoVersion, variables])
    let renamed = this.#renamed.get(key)
    if (renamed === undefined) this.#renamed.set(key, (renamed = withNames(pipeline.resources(), names)))
    return renamed
  }

  #memoryOf(resources: readonly Resource[]): PlannerMemory {
    let memory = this.#memories.get(resources)
    if (memory === undefined) this.#memories.set(resources, (memory = new PlannerMemory()))
    return memory
  }

  #pipeline({ calicoVersion, variables = [] }: Assumption): Pipeline {
    const key = JSON.stringify([calicoVersion, variables])
    let pipeline = this.#pipelines.get(key)
    if (pipeline === undefined) {
      const { environment } = this.#input
      pipeline = new Pipeline({
        ...this.#input,
        ...(calicoVersion === undefined ? {} : { calicoVersion }),
        ...(variables.length === 0
          ? {}
          : {
              environment: {
                isAll: environment?.isAll ?? false,
                files: environment?.files ?? [],
                variables: [...(environment?.variables ?? []), ...variables],
              },
            }),
      })
      this.#pipelines.set(key, pipeline)
    }
    return pipeline
  }
}

const CALICO_KINDS = ['NetworkPolicy', 'GlobalNetworkPolicy', 'StagedNetworkPolicy', 'StagedGlobalNetworkPolicy']

function withNames(resources: readonly Resource[], names: Assumption['names']): readonly Resource[] {
  if (names === undefined) return resources
  return resources.map(resource => {
    if (resource.kind !== 'policy' || resource.tier !== DEFAULT_TIER) return resource
    const { id } = resource
    if (!CALICO_KINDS.includes(id.kind) || id.name.includes('.')) return resource
    const changed = names === 'stored' ? { name: `${DEFAULT_TIER}.${id.name}` } : { storedName: id.name }
    return { ...resource, id: { ...id, ...changed } }
  })
}
