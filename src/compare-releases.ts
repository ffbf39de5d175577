// The comparison of two releases on one page: compile for both and for every step between them, say what each step changes, and
// whether any packet gets another verdict.

import type { DiffSide } from './answers/diff-tables.ts'
import { diffNode, type NodeDiff } from './answers/node-diff.ts'
import { IPTABLES } from './backend/iptables/iptables-backend.ts'
import type { Release } from './calico/releases/release.ts'
import { compile, type CompileInput, type CompileOutput, type CompileResult } from './compile.ts'
import type { Diagnostic } from './diagnostics/diagnostic.ts'
import type { Ruleset } from './model/ruleset.ts'
import type { IpVersion } from './net/cidr.ts'
import { kernelTablesOf } from './netfilter/kernel-tables.ts'
import { compareRulesets, type RulesetChanges } from './release-diff/compare-rulesets.ts'
import { type StepWords, stepsBetween } from './release-diff/steps.ts'
import { createScene } from './trace/scene.ts'

/** One thing that the releases do in two ways, and all that it changes here. */
export interface ReleaseDifference extends RulesetChanges {
  readonly words: readonly StepWords[]
}

export interface ReleaseComparison {
  readonly from: string
  readonly to: string
  readonly node: string
  readonly differences: readonly ReleaseDifference[]
}

export type CompareResult =
  | {
      readonly ok: true
      readonly comparison: ReleaseComparison
      /** What each of the two makes of the input. */
      readonly outputs: readonly [from: CompileOutput, to: CompileOutput]
      readonly diagnostics: readonly Diagnostic[]
    }
  /** One of the two does not take the input: what has to be changed first, for which. */
  | { readonly ok: false; readonly refusedBy: readonly Release[]; readonly diagnostics: readonly Diagnostic[] }

/** The rules of one input under two releases. */
export function compareReleases(input: Omit<CompileInput, 'calicoVersion'>, from: Release, to: Release): CompareResult {
  const [first, last] = [from, to].map(calicoVersion => compile({ ...input, calicoVersion }))
  const refusedBy = [from, to].filter((_, index) => (index === 0 ? first : last)?.ok !== true)
  if (first?.ok !== true || last?.ok !== true) {
    const diagnostics = [first, last].flatMap(result => (result === undefined || result.ok ? [] : result.diagnostics))
    return { ok: false, refusedBy, diagnostics: withoutRepeats(diagnostics) }
  }
  const differences: ReleaseDifference[] = []
  let before = rulesetsOf(first)
  for (const { release, words } of stepsBetween(from, to)) {
    const result = release === to ? last : compile({ ...input, calicoVersion: release, force: true })
    // What no real release does may be refused on the way; the next step then shows both changes.
    if (!result.ok) continue
    const after = rulesetsOf(result)
    const changes = compareRulesets(before, after)
    before = after
    if (changes.renamed.length + changes.chains.length + changes.sets.length > 0)
      differences.push({ words, ...changes })
  }
  const node = last.output.plan.nodeName
  const diagnostics = withoutRepeats([...first.diagnostics, ...last.diagnostics])
  const comparison = { from: from.name, to: to.name, node, differences }
  return { ok: true, comparison, outputs: [first.output, last.output], diagnostics }
}

/**
 * Which packets get another verdict under the second release than under the first.
 *
 * @param most cubes of a group
 * @throws TooManyNodesError where the sets grow over all bounds
 */
export function verdictsBetween([from, to]: readonly [CompileOutput, CompileOutput], most: number): NodeDiff {
  const isThere = (ipVersion: IpVersion): boolean =>
    [from, to].some(({ versions }) => versions[ipVersion] !== undefined)
  return diffNode(
    to.plan.nodeName,
    ipVersion => (isThere(ipVersion) ? [sideOf(from, ipVersion), sideOf(to, ipVersion)] : undefined),
    most,
  )
}

/** Tables of an IP version that a release does not write hold nothing. */
function sideOf({ plan, resources, host, versions, sources }: CompileOutput, ipVersion: IpVersion): DiffSide {
  const ruleset = versions[ipVersion]?.ruleset
  const tables = ruleset === undefined ? { ipVersion, tables: [], ipSets: new Map() } : kernelTablesOf(ruleset)
  const scene = createScene({ tables, ruleset, plan, resources, host, sources, backend: IPTABLES })
  return { scene, resources, host }
}

function rulesetsOf(result: Extract<CompileResult, { readonly ok: true }>): readonly Ruleset[] {
  return Object.values(result.output.versions).map(({ ruleset }) => ruleset)
}

function withoutRepeats(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const key = ({ severity, code, message, place }: Diagnostic): string =>
    JSON.stringify([severity, code, message, place?.file.name, place?.start])
  return [...new Map(diagnostics.map(one => [key(one), one] as const)).values()]
}
