// The package as others get it: packed, unpacked into a project of its own, typed, run, and run where there is no Node.

import { execFileSync, spawnSync, type SpawnSyncReturns } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createContext, runInContext } from 'node:vm'
import { build } from 'esbuild'
import t from 'tap'

const ROOT = fileURLToPath(new URL('../', import.meta.url))
const BIN = join(ROOT, 'node_modules/.bin')
const folder = mkdtempSync(join(tmpdir(), 'calitables-package-'))
t.teardown(() => rmSync(folder, { recursive: true }))

/** The blocks of docs/api.md as one program: imports first. */
function apiProgram(): string {
  const document = readFileSync(join(ROOT, 'docs/api.md'), 'utf8')
  const blocks = [...document.matchAll(/^```js\n(.*?)^```$/gms)].map(([, code = '']) => code)
  const lines = blocks.join('\n').split('\n')
  const isImport = (line: string): boolean => line.startsWith('import ')
  return [
    ...lines.filter(isImport),
    "function assert(what) { if (!what) throw new Error('an example of docs/api.md is not true') }",
    ...lines.filter(line => !isImport(line)),
  ].join('\n')
}

interface Packed {
  readonly filename: string
  readonly size: number
  readonly files: readonly { readonly path: string }[]
}

// `env -i`: tap would otherwise load itself into the child.
function run(command: string, args: readonly string[], cwd = folder): SpawnSyncReturns<string> {
  const kept = ['PATH', 'HOME'].map(name => `${name}=${process.env[name] ?? ''}`)
  return spawnSync('env', ['-i', ...kept, command, ...args], { cwd, encoding: 'utf8' })
}

/** Packing builds anew, which takes `dist` away for a moment: other tests run what is there. */
function copyOfSources(): string {
  const copy = join(folder, 'sources')
  mkdirSync(copy)
  for (const name of readdirSync(ROOT)) {
    if (/^(node_modules|dist|\.git|\.tap|\.tsimp)$/.test(name)) continue
    cpSync(join(ROOT, name), join(copy, name), {
      recursive: true,
      filter: path => !path.includes('tap-testdir') && !path.includes('/.tap/'),
    })
  }
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'))
  return copy
}

interface Locked {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

/** Where Node looks for a package that the one in `folder` names, nearest first. */
function placesOf(name: string, folder: string): readonly string[] {
  const parts = folder.split('/node_modules/')
  return parts
    .map((_, index) => [...parts.slice(0, parts.length - index), name].join('/node_modules/'))
    .concat(`node_modules/${name}`)
}

t.test('the lock file holds what every system needs: npm ci refuses it where one of them is missing', async t => {
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, Locked>>
  }
  const missing = Object.entries(packages).flatMap(([folder, { dependencies, optionalDependencies }]) =>
    Object.keys({ ...dependencies, ...optionalDependencies })
      .filter(name => !placesOf(name, folder).some(place => Object.hasOwn(packages, place)))
      .map(name => `${folder} needs ${name}`),
  )
  t.same(missing, [])
  t.ok(Object.hasOwn(packages, 'node_modules/@esbuild/win32-x64'), 'systems other than this one')
})

t.test('the package', async t => {
  const copy = copyOfSources()
  mkdirSync(join(copy, 'dist/tools'), { recursive: true })
  writeFileSync(join(copy, 'dist/tools/left-over.js'), '// tools were built before\n')
  const packing = run('npm', ['pack', '--json', '--pack-destination', folder], copy)
  t.equal(packing.status, 0, packing.stderr)
  const [packed] = JSON.parse(packing.stdout.slice(packing.stdout.indexOf('['))) as readonly Packed[]
  if (packed === undefined) throw new Error('npm pack says nothing')

  await t.test('holds bin, dist and docs, and is small', async t => {
    const strangers = packed.files
      .map(({ path }) => path)
      .filter(path => !/^(bin\/|dist\/(?!tools\/)|docs\/|package\.json$|README\.md$|LICENSE$)/.test(path))
    t.same(strangers, [])
    t.ok(packed.size < 1_000_000, `${packed.size} bytes`)
    const texts = packed.files.filter(({ path }) => /^dist\/.*js$/.test(path)).map(({ path }) => path)
    const own = texts.filter(path => readFileSync(join(copy, path), 'utf8').includes('is not between 1 and 65535'))
    t.same(own, ['dist/core.js'], 'the compiler is in it once, beside the one inside the page')
  })

  const project = join(folder, 'project')
  const installed = join(project, 'node_modules/calitables')
  mkdirSync(installed, { recursive: true })
  execFileSync('tar', ['-xzf', join(folder, packed.filename), '-C', installed, '--strip-components=1'])

  await t.test('is what bundlers and type checkers expect', async t => {
    const publint = run(join(BIN, 'publint'), ['run', installed, '--strict', '--pack', 'false'])
    t.equal(publint.status, 0, publint.stdout + publint.stderr)
    const attw = run(join(BIN, 'attw'), [join(folder, packed.filename), '--profile', 'esm-only'])
    t.equal(attw.status, 0, attw.stdout + attw.stderr)
  })

  await t.test('has the licences of what is bundled', async t => {
    const licences = readFileSync(join(installed, 'dist/THIRD-PARTY-LICENSES'), 'utf8')
    for (const name of [
      'zod',
      'yaml',
      'ipaddr.js',
      're2js',
      '@noble/hashes',
      'commander',
      'preact',
      '@codemirror/view',
    ])
      t.match(licences, new RegExp(`^${name.replace('.', '\\.')} \\d+\\.\\d+\\.\\d+`, 'm'), name)
  })

  await t.test('loads the compiler on first use, and no sooner', async t => {
    const program = `import { Pipeline, compile } from 'calitables'
import { createRequire } from 'node:module'
const { loaded } = createRequire(import.meta.url)('./node_modules/calitables/dist/cli/start.cjs')
const before = loaded.size
const pipeline = new Pipeline({ files: [] })
class Own extends Pipeline {}
const own = new Own({ files: [] })
process.stdout.write(JSON.stringify([before, loaded.size, pipeline instanceof Pipeline, own instanceof Own, own instanceof Pipeline, compile({ files: [], node: 'n' }).ok]))
`
    writeFileSync(join(project, 'lazy.mjs'), program)
    const { stdout, stderr } = run(process.execPath, ['lazy.mjs'], project)
    t.equal(stdout, '[0,1,true,true,true,true]', stderr)
  })

  await t.test('does without what V8 has compiled, also where it is damaged', async t => {
    const cli = join(copy, 'bin/calitables.js')
    const input =
      'apiVersion: projectcalico.org/v3\nkind: HostEndpoint\nmetadata: {name: a}\nspec: {node: n1, interfaceName: eth0}\n'
    writeFileSync(join(project, 'one.yaml'), input)
    const compile = () => {
      const { status, stdout, stderr } = run(process.execPath, [cli, 'compile', join(project, 'one.yaml')])
      return { status, stdout, stderr }
    }
    const wanted = compile()
    t.equal(wanted.status, 0, wanted.stderr)
    const cache = join(copy, 'dist/cache')
    t.equal(readdirSync(cache).length, 2, 'the build keeps what V8 has compiled')
    for (const name of readdirSync(cache)) writeFileSync(join(cache, name), 'no code')
    t.same(compile(), wanted, 'damaged')
    rmSync(cache, { recursive: true })
    t.same(compile(), wanted, 'missing')
  })

  await t.test('has types for everything', async t => {
    writeFileSync(join(project, 'package.json'), '{"type":"module"}')
    writeFileSync(
      join(project, 'use.ts'),
      `import { compile, type CompileResult, type Finding, findPlaces, trace } from 'calitables'
import { compile as inBrowser } from 'calitables/browser'
const result: CompileResult = compile({ files: [{ name: 'a.yaml', text: '' }], node: 'n' })
const findings: readonly Finding[] = findPlaces(result.diagnostics)
const line: number | undefined = findings[0]?.place?.line
if (result.ok) trace(result.output, { from: '192.0.2.1', to: 'host' })
// @ts-expect-error a file has a text
inBrowser({ files: [{ name: 'a.yaml' }] })
export { line }
`,
    )
    // The examples are to be copied into a program in TypeScript, too.
    const typed = apiProgram().replace('assert(what)', 'assert(what: unknown): asserts what')
    writeFileSync(join(project, 'api.ts'), typed)
    const options = [
      '--noEmit',
      '--strict',
      '--noUncheckedIndexedAccess',
      '--module',
      'nodenext',
      '--target',
      'es2022',
      '--lib',
      'es2022,dom',
    ]
    // The types of the package are checked whole, those that come with TypeScript are not.
    const all = [
      join(ROOT, 'node_modules/typescript/lib/tsc.js'),
      ...options,
      '--skipDefaultLibCheck',
      'use.ts',
      'api.ts',
    ]
    const tsc = run(process.execPath, all, project)
    t.equal(tsc.status, 0, tsc.stdout + tsc.stderr)
  })

  await t.test('does what docs/api.md says', async t => {
    writeFileSync(join(project, 'api.mjs'), apiProgram())
    const program = run(process.execPath, ['api.mjs'], project)
    t.equal(program.status, 0, program.stderr)
    const version = run(process.execPath, [join(installed, 'bin/calitables.js'), '--version'])
    t.match(version, { status: 0, stdout: /^calitables [0-9.]+ \(Calico / })
  })

  await t.test('does the same where there is no Node', async t => {
    const bundle = await build({
      stdin: { contents: apiProgram().replaceAll("'calitables'", "'calitables/browser'"), resolveDir: project },
      bundle: true,
      platform: 'browser',
      format: 'iife',
      write: false,
      target: 'es2022',
    })
    const page = createContext({ TextEncoder, TextDecoder, structuredClone })
    t.doesNotThrow(() => runInContext(bundle.outputFiles[0]?.text ?? '', page))
  })
  t.ok(existsSync(join(installed, 'dist/index.d.ts')))
})
