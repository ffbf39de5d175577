// calitables trace --packets: many packets, compared with what is expected of them. The first pass only keeps a verdict of each;
// the second makes the text of those that are shown, so that a million packets need no more memory than one.

import { Report } from '../diagnostics/diagnostic.ts'
import { printable, printableJson } from '../text/printable.ts'
import { answerLines, endsOf } from '../trace/describe-answer.ts'
import { requestWords } from '../trace/request-words.ts'
import {
  type Expectation,
  type LineSource,
  linesOfText,
  type PacketLine,
  readExpectations,
  readPackets,
} from '../trace/packets-file.ts'
import type { PacketRequest } from '../trace/request-fields.ts'
import { TRACE_JSON_VERSION, traceToJson } from '../trace/trace-json.ts'
import type { TraceResult } from '../trace/way.ts'
import { EXIT_FAILED, EXIT_NO, EXIT_OK } from './exit-codes.ts'
import type { Io } from './io.ts'
import { writeDiagnostics } from './messages.ts'
import { NoLinesError, openLines } from './read-lines.ts'
import { Verdicts } from './packet-verdicts.ts'
import { readSource } from './read-sources.ts'
import { sentRequest, traceRequest } from './trace-request.ts'
import type { TraceOptions } from './trace-options.ts'
import type { WorldOf } from './trace-world.ts'

/** Text that is gathered before it is written. */
const CHUNK = 1 << 16

export async function tracePackets(options: TraceOptions, path: string, worldOf: WorldOf, io: Io): Promise<number> {
  const report = new Report()
  const source = await openLines(path, io, report)
  const beside = options.expect === undefined ? undefined : await openLines(options.expect, io, report)
  const verdicts =
    report.hasErrors || source === undefined ? undefined : decideAll(source, beside, options, worldOf, report)
  if (source !== undefined && verdicts !== undefined && !report.hasErrors)
    return writeAll(source, verdicts, options, worldOf, io)
  return traceWhole(options, path, worldOf, io)
}

/** Once more over the whole texts: for what cannot be read line by line, and for messages, which show the line that they are about. */
async function traceWhole(options: TraceOptions, path: string, worldOf: WorldOf, io: Io): Promise<number> {
  const report = new Report()
  const file = await readSource(path, io, report)
  const expectFile = options.expect === undefined ? undefined : await readSource(options.expect, io, report)
  const source = file && linesOfText(file)
  const verdicts = source && decideAll(source, expectFile && linesOfText(expectFile), options, worldOf, report)
  if (source !== undefined && verdicts !== undefined && !report.hasErrors)
    return writeAll(source, verdicts, options, worldOf, io)
  await writeDiagnostics(report.placed(), io)
  return EXIT_FAILED
}

/** Undefined where the files cannot be read line by line. */
function decideAll(
  source: LineSource,
  beside: LineSource | undefined,
  options: TraceOptions,
  worldOf: WorldOf,
  report: Report,
): Verdicts | undefined {
  const verdicts = new Verdicts()
  try {
    const expectations = beside === undefined ? undefined : readExpectations(beside, report)
    let expectedCount = 0
    for (const line of readPackets(source, report)) {
      const result = traceLine(line, options, worldOf, report, false)
      const next = expectations?.next()
      if (next?.done === false) expectedCount++
      verdicts.add(
        result?.verdict ?? 'unknown',
        next === undefined ? line.expect : next.done === true ? undefined : next.value,
      )
    }
    if (expectations === undefined) return verdicts
    for (const _ of expectations) expectedCount++
    if (expectedCount === verdicts.length) return verdicts
    const counts = `${expectedCount} verdicts for the ${verdicts.length} packets`
    report.error('bad-value', `\`${options.expect ?? ''}\` has ${counts} of \`${source.name}\``)
    return verdicts
  } catch (error) {
    if (!(error instanceof NoLinesError)) throw error
    return undefined
  }
}

function traceLine(
  { request, place }: PacketLine,
  options: TraceOptions,
  worldOf: WorldOf,
  report: Report,
  withSteps: boolean,
): TraceResult | undefined {
  const withMisses = withSteps && options.whyNot === true
  const follow = { withSteps, withMisses, withReply: options.reply === true }
  return traceRequest(wholeRequest(request, options), worldOf, follow, place, report)
}

/** With what the options say of all of them. */
function wholeRequest(request: PacketRequest, { ipv6, namespace }: TraceOptions): PacketRequest {
  if (ipv6 !== true && namespace === undefined) return request
  return { ...(ipv6 === true ? { ipv6: 'true' } : {}), ...(namespace === undefined ? {} : { namespace }), ...request }
}

async function writeAll(
  source: LineSource,
  verdicts: Verdicts,
  options: TraceOptions,
  worldOf: WorldOf,
  io: Io,
): Promise<number> {
  let pending = ''
  const write = async (text: string): Promise<void> => {
    pending += text
    if (pending.length < CHUNK) return
    await io.writeOut(pending)
    pending = ''
  }
  const isRead = (): boolean => io.isOutClosed?.() !== true
  if (options.verdictOnly === true)
    for (let index = 0; index < verdicts.length && isRead(); index++) {
      pending += `${verdicts.found(index)}\n`
      if (pending.length >= CHUNK) await write('')
    }
  else if (options.output === 'json') await writeJson(source, verdicts, options, worldOf, write, isRead)
  else await writeText(source, verdicts, options, worldOf, write, isRead)
  await io.writeOut(pending)
  return verdicts.differing > 0 ? EXIT_NO : EXIT_OK
}

type Write = (text: string) => Promise<void>

/** The same document as at once, without holding it. */
async function writeJson(
  source: LineSource,
  verdicts: Verdicts,
  options: TraceOptions,
  worldOf: WorldOf,
  write: Write,
  isRead: () => boolean,
): Promise<void> {
  const report = new Report()
  await write(`{\n  "version": ${TRACE_JSON_VERSION},\n  "packets": [`)
  let index = 0
  for (const line of readPackets(source, report)) {
    if (!isRead()) return
    const result = traceLine(line, options, worldOf, report, true)
    const expect = verdicts.expected(index)
    const value = {
      ...(expect === undefined ? {} : { expect, isAsExpected: !verdicts.isDifferent(index) }),
      ...(result === undefined ? {} : traceToJson(result)),
    }
    const text = printableJson(value).trimEnd().replaceAll('\n', '\n    ')
    await write(`${index === 0 ? '' : ','}\n    ${text}`)
    index++
  }
  await write(`\n  ],\n  "differences": ${verdicts.differing}\n}\n`)
}

async function writeText(
  source: LineSource,
  verdicts: Verdicts,
  options: TraceOptions,
  worldOf: WorldOf,
  write: Write,
  isRead: () => boolean,
): Promise<void> {
  const { compared, differing, length } = verdicts
  const report = new Report()
  let index = -1
  if (compared === 0 || differing > 0) {
    for (const line of readPackets(source, report)) {
      if (!isRead()) return
      index++
      const where = `${source.name}:${line.number}`
      if (compared === 0) {
        await write(`${printable(`${where}: ${verdicts.found(index)}${sentWords(line, options, worldOf, report)}`)}\n`)
        continue
      }
      if (!verdicts.isDifferent(index)) continue
      const result = traceLine(line, options, worldOf, report, true)
      if (result === undefined) continue
      const lines = packetText(where, verdicts.expected(index), result, options)
      await write(lines.map(text => `${printable(text)}\n`).join(''))
    }
  }
  if (compared === 0) return
  const count = length === 1 ? '1 packet' : `${length} packets`
  const differences = differing === 1 ? '1 difference' : `${differing} differences`
  const rest = compared === length ? '' : `, ${length - compared} without an expectation`
  await write(`${count}, ${differences}${rest}\n`)
}

/** The packet, of which the verdict is known: it is followed again only where that tells which one it is. */
function sentWords(line: PacketLine, options: TraceOptions, worldOf: WorldOf, report: Report): string {
  const journey = sentRequest(wholeRequest(line.request, options), worldOf, line.place, report)
  if (journey !== undefined) return `: ${requestWords({ journey })}`
  const result = traceLine(line, options, worldOf, report, false)
  return result === undefined ? '' : packetWords(result)
}

function packetWords({ ways: [way] }: TraceResult): string {
  const [leg] = way.legs
  return leg === undefined ? '' : `: ${requestWords(leg)}`
}

function packetText(
  where: string,
  expect: Expectation | undefined,
  result: TraceResult,
  options: TraceOptions,
): readonly string[] {
  const found = result.verdict === 'unknown' ? `unknown (${endsOf(result)})` : result.verdict
  const answer = answerLines(result, { withRulesText: options.rulesText === true, withPacket: false })
  return [
    `${where}: expected ${expect ?? ''}, found ${found}${packetWords(result)}`,
    ...answer.map(text => `  ${text}`),
  ]
}
