// The options by which every command is told what to read.

import type { Command } from 'commander'
import { Report } from '../diagnostics/diagnostic.ts'
import type { SourceFile } from '../diagnostics/source.ts'
import type { Io } from './io.ts'
import { writeDiagnostics } from './messages.ts'
import { readSource, readSources } from './read-sources.ts'

export interface InputOptions {
  readonly filename: readonly string[]
  readonly recursive?: true
  readonly node?: string
  readonly host?: string
}

export interface Input {
  readonly files: readonly SourceFile[]
  readonly node: string | undefined
  readonly host: SourceFile | undefined
}

export function addInputOptions(command: Command): Command {
  return command
    .requiredOption(
      '-f, --filename <path...>',
      'files or folders with Calico and Kubernetes resources as YAML or JSON; - for standard input',
    )
    .option('-R, --recursive', 'look into folders inside folders')
    .option('--node <name>', 'the node whose rules are meant (default: the only node that the input names)')
    .option('--host <file>', "output of `ip -json addr show` on the node (default: guessed from the node's resources)")
}

/** Reads what the options name; undefined, with messages written, when something cannot be read. */
export async function readInput(options: InputOptions, io: Io): Promise<Input | undefined> {
  const report = new Report()
  const files = await readSources({ paths: options.filename, recursive: options.recursive ?? false }, io, report)
  const host = options.host === undefined ? undefined : await readSource(options.host, io, report)
  if (report.hasErrors) {
    await writeDiagnostics(report.diagnostics, io)
    return undefined
  }
  return { files, node: options.node, host }
}
