// calitables diff --calico-version FROM,TO: what becomes of the rules of one input from release to release.

import { compareReleases } from '../compare-releases.ts'
import { Report } from '../diagnostics/diagnostic.ts'
import { releaseNamed } from '../parser/choose-release.ts'
import { formatComparison } from '../release-diff/format-comparison.ts'
import { formatConcise } from '../report/format-concise.ts'
import { printable, printableJson } from '../text/printable.ts'
import { EXIT_FAILED, EXIT_NO, EXIT_OK } from './exit-codes.ts'
import { type InputOptions, readInput } from './input-options.ts'
import type { Io } from './io.ts'
import { writeDiagnostics } from './messages.ts'

export interface ReleaseDiffOptions extends InputOptions {
  readonly all?: true
  readonly output?: 'text' | 'json'
}

export async function diffReleases(options: ReleaseDiffOptions, io: Io): Promise<number> {
  const report = new Report()
  const names = (options.calicoVersion ?? '').split(',').filter(name => name !== '')
  if (names.length !== 2) return fail('say from which release to which: --calico-version 3.30,3.32', io)
  const [from, to] = names.map(name => releaseNamed(name, report))
  if (from === undefined || to === undefined) {
    await writeDiagnostics(report.placed(), io)
    return EXIT_FAILED
  }
  const input = await readInput(options, io)
  if (input === undefined) return EXIT_FAILED
  const { calicoVersion: _, ...common } = input
  const result = compareReleases(common, from, to)
  if (!result.ok) {
    // What neither takes is no matter of releases.
    if (result.refusedBy.length === 2) {
      await writeDiagnostics(result.diagnostics, io)
      return EXIT_FAILED
    }
    const [refuser] = result.refusedBy
    const errors = result.diagnostics.filter(({ severity }) => severity === 'error')
    const head = `Calico ${refuser?.name ?? ''} does not take the input; to be changed first:\n`
    await io.writeOut(
      options.output === 'json'
        ? printableJson({
            version: 1,
            refusedBy: refuser?.name,
            mustChange: errors.map(({ code, message, help }) => ({ code, message, help })),
          })
        : head + formatConcise(errors),
    )
    return EXIT_NO
  }
  await writeDiagnostics(result.diagnostics, io)
  const { comparison } = result
  await io.writeOut(
    options.output === 'json'
      ? printableJson({ version: 1, ...comparison })
      : formatComparison(comparison, options.all === true),
  )
  return EXIT_OK
}

async function fail(message: string, io: Io): Promise<number> {
  await io.writeError(`error: ${printable(message)}\n`)
  return EXIT_FAILED
}
