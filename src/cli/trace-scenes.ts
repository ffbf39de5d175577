// What calitables trace walks through: compiled rules, or the text of a node, with what the input says of its pods beside it.

import { IPTABLES } from '../backend/iptables/iptables-backend.ts'
import { compile, type CompileOutput } from '../compile.ts'
import { Report } from '../diagnostics/diagnostic.ts'
import type { HostFacts } from '../model/host.ts'
import { type KernelTable, type KernelTables, kernelTablesOf } from '../netfilter/kernel-tables.ts'
import type { IpVersion } from '../net/cidr.ts'
import { parseHost } from '../reader/parse-host.ts'
import { ipVersionOf, readKernelTables } from '../reader/read-kernel-tables.ts'
import { createScene, type Scene } from '../trace/scene.ts'
import { findLoop } from '../walk/find-loop.ts'
import { EXIT_FAILED } from './exit-codes.ts'
import { type InputOptions, readInput } from './input-options.ts'
import type { Io } from './io.ts'
import { writeDiagnostics, writeSkipped, writeUnknownEnvironment } from './messages.ts'
import { readSource } from './read-sources.ts'

export interface SceneOptions extends Partial<InputOptions> {
  readonly rules?: readonly string[]
  readonly sets?: readonly string[]
  readonly ipv6?: true
}

export interface TraceOptions extends SceneOptions {
  readonly from?: string
  readonly to?: string
  readonly proto?: string
  readonly dport?: string
  readonly sport?: string
  readonly icmpType?: string
  readonly icmpCode?: string
  readonly inInterface?: string
  readonly outInterface?: string
  readonly state?: string
  readonly dnat?: string
  readonly packets?: string
  readonly expect?: string
  readonly log?: string
  readonly output?: 'text' | 'json'
  readonly namespace?: string
  readonly verdictOnly?: true
  readonly whyNot?: true
  readonly steps?: true
  readonly rulesText?: true
}

/** Undefined where there are no rules of the IP version. */
export type SceneOf = (ipVersion: IpVersion) => Scene | undefined

/** Undefined, with messages written, when something cannot be read or compiled. */
export async function readScenes(options: SceneOptions, io: Io): Promise<SceneOf | undefined> {
  const { filename = [], rules } = options
  if (filename.length === 0 && rules === undefined) {
    await io.writeError('error: nothing says which rules: give resources with -f, or text of a node with --rules\n')
    return undefined
  }
  const input = await readInput({ ...options, filename }, io)
  if (input === undefined) return undefined
  const report = new Report()
  const read = rules === undefined ? undefined : await readNode(options, io, report)
  // Without resources nothing is compiled, and the node's facts are all there is.
  const result = filename.length === 0 ? undefined : compile(input)
  const bareHost = result === undefined && input.host !== undefined ? parseHost(input.host, report) : undefined
  await writeDiagnostics([...report.placed(), ...(result?.diagnostics ?? [])], io)
  if (report.hasErrors || result?.ok === false) return undefined
  const output = result?.ok === true ? result.output : undefined
  if (output !== undefined) {
    await writeSkipped(output.skipped, io)
    // The rules of a node were made with its environment, whatever it is.
    if (read === undefined) await writeUnknownEnvironment(output.plan, io)
  }
  return memoize(ipVersion => makeScene(ipVersion, output, read, bareHost))
}

export async function failWithoutRules(io: Io): Promise<number> {
  await io.writeError('error: there are no rules of this IP version\n')
  return EXIT_FAILED
}

function memoize(make: SceneOf): SceneOf {
  const made = new Map<IpVersion, Scene | undefined>()
  return ipVersion => {
    if (!made.has(ipVersion)) made.set(ipVersion, make(ipVersion))
    return made.get(ipVersion)
  }
}

function makeScene(
  ipVersion: IpVersion,
  output: CompileOutput | undefined,
  read: ReadonlyMap<IpVersion, KernelTables> | undefined,
  bareHost: HostFacts | undefined,
): Scene | undefined {
  const ruleset = output?.versions[ipVersion]?.ruleset
  const tables = read === undefined ? ruleset && kernelTablesOf(ruleset) : read.get(ipVersion)
  if (tables === undefined) return undefined
  return createScene({
    backend: IPTABLES,
    tables,
    ruleset,
    plan: output?.plan,
    resources: output?.resources,
    host: output?.host ?? bareHost,
    sources: output?.sources,
  })
}

/** Tables of each IP version for which there is text; several files may hold different tables. */
export async function readNode(
  { rules = [], sets = [], ipv6 }: SceneOptions,
  io: Io,
  report: Report,
): Promise<ReadonlyMap<IpVersion, KernelTables>> {
  const ipSets = new Map<string, KernelTables['ipSets'] extends ReadonlyMap<string, infer Set> ? Set : never>()
  for (const path of sets) {
    const ipset = await readSource(path, io, report)
    if (ipset === undefined) continue
    for (const [name, set] of readKernelTables({ ipset, ipVersion: 4 }, report).ipSets) ipSets.set(name, set)
  }
  const found = new Map<IpVersion, KernelTable[]>()
  for (const path of rules) {
    const iptables = await readSource(path, io, report)
    if (iptables === undefined) continue
    const ipVersion = ipVersionOf(iptables) ?? (ipv6 === true ? 6 : 4)
    const known = found.get(ipVersion) ?? []
    found.set(ipVersion, known)
    for (const table of readKernelTables({ iptables, ipVersion }, report).tables) {
      const loop = findLoop(table)
      if (loop !== undefined) {
        const place = loop.origin.kind === 'read' ? { ...loop.origin.place, file: iptables } : undefined
        report.error('bad-value', `chain \`${loop.name}\` leads back to itself, which the kernel refuses`, place)
      }
      if (known.some(({ name }) => name === table.name)) {
        report.error('bad-value', `\`${path}\` has table ${table.name} of IPv${ipVersion}, which another file has too`)
      } else known.push(table)
    }
  }
  return new Map([...found].map(([ipVersion, tables]) => [ipVersion, { ipVersion, tables, ipSets }]))
}
