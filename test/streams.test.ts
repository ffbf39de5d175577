// Streams that take nothing: whoever reads has gone, or the disk is full. Every command, in every format.

import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { OutputError } from '../src/cli/io.ts'
import { main } from '../src/cli/main.ts'
import { everyRun, PLAIN, type Run, type World, writeWorld } from './helpers/every-command.ts'
import { type CommandRun, runCommand } from './helpers/run-command.ts'

const FULL = 'error: cannot write: there is no space left [unwritable-file]\n'
const full = async (text: string): Promise<void> =>
  text === ''
    ? undefined
    : Promise.reject(new OutputError(Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' })))

const world: World = writeWorld(t.testdir({}), PLAIN)
const runs: readonly Run[] = [
  ...(await everyRun(world)),
  ...[
    ['--version'],
    ['-v'],
    ['--help'],
    ['help', 'trace'],
    [],
    ['nothing'],
    ['trace', '--nothing'],
    ['check', '-f', 'no'],
  ].map(args => ({ command: args[0] ?? '', format: undefined, args })),
]
const titleOf = ({ args }: Run): string => args.join(' ').replaceAll(/\/\S*\//g, '')

const usual: CommandRun[] = []

/** The first of each kind. */
const oneOfEach = (kind: (run: Run) => string): readonly (readonly [Run, number])[] =>
  runs.flatMap((run, index) => (runs.findIndex(other => kind(other) === kind(run)) === index ? [[run, index]] : []))
const formats = oneOfEach(({ command, format }) => `${command} ${format ?? ''}`)
/** For what the streams of the process do, whatever is written to them. */
const commands = oneOfEach(({ command }) => command)

t.test('the table has something to say of each command, and nothing is a bug', async t => {
  for (const run of runs) {
    const one = await runCommand(run.args)
    usual.push(one)
    t.notMatch(one.err, /is a bug/, titleOf(run))
    if (one.code === 2) t.equal(one.out, '', titleOf(run))
  }
  const answered = new Set(runs.flatMap(({ command }, index) => (usual[index]?.code === 2 ? [] : [command])))
  t.strictSame(
    runs.filter(({ command, format }) => format !== undefined && !answered.has(command)),
    [],
  )
})

t.test('a disk that is full ends any command with one message', async t => {
  for (const [run, index] of formats) {
    const { code, out, err } = usual[index] ?? { code: -1, out: '', err: '' }
    const said: string[] = []
    const tried = await main(run.args, {
      writeOut: full,
      writeError: async text => void said.push(text),
      readInput: async () => new Uint8Array(),
      isErrorTerminal: false,
      isOutTerminal: false,
      env: {},
    })
    t.equal(tried, out === '' ? code : 2, titleOf(run))
    const wanted = said.filter(text => text === FULL).length
    t.equal(wanted, out === '' ? 0 : 1, `${titleOf(run)}: one message`)
    // What is said behind the output is not said of one that is not there.
    if (out === '') t.equal(said.join(''), err, titleOf(run))
  }
})

t.test('messages that nothing takes change neither the output nor the exit code', async t => {
  for (const [run, index] of formats) {
    const printed: string[] = []
    const code = await main(run.args, {
      writeOut: async text => void printed.push(text),
      writeError: full,
      readInput: async () => new Uint8Array(),
      isErrorTerminal: false,
      isOutTerminal: false,
      env: {},
    })
    t.strictSame({ code, out: printed.join('') }, { code: usual[index]?.code, out: usual[index]?.out }, titleOf(run))
  }
})

const START = fileURLToPath(new URL('../dist/cli/start.cjs', import.meta.url))

/** Runs what it is told one after the other, as the built program does, and writes exit codes to a file. */
const DRIVER = `
const { appendFileSync, readFileSync, writeSync } = require('node:fs')
const { start } = require(process.argv[2])
// Each run listens to the streams of its process, of which there is one here for all.
require('node:events').defaultMaxListeners = 0
async function all() {
  for (const [index, args] of JSON.parse(readFileSync(process.argv[3], 'utf8')).entries()) {
    const code = await start(args).catch(error => String(error.stack))
    appendFileSync(process.argv[4], JSON.stringify(code) + '\\n')
    try { writeSync(2, '\\n@@@\\n') } catch {}
  }
}
all()
`

interface Real {
  /** Of the process; 0 unless something was caught by nobody. */
  readonly status: number | null
  readonly codes: readonly unknown[]
  readonly errs: readonly string[]
}

function prepare(name: string): readonly [string, string, string, string] {
  const folder = join(world.out, name)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'driver.cjs'), DRIVER)
  writeFileSync(join(folder, 'runs.json'), JSON.stringify(commands.map(([{ args }]) => args)))
  return [join(folder, 'driver.cjs'), START, join(folder, 'runs.json'), join(folder, 'codes')]
}

function found(args: readonly string[], status: number | null, err: string): Real {
  const codes = readFileSync(args.at(-1) ?? '', 'utf8')
    .trim()
    .split('\n')
    .map((line): unknown => JSON.parse(line))
  return { status, codes, errs: err.split('\n@@@\n') }
}

/** @param redirect what bash does with the streams before it runs the driver */
function under(name: string, redirect: string): Real {
  const args = prepare(name)
  const { status, stderr } = spawnSync('bash', ['-c', `${redirect}\nexec node "$@"`, 'bash', ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  return found(args, status, stderr)
}

function isAsUsual(t: Test, { status, codes, errs }: Real, hasErrors: boolean): void {
  t.equal(status, 0)
  t.equal(codes.length, commands.length)
  for (const [at, [run, index]] of commands.entries()) {
    const wanted = usual[index]
    if (wanted === undefined) continue
    t.equal(codes[at], wanted.code, titleOf(run))
    if (hasErrors) t.equal(errs[at], wanted.err, titleOf(run))
  }
}

t.test('a reader that has gone before the first byte is no error', async t => {
  isAsUsual(t, under('pipe', 'exec > >(:); wait $!'), true)
})

t.test('nor is one that goes after it', async t => {
  isAsUsual(t, under('head', 'exec > >(head -c 1 > /dev/null)'), true)
})

t.test('nor one at the other end of a socket', async t => {
  const args = prepare('socket')
  const child = spawn('node', args, { stdio: ['ignore', 'pipe', 'pipe'] })
  child.stdout.destroy()
  const err: Buffer[] = []
  child.stderr.on('data', (data: Buffer) => err.push(data))
  const status = await new Promise<number | null>(resolve => child.on('close', resolve))
  isAsUsual(t, found(args, status, Buffer.concat(err).toString()), true)
})

t.test('a real disk that is full', async t => {
  const { status, codes, errs } = under('full', 'exec > /dev/full')
  t.equal(status, 0)
  for (const [at, [run, index]] of commands.entries()) {
    const wanted = usual[index]
    if (wanted === undefined) continue
    t.equal(codes[at], wanted.out === '' ? wanted.code : 2, titleOf(run))
    t.equal(errs[at]?.split(FULL).length, wanted.out === '' ? 1 : 2, `${titleOf(run)}: one message`)
  }
})

t.test('standard error that is full, closed, or read by nobody', async t => {
  isAsUsual(t, under('error-full', 'exec 2> /dev/full'), false)
  isAsUsual(t, under('error-pipe', 'exec 2> >(:); wait $!'), false)
  isAsUsual(t, under('both-closed', 'exec >&- 2>&-'), false)
})

t.test('packets are not followed for a reader that has gone', async t => {
  const lines = 4000
  const packets = `from,to,dport\n${'192.0.2.9,198.51.100.7,80\n'.repeat(lines)}`
  const folder = t.testdir({ 'rules.txt': '*filter\nCOMMIT\n', 'packets.csv': packets })
  const args = ['trace', '--rules', join(folder, 'rules.txt'), '--packets', join(folder, 'packets.csv')]
  const written = async (goesAfter: number): Promise<number> => {
    let count = 0
    await main(args, {
      writeOut: async () => void count++,
      isOutClosed: () => count >= goesAfter,
      writeError: async () => undefined,
      readInput: async () => new Uint8Array(),
      isErrorTerminal: false,
      isOutTerminal: false,
      env: {},
    })
    return count
  }
  t.ok((await written(Infinity)) > 4, 'there is more than one piece')
  t.equal(await written(1), 2, 'what was begun is written')
})
