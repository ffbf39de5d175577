// The compiler on one page: parse, plan, render, print.

import { printRuleset, type RulesetText } from './backend/print-ruleset.ts'
import { type Diagnostic, Report } from './diagnostics/diagnostic.ts'
import type { SourceFile } from './diagnostics/source.ts'
import type { NodePlan } from './model/plan.ts'
import type { Ruleset } from './model/ruleset.ts'
import type { IpVersion } from './net/cidr.ts'
import { parseHost } from './parser/parse-host.ts'
import { parseResources } from './parser/parse-resources.ts'
import { planNode } from './planner/plan-node.ts'
import { renderRuleset } from './renderer/render-ruleset.ts'

export interface CompileInput {
  readonly files: readonly SourceFile[]
  /** Whose rules to make; left out, the only node that the input names. */
  readonly node?: string | undefined
  /** What `ip -json addr show` prints on the node; left out, guessed from the resources. */
  readonly host?: SourceFile | undefined
}

/** Text and rules of one IP version. */
export interface CompiledVersion {
  readonly ruleset: Ruleset
  readonly text: RulesetText
}

/** IPv6 is absent where FelixConfiguration switches it off. */
export interface CompileOutput {
  readonly plan: NodePlan
  readonly versions: { readonly 4: CompiledVersion; readonly 6?: CompiledVersion }
  /** Kinds that were skipped, and how often. */
  readonly skipped: ReadonlyMap<string, number>
}

export type CompileResult =
  | { readonly ok: true; readonly output: CompileOutput; readonly diagnostics: readonly Diagnostic[] }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] }

/** Any error means no output: half a firewall is worse than none. */
export function compile({ files, node, host }: CompileInput): CompileResult {
  const report = new Report()
  const { resources, skipped } = parseResources(files, report)
  const hostFacts = host === undefined ? undefined : parseHost(host, report)
  const plan = report.hasErrors ? undefined : planNode({ resources, nodeName: node, host: hostFacts }, report)
  const version = (ipVersion: IpVersion): CompiledVersion | undefined => {
    const ruleset = plan === undefined ? undefined : renderRuleset(plan, ipVersion, report)
    return ruleset === undefined ? undefined : { ruleset, text: printRuleset(ruleset) }
  }
  const four = version(4)
  const six = four !== undefined && plan?.config.ipv6Support === true ? version(6) : undefined
  const { diagnostics } = report
  if (plan === undefined || four === undefined || report.hasErrors) return { ok: false, diagnostics }
  return {
    ok: true,
    output: { plan, versions: { 4: four, ...(six === undefined ? {} : { 6: six }) }, skipped },
    diagnostics,
  }
}
