// calitables trace: one packet through the node, or a file of packets against what is expected of them.

import { type Command, Option } from 'commander'
import { Report } from '../diagnostics/diagnostic.ts'
import { describeTrace } from '../trace/describe-trace.ts'
import { type PacketRequest, REQUEST_FIELDS } from '../trace/request-fields.ts'
import { printableJson } from '../text/printable.ts'
import { traceToJson } from '../trace/trace-json.ts'
import { wantsColor } from './color.ts'
import type { AddCommand } from './command.ts'
import { EXIT_FAILED, EXIT_OK } from './exit-codes.ts'
import { addInputOptions } from './input-options.ts'
import { repeated } from './several-values.ts'
import { addNamespaceOption, formatOption } from './shared-options.ts'
import type { Io } from './io.ts'
import { refuse, writeDiagnostics } from './messages.ts'
import { tracePolicy } from './trace-policy.ts'
import { tracePackets } from './trace-packets.ts'
import { traceLog } from './trace-log.ts'
import { traceRequest } from './trace-request.ts'
import type { TraceOptions } from './trace-options.ts'
import { readWorlds, type WorldOf } from './trace-world.ts'

const EXAMPLES = `Examples:
  # Does a client get to the pod, and which rule of which policy says so?
  calitables trace -f cluster.yaml --node worker-1 --from 198.51.100.7 --to pod/shop/web-0 --dport 80

  # From pod to pod, as one word for a script
  calitables trace -f cluster.yaml --node worker-1 --from pod/shop/api-1 --to pod/shop/db-0 --dport 5432 --verdict-only

  # A node port: what arrives is for the node, kube-proxy sends it on to the pod
  calitables trace -f cluster.yaml --host host.json --from 198.51.100.7 --to host --dport 30080 --dnat pod/shop/web-0:8080

  # A ping to the node itself, with every rule that does not fit and why
  calitables trace -f cluster.yaml --host host.json --from 198.51.100.7 --to host --proto icmp --why-not

  # A regression test of policies: a CSV file with the columns from, to, dport, expect
  calitables trace -f cluster.yaml --node worker-1 --packets packets.csv

  # The same over what a node has in its kernel, whoever put it there
  calitables trace --rules iptables-save.txt --sets ipset-save.txt --host host.json --from 198.51.100.7 --to host --dport 80

  # Which rule wrote this line of the kernel log, and what became of the packet?
  calitables trace -f cluster.yaml --log "calico-packet: IN=eth1 OUT= SRC=198.51.100.7 DST=192.0.2.78 PROTO=TCP SPT=40000 DPT=80 SYN"
`

/** What a suggested policy cannot be compiled with. */
const NOT_TRIED = ['rules', 'packets', 'log', 'verdictOnly']

export const addCommand: AddCommand = (program, io, setExitCode) => {
  addPacketOptions(addNamespaceOption(addRulesOptions(addInputOptions(program.command('trace'), 'several nodes'))))
    .description(
      'Follow a packet through the rules of a node, hook by hook. A client is new and sends its first packet, unless --state says otherwise.',
    )
    .addOption(
      new Option('--packets <file>', 'a CSV file with a header, or JSON lines, with these options as fields').conflicts(
        ['from', 'to', 'log'],
      ),
    )
    .option('--expect <file>', 'verdicts that the packets should get, one a line (or a field `expect` of the packets)')
    .addOption(
      new Option(
        '--log <line or file>',
        'a line of the kernel log instead of a packet, of a LOG rule or a TRACE; or a file of lines, or - for standard input',
      ).conflicts(['from', 'to']),
    )
    .option('--steps', 'also show the way rule by rule')
    .option(
      '--why-not',
      'also show the rules of policies that do not fit, and why; with --steps, all rules that do not',
    )
    .option('--rules-text', 'also show the rules as iptables has them')
    .option(
      '--members',
      'also show who is in the source and destination of the rule that decides or comes nearest, and why the sender or the receiver is not',
    )
    .addOption(
      new Option('--allow-policy', 'print the smallest policy that allows the packet, after trying it').conflicts(
        NOT_TRIED,
      ),
    )
    .addOption(
      new Option('--log-policy', 'print a policy that logs the packet where it is dropped, after trying it').conflicts([
        ...NOT_TRIED,
        'allowPolicy',
      ]),
    )
    .option('--verdict-only', 'print the verdict alone: accept, drop, reject, no connection or unknown')
    .addOption(formatOption(['text', 'json']).conflicts('verdictOnly'))
    .addHelpText('before', EXAMPLES)
    .action(async (options: TraceOptions) => {
      setExitCode(await runTrace(options, io))
    })
}

function addRulesOptions(command: Command): Command {
  return command
    .option(
      '--rules <file...>',
      'output of iptables-save or ip6tables-save on the node, walked instead of compiled rules; NODE=FILE for one of several nodes',
    )
    .option('--sets <file...>', 'output of `ipset save` on the node, for --rules')
    .option(
      '--routes <file>',
      'output of `ip -json route` on the node, and of `ip -json -6 route`; the same as with --host',
      repeated,
    )
}

function addPacketOptions(command: Command): Command {
  return command
    .option('--from <party>', 'who sends it: pod/NAMESPACE/NAME, host or an IP address')
    .option('--to <party>', 'whom it is for: pod/NAMESPACE/NAME, service/NAMESPACE/NAME[:PORT], host or an IP address')
    .option('--proto <protocol>', 'tcp, udp, icmp, sctp, udplite or a number (default: tcp)')
    .option('--dport <port>', 'destination port')
    .option('--sport <port>', 'source port (default: 40000)')
    .option('--icmp-type <type>', 'number of the ICMP type (default: an echo request)')
    .option('--icmp-code <code>', 'number of the ICMP code (default: 0)')
    .option('--in-interface <name>', 'interface it comes in by (default: worked out from the addresses)')
    .option('--out-interface <name>', 'interface it leaves by (default: worked out from the addresses)')
    .option('--state <state>', 'new, established, related or invalid (default: new)')
    .option('--dnat <address:port>', 'where kube-proxy sends the connection on to')
    .option('--reply', 'follow the answer too, also where connection tracking lets it through')
    .option('-6, --ipv6', 'IPv6, where names leave it open (default: IPv4)')
}

async function runTrace(options: TraceOptions, processIo: Io): Promise<number> {
  if (options.expect !== undefined && options.packets === undefined) {
    const message = '`--expect` compares the packets of a file with verdicts: give them with `--packets`'
    return refuse('usage-missing-option', message, processIo)
  }
  // A suggested policy is compiled with the input, which is read again for it.
  let given: Promise<Uint8Array> | undefined
  const io: Io = { ...processIo, readInput: () => (given ??= processIo.readInput()) }
  const worldOf = await readWorlds(options, io)
  if (worldOf === undefined) return EXIT_FAILED
  if (options.packets !== undefined) return tracePackets(options, options.packets, worldOf, io)
  if (options.log !== undefined) return traceLog(options, options.log, worldOf, io)
  return traceOne(options, worldOf, io)
}

async function traceOne(options: TraceOptions, worldOf: WorldOf, io: Io): Promise<number> {
  const report = new Report()
  const walkOptions = { withMisses: options.whyNot ?? false, withReply: options.reply ?? false }
  const result = traceRequest(requestOf(options), worldOf, walkOptions, undefined, report)
  if (result === undefined) {
    await writeDiagnostics(report.placed(), io)
    return EXIT_FAILED
  }
  const policy = options.allowPolicy === true ? 'allow' : options.logPolicy === true ? 'log' : undefined
  if (policy !== undefined) return tracePolicy(policy, options, requestOf(options), result, io)
  if (options.verdictOnly === true) await io.writeOut(`${result.verdict}\n`)
  else if (options.output === 'json')
    await io.writeOut(printableJson(traceToJson(result, { withMembers: options.members ?? false })))
  else
    await io.writeOut(
      describeTrace(result, {
        withSteps: options.steps ?? false,
        withMisses: options.whyNot ?? false,
        withRulesText: options.rulesText ?? false,
        withMembers: options.members ?? false,
        color: wantsColor(io.isOutTerminal, io),
      }),
    )
  return EXIT_OK
}

/** `icmpType` is the name that commander gives to `--icmp-type`. */
function requestOf(options: TraceOptions): PacketRequest {
  const given: Readonly<Record<string, unknown>> = { ...options }
  return Object.fromEntries(
    // `--node` says whose rules are meant, a line of a file where its packet is first.
    REQUEST_FIELDS.filter(field => field !== 'node').flatMap(field => {
      const value = given[field.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())]
      return value === undefined ? [] : [[field, String(value)]]
    }),
  )
}
