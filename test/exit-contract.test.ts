// What every command does when an option is wrong or a file is not what it should be: exit code 2, nothing on standard output, and
// words that say what to do. The commands, their options and files are those of the command line itself.

import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { main } from '../src/cli/main.ts'
import { repeated } from '../src/cli/several-values.ts'
import { DIAGNOSTIC_CODES, type DiagnosticCode } from '../src/diagnostics/codes.ts'
import { type CliCommand, cliCommands } from './helpers/cli-commands.ts'
import { everyRun, PLAIN, type Run, type World, writeWorld } from './helpers/every-command.ts'
import { type CommandRun, runCommand, SILENT } from './helpers/run-command.ts'

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
  const errors = errorsIn(err)
  t.ok(errors.length > 0, `${title}: an error is told`)
  for (const line of errors) t.match(line, CODE_AT_END, `${title}: with a code`)
}

function errorsIn(err: string): readonly string[] {
  return err.split('\n').filter(line => /^error|: error: /.test(line))
}

/** As every finding, with a code that scripts may rely on. */
const CODE_AT_END = / \[([a-z0-9-]+)\]$/

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

/** Each mistake of a call, by the codes that are told of it, in their order. */
const MISTAKES: readonly (readonly [call: string, ...codes: readonly DiagnosticCode[]])[] = [
  ['', 'usage-missing-command'],
  ['which', 'usage-missing-command'],
  ['comple', 'usage-unknown-command'],
  ['--nonsense check', 'usage-unknown-option'],
  ['check --foo x --bar -f YAML', 'usage-unknown-option', 'usage-unknown-option'],
  ['check --foo YAML --nope=1 -- YAML', 'usage-unknown-option', 'usage-unknown-option'],
  ['check -f', 'usage-missing-value'],
  ['trace -f YAML --from', 'usage-missing-value'],
  ['compile -f YAML --node node-1 --node node-1', 'usage-repeated-option'],
  ['compile YAML -o jsn --table flter --bar', 'usage-bad-value', 'usage-bad-value', 'usage-unknown-option'],
  ['which policies YAML a b', 'usage-extra-argument'],
  ['which policies -f YAML --endpoint a b', 'usage-extra-argument'],
  ['diff YAML YAML YAML', 'usage-extra-argument'],
  ['diff YAML', 'usage-missing-value'],
  ['diff YAML YAML --rules FOLDER', 'usage-bad-value'],
  ['diff YAML --calico-version 3.30,', 'usage-bad-value'],
  ['diff YAML --calico-version 3.30,3.32 -o markdown', 'usage-conflict'],
  ['assert', 'usage-missing-value'],
  ['compile', 'usage-missing-option'],
  ['compile YAML --all-nodes', 'usage-missing-option'],
  ['trace', 'usage-missing-option'],
  ['trace -f YAML --from a --to b --expect accept', 'usage-missing-option'],
  ['trace -f YAML --packets a --from b --log c', 'usage-conflict', 'usage-conflict'],
  ['explain', 'usage-missing-option'],
  ['explain no-such-code', 'usage-unknown-name'],
  ['explain -f YAML', 'usage-missing-option'],
  ['explain -f YAML --chain cali-INPUT --members', 'usage-conflict'],
  ['explain -f YAML --chain cali-INPUTT', 'usage-unknown-name'],
  ['which policies -f YAML', 'usage-missing-option'],
  ['which policies -f YAML --endpoint nobody', 'usage-unknown-name'],
  ['which endpoints -f YAML nothing', 'usage-unknown-name'],
  ['which policies -f YAML x -n nowhere', 'usage-unknown-name'],
  ['lockout YAML --service a --service b', 'usage-bad-value', 'usage-bad-value'],
  ['lockout YAML --require-open nonsense', 'usage-unknown-name'],
  ['audit -f YAML', 'usage-missing-option'],
  ['audit -f YAML --rules RULES --most 0', 'usage-bad-value'],
  ['audit -f YAML --nodes FOLDER -o html', 'usage-conflict'],
  ['hits -f YAML --rules RULES', 'unusable-node-text'],
  ['check --fix -f -', 'usage-conflict'],
  ['page YAML --felix-env A=1 --output-file page.html', 'usage-conflict'],
  ['page YAML --output-file YAML', 'usage-conflict'],
  ['page --lessons MISSING --output-file page.html', 'unreadable-file'],
  ['compile YAML --output-dir FILE/x', 'unwritable-file'],
  ['compile NOIPV6 -6', 'no-ipv6-rules'],
  ['explain -f NOIPV6 -6 --chain cali-INPUT', 'no-ipv6-rules'],
  ['check YAML --ignore a --severity b=c --ignore d', 'usage-bad-value', 'usage-unknown-name', 'usage-unknown-name'],
  // What does not depend on the call is told beside it.
  ['check --foo --node nobody YAML', 'usage-unknown-option', 'unknown-node'],
  ['trace --foo --node nobody -n nowhere -f YAML', 'usage-unknown-option', 'usage-unknown-name', 'unknown-node'],
  ['compile --output jsn -f YAML -f MISSING', 'usage-bad-value', 'unreadable-file'],
  ['compile --foo -f BAD', 'usage-unknown-option', 'unknown-field', 'bad-port'],
  ['check --foo -f -', 'usage-unknown-option'],
]

t.test('every mistake of a call is told in one run, with a code', async t => {
  const { yaml } = PLAIN
  const files = t.testdir({
    'a.yaml': yaml,
    'no-ipv6.yaml': `${yaml}\n---\n{apiVersion: projectcalico.org/v3, kind: FelixConfiguration, metadata: {name: default}, spec: {ipv6Support: false}}\n`,
    'bad.yaml':
      'apiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata: {name: x}\nspec:\n  slector: all()\n  ingress: [{action: Allow, protocol: TCP, destination: {ports: [a b]}}]\n',
    'rules.save': '*filter\n:INPUT ACCEPT\n:cali-INPUT -\n-A INPUT -j cali-INPUT\nCOMMIT\n',
    folder: {},
  })
  const words: Readonly<Record<string, string>> = {
    YAML: join(files, 'a.yaml'),
    NOIPV6: join(files, 'no-ipv6.yaml'),
    BAD: join(files, 'bad.yaml'),
    RULES: join(files, 'rules.save'),
    FOLDER: join(files, 'folder'),
    MISSING: join(files, 'missing'),
    'FILE/x': join(files, 'a.yaml/x'),
  }
  const seen = new Set<string>()
  for (const [call, ...codes] of MISTAKES) {
    const args = call === '' ? [] : call.split(' ').map(word => words[word] ?? word)
    const done = await runCommand(args)
    isRefused(t, call, done)
    const told = errorsIn(done.err).flatMap(line => CODE_AT_END.exec(line)?.[1] ?? [])
    t.strictSame(told, codes, call)
    for (const code of codes) seen.add(code)
  }
  const usage = Object.keys(DIAGNOSTIC_CODES).filter(code => code.startsWith('usage-'))
  t.strictSame([...usage.filter(code => !seen.has(code))], [], 'each code of a call is shown')
})

t.test('mistakes of a call have the form that is asked for where findings have it', async t => {
  const call = ['--foo', '-f', join(folder, 'x::y,z')]
  const json = await runCommand(['check', ...call, '-o', 'json'])
  t.strictSame([json.code, json.out], [2, ''])
  t.match(JSON.parse(json.err), {
    version: 1,
    summary: { errors: 2 },
    diagnostics: [
      { severity: 'error', code: 'usage-unknown-option', message: "unknown option '--foo'" },
      { code: 'unreadable-file' },
    ],
  })
  for (const command of [['check'], ['assert', 'a.yaml']]) {
    const github = await runCommand([...command, '--bar=%\n::x', ...call, '-o', 'github'])
    t.strictSame([github.code, github.out], [2, ''])
    t.match(github.err, /^::error title=usage-unknown-option::unknown option '--bar=%25\\n::x'\n::error title=/)
  }
  const terminal = await runCommand(['check', '--nod', '-f', world.yaml], { isTerminal: true, env: { NO_COLOR: '1' } })
  t.match(terminal.err, /^error\[usage-unknown-option\]: unknown option '--nod'\n +=? ?help: Did you mean --node\?\n/m)
})

t.test('beside a mistake of the call, errors of its files are told, and nobody is waited for', async t => {
  const { yaml } = PLAIN
  const odd = `${yaml}\n---\n{apiVersion: projectcalico.org/v3, kind: GlobalNetworkPolicy, metadata: {name: lost.p}, spec: {tier: lost, selector: all()}}\n`
  const files = t.testdir({ 'odd.yaml': odd })
  const path = join(files, 'odd.yaml')
  t.match(await runCommand(['check', '-f', path]), { out: /warning: .*\[unknown-tier\]/ })
  const wrong = await runCommand(['check', '-f', path, '--bogus'])
  t.match(wrong, { code: 2, out: '', err: /--bogus.*\[usage-unknown-option\]/ })
  t.notMatch(wrong.err, /warning/, 'what keeps no call from being done can wait')
  const said: string[] = []
  let isRead = false
  const code = await main(['check', '-f', '-', '--bogus'], {
    ...SILENT,
    writeError: async text => void said.push(text),
    readInput: async () => {
      isRead = true
      return new Uint8Array()
    },
  })
  t.strictSame([code, isRead], [2, false], 'standard input may be a terminal')
  t.match(said.join(''), /usage-unknown-option/)
})
