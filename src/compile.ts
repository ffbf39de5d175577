// The compiler on one page: parse, lint, plan, render, print.

import type { Release } from './calico/releases/release.ts'
import type { Diagnostic } from './diagnostics/diagnostic.ts'
import type { SourceIndex } from './diagnostics/source-index.ts'
import type { Resource } from './model/ast/resources.ts'
import type { HostFacts } from './model/host.ts'
import type { NodePlan } from './model/plan.ts'
import type { Ruleset } from './model/ruleset.ts'
import { Pipeline, type PipelineInput, type Rulesets, type RulesetText } from './pipeline.ts'

export interface CompileInput extends PipelineInput {
  /** Whose rules to make; left out, the only node that the input names. */
  readonly node?: string | undefined
}

/** Text and rules of one IP version. */
export interface CompiledVersion {
  readonly ruleset: Ruleset
  readonly text: RulesetText
}

/** IPv6 is absent where FelixConfiguration switches it off. */
export interface CompileOutput {
  readonly plan: NodePlan
  /** Everything the input holds, of all nodes. */
  readonly resources: readonly Resource[]
  /** Absent where the node was not asked. */
  readonly host?: HostFacts
  readonly versions: { readonly 4: CompiledVersion; readonly 6?: CompiledVersion }
  /** Kinds that were skipped, and how often. */
  readonly skipped: ReadonlyMap<string, number>
  /** Where the locations in all this lie. */
  readonly sources: SourceIndex
}

export type CompileResult =
  | { readonly ok: true; readonly output: CompileOutput; readonly diagnostics: readonly Diagnostic[] }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] }

/** What has been made before anything is printed. */
export interface CompiledRules extends Omit<CompileOutput, 'versions'> {
  readonly pipeline: Pipeline
  readonly release: Release
  readonly rulesets: Rulesets
}

/** Parse, lint, plan and render. Any error means no rules: half a firewall is worse than none. */
export function compileRules({ node, ...input }: CompileInput): {
  readonly rules?: CompiledRules
  readonly diagnostics: readonly Diagnostic[]
} {
  const pipeline = new Pipeline(input)
  const { report, sources } = pipeline
  const { release, skipped } = pipeline.parse({ node })
  const resources = pipeline.resources()
  const host = pipeline.host()
  pipeline.lint()
  const plan = report.hasErrors ? undefined : pipeline.plan(node)
  const rulesets = plan === undefined ? undefined : pipeline.render(plan)
  const diagnostics = pipeline.diagnostics()
  if (plan === undefined || rulesets === undefined || report.hasErrors) return { diagnostics }
  const facts = host === undefined ? {} : { host }
  return { rules: { pipeline, release, plan, resources, ...facts, rulesets, skipped, sources }, diagnostics }
}

export function compile(input: CompileInput): CompileResult {
  const { rules, diagnostics } = compileRules(input)
  if (rules === undefined) return { ok: false, diagnostics }
  const { pipeline, release, rulesets, ...output } = rules
  const { 4: four, 6: six } = pipeline.print(rulesets)
  const versions = {
    4: { ruleset: rulesets[4], text: four },
    ...(rulesets[6] === undefined || six === undefined ? {} : { 6: { ruleset: rulesets[6], text: six } }),
  }
  return { ok: true, output: { ...output, versions }, diagnostics }
}
