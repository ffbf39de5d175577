// Facts of nodes for --host and --routes: of one node, or `NODE=FILE` of several.

import { Report } from '../diagnostics/diagnostic.ts'
import type { SourceFile } from '../diagnostics/source.ts'
import type { Resource } from '../model/ast/resources.ts'
import { ownersOfFacts } from '../reader/owners-of-facts.ts'
import type { HostFiles } from '../reader/parse-host.ts'
import { type Input, type InputOptions, readInput } from './input-options.ts'
import type { Io } from './io.ts'
import { writeDiagnostics } from './messages.ts'
import { nodeOfOption } from './node-texts.ts'
import { readSource } from './read-sources.ts'
import { addTo } from '../text/group-by.ts'

export interface HostPaths {
  /** Of nobody says which node; undefined: there are none. */
  readonly unnamed: readonly string[] | undefined
  readonly named: readonly { readonly node: string; readonly path: string }[]
}

export function splitHostPaths(paths: readonly string[]): HostPaths {
  const unnamed = paths.filter(path => nodeOfOption(path) === undefined)
  return {
    unnamed: unnamed.length === 0 ? undefined : unnamed,
    named: paths.flatMap(path => nodeOfOption(path) ?? []),
  }
}

/** The files of each node by its name; what cannot be read is reported. */
export async function readHostFiles(
  { named }: HostPaths,
  io: Io,
  report: Report,
): Promise<ReadonlyMap<string, readonly SourceFile[]>> {
  const files = new Map<string, SourceFile[]>()
  for (const { node, path } of named) {
    const file = await readSource(path, io, report)
    if (file !== undefined) addTo(files, node, file)
  }
  return files
}

export interface NodesInput extends Input {
  /** Facts of nodes by their names. */
  readonly hosts: ReadonlyMap<string, readonly SourceFile[]>
}

/** As `readInput`, for commands that look at several nodes. */
export async function readInputOfNodes(options: InputOptions, io: Io): Promise<NodesInput | undefined> {
  const { host = [], ...others } = options
  const paths = splitHostPaths(host)
  const report = new Report()
  const hosts = await readHostFiles(paths, io, report)
  const input = await readInput({ ...others, ...(paths.unnamed === undefined ? {} : { host: paths.unnamed }) }, io)
  await writeDiagnostics(report.placed(), io)
  return input === undefined || report.hasErrors ? undefined : { ...input, hosts }
}

/** Facts that lay among the resources, by the name of their node; where nobody can say of which it is, they are left out with a note. */
export async function factsFound(
  { host }: Input,
  names: readonly string[],
  resources: readonly Resource[],
  io: Io,
): Promise<ReadonlyMap<string, HostFiles>> {
  const report = new Report()
  const facts = ownersOfFacts({ host, hosts: new Map(), isHostFound: true }, names, resources, report)
  await writeDiagnostics(report.placed(), io)
  return facts
}
