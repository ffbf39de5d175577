// calitables diff --calico-version FROM,TO: what becomes of packets and of the rules of one input from release to release.

import { TooManyNodesError } from '../analysis/sets/bdd.ts'
import { diffToJson } from '../answers/diff-json.ts'
import { changeLines, verdictSummary } from '../answers/format-diff.ts'
import type { NodeDiff } from '../answers/node-diff.ts'
import { compareReleases, type CompareResult, verdictsBetween } from '../compare-releases.ts'
import { Report } from '../diagnostics/diagnostic.ts'
import { releaseNamed } from '../parser/choose-release.ts'
import { formatComparison } from '../release-diff/format-comparison.ts'
import { formatConcise } from '../report/format-concise.ts'
import { printableJson } from '../text/printable.ts'
import { EXIT_FAILED, EXIT_NO, EXIT_OK } from './exit-codes.ts'
import { type InputOptions, readInput } from './input-options.ts'
import type { Io } from './io.ts'
import { refuse, writeDiagnostics } from './messages.ts'

/** Cubes of a group that are worked out without being asked for less. */
export const MOST_CUBES = 1_000

export interface ReleaseDiffOptions extends InputOptions {
  readonly all?: true
  readonly most?: number
  readonly output?: 'text' | 'json'
}

export async function diffReleases(options: ReleaseDiffOptions, io: Io): Promise<number> {
  const report = new Report()
  const names = (options.calicoVersion ?? '').split(',').filter(name => name !== '')
  if (names.length !== 2)
    return refuse('usage-bad-value', 'say from which release to which: --calico-version 3.30,3.32', io)
  const [from, to] = names.map(name => releaseNamed(name, report))
  if (from === undefined || to === undefined) {
    await writeDiagnostics(report.placed(), io)
    return EXIT_FAILED
  }
  const input = await readInput(options, io)
  if (input === undefined) return EXIT_FAILED
  const { calicoVersion: _, ...common } = input
  const result = compareReleases(common, from, to)
  if (!result.ok) return tellRefusal(result, options, io)
  if (await writeDiagnostics(result.diagnostics, io)) return EXIT_FAILED
  const { comparison, outputs } = result
  const verdicts = diffWithinBounds(() => verdictsBetween(outputs, options.most ?? MOST_CUBES))
  await io.writeOut(
    options.output === 'json'
      ? printableJson({ version: 1, ...comparison, verdicts: jsonOf(verdicts) })
      : formatComparison(comparison, linesOf(verdicts, options.most ?? Infinity), options.all === true),
  )
  return verdicts.kind === 'diff' && verdicts.diff.isSame ? EXIT_OK : EXIT_NO
}

type Verdicts =
  | { readonly kind: 'diff'; readonly diff: NodeDiff }
  /** Not worked out, and why. */
  | { readonly kind: 'too much'; readonly message: string }

/** The rules are compared anyway; what becomes of packets may be too much to say. */
function diffWithinBounds(diff: () => NodeDiff): Verdicts {
  try {
    return { kind: 'diff', diff: diff() }
  } catch (error) {
    if (!(error instanceof TooManyNodesError)) throw error
    return { kind: 'too much', message: error.message }
  }
}

function linesOf(verdicts: Verdicts, most: number): readonly string[] {
  if (verdicts.kind === 'too much')
    return [`whether any packet changes its verdict is not worked out: ${verdicts.message}`]
  const changes = changeLines([verdicts.diff], most)
  return [verdictSummary([verdicts.diff]), ...(changes.length === 0 ? [] : ['', ...changes.slice(0, -1)])]
}

function jsonOf(verdicts: Verdicts): unknown {
  return verdicts.kind === 'diff' ? diffToJson([verdicts.diff]) : { isUndecided: true, because: verdicts.message }
}

/** One of the two does not take the input: what has to be changed first. */
async function tellRefusal(
  { refusedBy, diagnostics }: Extract<CompareResult, { readonly ok: false }>,
  { output }: ReleaseDiffOptions,
  io: Io,
): Promise<number> {
  // What neither takes is no matter of releases.
  if (refusedBy.length === 2) {
    await writeDiagnostics(diagnostics, io)
    return EXIT_FAILED
  }
  const [refuser] = refusedBy
  const errors = diagnostics.filter(({ severity }) => severity === 'error')
  const head = `Calico ${refuser?.name ?? ''} does not take the input; to be changed first:\n`
  await io.writeOut(
    output === 'json'
      ? printableJson({
          version: 1,
          refusedBy: refuser?.name,
          mustChange: errors.map(({ code, message, help }) => ({ code, message, help })),
        })
      : head + formatConcise(errors),
  )
  return EXIT_NO
}
