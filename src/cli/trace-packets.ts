// calitables trace --packets: many packets, compared with what is expected of them. The first pass only keeps a verdict of each;
// the second makes the text of those that are shown, so that a million packets need no more memory than one.

import { Report } from '../diagnostics/diagnostic.ts'
import { Lines } from '../diagnostics/lines.ts'
import type { SourceFile } from '../diagnostics/source.ts'
import { printable, printableJson } from '../text/printable.ts'
import { answerLines, endsOf } from '../trace/describe-answer.ts'
import { requestWords } from '../trace/explain-way.ts'
import { type Expectation, type PacketLine, readExpectations, readPackets } from '../trace/packets-file.ts'
import { TRACE_JSON_VERSION, traceToJson } from '../trace/trace-json.ts'
import type { TraceResult } from '../trace/way.ts'
import { EXIT_FAILED, EXIT_NO, EXIT_OK } from './exit-codes.ts'
import type { Io } from './io.ts'
import { writeDiagnostics } from './messages.ts'
import { readSource } from './read-sources.ts'
import { traceRequest } from './trace-request.ts'
import type { TraceOptions } from './trace-options.ts'
import type { WorldOf } from './trace-world.ts'

type PacketVerdict = TraceResult['verdict']

/** What is kept of each packet. */
interface Verdicts {
  readonly found: readonly PacketVerdict[]
  readonly expected: readonly (Expectation | undefined)[]
}

/** Text that is gathered before it is written. */
const CHUNK = 1 << 16

export async function tracePackets(options: TraceOptions, path: string, worldOf: WorldOf, io: Io): Promise<number> {
  const report = new Report()
  const file = await readSource(path, io, report)
  const expectFile = options.expect === undefined ? undefined : await readSource(options.expect, io, report)
  const verdicts = file === undefined ? undefined : decideAll(file, expectFile, options, worldOf, report)
  if (file === undefined || verdicts === undefined || report.hasErrors) {
    await writeDiagnostics(report.placed(), io)
    return EXIT_FAILED
  }
  await writeAll(file, verdicts, options, worldOf, io)
  return verdicts.found.some((_, index) => isDifferent(verdicts, index)) ? EXIT_NO : EXIT_OK
}

function isDifferent({ found, expected }: Verdicts, index: number): boolean {
  return expected[index] !== undefined && expected[index] !== found[index]
}

function decideAll(
  file: SourceFile,
  expectFile: SourceFile | undefined,
  options: TraceOptions,
  worldOf: WorldOf,
  report: Report,
): Verdicts {
  const found: PacketVerdict[] = []
  const expected: (Expectation | undefined)[] = []
  for (const line of readPackets(file, report)) {
    const result = traceLine(line, options, worldOf, report, false)
    expected.push(line.expect)
    found.push(result?.verdict ?? 'unknown')
  }
  if (expectFile === undefined) return { found, expected }
  const beside = [...readExpectations(expectFile, report)]
  if (beside.length !== found.length) {
    report.error(
      'bad-value',
      `\`${options.expect ?? ''}\` has ${beside.length} verdicts for the ${found.length} packets of \`${file.name}\``,
    )
  }
  return { found, expected: beside }
}

function traceLine(
  { request, place }: PacketLine,
  options: TraceOptions,
  worldOf: WorldOf,
  report: Report,
  withSteps: boolean,
): TraceResult | undefined {
  const ipv6 = options.ipv6 === true ? { ipv6: 'true' } : {}
  const namespace = options.namespace === undefined ? {} : { namespace: options.namespace }
  const whole =
    options.ipv6 === true || options.namespace !== undefined ? { ...ipv6, ...namespace, ...request } : request
  return traceRequest(whole, worldOf, { withSteps, withMisses: withSteps && options.whyNot === true }, place, report)
}

async function writeAll(
  file: SourceFile,
  verdicts: Verdicts,
  options: TraceOptions,
  worldOf: WorldOf,
  io: Io,
): Promise<void> {
  let pending = ''
  const write = async (text: string): Promise<void> => {
    pending += text
    if (pending.length < CHUNK) return
    await io.writeOut(pending)
    pending = ''
  }
  if (options.verdictOnly === true) for (const verdict of verdicts.found) await write(`${verdict}\n`)
  else if (options.output === 'json') await writeJson(file, verdicts, options, worldOf, write)
  else await writeText(file, verdicts, options, worldOf, write)
  await io.writeOut(pending)
}

type Write = (text: string) => Promise<void>

/** The same document as at once, without holding it. */
async function writeJson(
  file: SourceFile,
  { found, expected }: Verdicts,
  options: TraceOptions,
  worldOf: WorldOf,
  write: Write,
): Promise<void> {
  const report = new Report()
  await write(`{\n  "version": ${TRACE_JSON_VERSION},\n  "packets": [`)
  let index = 0
  for (const line of readPackets(file, report)) {
    const result = traceLine(line, options, worldOf, report, true)
    const expect = expected[index]
    const value = {
      ...(expect === undefined ? {} : { expect, isAsExpected: expect === found[index] }),
      ...(result === undefined ? {} : traceToJson(result)),
    }
    const text = printableJson(value).trimEnd().replaceAll('\n', '\n    ')
    await write(`${index === 0 ? '' : ','}\n    ${text}`)
    index++
  }
  const differing = found.filter((_, at) => isDifferent({ found, expected }, at)).length
  await write(`\n  ],\n  "differences": ${differing}\n}\n`)
}

async function writeText(
  file: SourceFile,
  verdicts: Verdicts,
  options: TraceOptions,
  worldOf: WorldOf,
  write: Write,
): Promise<void> {
  const { found, expected } = verdicts
  const report = new Report()
  const textLines = new Lines()
  const compared = expected.filter(expect => expect !== undefined).length
  const differing = found.filter((_, index) => isDifferent(verdicts, index)).length
  let index = -1
  if (compared === 0 || differing > 0) {
    for (const line of readPackets(file, report)) {
      index++
      if (compared > 0 && !isDifferent(verdicts, index)) continue
      const result = traceLine(line, options, worldOf, report, compared > 0)
      const { file: from, start } = line.place
      if (result === undefined) continue
      const where = `${from.name}:${textLines.at(from, start).line}`
      const lines = packetText(where, expected[index], result, options)
      await write(lines.map(text => `${printable(text)}\n`).join(''))
    }
  }
  if (compared === 0) return
  const count = found.length === 1 ? '1 packet' : `${found.length} packets`
  const differences = differing === 1 ? '1 difference' : `${differing} differences`
  const rest = compared === found.length ? '' : `, ${found.length - compared} without an expectation`
  await write(`${count}, ${differences}${rest}\n`)
}

function packetText(
  where: string,
  expect: Expectation | undefined,
  result: TraceResult,
  options: TraceOptions,
): readonly string[] {
  const [leg] = result.ways[0].legs
  const packet = leg === undefined ? '' : `: ${requestWords(leg)}`
  if (expect === undefined) return [`${where}: ${result.verdict}${packet}`]
  const found = result.verdict === 'unknown' ? `unknown (${endsOf(result)})` : result.verdict
  const answer = answerLines(result, { withRulesText: options.rulesText === true, withPacket: false })
  return [`${where}: expected ${expect}, found ${found}${packet}`, ...answer.map(text => `  ${text}`)]
}
