// calitables trace --allow-policy, --log-policy: a policy that does it, printed only after it was compiled with the rest and the
// packet was walked again.

import { Report } from '../diagnostics/diagnostic.ts'
import type { SourceFile } from '../diagnostics/source.ts'
import { printYaml } from '../migrate/print-yaml.ts'
import type { PacketRequest } from '../trace/request-fields.ts'
import { type Suggestion, type SuggestionKind, suggestPolicy } from '../trace/suggest-policy.ts'
import { printable } from '../text/printable.ts'
import type { TraceResult, Way } from '../trace/way.ts'
import { EXIT_NO, EXIT_OK } from './exit-codes.ts'
import type { Io } from './io.ts'
import { traceRequest } from './trace-request.ts'
import type { TraceOptions } from './trace-options.ts'
import { readWorlds } from './trace-world.ts'

/** A packet passes no more places of policy than these. */
const MOST_POLICIES = 6

/** Exit code 1, with the reason among the messages, where there is no such policy or none is needed. */
export async function tracePolicy(
  kind: SuggestionKind,
  options: TraceOptions,
  request: PacketRequest,
  before: TraceResult,
  io: Io,
): Promise<number> {
  if (before.verdict === 'accept') {
    await io.writeError('note: the packet is accepted as it is\n')
    return EXIT_NO
  }
  const found: Suggestion[] = []
  let result: TraceResult | undefined = before
  while (result !== undefined && found.length < MOST_POLICIES) {
    // Where nobody says which way it takes, it has to be let through on each.
    const way: Way | undefined = result.ways.find(({ verdict }) => verdict !== 'accept')
    const next = way && suggestPolicy(kind, way, found.length)
    if (next === undefined) break
    found.push(next)
    result = await traceWith(found, options, request, io)
    if (result === undefined) break
    const isDone = kind === 'allow' ? result.verdict === 'accept' : logsMore(before, result)
    if (isDone) return print(kind, found, io)
    if (kind === 'log') break
  }
  const what = kind === 'allow' ? 'allows' : 'logs'
  const names = found.map(({ name }) => name).join(' and ')
  const why =
    result === undefined || names === ''
      ? 'what drops it is no policy, or comes before any'
      : `with ${names} it ends as \`${result.verdict}\``
  await io.writeError(`note: ${printable(`no policy was found that ${what} this packet: ${why}`)}\n`)
  return EXIT_NO
}

function logsMore(before: TraceResult, after: TraceResult): boolean {
  const count = ({ ways }: TraceResult): number =>
    ways.flatMap(({ legs }) => legs).reduce((sum, { walk }) => sum + walk.log.length, 0)
  return after.verdict === before.verdict && count(after) > count(before)
}

async function traceWith(
  suggestions: readonly Suggestion[],
  options: TraceOptions,
  request: PacketRequest,
  io: Io,
): Promise<TraceResult | undefined> {
  const extra: SourceFile = { name: 'suggested', text: textOf(suggestions) }
  // What is wrong with the input has been said before.
  const silent: Io = { ...io, writeError: async () => undefined }
  const worldOf = await readWorlds(options, silent, [extra])
  const report = new Report()
  return worldOf && traceRequest(request, worldOf, {}, undefined, report)
}

function textOf(suggestions: readonly Suggestion[]): string {
  return suggestions.map(({ document }) => printYaml(document, { text: '', sourcePath: path => path })).join('---\n')
}

async function print(kind: SuggestionKind, found: readonly Suggestion[], io: Io): Promise<number> {
  const names = found.map(({ name }) => name).join(', ')
  const what = kind === 'allow' ? 'accepted' : 'logged where it is dropped'
  await io.writeOut(`# Compiled with the input and tried: with ${names} the packet is ${what}.\n${textOf(found)}`)
  return EXIT_OK
}
