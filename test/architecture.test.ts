// Who may import whom. Reads the import lines and fails on any arrow that is not in the table.

import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createContext, runInContext } from 'node:vm'
import { build } from 'esbuild'
import t from 'tap'
import { GOLDEN_FOLDER } from './helpers/golden.ts'
import { FILE_LIMIT, FUNCTION_LIMIT, functionsOf, LONG_FILES, LONG_FUNCTIONS } from './helpers/sizes.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const SOURCE = join(ROOT, 'src/')

/** The page is a face like the command line: it may import what commands import, and nothing imports it. */
const FACES: readonly string[] = ['', 'cli', 'page']

/** Lessons and examples of the page are data. */
const DATA = /^page\/(lessons\/|examples\.yaml|ui\/(styles\/[a-z]+\.css|page\.html|tsconfig\.json)$)/

/** Folders of src/ that a folder may import. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  text: [],
  net: [],
  selector: ['text'],
  diagnostics: ['text'],
  calico: ['net', 'text'],
  model: ['net', 'selector', 'diagnostics', 'calico'],
  netfilter: ['model', 'net', 'calico', 'diagnostics', 'text'],
  // What to write has labels in it that Calico gives.
  hints: ['selector', 'net', 'calico', 'diagnostics', 'text'],
  documents: ['hints', 'diagnostics', 'text'],
  parser: ['documents', 'hints', 'model', 'selector', 'net', 'calico', 'diagnostics', 'text'],
  migrate: ['parser', 'documents', 'calico', 'net', 'diagnostics', 'text'],
  planner: ['model', 'selector', 'net', 'calico', 'diagnostics', 'text'],
  renderer: ['model', 'netfilter', 'net', 'calico', 'diagnostics', 'text'],
  'kube-proxy': ['model', 'netfilter', 'net', 'calico', 'diagnostics', 'text'],
  backend: ['model', 'netfilter', 'net', 'calico', 'text'],
  reader: ['model', 'netfilter', 'net', 'calico', 'diagnostics', 'text'],
  walk: ['model', 'netfilter', 'net', 'calico', 'text'],
  // Whose hooks, targets and rules of connection tracking are the walk's own.
  analysis: ['walk', 'model', 'netfilter', 'net', 'calico', 'text'],
  // Compiled rules get the lines and hashes that Felix writes, so that the node's can be told from them.
  audit: ['analysis', 'walk', 'words', 'backend', 'model', 'netfilter', 'net', 'calico', 'diagnostics', 'text'],
  // Plain data -> clauses and sentences, the same for everybody who prints them.
  words: ['model', 'netfilter', 'selector', 'net', 'calico', 'diagnostics', 'text'],
  // Where a Service leads is kube-proxy's to say.
  trace: ['kube-proxy', 'walk', 'words', 'model', 'netfilter', 'selector', 'net', 'calico', 'diagnostics', 'text'],
  explain: ['words', 'model', 'netfilter', 'selector', 'net', 'calico', 'diagnostics', 'text'],
  'release-diff': ['backend', 'model', 'net', 'calico', 'text'],
  // Parties of a question are named by selector, too.
  answers: [
    'analysis',
    'trace',
    'hints',
    'selector',
    'words',
    'walk',
    'backend',
    'model',
    'netfilter',
    'net',
    'calico',
    'diagnostics',
    'text',
  ],
  report: ['diagnostics', 'text'],
  lint: ['words', 'model', 'selector', 'net', 'calico', 'diagnostics', 'text'],
  acceptance: ['model', 'netfilter', 'net', 'calico', 'diagnostics', 'text'],
}

/** Only these files may import these packages. */
const DOORS: Readonly<Record<string, RegExp>> = {
  yaml: /^(documents\/yaml-(documents|guard|places)|migrate\/print-yaml|page\/read-lesson)\.ts$/,
  'ipaddr.js': /^net\/cidr\.ts$/,
  zod: /^(parser\/(.*schema\.ts|decode\.ts|sound-parts\.ts|calico-v3\/decode-resource\.ts|fields\.ts|metadata\.ts|kubernetes\/decode-.*\.ts)|hints\/field-case\.ts|reader\/parse-(host|routes)\.ts|page\/read-lesson\.ts)$/,
  commander: /^cli\//,
  preact: /^page\/ui\//,
  'preact/hooks': /^page\/ui\//,
  '@preact/signals': /^page\/ui\//,
  '@codemirror/view': /^page\/ui\/editor\//,
  '@codemirror/state': /^page\/ui\/editor\//,
  re2js: /^text\/regular-expression\.ts$/,
}

/** Layers inside the renderer, lowest first; none imports a higher one. */
const RENDERER_LAYERS = [
  /^renderer\/(context|ip-version)\.ts$/,
  /^renderer\/rules\//,
  /^renderer\/chains\//,
  /^renderer\/tables\//,
  /^renderer\/render-ruleset\.ts$/,
]

function sourceFiles(): readonly string[] {
  return filesBelow(SOURCE).filter(file => !DATA.test(file))
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder)
    .sort()
    .map(name => join(folder, name))
    .flatMap(path => (statSync(path).isDirectory() ? filesBelow(path) : [relative(SOURCE, path)]))
}

function importsOf(file: string): readonly { readonly from: string; readonly isTypeOnly: boolean }[] {
  const text = readFileSync(join(SOURCE, file), 'utf8')
  const matches = text.matchAll(/^(?:import|export)\s+(type\s)?(?:[^'"]*?\sfrom\s+)?'([^']+)'/gms)
  return [...matches].map(([, type, from]) => ({ from: from ?? '', isTypeOnly: type !== undefined }))
}

function folderOf(file: string): string {
  return file.includes('/') ? file.slice(0, file.indexOf('/')) : ''
}

t.test('arrows between folders', async t => {
  const files = sourceFiles()
  t.ok(files.length > 50, `found ${files.length} files`)
  for (const file of files) {
    const folder = folderOf(file)
    const allowed = ALLOWED[folder]
    for (const { from } of importsOf(file)) {
      if (!from.startsWith('.')) {
        const isNode = from.startsWith('node:')
        if (isNode) t.equal(folder, 'cli', `${file} may not import ${from}`)
        const door = DOORS[from]
        if (door !== undefined) t.match(file, door, `${from} has one door, and ${file} is not it`)
        continue
      }
      const target = relative(SOURCE, join(SOURCE, dirname(file), from))
      const targetFolder = folderOf(target)
      if (targetFolder === folder) continue
      if (targetFolder === 'page' && folder !== 'cli')
        t.fail(`${file} may not import ${target}: nothing imports the page`)
      if (FACES.includes(folder)) continue
      if (allowed === undefined) t.fail(`${folder} is not in the table`)
      else t.ok(allowed.includes(targetFolder), `${file} may not import ${target}`)
    }
  }
})

t.test('layers of the renderer', async t => {
  const layer = (file: string): number => RENDERER_LAYERS.findIndex(pattern => pattern.test(file))
  for (const file of sourceFiles().filter(name => name.startsWith('renderer/'))) {
    t.not(layer(file), -1, `${file} has a layer`)
    for (const { from, isTypeOnly } of importsOf(file)) {
      const target = relative(SOURCE, join(SOURCE, dirname(file), from))
      if (isTypeOnly || !target.startsWith('renderer/')) continue
      t.ok(layer(target) <= layer(file), `${file} may not import ${target}`)
    }
  }
})

t.test('no file leads back to itself', async t => {
  const files = sourceFiles()
  const next = new Map(
    files.map(file => {
      const own = importsOf(file).filter(({ from }) => from.startsWith('.'))
      return [file, own.map(({ from }) => relative(SOURCE, join(SOURCE, dirname(file), from)))]
    }),
  )
  const done = new Set<string>()
  const visit = (file: string, way: readonly string[]): void => {
    if (way.includes(file)) return void t.fail([...way.slice(way.indexOf(file)), file].join(' -> '))
    if (done.has(file)) return
    for (const target of next.get(file) ?? []) visit(target, [...way, file])
    done.add(file)
  }
  for (const file of files) visit(file, [])
  t.equal(done.size, files.length)
})

/** What may stand at the top; a folder that a test leaves there is none of it. */
const TOP = [
  ...['.ci', '.gitignore', '.npmrc', 'LICENSE', 'README.md', 'package-lock.json', 'package.json'],
  ...['tsconfig.json', 'tsconfig.types.json', 'bin', 'docs', 'golden', 'src', 'test'],
]

t.test('nothing else is at the top of the repository', async t => {
  if (!existsSync(join(ROOT, '.git')))
    return t.comment('*** NO GIT HERE: the top of the repository is not looked at ***')
  const tracked = execFileSync('git', ['ls-files', '-z'], { cwd: ROOT, encoding: 'utf8' }).split('\0')
  const top = new Set(tracked.slice(0, -1).map(path => path.split('/')[0]))
  t.strictSame([...top].sort(), TOP.sort())
})

t.test('files and names', async t => {
  for (const file of sourceFiles()) {
    const text = readFileSync(join(SOURCE, file), 'utf8')
    // A door with types of its own to a package whose types are of no use is JavaScript beside them.
    t.match(file, /^([a-z0-9-]+\/)*[a-z0-9-]+\.(tsx?|d\.ts|js)$/, `${file} is kebab-case`)
    t.match(text, /^(#!.*\n)?\/\/ \S/, `${file} says in its first line what it holds`)
    t.notMatch(
      text,
      /localeCompare|export default|\bany\b\[\]|: any\b|console\.(log|error)|process\.exit\(/,
      `${file} keeps the rules`,
    )
  }
})

t.test('files and functions are short, or say why not', async t => {
  const longFiles = new Map<string, number>()
  const longFunctions = new Map<string, number>()
  for (const file of sourceFiles()) {
    const text = readFileSync(join(SOURCE, file), 'utf8')
    const lines = text.split('\n').length - 1
    if (lines > FILE_LIMIT) longFiles.set(file, lines)
    for (const { name, lines: length } of functionsOf(file, text)) {
      const known = longFunctions.get(`${file} ${name}`) ?? 0
      if (length > FUNCTION_LIMIT && length > known) longFunctions.set(`${file} ${name}`, length)
    }
  }
  for (const [found, allowed] of [
    [longFiles, LONG_FILES],
    [longFunctions, LONG_FUNCTIONS],
  ] as const) {
    for (const [name, lines] of found) {
      const exception = Object.hasOwn(allowed, name) ? allowed[name] : undefined
      if (exception === undefined) t.fail(`${name} has ${lines} lines: cut it`)
      else t.ok(lines <= exception.lines, `${name} may have ${exception.lines} lines and has ${lines}: cut it`)
    }
    for (const [name, { reason }] of Object.entries(allowed)) {
      t.ok(found.has(name), `${name} is short enough now: take it off the list in test/helpers/sizes.ts`)
      t.ok(reason.length > 10, `${name} has a reason`)
    }
  }
  t.equal(
    functionsOf('one.ts', 'const a = () => {\n\n}\nfunction b() {\n}\n')
      .map(({ lines }) => lines)
      .join(),
    '3,2',
  )
})

t.test('the compiler runs where there is no Node', async t => {
  const bundle = await build({
    entryPoints: [join(SOURCE, 'index.ts')],
    bundle: true,
    platform: 'browser',
    format: 'iife',
    globalName: 'calitables',
    write: false,
  })
  // What browsers have besides the language itself.
  const page = createContext({ TextEncoder, TextDecoder })
  runInContext(bundle.outputFiles[0]?.text ?? '', page)
  const input = readFileSync(join(GOLDEN_FOLDER, 'host-endpoint/ibm-deny-nodeports/input/cluster.yaml'), 'utf8')
  const host = readFileSync(join(GOLDEN_FOLDER, 'host-endpoint/ibm-deny-nodeports/host.json'), 'utf8')
  const wanted = readFileSync(join(GOLDEN_FOLDER, 'host-endpoint/ibm-deny-nodeports/expected/v4.iptables'), 'utf8')
  const call = `calitables.compile({
    files: [{ name: 'cluster.yaml', text: ${JSON.stringify(input)} }],
    host: { name: 'host.json', text: ${JSON.stringify(host)} },
  }).output.versions[4].text.iptables`
  t.equal(runInContext(call, page), wanted)
})
