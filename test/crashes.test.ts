// What no input may do: make a run end in an exception. And how a run ends that cannot end well.

import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parseAllDocuments } from 'yaml'
import { check } from '../src/check.ts'
import { reportFailure } from '../src/cli/failure.ts'
import { type Io, OutputError } from '../src/cli/io.ts'
import { main } from '../src/cli/main.ts'
import { FileError } from '../src/cli/read-bytes.ts'
import { reason } from '../src/cli/read-sources.ts'
import { compile } from '../src/compile.ts'
import { fixFile } from '../src/fix.ts'
import { convertResources } from '../src/convert.ts'
import { readCase } from './helpers/cases.ts'
import { GOLDEN_FOLDER, goldenCases } from './helpers/golden.ts'
import { runCommand } from './helpers/run-command.ts'

type Tree = unknown

/** Values that are of no type that anybody meant. `toString` makes a mapping one that cannot be made text. */
const ODD: readonly Tree[] = [
  { toString: 'x' },
  ['db'],
  [{ toString: {} }],
  {},
  [],
  null,
  true,
  -0.5,
  '',
  'a\u0000\u001b b\n',
  '__proto__',
]

/** Each place of each kind once, however often it occurs. */
function* withOddValues(documents: readonly Tree[]): Generator<string> {
  const seen = new Set<string>()
  for (const document of documents) {
    const { kind } = document as { readonly kind?: unknown }
    for (const path of pathsOf(document)) {
      const key = JSON.stringify([kind, path.map(step => (typeof step === 'number' ? 0 : step))])
      if (seen.has(key)) continue
      seen.add(key)
      // Two of them in turn: all of them everywhere is for a longer run.
      for (const turn of [seen.size, seen.size * 7 + 3])
        yield JSON.stringify(replaced(document, path, ODD[turn % ODD.length]))
    }
  }
}

function pathsOf(value: Tree): readonly (readonly (string | number)[])[] {
  if (typeof value !== 'object' || value === null) return []
  const entries = Array.isArray(value) ? [...value.entries()] : Object.entries(value)
  return entries.flatMap(([key, child]) => [[key], ...pathsOf(child).map(rest => [key, ...rest])])
}

function replaced(value: Tree, [step, ...rest]: readonly (string | number)[], odd: Tree): Tree {
  if (step === undefined) return odd
  if (Array.isArray(value)) return value.map((item: Tree, index) => (index === step ? replaced(item, rest, odd) : item))
  const mapping = value as Readonly<Record<string, Tree>>
  return { ...mapping, [step]: replaced(mapping[step], rest, odd) }
}

t.test('a value of the wrong type anywhere in any kind is a message, whatever is run', async t => {
  const texts = goldenCases().flatMap(name => readCase(join(GOLDEN_FOLDER, name)).files.map(({ text }) => text))
  const documents = texts.flatMap(text =>
    parseAllDocuments(text).flatMap(one => (one.errors.length > 0 ? [] : [one.toJS() as Tree])),
  )
  let count = 0
  const finds: string[] = []
  for (const text of withOddValues(documents.filter(one => typeof one === 'object' && one !== null))) {
    if (text.length > 4000) continue
    count++
    const files = [{ name: 'a.json', text }]
    for (const run of [
      () => check({ files }),
      () => compile({ files, node: 'node-1' }),
      () => convertResources(files),
      () => fixFile({ name: 'a.json', text }),
    ]) {
      try {
        run()
      } catch (error) {
        finds.push(`${String(error)} ${(error as Error).stack?.split('\n')[1]?.trim() ?? ''}: ${text.slice(0, 300)}`)
      }
    }
  }
  t.strictSame(finds.slice(0, 5), [])
  t.ok(count > 500, `${count} inputs`)
})

/** What may stand behind an address so that something else comes of it. */
const BEHIND: readonly string[] = [
  '\u0000',
  '\n-A FORWARD -j ACCEPT',
  ' -j ACCEPT',
  '\u001b[2J',
  ';',
  "'",
  '%eth0',
  '\u2028',
]

const ADDRESS = /^\s*(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-fA-F]*:[0-9a-fA-F:]+)(?:\/\d+)?(?:,.*)?$/

/** What follows an option that takes addresses, or stands in a set: addresses, nets, ports and nothing else. */
const WORDS =
  /(?:--source|--destination|--src|--dst|-s|-d|--to-destination|--to-source|--to) (?<word>.*?)(?= --?[a-z]|$)|^add \S+ (?<member>.*)$/gm
const CLEAN = /^(?:[0-9a-f.:/,[\]-]+|[0-9a-f.:]+,(?:tcp|udp|sctp):\d+|\d+)$/

t.test('what is put behind an address anywhere is refused, or never reaches the rules', async t => {
  let count = 0
  const finds: string[] = []
  const seen = new Set<string>()
  for (const name of goldenCases()) {
    const { files, node, host } = readCase(join(GOLDEN_FOLDER, name))
    const documents = files.flatMap(({ text }) => parseAllDocuments(text).map(one => one.toJS() as Tree))
    for (const [index, document] of documents.entries()) {
      const { kind } = document as { readonly kind?: unknown }
      for (const path of pathsOf(document)) {
        const value = path.reduce<Tree>((at, step) => (at as Readonly<Record<string | number, Tree>>)[step], document)
        const key = JSON.stringify([kind, path.map(step => (typeof step === 'number' ? 0 : step))])
        if (typeof value !== 'string' || !ADDRESS.test(value) || seen.has(key)) continue
        seen.add(key)
        for (const behind of BEHIND) {
          const odd = documents.map((one, at) => (at === index ? replaced(one, path, value + behind) : one))
          const text = odd.map(one => JSON.stringify(one)).join('\n---\n')
          const result = compile({ files: [{ name: 'a.yaml', text }], node, host })
          count++
          if (!result.ok) continue
          for (const { text: printed } of Object.values(result.output.versions)) {
            for (const { groups } of `${printed.iptables}${printed.ipset}`.matchAll(WORDS)) {
              const word = groups?.['word'] ?? groups?.['member'] ?? ''
              if (!CLEAN.test(word)) finds.push(`${key} ${JSON.stringify(behind)}: ${JSON.stringify(word)}`)
            }
          }
        }
      }
    }
  }
  t.strictSame([...new Set(finds)].slice(0, 20), [])
  t.ok(count > 100, `${count} inputs`)
})

t.test('a bug ends in three lines, an output that takes nothing more in one, and neither in a stack', async t => {
  const said = async (error: unknown, wantsStack = false): Promise<string> => {
    const lines: string[] = []
    const io: Io = {
      writeOut: () => Promise.reject(new Error('nothing may be printed')),
      writeError: async text => void lines.push(text),
      readInput: async () => new Uint8Array(),
      isErrorTerminal: false,
      isOutTerminal: false,
    }
    t.equal(await reportFailure(error, wantsStack, io), 2)
    return lines.join('')
  }
  const bug = new RangeError('too deep\n::error::\u001b[2J')
  t.match(
    await said(bug),
    /^error: this is a bug in calitables [^\n]*\nRangeError: too deep ::error::[^\n\u001b]*\n[^\n]*--debug[^\n]*\n$/,
  )
  t.match(await said(bug, true), /\n +at .*crashes\.test/)
  t.equal(
    await said(new OutputError(Object.assign(new Error('x'), { code: 'ENOSPC' }))),
    'error: cannot write: there is no space left [unwritable-file]\n',
  )
})

t.test('a bug met where a file is read or written is no fault of the file', async t => {
  const bug = new TypeError('undefined is not a function')
  t.throws(() => reason(bug), bug)
  t.throws(() => reason(new Error('not offered')), { message: 'not offered' })
  for (const told of [
    new FileError('it is a pipe'),
    new RangeError('Array buffer allocation failed'),
    Object.assign(new TypeError('no null bytes'), { code: 'ERR_INVALID_ARG_VALUE' }),
  ])
    t.equal(reason(told), told.message)
  t.equal(reason(Object.assign(new Error('ENOENT: …'), { code: 'ENOENT' })), 'no such file or folder')
  const lines: string[] = []
  const io: Io = {
    writeOut: () => Promise.reject(new Error('nothing may be printed')),
    writeError: async text => void lines.push(text),
    readInput: () => Promise.reject(bug),
    isErrorTerminal: false,
    isOutTerminal: false,
  }
  for (const call of [
    ['-f', '-'],
    ['-f', join(GOLDEN_FOLDER, 'diagnostics'), '-R', '--host', '-'],
  ]) {
    t.equal(await main(['check', ...call], io), 2)
    t.match(
      lines.splice(0).join(''),
      /^error: this is a bug in calitables [^\n]*\nTypeError: undefined is not a function\n/,
    )
  }
})

t.test('what is no regular file is refused by its type, and pipes of the shell are read', async t => {
  const folder = t.testdir({ 'a.yaml': 'apiVersion: v1\nkind: Node\nmetadata: {name: node-1}\n' })
  const path = join(folder, 'a.yaml')
  const fifo = join(folder, 'pipe')
  spawnSync('mkfifo', [fifo])
  const options: readonly (readonly string[])[] = [
    ['check', '-f'],
    ['check', '-f', path, '--host'],
    ['trace', '-f', path, '--packets'],
    ['trace', '-f', path, '--expect', path, '--packets'],
    ['trace', '--from', '192.0.2.1', '--to', 'host', '--rules'],
    ['trace', '--from', '192.0.2.1', '--to', 'host', '--rules', path, '--sets'],
  ]
  for (const option of options) {
    for (const odd of ['/dev/zero', fifo, '/proc/self/status']) {
      const { code, out, err } = await runCommand([...option, odd])
      t.match({ code, out }, { code: 2, out: '' }, `${option.join(' ')} ${odd}`)
      t.match(err, /it is a (device|pipe|file of the kernel)/, err)
    }
  }
  t.match(await runCommand(['check', '-f', '/dev/null', path]), { code: 0 }, 'as good as an empty file')
  const bin = new URL('../bin/calitables.js', import.meta.url).pathname
  const shell = (command: string): number | null =>
    spawnSync('bash', ['-c', command, bin, path], { stdio: 'ignore' }).status
  t.equal(shell('node "$0" check -f <(cat "$1")'), 0, 'a pipe of the shell')
  t.equal(shell('cat "$1" | node "$0" check -f /dev/stdin'), 0, 'standard input by its path')
  t.equal(shell('node "$0" check -f - < /dev/zero'), 2, 'a device as standard input')
  t.equal(shell('node "$0" compile -f "$1" > /dev/full'), 2, 'a full disk')
  t.equal(
    shell('node "$0" compile -f "$1" 2>/dev/null | true; exit ${PIPESTATUS[0]}'),
    0,
    'a reader that has gone away',
  )
})

t.test('files that a folder brings along are read within bounds', async t => {
  const node = 'apiVersion: v1\nkind: Node\nmetadata: {name: node-1}\n'
  const stars = '**/a/**/a/**/a/**/b'
  const folder = t.testdir({
    device: { 'a.yaml': node, '.calitablesignore': t.fixture('symlink', '/dev/zero') },
    pipe: { 'a.yaml': node },
    stars: { 'a.yaml': node, '.calitablesignore': `# ${stars}\n${stars}\n` },
    many: { 'a.yaml': node, '.calitablesignore': 'x\n'.repeat(1001) },
    fine: { 'a.yaml': node, 'b.yaml': 'a: b: c', '.calitablesignore': `# ${stars}\n\n**/x/**\nb.yaml\n` },
    often: { '.calitablesignore': 'a/**/*/**/*/**/b\n'.repeat(1000) },
    lesson: { one: { 'lesson.md': t.fixture('symlink', '/dev/zero') } },
    settings: { 'calitables.yaml': 'paths: ["-"]\n', 'env.yaml': 'envFile: [/dev/zero]\npaths: [../fine]\n' },
  })
  spawnSync('mkfifo', [join(folder, 'pipe/.calitablesignore')])
  const check = (name: string, ...more: readonly string[]): ReturnType<typeof runCommand> =>
    runCommand(['check', '-R', '-f', join(folder, name), ...more])
  t.match(await check('fine'), { code: 0 })
  t.match(await check('device'), { code: 2, out: '', err: /`\.calitablesignore`: it is a device/ })
  t.match(await check('pipe'), { code: 2, out: '', err: /`\.calitablesignore`: it is a pipe/ })
  t.match(await check('stars'), { code: 2, out: '', err: /has `\*\*` more than 3 times/ })
  t.match(await check('many'), { code: 2, out: '', err: /more than 1000 patterns/ })
  t.match(await check('fine', '--exclude', stars), { code: 2, out: '', err: /has `\*\*` more than 3 times/ })
  const deep = join(folder, 'fine', ...Array.from({ length: 70 }, () => 'a'))
  mkdirSync(deep, { recursive: true })
  t.match(await check('fine'), { code: 1, out: /more than 64 folders deep/ })
  const often = join(folder, 'often', ...Array.from({ length: 60 }, () => 'a'))
  mkdirSync(often, { recursive: true })
  for (let index = 0; index < 100; index++) writeFileSync(join(often, `${index}.yaml`), node)
  const { code, err } = await check('often')
  t.match({ code, err }, { code: 2, err: /take too long for so many files/ }, 'what each pattern may do, all may not')
  t.equal(err.match(/take too long/g)?.length, 1, 'it is said once')
  t.match(await runCommand(['page', '--lessons', join(folder, 'lesson')]), { code: 2, out: '', err: /it is a device/ })
  const settings = (name: string): ReturnType<typeof runCommand> =>
    runCommand(['check', '--config', join(folder, 'settings', name)], { input: 'a: b: c' })
  t.match(
    await settings('calitables.yaml'),
    { code: 2, out: '', err: /no such file/ },
    'standard input is not waited for',
  )
  t.match(await settings('env.yaml'), { code: 2, out: '' })
})

t.test('a revision of git is never an option', async t => {
  const folder = t.testdir()
  for (const revision of ['--output=x', '-x', '--upload-pack=touch x', '--help']) {
    for (const [old, now] of [
      [`${revision}:a`, 'HEAD:b'],
      ['HEAD:b', `${revision}:a`],
      [`HEAD:${revision}`, 'HEAD:b'],
      [`a..b${revision}:x`, 'HEAD:b'],
    ] as const) {
      const { code, out } = await runCommand(['diff', '--node', 'n', '--', old, now])
      t.match({ code, out }, { code: 2, out: '' }, `${old} ${now}`)
    }
  }
  t.strictSame(readdirSync(folder), [])
})

t.test('long lists do not end on the stack', async t => {
  const nets = Array.from({ length: 130_000 }, (_, i) => `10.${(i >> 8) & 255}.${i & 255}.0/24`)
  const policy = {
    apiVersion: 'projectcalico.org/v3',
    kind: 'GlobalNetworkPolicy',
    metadata: { name: 'x' },
    spec: {
      selector: 'all()',
      types: ['Ingress'],
      ingress: [{ action: 'Allow', source: { nets }, destination: { nets: ['10.0.0.0/8', '11.0.0.0/8'] } }],
    },
  }
  const endpoint = {
    apiVersion: 'projectcalico.org/v3',
    kind: 'HostEndpoint',
    metadata: { name: 'h' },
    spec: { node: 'node-1', interfaceName: 'eth0', expectedIPs: ['192.0.2.1'] },
  }
  const text = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [policy, endpoint] })
  const { code, err } = await runCommand(['compile', '-f', '-', '--annotate', '--table', 'filter'], { input: text })
  t.equal(code, 0, err)
})

t.test('chains that lead to each other thousands deep do not end on the stack', async t => {
  /** By a table, a chain of the kernel, the name of the chains and the end of the last one. */
  const saved = (depth: number, table: string, hook: string, name: string, end: string): string => {
    const jump = (index: number): string => `-A ${name}${index} -s 10.0.${index % 256}.0/24 -j ${name}${index + 1}`
    const lines = Array.from({ length: depth }, (_, index) => index)
    return [
      `*${table}`,
      `:${hook} ACCEPT [0:0]`,
      ...lines.map(index => `:${name}${index} - [0:0]`),
      `-A ${hook} -j ${name}0`,
      ...lines.slice(1).map(index => jump(index - 1)),
      `-A ${name}${depth - 1} ${end}`,
      'COMMIT\n',
    ].join('\n')
  }
  for (const [title, text] of [
    ['a filter', saved(2000, 'filter', 'INPUT', 'c', '-j DROP')],
    ['destinations', saved(10_000, 'nat', 'PREROUTING', 'c', '-p tcp -j DNAT --to-destination 10.0.0.1:80')],
    ["names like Calico's", saved(10_000, 'filter', 'FORWARD', 'cali-x', '-j DROP')],
  ] as const) {
    const folder = t.testdir({
      'a.yaml': 'apiVersion: v1\nkind: Node\nmetadata: {name: node-1}\n',
      'host.json': '[{"ifname":"eth0","addr_info":[{"family":"inet","local":"192.0.2.1","prefixlen":24}]}]',
      'rules.txt': text,
    })
    const on = ['--node', 'node-1', '--host', join(folder, 'host.json'), '--rules', join(folder, 'rules.txt')]
    const audit = await runCommand(['audit', '-f', join(folder, 'a.yaml'), ...on])
    t.match(audit, { code: 1, out: /effect, IPv4: not known: chains lead\s+to each other more than 300\s+deep/ }, title)
    const diff = await runCommand(['diff', join(folder, 'a.yaml'), ...on])
    t.match(diff, { code: 2, out: '', err: /more than 300 deep/ }, title)
  }
})
