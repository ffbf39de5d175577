// Files are written whole, together and nowhere else: planted links, other names, failures and ends at every single step.

import { execFileSync } from 'node:child_process'
import fs, {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import fsPromises from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import t from 'tap'
import { folderForCompiledCode } from '../src/cli/writing/compiled-code.ts'
import { removeLeftovers } from '../src/cli/writing/new-file.ts'
import { replaceFiles } from '../src/cli/writing/replace-files.ts'
import { writeFiles } from '../src/cli/writing/write-files.ts'
import { cliCommands } from './helpers/cli-commands.ts'
import { runCommand } from './helpers/run-command.ts'

const MISTAKEN =
  'apiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata: {name: x}\nspec:\n  Selector: all()\n'
const MENDED = MISTAKEN.replace('Selector', 'selector')
const NODE = 'apiVersion: v1\nkind: Node\nmetadata: {name: node-1}\n'
const NAMES = ['v4.iptables', 'v4.ipset', 'v6.iptables', 'v6.ipset'] as const

/** What can change a folder, and what the writers call besides. */
const STEPS = ['open', 'link', 'symlink', 'rename', 'mkdir', 'rm', 'copyFile', 'lstat', 'realpath', 'stat'] as const

type Steps = Record<(typeof STEPS)[number], (...args: readonly unknown[]) => Promise<unknown>>

/** @param fails whether the step of this number, counted from 1, is refused */
async function withFailures(fails: (step: number) => boolean, run: () => Promise<unknown>): Promise<number> {
  const steps = fsPromises as unknown as Steps
  const real = { ...steps }
  let count = 0
  for (const name of STEPS) {
    steps[name] = async (...args) => {
      if (fails(++count)) throw Object.assign(new Error(`EIO: ${name}`), { code: 'EIO' })
      return real[name](...args)
    }
  }
  syncBuiltinESMExports()
  try {
    await run().catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'EIO') throw error
    })
  } finally {
    Object.assign(steps, real)
    syncBuiltinESMExports()
  }
  return count
}

// To wait for the disk is most of a write, and what is read here does not come from the disk: the calls are counted instead.
const anyHandle = await fsPromises.open('/dev/null')
const handles = Object.getPrototypeOf(anyHandle) as { sync: () => Promise<void> }
let syncs = 0
handles.sync = async () => {
  syncs++
}
await anyHandle.close()

const set = (text: string): Map<string, string> => new Map(NAMES.map(name => [name, `${text} ${name}\n`]))
const hidden = (folder: string): readonly string[] => readdirSync(folder).filter(name => name.startsWith('.calitables'))

/** `old`, `new`, `none` when all four files are that, else what they are. */
function state(folder: string): string {
  const found = NAMES.map(name => {
    const path = join(folder, name)
    const text = existsSync(path) ? readFileSync(path, 'utf8') : 'none'
    return text.endsWith(` ${name}\n`) ? text.slice(0, -name.length - 2) : text
  })
  return [...new Set(found)].join(' and ')
}

t.test(
  '-o: whoever is ended at any step leaves all files old or all new, and the next run leaves nothing else',
  async t => {
    // Of a folder that is not there, of an empty one, of one with files, and of one whose v6 files are links.
    const starts: Readonly<Record<string, (folder: string) => void>> = {
      none: () => undefined,
      'none ': folder => mkdirSync(folder),
      old: folder => {
        mkdirSync(folder)
        for (const [name, text] of set('old')) writeFileSync(join(folder, name), text)
      },
      'old ': folder => {
        mkdirSync(folder)
        for (const [name, text] of set('old')) {
          writeFileSync(join(folder, name.startsWith('v6') ? `kept-${name}` : name), text)
          if (name.startsWith('v6')) symlinkSync(`kept-${name}`, join(folder, name))
        }
      },
    }
    const base = t.testdir()
    for (const [before, start] of Object.entries(starts)) {
      const seen = new Set<string>()
      for (let last = 1, steps = Infinity; last <= steps; last++) {
        const folder = join(base, `${before.replace(' ', '-')}${last}`)
        start(folder)
        // Nothing that comes after the end happens, not even what would put things right.
        steps = await withFailures(
          step => step >= last,
          () => writeFiles(folder, set('new'), []),
        )
        if (steps < last) break
        const now = state(folder)
        seen.add(now)
        if (now !== before.trim() && now !== 'new') t.fail(`ended at step ${last}`, { before, now })
        await writeFiles(folder, set('next'), [])
        t.equal(state(folder), 'next')
        t.strictSame([...hidden(folder), ...hidden(base)], [], `${before}, ended at step ${last}: nothing is left`)
        t.notOk(
          NAMES.some(name => lstatSync(join(folder, name)).isSymbolicLink()),
          'no links',
        )
        fs.rmSync(folder, { recursive: true })
        steps = Infinity
      }
      t.strictSame([...seen].sort(), [before.trim(), 'new'].sort(), 'there are ends before and after the change')
    }
  },
)

t.test('-o: any one step may fail; then all files are old and nothing else is there', async t => {
  const base = t.testdir()
  let failed = 0
  for (let bad = 1; ; bad++) {
    const folder = join(base, `${bad}`)
    mkdirSync(folder)
    for (const [name, text] of set('old')) writeFileSync(join(folder, name), text, { mode: 0o640 })
    let ok = false
    const steps = await withFailures(
      step => step === bad,
      async () => {
        await writeFiles(folder, set('new'), [])
        ok = true
      },
    )
    if (steps < bad) break
    if (ok) {
      t.equal(state(folder), 'new')
      continue
    }
    failed++
    t.equal(state(folder), 'old', `step ${bad} fails`)
    t.strictSame(readdirSync(folder).sort(), [...NAMES].sort())
    t.ok(NAMES.every(name => (lstatSync(join(folder, name)).mode & 0o777) === 0o640))
  }
  t.ok(failed > 20, `${failed} steps`)
})

t.test('-o: planted links are replaced, not followed; what is no file is refused; stale files go', async t => {
  const folder = t.testdir({ victim: 'victim', out: {}, mixed: { 'v6.iptables': {} }, file: '' })
  const path = (...names: readonly string[]): string => join(folder, ...names)
  for (const name of NAMES) symlinkSync('../victim', path('out', name))
  await writeFiles(path('out'), set('new'), [])
  t.equal(state(path('out')), 'new')
  t.equal(readFileSync(path('victim'), 'utf8'), 'victim')
  t.notOk(lstatSync(path('out/v4.iptables')).isSymbolicLink())
  await writeFiles(path('out'), new Map([...set('last')].slice(0, 2)), ['v6.iptables', 'v6.ipset'])
  t.strictSame(readdirSync(path('out')).sort(), ['v4.ipset', 'v4.iptables'])
  await t.rejects(writeFiles(path('mixed'), set('new'), []), /is a folder/)
  await t.rejects(writeFiles(path('file'), set('new'), []), /no folder/)
  symlinkSync('nowhere', path('dangling'))
  await t.rejects(writeFiles(path('dangling'), set('new'), []), { code: 'ENOENT' })
  t.strictSame(readdirSync(folder).sort(), ['dangling', 'file', 'mixed', 'out', 'victim'])
  t.strictSame(readdirSync(path('mixed')), ['v6.iptables'])
})

t.test('where there are no links, one file is written and several stay as they were', async t => {
  const folder = t.testdir({ 'page.html': 'old', victim: 'victim' })
  for (const [name, text] of set('old')) writeFileSync(join(folder, name), text)
  const steps = fsPromises as unknown as Steps
  const real = steps.symlink
  steps.symlink = () => Promise.reject(Object.assign(new Error('EPERM: symlink'), { code: 'EPERM' }))
  syncBuiltinESMExports()
  try {
    await writeFiles(folder, new Map([['page.html', 'new']]), [])
    await t.rejects(writeFiles(folder, set('new'), []), { code: 'EPERM' })
  } finally {
    steps.symlink = real
    syncBuiltinESMExports()
  }
  t.equal(readFileSync(join(folder, 'page.html'), 'utf8'), 'new')
  t.equal(state(folder), 'old')
  t.strictSame(hidden(folder), [])
  fs.unlinkSync(join(folder, 'page.html'))
  symlinkSync('victim', join(folder, 'page.html'))
  await writeFiles(folder, new Map([['page.html', 'newer']]), [])
  t.strictSame(
    [readFileSync(join(folder, 'victim'), 'utf8'), lstatSync(join(folder, 'page.html')).isFile()],
    ['victim', true],
  )
  for (let bad = 1; ; bad++) {
    const count = await withFailures(
      step => step === bad,
      () => writeFiles(folder, new Map([['page.html', 'other']]), []),
    )
    if (count < bad) break
    t.match(readFileSync(join(folder, 'page.html'), 'utf8'), /^(newer|other)$/, `step ${bad} fails`)
    t.strictSame(hidden(folder), [])
  }
})

t.test('what is written is on the disk before anything points at it', async t => {
  const folder = t.testdir({ out: {}, 'a.yaml': MISTAKEN })
  syncs = 0
  await writeFiles(join(folder, 'out'), set('new'), [])
  t.equal(syncs, 4 + 6, 'four files; old, new, the folder beside twice, the folder twice')
  syncs = 0
  await writeFiles(join(folder, 'fresh'), set('new'), [])
  t.equal(syncs, 4 + 2, 'four files, their folder and its parent')
  syncs = 0
  await runCommand(['check', '--fix', '-f', folder])
  t.equal(syncs, 2, 'a file and its folder')
})

t.test('-o to where nothing can be made ends', async t => {
  const { code, out, err } = await runCommand(['compile', '-f', '-', '-o', '/proc/nope/a/b'], { input: NODE })
  t.match({ code, out, err }, { code: 2, out: '', err: /^error: cannot write to `\/proc\/nope\/a\/b`: no such/m })
  // Root could put a file in place of `/dev/stdout` or `/dev/null`.
  for (const folder of ['/dev', '/dev/.', '/dev/calitables-test'])
    await t.rejects(writeFiles(folder, new Map([['calitables-test', '']]), []), /`\/dev` is the folder of devices/)
})

t.test('--fix does not leave the folder that was named', async t => {
  const folder = t.testdir({ outside: { 'a.yaml': MISTAKEN, b: { 'b.yaml': MISTAKEN } }, in: { 'c.yaml': MISTAKEN } })
  const path = (...names: readonly string[]): string => join(folder, ...names)
  const fix = (...args: readonly string[]): ReturnType<typeof runCommand> => runCommand(['check', '--fix', ...args])
  const untouched = (): void => {
    t.equal(readFileSync(path('outside/a.yaml'), 'utf8'), MISTAKEN)
    t.equal(readFileSync(path('outside/b/b.yaml'), 'utf8'), MISTAKEN)
    t.equal(readFileSync(path('in/c.yaml'), 'utf8'), MISTAKEN, 'all or none')
  }
  const refused = /^error: nothing was mended: `.*` is a link that leads out of `.*in` \[unwritable-file\]\n$/
  symlinkSync('../outside/a.yaml', path('in/a.yaml'))
  t.match(await fix('-f', path('in')), { code: 2, out: '', err: refused })
  untouched()
  t.match(await fix('-f', path('in/c.yaml'), path('in/a.yaml')), { code: 2, out: '', err: refused }, 'named itself')
  untouched()
  fs.unlinkSync(path('in/a.yaml'))
  mkdirSync(path('inside'))
  writeFileSync(path('inside/d.yaml'), MISTAKEN)
  symlinkSync('../inside/d.yaml', path('in/d.yaml'))
  t.match(await fix('-f', path('in')), { code: 2, out: '', err: refused }, 'a folder whose name begins alike')
  t.equal(readFileSync(path('inside/d.yaml'), 'utf8'), MISTAKEN)
  untouched()
  fs.unlinkSync(path('in/d.yaml'))
  symlinkSync('../outside/b', path('in/b'))
  t.match(await fix('-R', '-f', path('in')), { code: 2, out: '', err: refused }, 'a folder that is a link')
  untouched()
  const before = process.cwd()
  process.chdir(path('in'))
  try {
    t.match(await fix('-R', '-f', '.'), { code: 2, out: '', err: /leads out of `\.` \[unwritable-file\]\n$/ })
  } finally {
    process.chdir(before)
  }
  untouched()
  fs.unlinkSync(path('in/b'))
  symlinkSync('in', path('named'))
  t.match(await fix('-f', path('named')), { code: 0 }, 'the folder that was named may be a link itself')
  t.equal(readFileSync(path('in/c.yaml'), 'utf8'), MENDED)
})

t.test('--fix says what it cannot keep: other names, and an owner', async t => {
  const folder = t.testdir({ 'a.yaml': MISTAKEN })
  const path = (name: string): string => join(folder, name)
  linkSync(path('a.yaml'), path('b.txt'))
  chmodSync(path('a.yaml'), 0o662)
  const isRoot = process.getuid?.() === 0
  if (isRoot) chownSync(path('a.yaml'), 12, 34)
  else t.comment('SKIPPED: only root can give a file to somebody')
  const dry = await runCommand(['check', '--dry-run', '-f', folder])
  t.match(dry.err, /^note: `.*a\.yaml` is one of 2 names of a file; the others would keep the old text$/m)
  const { err } = await runCommand(['check', '--fix', '-f', folder])
  t.match(err, /^note: `.*a\.yaml` was one of 2 names of a file; the others keep the old text$/m)
  t.equal(readFileSync(path('a.yaml'), 'utf8'), MENDED)
  t.equal(readFileSync(path('b.txt'), 'utf8'), MISTAKEN)
  const { uid, gid, mode } = statSync(path('a.yaml'))
  t.equal(mode & 0o777, 0o662)
  if (isRoot) t.strictSame([uid, gid], [12, 34])
  t.strictSame(readdirSync(folder).sort(), ['a.yaml', 'b.txt'])
})

t.test(
  '--fix: each file is old or new wherever it ends, all are old when a step fails, and the next run tidies up',
  async t => {
    const base = t.testdir()
    const write = (folder: string): readonly { path: string; root: string; before: string; after: string }[] => {
      mkdirSync(folder)
      return ['a', 'b', 'c'].map(name => {
        const path = join(folder, name)
        writeFileSync(path, 'old')
        return { path, root: folder, before: 'old', after: 'new' }
      })
    }
    const texts = (folder: string): string => ['a', 'b', 'c'].map(n => readFileSync(join(folder, n), 'utf8')).join(' ')
    for (const isEnd of [true, false]) {
      for (let bad = 1; ; bad++) {
        const folder = join(base, `${String(isEnd)}${bad}`)
        const files = write(folder)
        let ok = false
        const steps = await withFailures(
          step => (isEnd ? step >= bad : step === bad),
          async () => {
            await replaceFiles(files, files)
            ok = true
          },
        )
        if (steps < bad) break
        const now = texts(folder)
        if (ok) t.equal(now, 'new new new')
        else if (!isEnd) t.equal(now, 'old old old', `step ${bad} fails`)
        else t.match(now, /^(old|new) (old|new) (old|new)$/, `ended at step ${bad}`)
        await replaceFiles([], files)
        t.strictSame(readdirSync(folder).sort(), ['a', 'b', 'c'])
      }
    }
  },
)

t.test('--fix writes over nothing but what was read', async t => {
  const rows: readonly (readonly [why: string, there: string | Buffer, isWritten: boolean])[] = [
    ['as it was read', 'old', true],
    ['changed since', 'older', false],
    ['another text of the same length', 'odd', false],
    ['bytes that are not UTF-8, which were read as others', Buffer.from([0x6f, 0x6c, 0xff]), false],
  ]
  const base = t.testdir()
  for (const [index, [why, there, isWritten]] of rows.entries()) {
    const folder = join(base, `${index}`)
    mkdirSync(folder)
    const [path, other] = [join(folder, 'a.yaml'), join(folder, 'b.yaml')]
    writeFileSync(path, there)
    writeFileSync(other, 'old')
    const before = typeof there === 'string' ? 'old' : there.toString()
    const files = [
      { path: other, root: folder, before: 'old', after: 'new' },
      { path, root: folder, before, after: 'new' },
    ]
    const said = await replaceFiles(files, files).then(
      () => 'written',
      (error: unknown) => String(error),
    )
    t.match(said, isWritten ? /^written$/ : /is not UTF-8, or has changed since it was read/, why)
    t.strictSame(readFileSync(path), isWritten ? Buffer.from('new') : Buffer.from(there), why)
    t.equal(readFileSync(other, 'utf8'), isWritten ? 'new' : 'old', 'all or none')
  }
})

t.test('what others planted under our names stays when it is not ours to remove', async t => {
  const hex = '0'.repeat(32)
  const folder = t.testdir({ 'a.yaml': MISTAKEN, victim: { kept: '' } })
  // Process 1 runs; links are removed as links; a folder for links to lead into is not what --fix leaves.
  const names = [`.calitables-file-1-${hex}`, `.calitables-swap-999999999-${hex}`, '.calitables-file', '.a.yaml.1.tmp']
  for (const name of names) writeFileSync(join(folder, name), '')
  symlinkSync('victim', join(folder, `.calitables-file-999999999-${hex}`))
  t.match(await runCommand(['check', '--fix', '-f', folder]), { code: 0 })
  t.strictSame(readdirSync(folder).sort(), [...names, 'a.yaml', 'victim'].sort())
  t.ok(existsSync(join(folder, 'victim/kept')))
  // Folders of others are not gone through, who could put links there meanwhile; one of ours goes.
  const [ours = '', others = ''] = ['1', '2'].map(digit =>
    join(folder, `.calitables-swap-999999999-${digit.repeat(32)}`),
  )
  for (const path of [ours, others]) mkdirSync(path)
  if (process.getuid?.() === 0) chownSync(others, 12, 34)
  else t.comment('SKIPPED: only root can give a folder to somebody')
  await writeFiles(folder, set('new'), [])
  t.strictSame([existsSync(ours), existsSync(others)], [false, process.getuid?.() === 0])
})

t.test('what a run left goes when the run has ended, whoever ran it', async t => {
  const rows = [
    ['ESRCH', false, 'there is no such process'],
    ['EPERM', true, 'somebody else runs it'],
  ] as const
  for (const [code, stays, why] of rows) {
    const folder = t.testdir({ [`.calitables-file-12345-${'0'.repeat(32)}`]: '', 'a.yaml': '' })
    const kill = t.capture(process, 'kill', () => {
      throw Object.assign(new Error(code), { code })
    })
    await removeLeftovers([join(folder, 'a.yaml')], 'file')
    kill.restore()
    t.equal(readdirSync(folder).length, stays ? 2 : 1, why)
  }
})

t.test('only one folder of the program writes files', async t => {
  const src = new URL('../src/', import.meta.url).pathname
  const writers =
    /\b(writeFile|appendFile|rename|rm|rmdir|unlink|mkdir|mkdtemp|symlink|link|copyFile|cp|chmod|chown|truncate|createWriteStream|open)(Sync)?\b/
  const readers = /^cli\/(read-bytes|read-lines|load-built)\.ts$/
  for (const name of readdirSync(src, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.ts') || name.startsWith('cli/writing/')) continue
    const text = readFileSync(join(src, name), 'utf8')
    const imports = text.match(/import [^;]*? from 'node:fs(\/promises)?'/g) ?? []
    if (!readers.test(name)) {
      for (const line of imports) t.notMatch(line, writers, name)
      continue
    }
    for (const line of imports) t.notMatch(line.replace(/\bopen(Sync)?\b/, ''), writers, name)
    for (const line of text.split('\n').filter(line => /\bopen(Sync)?\(/.test(line))) {
      t.match(line, /'r'|O_RDONLY/, `${name} opens files to read them`)
      t.notMatch(line, /O_(WRONLY|RDWR|CREAT|TRUNC|APPEND)/, name)
    }
  }
})

/** Where each option that writes is put, and the file of it that is attacked. */
const WRITERS: Readonly<
  Record<string, (folder: string) => { readonly args: readonly string[]; readonly file: string }>
> = {
  'compile --output-dir': folder => ({
    args: ['compile', '-f', join(folder, 'node.yaml'), '--output-dir', join(folder, 'in')],
    file: 'v4.iptables',
  }),
  'collect --output-dir': folder => ({ args: ['collect', '--output-dir', join(folder, 'in')], file: 'pods.yaml' }),
  'page --output-file': folder => ({
    args: ['page', '-f', join(folder, 'node.yaml'), '--node', 'node-1', '--output-file', join(folder, 'in/page.html')],
    file: 'page.html',
  }),
  'check --fix': folder => ({ args: ['check', '--fix', '-f', join(folder, 'in')], file: 'a.yaml' }),
}

/** What stands where a file is to be written; `victim` is outside. */
const PLANTED: Readonly<Record<string, (path: string, victim: string) => void>> = {
  'a link to a file of others': (path, victim) => symlinkSync(victim, path),
  'a link to a file of others that is not there yet': (path, victim) => symlinkSync(`${victim}-new`, path),
  'another name of a file of others': (path, victim) => linkSync(victim, path),
  'a pipe that nobody reads': path => void execFileSync('mkfifo', [path]),
  'a folder': path => {
    mkdirSync(path)
    writeFileSync(join(path, 'kept'), 'kept')
  },
  'a file that may only be read': path => writeFileSync(path, MISTAKEN, { mode: 0o444 }),
}

t.test('every option that writes leaves alone what is planted where it writes', async t => {
  const commands = await cliCommands()
  const writing = commands.flatMap(({ name, options }) =>
    options
      .filter(({ long, description }) => /^--output-(dir|file)$/.test(long ?? '') || /^(re)?write /.test(description))
      .map(({ long }) => `${name} ${long ?? ''}`),
  )
  t.strictSame(writing.sort(), Object.keys(WRITERS).sort(), 'those of the command line')
  const bin = t.testdir({ kubectl: '#!/bin/sh\necho items: []\n' })
  chmodSync(join(bin, 'kubectl'), 0o755)
  const path = process.env['PATH'] ?? ''
  process.env['PATH'] = `${bin}:${path}`
  t.teardown(() => void (process.env['PATH'] = path))
  for (const [option, make] of Object.entries(WRITERS)) {
    for (const [planted, plant] of Object.entries(PLANTED)) {
      const title = `${option}: ${planted}`
      const folder = mkdtempSync(join(bin, 'case-'))
      mkdirSync(join(folder, 'in'))
      mkdirSync(join(folder, 'outside'))
      writeFileSync(join(folder, 'node.yaml'), NODE)
      const victim = join(folder, 'outside/victim.yaml')
      writeFileSync(victim, MISTAKEN)
      const { args, file } = make(folder)
      const target = join(folder, 'in', file)
      plant(target, victim)
      const { code, out, err } = await runCommand(args)
      t.ok(code === 2 ? out === '' : code === 0 || code === 1, `${title}: ${code} ${err.slice(0, 200)}`)
      t.notMatch(err, /is a bug|^ {4}at /m, title)
      t.equal(readFileSync(victim, 'utf8'), MISTAKEN, `${title}: the file of others`)
      t.strictSame(readdirSync(join(folder, 'outside')), ['victim.yaml'], `${title}: nothing new outside`)
      if (planted === 'a folder') t.equal(readFileSync(join(target, 'kept'), 'utf8'), 'kept', title)
      if (code === 0 && planted !== 'a folder') {
        const real = fs.realpathSync(target)
        t.ok(
          real.startsWith(fs.realpathSync(join(folder, 'in'))) && statSync(real).isFile(),
          `${title}: a file of its own`,
        )
      }
    }
  }
})

t.test('what Node has compiled is kept where nobody else can write, or not at all', async t => {
  const root = mkdtempSync(join(t.testdir(), 'home-'))
  const user = process.getuid?.()
  let count = 0
  const home = (prepare: (folder: string) => void): string => {
    const folder = join(root, `${count++}`)
    mkdirSync(join(folder, '.cache'), { recursive: true })
    prepare(join(folder, '.cache/calitables'))
    return folder
  }
  const taken = home(() => {})
  t.equal(folderForCompiledCode(undefined, taken, user), join(taken, '.cache/calitables'), 'it is made')
  t.equal(statSync(join(taken, '.cache/calitables')).mode & 0o777, 0o700, 'for its user alone')
  t.equal(
    folderForCompiledCode('relative', taken, user),
    join(taken, '.cache/calitables'),
    'a relative XDG_CACHE_HOME is none',
  )
  t.equal(folderForCompiledCode(join(root, 'xdg'), taken, user), join(root, 'xdg/calitables'), 'XDG_CACHE_HOME')
  const refused: Record<string, string> = {
    'a link': home(folder => symlinkSync(taken, folder)),
    'a file': home(folder => writeFileSync(folder, '')),
    'a folder that all can write to': home(folder => {
      mkdirSync(folder)
      chmodSync(folder, 0o777)
    }),
    'a folder that its group can write to': home(folder => {
      mkdirSync(folder)
      chmodSync(folder, 0o770)
    }),
    'a home that is missing': join(root, 'missing'),
  }
  for (const [what, folder] of Object.entries(refused)) {
    t.equal(folderForCompiledCode(undefined, folder, user), undefined, what)
  }
  t.equal(folderForCompiledCode(undefined, taken, (user ?? 0) + 1), undefined, "another user's home, as sudo leaves it")
  t.equal(folderForCompiledCode(undefined, taken, undefined), undefined, 'where there are no users')
  t.notMatch(
    readFileSync(new URL('../bin/calitables.js', import.meta.url), 'utf8'),
    /enableCompileCache/,
    'the start leaves it to load-built',
  )
})
