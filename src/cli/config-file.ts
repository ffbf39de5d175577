// The configuration file of a folder: found upwards from where one stands, and put under what the command line says.

import { existsSync, realpathSync } from 'node:fs'
import { dirname, isAbsolute, join, normalize, relative } from 'node:path'
import type { Command } from 'commander'
import { Report } from '../diagnostics/diagnostic.ts'
import { inOrder } from '../diagnostics/order.ts'
import { DIAGNOSTIC_CODES } from '../diagnostics/codes.ts'
import type { ConfigFile, IgnoredCode } from '../parser/read-config-file.ts'
import type { Io } from './io.ts'
import { refuse, writeDiagnostics, writeNote } from './messages.ts'
import { CONFIG_FILE, readSource, STANDARD_INPUT } from './read-sources.ts'
import { hasFormat, settingsFor } from './shared-options.ts'

/** Gives a command the options that the file sets and the command line does not; false, with messages, where it cannot be read. */
export async function applyConfigFile(command: Command, io: Io): Promise<boolean> {
  if (settingsFor(command) === 'none') return true
  const given = command.getOptionValue('config') as string | undefined
  if (given === 'none') return true
  const path = given ?? findUpwards(process.cwd())
  if (path === undefined) {
    const other = OTHER_NAMES.map(name => findUpwards(process.cwd(), name)).find(found => found !== undefined)
    if (other !== undefined) await writeNote(`\`${other}\` is not used: settings are called \`${CONFIG_FILE}\``, io)
    return true
  }
  const { readConfigFile } = await import('../parser/read-config-file.ts')
  const report = new Report()
  const file = await readSource(path, io, report)
  const config = file === undefined ? undefined : readConfigFile(file, report)
  await writeDiagnostics(inOrder(report.diagnostics, report.sources), io)
  if (config === undefined) return false
  await writeNote(`settings of \`${path}\` are used`, io)
  const base = dirname(path)
  const inBase = (paths: readonly string[]): readonly string[] =>
    paths.map(one => {
      const path = one.startsWith('/') ? one : join(base, one)
      // A file that is named like standard input is a file: nobody who runs the command said to wait for it.
      return path === STANDARD_INPUT ? './-' : path
    })
  const ignore = await stillIgnored(config.ignore, io)
  const values = valuesFor(command, { ...config, paths: inBase(config.paths) }, inBase, ignore)
  const outside = values.some(([name]) => name === 'filename')
    ? config.paths.find(path => leavesFolder(path, base))
    : undefined
  if (outside !== undefined && command.getOptionValue('fix') === true) {
    const cure = 'name with -f what --fix may write there'
    await refuse('usage-conflict', `the settings name \`${outside}\`, which is not in their folder: ${cure}`, io)
    return false
  }
  for (const [name, value] of values) command.setOptionValueWithSource(name, value, 'config')
  return true
}

/**
 * Whether a path of the settings leads out of their folder, as it is written or by a link. They may be a stranger's, who is not
 * to say what is written.
 */
function leavesFolder(path: string, base: string): boolean {
  if (isAbsolute(path) || normalize(path).split('/')[0] === '..') return true
  try {
    return !join(realpathSync(join(base, path)), '/').startsWith(join(realpathSync(base), '/'))
  } catch {
    // What is not there is not written.
    return false
  }
}

/** What people may call the file, having it so from other tools. */
const OTHER_NAMES = ['calitables.yml', '.calitables.yaml', '.calitables.yml']

/** From a folder up to the root of its repository, as a path from where one stands. */
export function findUpwards(start: string, name = CONFIG_FILE): string | undefined {
  for (let folder = start; ; folder = dirname(folder)) {
    const path = join(folder, name)
    if (existsSync(path)) return relative(start, path)
    if (existsSync(join(folder, '.git')) || folder === dirname(folder)) return undefined
  }
}

/** Options that the command has, and that neither the command line nor one that excludes them sets. */
function valuesFor(
  command: Command,
  config: ConfigFile,
  inBase: (paths: readonly string[]) => readonly string[],
  ignore: readonly string[],
): readonly (readonly [name: string, value: unknown])[] {
  const options = command.opts<Readonly<Record<string, unknown>>>()
  const has = (name: string): boolean => command.options.some(option => option.attributeName() === name)
  const isFree = (name: string, ...excluding: readonly string[]): boolean =>
    has(name) && [name, ...excluding].every(one => options[one] === undefined)
  const some = <T>(list: readonly T[]): readonly T[] | undefined => (list.length === 0 ? undefined : list)
  const firstPath = command.registeredArguments.findIndex(argument => argument.name() === 'path')
  // What `assert` has before its paths is no path, unless it only begins such a file.
  const isToldPaths = firstPath >= 0 && command.args.length > (options['init'] === true ? 0 : firstPath)
  // What a code means is asked without files.
  const isCode = command.name() === 'explain' && Object.hasOwn(DIAGNOSTIC_CODES, command.args[0] ?? '')
  const isToldFiles = settingsFor(command) === 'all but paths'
  const isOwnFiles = isFree('filename') && !isCode && !isToldFiles && !isToldPaths
  const isOtherNode = config.node !== undefined && options['node'] !== undefined && options['node'] !== config.node
  const wanted = [
    ['filename', isOwnFiles ? some(config.paths) : undefined],
    ['recursive', isOwnFiles && config.recursive ? true : undefined],
    ['exclude', isFree('exclude') ? some(config.exclude) : undefined],
    ['node', isFree('node') ? config.node : undefined],
    ['host', isFree('host', 'allNodes') && !isOtherNode ? some(inBase(config.host)) : undefined],
    ['felixEnv', isFree('felixEnv', 'felixEnvFile') ? some(config.env) : undefined],
    ['felixEnvFile', isFree('felixEnvFile', 'felixEnv') ? some(inBase(config.envFile)) : undefined],
    ['calicoVersion', isFree('calicoVersion') ? config.release : undefined],
    ['output', isFree('output', 'format', 'dryRun', 'open', 'isolated') ? formatOf(command, config.output) : undefined],
    [
      'ignore',
      has('ignore') ? some([...((options['ignore'] as readonly string[] | undefined) ?? []), ...ignore]) : undefined,
    ],
    [
      'severity',
      has('severity')
        ? some([...config.severity, ...((options['severity'] as readonly string[] | undefined) ?? [])])
        : undefined,
    ],
  ] as const
  return wanted.filter(([, value]) => value !== undefined)
}

/** The format where the command has it. */
function formatOf(command: Command, format: string | undefined): string | undefined {
  const option = command.options.find(one => one.attributeName() === 'output')
  return format !== undefined && option !== undefined && hasFormat(option, format) ? format : undefined
}

/** Codes whose day has not passed; of the others it is said why they count again. */
async function stillIgnored(ignore: readonly IgnoredCode[], io: Io): Promise<readonly string[]> {
  const today = new Date().toISOString().slice(0, 10)
  const codes: string[] = []
  for (const one of ignore) {
    const { code, reason, until = '' } = one
    if (isIgnoredOn(today, one)) codes.push(code)
    else await writeNote(`\`${code}\` was to be ignored until ${until} (${reason}): it counts again`, io)
  }
  return codes
}

/** @param day as `2027-01-31` */
export function isIgnoredOn(day: string, { until }: Pick<IgnoredCode, 'until'>): boolean {
  return until === undefined || day <= until
}
