// calitables trace --log: from lines of the kernel log to their rules, and on to the verdict.

import { Report } from '../diagnostics/diagnostic.ts'
import { describeLogSearch } from '../trace/describe-log.ts'
import { answerOf, describeTraced } from '../trace/describe-traced.ts'
import { followTraced, type TracedWay } from '../trace/follow-traced.ts'
import { printable, printableJson } from '../text/printable.ts'
import { isLogLine, readLogEntry } from '../trace/log-entry.ts'
import { type LogSearch, searchLog } from '../trace/log-search.ts'
import { readConnection } from '../trace/packet-request.ts'
import type { Scene } from '../trace/scene.ts'
import { logSearchToJson, tracedToJson } from '../trace/trace-json.ts'
import { readTracedLines, type TracedPacket } from '../trace/traced-lines.ts'
import { EXIT_FAILED, EXIT_NO, EXIT_OK } from './exit-codes.ts'
import type { Io } from './io.ts'
import { writeDiagnostics, writeNote } from './messages.ts'
import { readSource } from './read-sources.ts'
import type { TraceOptions } from './trace-options.ts'
import type { WorldOf } from './trace-world.ts'

/** A line of a LOG rule, or all lines of a packet that the kernel traced. */
interface Entry {
  /** `kern.log:12`, `kern.log:12-20`; absent for the only line of the command. */
  readonly where?: string
  readonly text: string
  readonly traced?: TracedPacket
}

type Found = Pick<Entry, 'where'> & { readonly scene: Scene } & (
    { readonly kind: 'logged'; readonly search: LogSearch } | { readonly kind: 'traced'; readonly way: TracedWay }
  )

/** Exit code 1 when there is a line that no rule can have written, or a traced packet that does not come there. */
export async function traceLog(options: TraceOptions, given: string, worldOf: WorldOf, io: Io): Promise<number> {
  const report = new Report()
  const entries = await entriesOf(given, io, report)
  const found: Found[] = []
  for (const entry of entries) {
    const one = find(entry, options, worldOf, report)
    if (one !== undefined) found.push({ ...one, ...(entry.where === undefined ? {} : { where: entry.where }) })
  }
  if (report.hasErrors) {
    await writeDiagnostics(report.placed(), io)
    return EXIT_FAILED
  }
  if (options.output === 'json') {
    const values = found.map(one => ({
      ...(one.where === undefined ? {} : { line: one.where }),
      ...(one.kind === 'logged' ? logSearchToJson(one.search, one.scene) : tracedToJson(one.way, one.scene)),
    }))
    const [only] = values
    const isOne = entries.length === 1 && entries[0]?.where === undefined
    await io.writeOut(printableJson(isOne ? only : { version: 1, lines: values }))
  } else for (const [index, one] of found.entries()) await write(one, index === 0, options, io)
  return found.every(isExplained) ? EXIT_OK : EXIT_NO
}

function isExplained(found: Found): boolean {
  return found.kind === 'logged' ? found.search.sources.length > 0 : found.way.walks.length > 0
}

async function write(found: Found, isFirst: boolean, options: TraceOptions, io: Io): Promise<void> {
  const { where, scene } = found
  if (options.verdictOnly === true) {
    await io.writeOut(`${verdictOf(found)}\n`)
    return
  }
  const heading = where === undefined ? '' : `${isFirst ? '' : '\n'}${printable(where)}\n`
  const { steps = false, rulesText = false } = options
  const shown = { withSteps: steps, withRulesText: rulesText }
  const text =
    found.kind === 'logged' ? describeLogSearch(found.search, scene, shown) : describeTraced(found.way, scene, shown)
  await io.writeOut(heading + text)
}

function verdictOf(found: Found): string {
  if (found.kind === 'traced') return answerOf(found.way, found.scene)?.verdict ?? 'unknown'
  const verdicts = new Set(found.search.sources.map(({ walk }) => walk.verdict))
  const [verdict] = verdicts
  return verdict === undefined || verdicts.size > 1 ? 'unknown' : verdict
}

/** The line itself or, of a file, those of its lines that a LOG rule can have made, each once, and the packets that were traced. */
async function entriesOf(given: string, io: Io, report: Report): Promise<readonly Entry[]> {
  if (/IN=|^ *TRACE: |^trace id /.test(given)) {
    const [traced] = readTracedLines(given.split('\n')).packets
    return [{ text: given, ...(traced === undefined ? {} : { traced }) }]
  }
  const file = await readSource(given, io, report)
  if (file === undefined) return []
  const all = file.text.split('\n')
  const { packets, used } = readTracedLines(all)
  const logged = all.flatMap((text, line) => (!used.has(line) && isLogLine(text) ? [{ text, line }] : []))
  const traced = packets.map(packet => ({ text: '', traced: packet, line: packet.events[0]?.line ?? 0 }))
  const entries = [...logged, ...traced].sort((a, b) => a.line - b.line)
  if (entries.length === 0)
    report.error('bad-value', `\`${file.name}\` has no line of a LOG rule: none has \`IN=… OUT=…\``)
  const others = all.filter(text => text.trim() !== '').length - logged.length - used.size
  if (others > 0 && entries.length > 0) await writeNote(`${others} other lines are left out`, io)
  return entries.map(({ line, ...entry }) => ({ ...entry, where: `${file.name}:${placeOf(line, entry)}` }))
}

/** `12`, `12-20`; counted from 1. */
function placeOf(line: number, { traced }: Omit<Entry, 'where'>): string {
  const last = traced?.events.at(-1)?.line ?? line
  return last === line ? `${line + 1}` : `${line + 1}-${last + 1}`
}

function find(
  { text, traced }: Entry,
  { state, dnat }: TraceOptions,
  worldOf: WorldOf,
  report: Report,
): Found | undefined {
  const logged = traced === undefined ? readLogEntry(text, report) : undefined
  const packet = traced?.first.packet ?? logged?.packet
  const scene = packet && worldOf(packet.ipVersion)?.home
  if (packet === undefined) return undefined
  if (scene === undefined) {
    report.error('bad-value', 'there are no rules of this IP version')
    return undefined
  }
  const request = { ...(state === undefined ? {} : { state }), ...(dnat === undefined ? {} : { dnat }) }
  const connection = readConnection(request, packet.protocol, scene, report)
  if (connection === undefined) return undefined
  if (traced !== undefined) {
    const way = followTraced(traced, connection, scene, report)
    return way && { kind: 'traced', scene, way }
  }
  const search = logged && searchLog(logged, connection, scene, report)
  return search && { kind: 'logged', scene, search }
}
