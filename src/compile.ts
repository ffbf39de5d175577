// The compiler on one page: parse, plan, render, print.

import { warnOfMangledText } from './acceptance/mangled-text.ts'
import { checkRulesets } from './acceptance/check-ruleset.ts'
import { checkSteeringText } from './acceptance/steering-text.ts'
import { printRule, printRuleLine } from './backend/iptables/iptables-rule.ts'
import { printRuleset, type RulesetText } from './backend/iptables/print-ruleset.ts'
import { type Diagnostic, Report } from './diagnostics/diagnostic.ts'
import { inOrder } from './diagnostics/order.ts'
import type { SourceFile } from './diagnostics/source.ts'
import type { SourceIndex } from './diagnostics/source-index.ts'
import type { Resource } from './model/ast/resources.ts'
import type { HostFacts } from './model/host.ts'
import { lintResources } from './lint/lint-resources.ts'
import type { NodePlan } from './model/plan.ts'
import type { Chain, Rule, Ruleset } from './model/ruleset.ts'
import { type HostFiles, parseHost } from './reader/parse-host.ts'
import type { GivenEnvironment } from './parser/felix-environment/read-file.ts'
import { parseResources } from './parser/parse-resources.ts'
import { planNode } from './planner/plan-node.ts'
import { renderRuleset } from './renderer/render-ruleset.ts'

export interface CompileInput {
  readonly files: readonly SourceFile[]
  /** What is wrong with files that could not be read. */
  readonly findings?: readonly Diagnostic[] | undefined
  /** Whose rules to make; left out, the only node that the input names. */
  readonly node?: string | undefined
  /** What `ip -json addr show` and `ip -json route` print on the node; left out, guessed from the resources. */
  readonly host?: HostFiles | undefined
  /** The release of Calico: `3.30`, `v3.30.7`; left out, the one that the input tells, or the newest. */
  readonly calicoVersion?: string | undefined
  /** What is said of Felix's environment beside the resources: it wins over what they tell. */
  readonly environment?: GivenEnvironment | undefined
  /** Make text even of what Felix or the kernel would refuse; the refusals are warnings then. */
  readonly force?: boolean
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

/** Any error means no output: half a firewall is worse than none. */
export function compile({
  files,
  node,
  host,
  findings,
  calicoVersion,
  environment,
  force = false,
}: CompileInput): CompileResult {
  const report = new Report({ force })
  report.take(findings ?? [])
  const {
    release,
    resources: all,
    superseded,
    skipped,
  } = parseResources(files, report, { calicoVersion, node, environment })
  const resources = superseded.size === 0 ? all : all.filter(resource => !superseded.has(resource))
  const hostFacts = host === undefined ? undefined : parseHost(host, report)
  lintResources(resources, release, report)
  const plan = report.hasErrors ? undefined : planNode({ resources, release, nodeName: node, host: hostFacts }, report)
  if (plan === undefined) return { ok: false, diagnostics: inOrder(report.diagnostics, report.sources) }
  const { 4: four, 6: six } = renderPlan(plan, report)
  const diagnostics = inOrder(report.diagnostics, report.sources)
  if (report.hasErrors) return { ok: false, diagnostics }
  const printed = new Map<Chain, string>()
  const print = (ruleset: Ruleset): CompiledVersion => ({ ruleset, text: printRuleset(ruleset, printed) })
  const versions = { 4: print(four), ...(six === undefined ? {} : { 6: print(six) }) }
  const facts = hostFacts === undefined ? {} : { host: hostFacts }
  return { ok: true, output: { plan, resources, ...facts, versions, skipped, sources: report.sources }, diagnostics }
}

/** The rulesets of a plan; what Felix or the kernel would refuse of them is reported. */
export function renderPlan(plan: NodePlan, report: Report): { readonly 4: Ruleset; readonly 6?: Ruleset } {
  const shared = new Map<string, Chain>()
  const four = renderRuleset(plan, 4, shared)
  const six = plan.config.ipv6Support ? renderRuleset(plan, 6, shared) : undefined
  const rulesets = six === undefined ? [four] : [four, six]
  warnOfMangledText(rulesets, plan, report)
  checkRulesets(rulesets, plan, printLongestLine, report)
  checkSteeringText(rulesets, plan, report)
  return { 4: four, ...(six === undefined ? {} : { 6: six }) }
}

/** A rule as the backend writes it, for checks of its length: every hash is as long as any other. */
export function printLongestLine(chain: string, rule: Rule): string {
  return printRuleLine('-A', chain, 'x'.repeat(16), printRule(rule))
}
