// The checker on one page: parse once, then plan and render for every node that matters, and keep what is found.

import { RuleUses } from './answers/plainly-used.ts'
import { type DeadRuleScope, warnOfDeadRules } from './answers/warn-of-dead-rules.ts'
import type { CompileInput } from './compile.ts'
import type { DiagnosticCode } from './diagnostics/codes.ts'
import { type Diagnostic, type Place, Report } from './diagnostics/diagnostic.ts'
import { PathMap } from './diagnostics/path-map.ts'
import { isSpan } from './diagnostics/source.ts'
import { withoutRepeats } from './diagnostics/without-repeats.ts'
import { extentOf, type InputExtent } from './lint/input-extent.ts'
import type { Resource } from './model/ast/resources.ts'
import type { NodePlan } from './model/plan.ts'
import type { Ruleset } from './model/ruleset.ts'
import type { IpVersion } from './net/cidr.ts'
import { Pipeline } from './pipeline.ts'
import { renderRuleset } from './renderer/render-ruleset.ts'
import { countRead, type ReadCounts } from './report/summary.ts'
import { pickNodes } from './planner/pick-nodes.ts'

/** Resources times nodes that are planned without being asked for: about a second. */
const WORK_LIMIT = 100_000

/** Policies that the endpoints meet, of whom no two meet the same, that are looked at without being asked for: about a second. */
const EXACT_WORK_LIMIT = 500

export interface CheckInput extends CompileInput {
  /** The facts of a node lay among the resources: they count where the input names one node. */
  readonly isHostFound?: boolean
  /** Whether the input is all that the cluster has; left out, told from what it holds. */
  readonly extent?: InputExtent | undefined
  /** Whether to look at all packets: which rules never decide; left out, of inputs up to a size. */
  readonly isExact?: boolean | undefined
}

export interface CheckResult {
  /** By file and place; those without a place come last. */
  readonly diagnostics: readonly Diagnostic[]
  readonly skipped: ReadonlyMap<string, number>
  readonly read: ReadCounts
  readonly extent: InputExtent
  /** Nodes that have something of their own and were not looked at. */
  readonly nodesLeftOut: number
  /** The input is too large to look at all packets without being asked to. */
  readonly isExactLeftOut: boolean
}

/**
 * Everything that `compile` would find, for `node` or, without one, for the nodes that have something of their own. What is
 * found for several nodes is reported once.
 */
export function check({ node, isHostFound = false, isExact, extent: given, ...input }: CheckInput): CheckResult {
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
  const uses = new RuleUses(EXACT_WORK_LIMIT)
  const looked = new Set<string>()
  for (const nodeName of isOwnChoice ? named(nodes.picked) : [node]) {
    const own = new Report({ sources })
    const plan = pipeline.plan(nodeName, { withHost, report: own })
    if (plan !== undefined) {
      looked.add(plan.nodeName)
      pipeline.render(plan, own)
      const host = withHost ? pipeline.host() : undefined
      if (!report.hasErrors && !own.hasErrors) uses.add({ plan, rulesetOf, resources, host })
    }
    for (const diagnostic of own.diagnostics) {
      // What could not be read is missing from the plan: only what is wrong with the rest still counts.
      if (report.hasErrors && diagnostic.severity !== 'error') continue
      // Nobody asked about the addresses of this node.
      if (isOwnChoice && diagnostic.code === 'host-unknown') continue
      found.push(diagnostic)
    }
  }
  const isTooMuch = isExact === undefined && uses.work > EXACT_WORK_LIMIT
  if (uses.work > 0 && isExact !== false && !isTooMuch) {
    const own = new Report({ sources })
    // In a part of a cluster, whose pods there are today says nothing.
    warnOfDeadRules(uses.uses(), own, {
      when: isExact === true || extent === 'whole' ? 'also today' : 'ever',
      nodes: nodesLookedAt(resources, looked, isOwnChoice ? nodes.leftOut : undefined),
    })
    found.push(...withoutKnown(own.diagnostics, found))
  }
  const diagnostics = pipeline.diagnostics(withoutRepeats(found, sources))
  return {
    diagnostics,
    skipped,
    extent,
    read: countRead(resources, input.files.length),
    nodesLeftOut: isOwnChoice ? nodes.leftOut : 0,
    isExactLeftOut: isTooMuch,
  }
}

/** @param leftOut nodes that are unlike all that were looked at; undefined: somebody else chose */
function nodesLookedAt(
  resources: readonly Resource[],
  looked: ReadonlySet<string>,
  leftOut: number | undefined,
): DeadRuleScope['nodes'] {
  const isElsewhere = resources.some(
    one => (one.kind === 'workloadEndpoint' || one.kind === 'hostEndpoint') && one.node !== '' && !looked.has(one.node),
  )
  if (!isElsewhere) return 'all'
  return leftOut === 0 ? 'alike' : 'some'
}

/** The rules that the kernel would have, with nothing reported of them. */
function rulesetOf(plan: NodePlan, ipVersion: IpVersion): Ruleset | undefined {
  return ipVersion === 6 && !plan.config.ipv6Support ? undefined : renderRuleset(plan, ipVersion)
}

/** What is told of rules that a lint has told of by their own words already is not told again. */
const SAME_AS: readonly DiagnosticCode[] = ['unreachable-rules', 'own-selector-excluded', 'unresolved-service']

function withoutKnown(
  fresh: readonly Diagnostic<Place>[],
  found: readonly Diagnostic<Place>[],
): readonly Diagnostic<Place>[] {
  const known = new PathMap<true>()
  /** Of each list the first rule that is known: those behind it are, too. */
  const firsts = new PathMap<number>()
  for (const { code, place } of found) {
    if (place === undefined || isSpan(place) || !SAME_AS.includes(code)) continue
    const path = [place.document, ...place.path]
    known.set(path, true)
    const [list, last] = [path.slice(0, -1), path.at(-1)]
    if (typeof last === 'number') firsts.set(list, Math.min(last, firsts.get(list) ?? last))
  }
  return fresh.filter(({ place }) => {
    if (place === undefined || isSpan(place)) return true
    const path = [place.document, ...place.path]
    const last = path.at(-1)
    return !known.hasWithin(path) && !(typeof last === 'number' && last >= (firsts.get(path.slice(0, -1)) ?? Infinity))
  })
}

/** Policies alone are checked as on a node that has nothing. */
function named(nodes: readonly string[]): readonly string[] {
  return nodes.length === 0 ? [''] : nodes
}
