// calitables lockout: by which host endpoint a node can be reached, by whom, and by which rule.

import { TooManyNodesError } from '../analysis/sets/bdd.ts'
import { formatLockout, type NodeLockout } from '../answers/lockout/format-lockout.ts'
import { lockoutToJson } from '../answers/lockout/lockout-json.ts'
import { type LockoutService, readService } from '../answers/lockout/services.ts'
import { lockout, type LockoutResult } from '../lockout.ts'
import { orList } from '../text/wording.ts'
import { printableJson } from '../text/printable.ts'
import { unknown } from '../text/unknown-name.ts'
import type { AddCommand } from './command.ts'
import { EXIT_FAILED, EXIT_NO, EXIT_OK } from './exit-codes.ts'
import { type NodesInput, readInputOfNodes } from './host-options.ts'
import { addInputOptions, type InputOptions } from './input-options.ts'
import type { Io } from './io.ts'
import { mistake, refuse, refuseWith, writeDiagnostics, writeNote, writeSkippedFiles } from './messages.ts'
import { repeated } from './several-values.ts'
import { addPathsArgument, formatOption, withPaths } from './shared-options.ts'

interface LockoutOptions extends InputOptions {
  readonly service?: readonly string[]
  readonly requireOpen?: readonly string[]
  readonly output?: 'text' | 'json'
}

const EXAMPLES = `Examples:
  # Who gets in to this node by SSH, kubelet, BGP and the rest, and which rule says so
  calitables lockout -f cluster.yaml --node worker-1 --host host.json

  # Before policies are applied: may an administrator still come in, and does the node reach its API server?
  calitables lockout -f policies/ --require-open ssh,api-server

  # A service of one's own
  calitables lockout -f cluster.yaml --service consul=tcp/8300-8302,in
`

export const addCommand: AddCommand = (program, io, setExitCode) => {
  addPathsArgument(addInputOptions(program.command('lockout'), 'several nodes'))
    .description(
      'For each host endpoint say which services are open, closed, or open by fail-safe ports only, for other nodes and for anybody, and which rule makes them so.',
    )
    .option(
      '--service <name=protocol/ports...>',
      'ask for this service too: NAME=PROTOCOL/PORTS, ,in or ,out behind it for one way',
      repeated,
    )
    .option(
      '--require-open <names...>',
      'exit code 1 where by no host endpoint of a node one of these services is open to anybody: ssh,kubelet',
      repeated,
    )
    .addOption(formatOption(['text', 'json']))
    .addHelpText('before', EXAMPLES)
    .action(async (paths: readonly string[], options: LockoutOptions) => {
      setExitCode(await runLockout(withPaths(paths, options), io))
    })
}

async function runLockout(options: LockoutOptions, io: Io): Promise<number> {
  const read = (options.service ?? []).map(readService)
  const mistakes = read.flatMap(found => ('message' in found ? [found.message] : []))
  const services = read.flatMap(found => ('message' in found ? [] : [found]))
  if (mistakes.length > 0)
    return refuseWith(
      mistakes.map(message => mistake('usage-bad-value', message)),
      io,
    )
  const input = await readInputOfNodes(options, io)
  if (input === undefined) return EXIT_FAILED
  const result = await lockoutWithin(input, services, io)
  if (result === undefined) return EXIT_FAILED
  const isRefused = await writeDiagnostics(result.diagnostics, io)
  await writeSkippedFiles(input.skippedFiles, io)
  if (!result.ok || isRefused) return EXIT_FAILED
  const { nodes, names } = result
  const required = (options.requireOpen ?? []).flatMap(text => text.split(',').filter(name => name !== ''))
  const strange = required.find(name => !names.includes(name))
  if (strange !== undefined) {
    const known = orList(names, 'and')
    return refuse('usage-unknown-name', `${unknown('service', strange, names)} (the services are ${known})`, io)
  }
  const missing = nodes.flatMap(node => missingOf(node, required))
  await io.writeOut(options.output === 'json' ? printableJson(lockoutToJson(nodes, missing)) : formatLockout(nodes))
  for (const words of missing) await writeNote(words, io)
  return missing.length === 0 ? EXIT_OK : EXIT_NO
}

/** Undefined, with a message, where the packet sets grow over all bounds. */
async function lockoutWithin(
  input: NodesInput,
  services: readonly LockoutService[],
  io: Io,
): Promise<LockoutResult | undefined> {
  try {
    return lockout({ ...input, services })
  } catch (error) {
    if (!(error instanceof TooManyNodesError)) throw error
    await refuse('too-many-packets', `these rules are too much to look at all packets: ${error.message}`, io)
    return undefined
  }
}

/** Of the services that are asked for, those that nobody gets through to, each way and IP version for itself. */
function missingOf({ node, versions }: NodeLockout, required: readonly string[]): readonly string[] {
  return versions.flatMap(({ ipVersion, rows }) =>
    required.flatMap(name => {
      const own = rows.filter(({ service }) => service.name === name)
      const ways = [...new Set(own.map(({ direction }) => direction))]
      return ways
        .filter(way =>
          own
            .filter(({ direction }) => direction === way)
            .every(({ status }) => status === 'closed' || status === 'unclear'),
        )
        .map(way => `node ${node}: ${name} ${way} is open by no host endpoint (IPv${ipVersion})`)
    }),
  )
}
