// The checker on one page: parse once, then plan and render for every node that matters, and keep what is found.

import { PolicyRuleUses } from './answers/dead-rules.ts'
import { warnOfDeadRules } from './answers/warn-of-dead-rules.ts'
import type { CompileInput } from './compile.ts'
import { type Diagnostic, Report } from './diagnostics/diagnostic.ts'
import { withoutRepeats } from './diagnostics/without-repeats.ts'
import { extentOf, type InputExtent } from './lint/input-extent.ts'
import { Pipeline } from './pipeline.ts'
import { countRead, type ReadCounts } from './report/summary.ts'
import { pickNodes } from './planner/pick-nodes.ts'

/** Resources times nodes that are planned without being asked for: about a second. */
const WORK_LIMIT = 100_000

export interface CheckInput extends CompileInput {
  /** The facts of a node lay among the resources: they count where the input names one node. */
  readonly isHostFound?: boolean
  /** Whether the input is all that the cluster has; left out, told from what it holds. */
  readonly extent?: InputExtent | undefined
  /** Also look at all packets: which rules never decide. */
  readonly isExact?: boolean
}

export interface CheckResult {
  /** By file and place; those without a place come last. */
  readonly diagnostics: readonly Diagnostic[]
  readonly skipped: ReadonlyMap<string, number>
  readonly read: ReadCounts
  readonly extent: InputExtent
  /** Nodes that have something of their own and were not looked at. */
  readonly nodesLeftOut: number
}

/**
 * Everything that `compile` would find, for `node` or, without one, for the nodes that have something of their own. What is
 * found for several nodes is reported once.
 */
export function check({
  node,
  isHostFound = false,
  isExact = false,
  extent: given,
  ...input
}: CheckInput): CheckResult {
  const pipeline = new Pipeline({ ...input, force: false })
  const { report, sources } = pipeline
  const { skipped } = pipeline.parse({ node, repeats: 'warning' })
  const resources = pipeline.resources()
  pipeline.host()
  const extent = given ?? extentOf(resources, input.files)
  pipeline.lint({ isThorough: true, extent })
  const found = [...report.diagnostics]
  const limit = Math.max(1, Math.floor(WORK_LIMIT / Math.max(1, resources.length)))
  const nodes = pickNodes(resources, limit)
  // Addresses are those of one node: without --node the planner asks which.
  const isOwnChoice = node === undefined && (input.host === undefined || isHostFound)
  const withHost = !isOwnChoice || nodes.picked.length <= 1
  const uses = isExact ? new PolicyRuleUses() : undefined
  for (const nodeName of isOwnChoice ? named(nodes.picked) : [node]) {
    const own = new Report({ sources })
    const plan = pipeline.plan(nodeName, { withHost, report: own })
    if (plan !== undefined) {
      const rulesets = pipeline.render(plan, own)
      const host = withHost ? pipeline.host() : undefined
      for (const ruleset of report.hasErrors || own.hasErrors ? [] : [rulesets[4], rulesets[6]]) {
        if (ruleset !== undefined) uses?.add({ ruleset, plan, resources, host })
      }
    }
    for (const diagnostic of own.diagnostics) {
      // What could not be read is missing from the plan: only what is wrong with the rest still counts.
      if (report.hasErrors && diagnostic.severity !== 'error') continue
      // Nobody asked about the addresses of this node.
      if (isOwnChoice && diagnostic.code === 'host-unknown') continue
      found.push(diagnostic)
    }
  }
  if (uses !== undefined) {
    const own = new Report({ sources })
    warnOfDeadRules(uses.uses(), own)
    found.push(...own.diagnostics)
  }
  const diagnostics = pipeline.diagnostics(withoutRepeats(found, sources))
  return {
    diagnostics,
    skipped,
    extent,
    read: countRead(resources, input.files.length),
    nodesLeftOut: isOwnChoice ? nodes.leftOut : 0,
  }
}

/** Policies alone are checked as on a node that has nothing. */
function named(nodes: readonly string[]): readonly string[] {
  return nodes.length === 0 ? [''] : nodes
}
