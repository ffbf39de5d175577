// Diagnostics on standard error: for people on a terminal, one line each elsewhere.

import type { DiagnosticCode } from '../diagnostics/codes.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import type { NodePlan } from '../model/plan.ts'
import { NO_WAIVERS, waive, type Waivers } from '../report/waivers.ts'
import { compareBytes } from '../text/bytes.ts'
import { printable, shortenQuotes } from '../text/printable.ts'
import { wantsColor } from './color.ts'
import { EXIT_FAILED } from './exit-codes.ts'
import type { Io } from './io.ts'

/** What is wrong with a call, or keeps it from being done: a finding without a place. */
export function mistake(code: DiagnosticCode, message: string, help?: string): Diagnostic {
  return { severity: 'error', code, message: shortenQuotes(message), ...(help === undefined ? {} : { help }) }
}

/** Says why a command is not done. Returns the exit code. */
export async function refuse(code: DiagnosticCode, message: string, io: Io): Promise<typeof EXIT_FAILED> {
  return refuseWith([mistake(code, message)], io)
}

/** The same of several mistakes at once. */
export async function refuseWith(mistakes: readonly Diagnostic[], io: Io): Promise<typeof EXIT_FAILED> {
  await writeDiagnostics(mistakes, io)
  return EXIT_FAILED
}

/**
 * Findings as the user wants them: without those that are ignored, on the command line or beside the line in question.
 * True where one counts as an error that was none: then the command ends as it does with an error of the input.
 */
export async function writeDiagnostics(found: readonly Diagnostic[], io: Io): Promise<boolean> {
  const files = new Set(found.flatMap(({ place }) => (place === undefined ? [] : [place.file])))
  const waived = waive(found, waiversOf(io), [...files])
  const diagnostics = withoutNotes(waived.diagnostics, io)
  if (diagnostics.length === 0) return false
  if (io.findings === 'github') {
    const { formatGithub } = await import('../report/format-github.ts')
    await (io.writeExactError ?? io.writeError)(formatGithub(diagnostics, { base: process.cwd() }))
  } else if (io.findings === 'json' && countErrors(diagnostics) > 0) {
    await io.writeError((await import('../report/format-json.ts')).formatJson(diagnostics))
  } else if (io.isErrorTerminal) {
    const { formatPretty } = await import('../report/format-pretty.ts')
    await io.writeError(formatPretty(diagnostics, { color: wantsColor(true, io) }))
  } else {
    const { formatConcise } = await import('../report/format-concise.ts')
    await io.writeError(formatConcise(diagnostics))
  }
  return countErrors(diagnostics) > countErrors(found)
}

function countErrors(diagnostics: readonly Diagnostic[]): number {
  return diagnostics.filter(({ severity }) => severity === 'error').length
}

export function waiversOf({ waivers }: Io): Waivers {
  return waivers ?? NO_WAIVERS
}

/** Findings that are shown: with --quiet, those of which something has to be done. */
export function withoutNotes(found: readonly Diagnostic[], io: Io): readonly Diagnostic[] {
  return io.isQuiet === true ? found.filter(({ severity }) => severity !== 'note') : found
}

/** One line that nobody has to read. */
export async function writeNote(text: string, io: Io): Promise<void> {
  if (io.isQuiet !== true) await io.writeError(`note: ${printable(text)}\n`)
}

/** "skipped 3 documents that do not change rules: 2 apps/v1 Deployment, 1 v1 ConfigMap" */
export async function writeSkipped(skipped: ReadonlyMap<string, number>, io: Io): Promise<void> {
  if (skipped.size === 0) return
  const total = [...skipped.values()].reduce((sum, count) => sum + count, 0)
  const documents = total === 1 ? 'document' : 'documents'
  await writeNote(`skipped ${total} ${documents} of kinds that do not change rules: ${listKinds(skipped)}`, io)
}

const SHOWN_FILES = 5

/** "left out 3 files: a.yaml, b.yaml, c.yaml (excluded)" */
export async function writeSkippedFiles(
  files: readonly { readonly path: string; readonly why: string }[],
  io: Io,
): Promise<void> {
  for (const why of new Set(files.map(file => file.why))) {
    const paths = files.filter(file => file.why === why).map(({ path }) => path)
    const shown = paths.slice(0, SHOWN_FILES).join(', ')
    const more = paths.length > SHOWN_FILES ? `, and ${paths.length - SHOWN_FILES} more` : ''
    await writeNote(`left out ${paths.length} ${paths.length === 1 ? 'path' : 'paths'} (${why}): ${shown}${more}`, io)
  }
}

/** "2 apps/v1 Deployment, 1 v1 ConfigMap" */
export function listKinds(counts: ReadonlyMap<string, number>): string {
  return [...counts]
    .sort(([a], [b]) => compareBytes(a, b))
    .map(([kind, count]) => `${count} ${kind}`)
    .join(', ')
}

/**
 * Variables of Felix win over every FelixConfiguration, and nearly every cluster has some: said once where nothing tells of them,
 * and behind all else, since it is nothing to mend where something is wrong.
 */
export async function writeUnknownEnvironment({ isEnvironmentKnown }: NodePlan, io: Io): Promise<void> {
  if (isEnvironmentKnown) return
  const usual = 'FELIX_DEFAULTENDPOINTTOHOSTACTION=ACCEPT and, without IPv6, FELIX_IPV6SUPPORT=false'
  const cure = 'add the DaemonSet calico-node to the input, or give --felix-env NAME=VALUE or --felix-env none'
  const words = `Felix's environment is not known and taken to be empty; the usual installs set ${usual}: ${cure}`
  if (io.lastNotes === undefined) await writeNote(words, io)
  else io.lastNotes.add(words)
}
