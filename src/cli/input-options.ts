// The options by which every command is told what to read.

import type { Command } from 'commander'
import { Report } from '../diagnostics/diagnostic.ts'
import type { SourceFile } from '../diagnostics/source.ts'
import { isIpJson } from '../reader/text-sort.ts'
import { printable } from '../text/printable.ts'
import type { Io } from './io.ts'
import { writeDiagnostics } from './messages.ts'
import { readSource, readSources } from './read-sources.ts'

export interface InputOptions {
  readonly filename: readonly string[]
  readonly recursive?: true
  readonly node?: string
  readonly host?: readonly string[]
}

export interface Input {
  readonly files: readonly SourceFile[]
  readonly node: string | undefined
  readonly host: readonly SourceFile[] | undefined
  /** The files of `host` lay among the resources. */
  readonly isHostFound?: boolean
}

export function addInputOptions(command: Command): Command {
  return command
    .requiredOption(
      '-f, --filename <path...>',
      'files or folders with Calico and Kubernetes resources as YAML or JSON; - for standard input',
    )
    .option('-R, --recursive', 'look into folders inside folders')
    .option('--node <name>', 'the node whose rules are meant (default: the only node that the input names)')
    .option(
      '--host <file>',
      "output of `ip -json addr show` and `ip -json route` on the node, in one file or several (default: guessed from the node's resources)",
      (path: string, before: readonly string[] | undefined) => [...(before ?? []), path],
    )
}

/** Reads what the options name; undefined, with messages written, when something cannot be read. */
export async function readInput(options: InputOptions, io: Io): Promise<Input | undefined> {
  const report = new Report()
  const all = await readSources({ paths: options.filename, recursive: options.recursive ?? false }, io, report)
  const given: SourceFile[] = []
  for (const path of options.host ?? []) {
    const file = await readSource(path, io, report)
    if (file !== undefined) given.push(file)
  }
  if (report.hasErrors) {
    await writeDiagnostics(report.placed(), io)
    return undefined
  }
  const files = all.filter(({ text }) => !isIpJson(text))
  const found = all.filter(({ text }) => isIpJson(text))
  const input = { files, node: options.node }
  if (options.host !== undefined) {
    if (found.length > 0) await io.writeError(`note: ${listNames(found)} left out: --host says what holds\n`)
    return { ...input, host: given }
  }
  if (found.length === 0) return { ...input, host: undefined }
  if (found.filter(({ text }) => text.includes('"ifname"')).length > 1) {
    await io.writeError(`note: ${listNames(found)} left out: they are of several nodes; choose with --host\n`)
    return { ...input, host: undefined }
  }
  await io.writeError(`note: ${listNames(found)} taken as --host\n`)
  return { ...input, host: found, isHostFound: true }
}

function listNames(files: readonly SourceFile[]): string {
  return `${files.map(({ name }) => `\`${printable(name)}\``).join(', ')} ${files.length === 1 ? 'is' : 'are'}`
}
