// What every command does when an option is wrong or a file is not what it should be: exit code 2, nothing on standard output, and
// words that say what to do. The commands, their options and files are those of the command line itself.

import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { repeated } from '../src/cli/several-values.ts'
import { type CliCommand, cliCommands } from './helpers/cli-commands.ts'
import { everyRun, PLAIN, type Run, type World, writeWorld } from './helpers/every-command.ts'
import { type CommandRun, runCommand } from './helpers/run-command.ts'

const folder = t.testdir({})
const world: World = writeWorld(folder, PLAIN)
const commands = await cliCommands()
const runs = (await everyRun(world)).filter(
  // One format of each row: what is refused is refused before anything is printed.
  (run, index, all) => all.findIndex(other => rowOf(other) === rowOf(run)) === index,
)

function rowOf({ args, format }: Run): string {
  return args.at(-2) === '-o' && args.at(-1) === format ? args.slice(0, -2).join(' ') : args.join(' ')
}

const commandOf = (run: Run): CliCommand => {
  const found = commands.find(({ name }) => name === run.command)
  if (found === undefined) throw new Error(run.command)
  return found
}

/** Each option of a command once, with a run that has it and the place of it there. */
function eachOption(): readonly {
  readonly run: Run
  readonly at: number
  readonly long: string
  readonly isList: boolean
  readonly takesValue: boolean
}[] {
  const seen = new Set<string>()
  return runs.flatMap(run =>
    run.args.flatMap((word, at) => {
      const option = commandOf(run).options.find(({ short, long }) => word === short || word === long)
      const long = option?.long ?? ''
      if (option === undefined || seen.has(`${run.command} ${long}`)) return []
      seen.add(`${run.command} ${long}`)
      const isList = option.variadic || option.parseArg === repeated
      return [{ run, at, long, isList, takesValue: option.required }]
    }),
  )
}

const STACK = /is a bug|^ {4}at |node:internal/m

function isRefused(t: Test, title: string, { code, out, err }: CommandRun): void {
  t.strictSame([code, out], [2, ''], title)
  t.notMatch(err, STACK, title)
  t.match(err, /\S/, `${title}: something is said`)
}

t.test('an option without its value, one that is misspelt, and one given twice', async t => {
  for (const { run, at, long, isList, takesValue } of eachOption()) {
    const { args, command } = run
    if (takesValue)
      isRefused(
        t,
        `${command} ${long} without a value`,
        await runCommand([...args.slice(0, at), ...args.slice(at + 2), long]),
      )
    const misspelt = `${long.slice(0, -1)}${long.at(-1) === 'x' ? 'y' : 'x'}`
    const slip = await runCommand([...args.slice(0, at), misspelt, ...args.slice(at + 1)])
    isRefused(t, `${command} ${misspelt}`, slip)
    t.match(slip.err, new RegExp(`unknown option '?${misspelt}`), `${command} ${misspelt} is named`)
    if (!takesValue || isList) continue
    const twice = await runCommand([...args, long, args[at + 1] ?? ''])
    isRefused(t, `${command} ${long} twice`, twice)
    t.match(twice.err, /is given twice/, `${command} ${long}: it is said why`)
  }
})

/** What stands in the place of a file. */
const STANDS_IN: Readonly<Record<string, string>> = {
  'nothing there': join(folder, 'not-there.yaml'),
  'a folder': join(folder, 'empty'),
  'an empty file': join(folder, 'empty.yaml'),
  'a pipe': join(folder, 'pipe.yaml'),
  'a device': '/dev/zero',
  'bytes that are no text': join(folder, 'bytes.yaml'),
}

t.test('files that are not there, folders for files, pipes, devices, empty ones and bytes', async t => {
  mkdirSync(join(folder, 'empty'))
  writeFileSync(join(folder, 'empty.yaml'), '')
  writeFileSync(join(folder, 'bytes.yaml'), Uint8Array.from([0xff, 0xfe, 0xfd, 0, 1, 0xd8, 0x80]))
  execFileSync('mkfifo', [join(folder, 'pipe.yaml')])
  const seen = new Set<string>()
  for (const { args, command } of runs) {
    for (const [at, word] of args.entries()) {
      const before = args[at - 1] ?? ''
      const key = `${command} ${before.startsWith('-') ? before : `argument ${at}`}`
      if (seen.has(key) || !word.startsWith('/') || before.startsWith('--output')) continue
      seen.add(key)
      const [path = '', line] = word.split(/(?=:[0-9]+$)/)
      if (!existsSync(path)) continue
      const isFolder = statSync(path).isDirectory()
      for (const [title, other] of Object.entries(STANDS_IN)) {
        const done = await runCommand([...args.slice(0, at), `${other}${line ?? ''}`, ...args.slice(at + 1)])
        const name = `${key}: ${title}`
        const mayBeTaken = title === 'an empty file' || (title === 'a folder' && isFolder)
        if (mayBeTaken && done.code !== 2) t.notMatch(done.err, STACK, name)
        else isRefused(t, name, done)
      }
    }
  }
  const settings = join(folder, 'comments.yaml')
  writeFileSync(settings, '# paths: [a.yaml]\n')
  for (const file of [settings, join(folder, 'empty.yaml')])
    t.equal((await runCommand(['check', '-f', world.yaml, '--config', file])).code, 0, 'settings that set nothing')
  t.ok(seen.size > 50, `${seen.size} places for a file`)
})

t.test('a path that cannot be read, beside one that can', async t => {
  const seen = new Set<string>()
  for (const { args, command } of runs) {
    const at = args.indexOf('-f')
    // diff compares two inputs and has no third.
    if (at < 0 || command === 'diff' || seen.has(command)) continue
    seen.add(command)
    for (const title of ['nothing there', 'a pipe', 'a device']) {
      const beside = await runCommand([...args.slice(0, at), '-f', STANDS_IN[title] ?? '', ...args.slice(at)])
      isRefused(t, `${command}: ${title}`, beside)
      t.match(beside.err, /cannot read/, `${command}: ${title}: it is said what`)
    }
  }
  t.ok(seen.size > 8, `${seen.size} commands`)
})
