// calitables trace --log: from a line of the kernel log to its rule, and on to the verdict.

import { Report } from '../diagnostics/diagnostic.ts'
import { describeLogSearch } from '../trace/describe-log.ts'
import { printableJson } from '../text/printable.ts'
import { readLogEntry } from '../trace/log-entry.ts'
import { searchLog } from '../trace/log-search.ts'
import { readConnection } from '../trace/packet-request.ts'
import { logSearchToJson } from '../trace/trace-json.ts'
import { EXIT_FAILED, EXIT_NO, EXIT_OK } from './exit-codes.ts'
import type { Io } from './io.ts'
import { writeDiagnostics } from './messages.ts'
import type { TraceOptions } from './trace-options.ts'
import type { WorldOf } from './trace-world.ts'

/** Exit code 1 when no rule can have written the line. */
export async function traceLogLine(options: TraceOptions, line: string, worldOf: WorldOf, io: Io): Promise<number> {
  const report = new Report()
  const entry = readLogEntry(line, report)
  const scene = entry === undefined ? undefined : worldOf(entry.packet.ipVersion)?.home
  if (entry !== undefined && scene === undefined) return failWithoutRules(io)
  const { state, dnat } = options
  const connection =
    entry === undefined || scene === undefined
      ? undefined
      : readConnection(
          { ...(state === undefined ? {} : { state }), ...(dnat === undefined ? {} : { dnat }) },
          entry.packet.protocol,
          scene,
          report,
        )
  const search =
    entry === undefined || scene === undefined || connection === undefined
      ? undefined
      : searchLog(entry, connection, scene, report)
  if (scene === undefined || search === undefined) {
    await writeDiagnostics(report.placed(), io)
    return EXIT_FAILED
  }
  if (options.verdictOnly === true) {
    const verdicts = new Set(search.sources.map(({ walk }) => walk.verdict))
    const [verdict] = verdicts
    await io.writeOut(`${verdict === undefined || verdicts.size > 1 ? 'unknown' : verdict}\n`)
  } else if (options.output === 'json') {
    await io.writeOut(printableJson(logSearchToJson(search, scene)))
  } else
    await io.writeOut(
      describeLogSearch(search, scene, {
        withSteps: options.steps ?? false,
        withRulesText: options.rulesText ?? false,
      }),
    )
  return search.sources.length === 0 ? EXIT_NO : EXIT_OK
}

async function failWithoutRules(io: Io): Promise<number> {
  await io.writeError('error: there are no rules of this IP version\n')
  return EXIT_FAILED
}
