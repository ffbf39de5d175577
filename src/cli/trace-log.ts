// calitables trace --log: from lines of the kernel log to their rules, and on to the verdict.

import { Report } from '../diagnostics/diagnostic.ts'
import { describeLogSearch } from '../trace/describe-log.ts'
import { printable, printableJson } from '../text/printable.ts'
import { isLogLine, readLogEntry } from '../trace/log-entry.ts'
import { type LogSearch, searchLog } from '../trace/log-search.ts'
import { readConnection } from '../trace/packet-request.ts'
import type { Scene } from '../trace/scene.ts'
import { logSearchToJson } from '../trace/trace-json.ts'
import { EXIT_FAILED, EXIT_NO, EXIT_OK } from './exit-codes.ts'
import type { Io } from './io.ts'
import { writeDiagnostics, writeNote } from './messages.ts'
import { readSource } from './read-sources.ts'
import type { TraceOptions } from './trace-options.ts'
import type { WorldOf } from './trace-world.ts'

interface FoundLine {
  /** `kern.log:12`; absent for the only line of the command. */
  readonly where?: string
  readonly scene: Scene
  readonly search: LogSearch
}

/** Exit code 1 when there is a line that no rule can have written. */
export async function traceLog(options: TraceOptions, given: string, worldOf: WorldOf, io: Io): Promise<number> {
  const report = new Report()
  const lines = await linesOf(given, io, report)
  const found: FoundLine[] = []
  for (const { text, where } of lines) {
    const line = findLine(text, options, worldOf, report)
    if (line !== undefined) found.push({ ...line, ...(where === undefined ? {} : { where }) })
  }
  if (report.hasErrors) {
    await writeDiagnostics(report.placed(), io)
    return EXIT_FAILED
  }
  if (options.output === 'json') {
    const values = found.map(({ search, scene, where }) => ({
      ...(where === undefined ? {} : { line: where }),
      ...logSearchToJson(search, scene),
    }))
    const [only] = values
    const isOne = lines.length === 1 && lines[0]?.where === undefined
    await io.writeOut(printableJson(isOne ? only : { version: 1, lines: values }))
  } else for (const [index, line] of found.entries()) await writeLine(line, index === 0, options, io)
  return found.every(({ search }) => search.sources.length > 0) ? EXIT_OK : EXIT_NO
}

async function writeLine(
  { where, search, scene }: FoundLine,
  isFirst: boolean,
  options: TraceOptions,
  io: Io,
): Promise<void> {
  if (options.verdictOnly === true) {
    const verdicts = new Set(search.sources.map(({ walk }) => walk.verdict))
    const [verdict] = verdicts
    await io.writeOut(`${verdict === undefined || verdicts.size > 1 ? 'unknown' : verdict}\n`)
    return
  }
  const heading = where === undefined ? '' : `${isFirst ? '' : '\n'}${printable(where)}\n`
  const { steps = false, rulesText = false } = options
  await io.writeOut(heading + describeLogSearch(search, scene, { withSteps: steps, withRulesText: rulesText }))
}

/** The line itself or, of a file, those of its lines that a LOG rule can have made; each line once. */
async function linesOf(
  given: string,
  io: Io,
  report: Report,
): Promise<readonly { readonly text: string; readonly where?: string }[]> {
  if (given.includes('IN=')) return [{ text: given }]
  const file = await readSource(given, io, report)
  if (file === undefined) return []
  const all = file.text.split('\n').map((text, index) => ({ text, where: `${file.name}:${index + 1}` }))
  const lines = all.filter(({ text }) => isLogLine(text))
  if (lines.length === 0)
    report.error('bad-value', `\`${file.name}\` has no line of a LOG rule: none has \`IN=… OUT=…\``)
  const others = all.filter(({ text }) => text.trim() !== '').length - lines.length
  if (others > 0 && lines.length > 0) await writeNote(`${others} other lines are left out`, io)
  return lines
}

function findLine(
  text: string,
  { state, dnat }: TraceOptions,
  worldOf: WorldOf,
  report: Report,
): Omit<FoundLine, 'where'> | undefined {
  const entry = readLogEntry(text, report)
  if (entry === undefined) return undefined
  const scene = worldOf(entry.packet.ipVersion)?.home
  if (scene === undefined) {
    report.error('bad-value', 'there are no rules of this IP version')
    return undefined
  }
  const request = { ...(state === undefined ? {} : { state }), ...(dnat === undefined ? {} : { dnat }) }
  const connection = readConnection(request, entry.packet.protocol, scene, report)
  const search = connection && searchLog(entry, connection, scene, report)
  return search && { scene, search }
}
