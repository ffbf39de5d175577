// calitables trace --packets: many packets, compared with what is expected of them.

import { Report } from '../diagnostics/diagnostic.ts'
import { Lines } from '../diagnostics/lines.ts'
import { printable, printableJson } from '../text/printable.ts'
import { walkWithin } from '../trace/bounded-walk.ts'
import { verdictLines, verdictsOf } from '../trace/describe-trace.ts'
import { readRequest, requestedIpVersion } from '../trace/packet-request.ts'
import { type Expectation, type PacketLine, readExpectations, readPackets } from '../trace/packets-file.ts'
import type { Scene } from '../trace/scene.ts'
import { TRACE_JSON_VERSION, traceToJson } from '../trace/trace-json.ts'
import { packetWords } from '../words/packet.ts'
import type { Journey } from '../walk/packet.ts'
import type { WalkResult } from '../walk/walk-packet.ts'
import { EXIT_FAILED, EXIT_NO, EXIT_OK } from './exit-codes.ts'
import type { Io } from './io.ts'
import { writeDiagnostics } from './messages.ts'
import { readSource } from './read-sources.ts'
import type { SceneOf, TraceOptions } from './trace-scenes.ts'

interface TracedPacket {
  readonly line: PacketLine
  readonly expect: Expectation | undefined
  readonly journey: Journey
  readonly scene: Scene
  readonly result: WalkResult
}

export async function tracePackets(options: TraceOptions, path: string, sceneOf: SceneOf, io: Io): Promise<number> {
  const report = new Report()
  const traced = await traceAll(options, path, sceneOf, io, report)
  if (report.hasErrors) {
    await writeDiagnostics(report.placed(), io)
    return EXIT_FAILED
  }
  const differing = traced.filter(({ expect, result }) => expect !== undefined && expect !== result.verdict)
  if (options.output === 'json') {
    const packets = traced.map(({ expect, journey, result, scene }) => ({
      ...(expect === undefined ? {} : { expect, isAsExpected: expect === result.verdict }),
      ...traceToJson(journey, result, scene),
    }))
    await io.writeOut(printableJson({ version: TRACE_JSON_VERSION, packets }))
  } else if (options.verdictOnly === true) {
    await io.writeOut(traced.map(({ result }) => `${result.verdict}\n`).join(''))
  } else {
    await io.writeOut(describeAll(traced, differing))
  }
  return differing.length === 0 ? EXIT_OK : EXIT_NO
}

async function traceAll(
  options: TraceOptions,
  path: string,
  sceneOf: SceneOf,
  io: Io,
  report: Report,
): Promise<readonly TracedPacket[]> {
  const file = await readSource(path, io, report)
  const expectFile = options.expect === undefined ? undefined : await readSource(options.expect, io, report)
  if (file === undefined) return []
  const lines = readPackets(file, report)
  const expected = expectFile === undefined ? undefined : readExpectations(expectFile, report)
  if (expected !== undefined && expected.length !== lines.length) {
    report.error(
      'bad-value',
      `\`${options.expect ?? ''}\` has ${expected.length} verdicts for the ${lines.length} packets of \`${path}\``,
    )
  }
  return lines.flatMap((line, index) => {
    const ipv6 = options.ipv6 === true ? { ipv6: 'true' } : {}
    const request = { ...ipv6, ...line.request }
    const scene = sceneOf(requestedIpVersion(request))
    if (scene === undefined) {
      report.error('bad-value', 'there are no rules of this IP version', line.place)
      return []
    }
    const journey = readRequest(request, scene, line.place, report)
    if (journey === undefined) return []
    const result = walkWithin(scene, journey, {}, line.place, report)
    return result === undefined ? [] : [{ line, expect: expected?.[index] ?? line.expect, journey, scene, result }]
  })
}

function describeAll(traced: readonly TracedPacket[], differing: readonly TracedPacket[]): string {
  const lines: string[] = []
  const textLines = new Lines()
  const hasExpectations = traced.some(({ expect }) => expect !== undefined)
  for (const packet of hasExpectations ? differing : traced) {
    const { line, expect, journey, result, scene } = packet
    const { file, start } = line.place
    const where = `${file.name}:${textLines.at(file, start).line}`
    if (expect === undefined) {
      lines.push(`${where}: ${result.verdict}: ${packetWords(journey.packet)}`)
      continue
    }
    const found = result.verdict === 'unknown' ? `unknown (${verdictsOf(result)})` : result.verdict
    lines.push(`${where}: expected ${expect}, found ${found}: ${packetWords(journey.packet)}`)
    const [walk] = result.walks
    const reasons = verdictLines(walk, scene).filter(text => !/^(marks|verdict):/.test(text))
    for (const line of reasons.map(text => `  ${text}`)) lines.push(line)
  }
  const compared = traced.filter(({ expect }) => expect !== undefined).length
  const count = traced.length === 1 ? '1 packet' : `${traced.length} packets`
  if (hasExpectations) {
    const differences = differing.length === 1 ? '1 difference' : `${differing.length} differences`
    const rest = compared === traced.length ? '' : `, ${traced.length - compared} without an expectation`
    lines.push(`${count}, ${differences}${rest}`)
  }
  return lines.map(text => `${printable(text)}\n`).join('')
}
