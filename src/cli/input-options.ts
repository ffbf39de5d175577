// The options by which every command is told what to read.

import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import { type Diagnostic, Report } from '../diagnostics/diagnostic.ts'
import type { SourceFile } from '../diagnostics/source.ts'
import type { GivenEnvironment, PlacedText } from '../parser/felix-environment/read-file.ts'
import { canBeOfOneNode } from '../reader/one-node.ts'
import { isIpJson, SORT_WORDS, sortOfText } from '../reader/text-sort.ts'
import type { Io } from './io.ts'
import { refuse, writeDiagnostics, writeNote } from './messages.ts'
import { nodeOfOption } from './node-texts.ts'
import { readSource, readSources } from './read-sources.ts'
import { repeated } from './several-values.ts'
import { addWaiverOptions } from './waiver-options.ts'

export interface InputOptions {
  readonly filename?: readonly string[]
  readonly recursive?: true
  readonly exclude?: readonly string[]
  readonly node?: string
  readonly host?: readonly string[]
  readonly calicoVersion?: string
  readonly felixEnv?: readonly (string | PlacedText)[]
  readonly felixEnvFile?: readonly string[]
}

export interface Input {
  readonly files: readonly SourceFile[]
  readonly node: string | undefined
  readonly calicoVersion: string | undefined
  readonly host: readonly SourceFile[] | undefined
  readonly environment: GivenEnvironment | undefined
  /** The files of `host` lay among the resources. */
  readonly isHostFound?: boolean
  /** What is wrong with files that could not be read; the others are read all the same. */
  readonly findings: readonly Diagnostic[]
  /** Files that were left out, and why. */
  readonly skippedFiles: readonly SkippedFile[]
}

export interface SkippedFile {
  readonly path: string
  readonly why: string
}

/** Files and folders that are not read. */
export function addExcludeOption(command: Command): Command {
  return command.option(
    '--exclude <glob>',
    'files and folders inside the given folders that are not read, as in .gitignore; may be repeated (also: a file .calitablesignore)',
    repeated,
  )
}

/** @param nodes whether the command looks at one node, or can be told of several */
export function addInputOptions(command: Command, nodes: 'one node' | 'several nodes' = 'one node'): Command {
  addWaiverOptions(command)
    .option(
      '-f, --filename <path...>',
      'files or folders with Calico and Kubernetes resources as YAML or JSON; - for standard input',
    )
    .option('-R, --recursive', 'look into folders inside folders')
    .option(
      '--calico-version <version>',
      'the release of Calico: 3.30, v3.30.7 (default: the one that the input tells, or the newest)',
    )
  return addExcludeOption(command)
    .option(
      '--node <name>',
      'the node whose rules are meant (default: the only node that the input names)',
      bareNodeName,
    )
    .option(
      '--host <file>',
      "output of `ip -json addr show` and `ip -json route` on the node, in one file or several (default: guessed from the node's resources)" +
        (nodes === 'one node' ? '' : '; NODE=FILE for one of several nodes'),
      repeated,
    )
    .option(
      '--felix-env <name=value...>',
      "Felix's environment variables, over those of the DaemonSet or Installation in the input; none: nothing else is set",
    )
    .option(
      '--felix-env-file <file...>',
      'the same from files: lines of NAME=VALUE, the text of /proc/PID/environ, or felix.cfg',
    )
}

/** Without the kind before it, as `kubectl` takes it: `node/worker-1`. */
function bareNodeName(written: string): string {
  return written.replace(/^(?:nodes?|no)\//, '')
}

/**
 * Reads what the options name; undefined, with messages written, when something cannot be read. A command that can do without
 * resources gives an empty list of files.
 * @param readElsewhere where the files of `filename` are none of the file system
 */
export async function readInput(
  options: InputOptions,
  io: Io,
  readElsewhere?: (report: Report) => Promise<readonly SourceFile[]>,
): Promise<Input | undefined> {
  const report = new Report()
  const { filename } = options
  if (filename === undefined) {
    const message = 'nothing says what to read: give files or folders with -f, or - for standard input'
    await refuse('usage-missing-option', message, io)
    return undefined
  }
  const skippedFiles: SkippedFile[] = []
  const { recursive = false, exclude = [] } = options
  const onSkipped = (path: string, why: string): void => void skippedFiles.push({ path, why })
  let isGivenUnread = false
  const onUnread = (): void => void (isGivenUnread = true)
  const read =
    readElsewhere === undefined
      ? await readSources({ paths: filename, recursive, exclude, onSkipped, onUnread }, io, report)
      : await readElsewhere(report)
  const all = read.filter(file => !isNodeText(file, report))
  const isNothingRead = all.length === 0 && report.hasErrors
  const findings = report.placed()
  const before = report.diagnostics.length
  const given: SourceFile[] = []
  for (const written of options.host ?? []) {
    const path = pathOfOneNode(written, options.node, report)
    const file = path === undefined ? undefined : await readSource(path, io, report)
    if (file !== undefined) given.push(file)
  }
  const environment = await readEnvironment(options, io, report)
  const isHostUnread = report.diagnostics.length > before
  if (isNothingRead || isGivenUnread || isHostUnread) {
    await writeDiagnostics(report.placed(), io)
    return undefined
  }
  const files = all.filter(({ text }) => !isIpJson(text))
  const found = all.filter(({ text }) => isIpJson(text))
  const input = { files, node: options.node, calicoVersion: options.calicoVersion, environment, findings, skippedFiles }
  if (options.host !== undefined) {
    if (found.length > 0) await writeNote(`${listNames(found)} left out: --host says what holds`, io)
    return { ...input, host: given }
  }
  if (found.length === 0) return { ...input, host: undefined }
  const withInterfaces = found.filter(({ text }) => text.includes('"ifname"'))
  if (withInterfaces.length > 1 && !canBeOfOneNode(withInterfaces)) {
    await writeNote(`${listNames(found)} left out: they are of several nodes; choose with --host`, io)
    return { ...input, host: undefined }
  }
  await writeNote(`${listNames(found)} taken as --host`, io)
  return { ...input, host: found, isHostFound: true }
}

/** `NODE=FILE`, as commands for several nodes take it, is FILE where NODE is the one that is asked for. */
function pathOfOneNode(written: string, node: string | undefined, report: Report): string | undefined {
  const named = existsSync(written) ? undefined : nodeOfOption(written)
  if (named === undefined) return written
  if (named.node === node) return named.path
  const message = `\`--host ${written}\`: this command looks at one node${node === undefined ? '' : `, \`${node}\``}`
  report.error('bad-value', message, undefined, `give its own: --node ${named.node} --host FILE`)
  return undefined
}

/** A file that is named as one of resources is read as one, whatever it looks like. */
function isNodeText(file: SourceFile, report: Report): boolean {
  if (/\.(ya?ml|json)$/i.test(file.name)) return false
  const sort = sortOfText(file.text)
  if (sort === undefined || sort === 'resources' || sort === 'ip-json') return false
  const { what, where } = SORT_WORDS[sort]
  report.error('not-a-resource', `these are not resources but ${what}`, { file, start: 0, end: 1 }, where)
  return true
}

async function readEnvironment(
  { felixEnv = [], felixEnvFile = [] }: InputOptions,
  io: Io,
  report: Report,
): Promise<GivenEnvironment | undefined> {
  if (felixEnv.length === 0 && felixEnvFile.length === 0) return undefined
  const files: SourceFile[] = []
  for (const path of felixEnvFile) {
    const file = await readSource(path, io, report)
    if (file !== undefined) files.push(file)
  }
  const isNone = (entry: string | PlacedText): boolean =>
    (typeof entry === 'string' ? entry : entry.text).toLowerCase() === 'none'
  return { isAll: felixEnv.some(isNone), variables: felixEnv.filter(entry => !isNone(entry)), files }
}

function listNames(files: readonly SourceFile[]): string {
  return `${files.map(({ name }) => `\`${name}\``).join(', ')} ${files.length === 1 ? 'is' : 'are'}`
}
