// docs/adding.md is true: what its blocks add to a copy of src/ works everywhere, and the type checker names what it takes.

import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import t from 'tap'
import ts from 'typescript'
import { calico, hostJson, pod, policy } from './helpers/build.ts'
import { runCommand } from './helpers/run-command.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

interface Block {
  /** Of what, the line before says. */
  readonly file: string
  readonly language: string
  readonly text: string
}

/** Blocks of one section; one without a file of its own goes on with the one before. */
function blocksOf(heading: string): readonly Block[] {
  const section = readFileSync(join(ROOT, 'docs/adding.md'), 'utf8').split(`\n## ${heading}\n`)[1] ?? ''
  let file = ''
  return [...(section.split('\n## ')[0] ?? '').matchAll(/(?:^`([\w./-]+)`:\n\n)?^```(ts|diff)\n([^]*?)^```$/gm)].map(
    ([, named, language = '', text = '']) => ({ file: (file = named ?? file), language, text }),
  )
}

const copy = realpathSync(mkdtempSync(join(tmpdir(), 'calitables-adding-')))
t.teardown(() => rmSync(copy, { recursive: true }))
cpSync(join(ROOT, 'src'), join(copy, 'src'), { recursive: true })
cpSync(join(ROOT, 'package.json'), join(copy, 'package.json'))
symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'))

/** A whole file, or lines that come (`+`) and go (`-`) beside one that stays; these stand in the file just once. */
function apply({ file, language, text }: Block): void {
  const path = join(copy, 'src', file)
  if (language === 'ts') return writeFileSync(path, text, { flag: 'wx' })
  const linesBut = (sign: string): string =>
    text
      .split(/(?<=\n)/)
      .filter(line => !line.startsWith(sign))
      .map(line => line.slice(1))
      .join('')
  const parts = readFileSync(path, 'utf8').split(linesBut('+'))
  if (parts.length !== 2) throw new Error(`${file} has these lines ${parts.length - 1} times:\n${text}`)
  writeFileSync(path, parts.join(linesBut('-')))
}

const { options } = ts.parseJsonConfigFileContent(
  ts.readConfigFile(join(ROOT, 'tsconfig.json'), path => ts.sys.readFile(path)).config,
  ts.sys,
  copy,
)
const host = ts.createCompilerHost(options)
// As tsc does: comments are read where they may hold mistakes.
host.jsDocParsingMode = ts.JSDocParsingMode.ParseForTypeErrors
/** Only what the blocks change is read again. */
const parsed = new Map<string, ts.SourceFile | undefined>()
const read = host.getSourceFile.bind(host)
host.getSourceFile = (path, ...rest) => {
  if (!parsed.has(path)) parsed.set(path, read(path, ...rest))
  return parsed.get(path)
}

/** Those of the files (below src/) in which the type checker finds something missing. */
function faulty(files: (program: ts.Program) => readonly string[]): readonly string[] {
  const program = ts.createProgram([join(copy, 'src/index.ts'), join(copy, 'src/cli/main.ts')], options, host)
  const isFaulty = (file: string): boolean => {
    const source = program.getSourceFile(join(copy, 'src', file))
    return source !== undefined && program.getSemanticDiagnostics(source).length > 0
  }
  return files(program).filter(isFaulty).sort()
}

/** The files themselves, and all that import one of them. */
function withImporters(files: readonly string[], program: ts.Program): readonly string[] {
  const names = files.map(file => file.replace(/.*\//, '').replace('.', '\\.')).join('|')
  const imports = new RegExp(`from '[^']*/(?:${names})'`)
  return program
    .getSourceFiles()
    .filter(({ fileName, text }) => fileName.startsWith(join(copy, 'src')) && imports.test(text))
    .map(({ fileName }) => relative(join(copy, 'src'), fileName))
    .concat(files)
}

t.test(
  'the type checker names who has to know of a match and of a target, and of nothing else once they do',
  async t => {
    const ofMatch = blocksOf('A rule match in full')
    const others = blocksOf('The others in full')
    const matchFiles = new Set(ofMatch.map(({ file }) => file))
    t.ok(matchFiles.size <= 8, `a match is ${matchFiles.size} files`)
    const files = [...new Set([...matchFiles, ...others.map(({ file }) => file)])]
    const blocks = [...ofMatch, ...others]
    const shapes = ['parser/calico-v3/rule-schema.ts', 'model/ast/policy.ts', 'model/ruleset.ts']
    blocks.filter(({ file }) => shapes.includes(file)).forEach(apply)
    t.strictSame(
      faulty(() => files),
      [
        'analysis/sets/chain-walk.ts',
        'netfilter/match-table.ts',
        'netfilter/target-table.ts',
        'parser/calico-v3/convert-rule.ts',
        'renderer/rules/matches.ts',
        'walk/table-exits.ts',
        'walk/walk-table.ts',
        'words/match.ts',
        'words/target.ts',
      ],
      'whoever has to know of the field, the match and the target does not compile',
    )
    blocks.filter(({ file }) => !shapes.includes(file)).forEach(apply)
    for (const file of files) parsed.delete(join(copy, 'src', file))
    const all = faulty(program => {
      const looked = withImporters(files, program)
      t.ok(looked.length > 100, `${looked.length} files are looked at`)
      return looked
    })
    t.strictSame(all, [], 'then nothing is missing anywhere')
  },
)

t.test('what was added is compiled, checked, read, traced and explained', async t => {
  const { check, compile, explain, readKernelTables, Report, trace } = (await import(
    pathToFileURL(join(copy, 'src/index.ts')).href
  )) as typeof import('../src/index.ts')
  const text = [
    pod('web', '10.65.0.1', { app: 'web' }),
    policy(
      'sizes',
      "{selector: app == 'web', ingress: [{action: Allow, length: 1400}, {action: Deny, protocol: TCP}]}",
    ),
  ].join('\n---\n')
  const files = [{ name: 'a.yaml', text }]
  const input = { files, node: 'node-1', host: { name: 'host.json', text: hostJson(['eth0', '192.0.2.1/24']) } }

  const compiled = compile(input)
  if (!compiled.ok) return t.fail('it compiles', { found: compiled.diagnostics })
  const { iptables, ipset } = compiled.output.versions[4].text
  const line = /^-A cali-pi-\S+ .* -m length --length 1400 .*--jump MARK .*$/m
  t.match(iptables, line)

  const codes = check(input).diagnostics.map(({ code }) => code)
  t.notOk(codes.includes('unreachable-rules'), 'a rule that asks for a length does not decide everything')
  const wrong = check({ ...input, files: [{ name: 'a.yaml', text: text.replace('1400', '70000') }] })
  t.match(wrong.diagnostics, [{ code: 'bad-value', message: /length `70000` is not between 0 and 65535/ }])

  const report = new Report()
  const node = iptables.replace('--length 1400', '! --length 64:')
  const tables = readKernelTables(
    { iptables: { name: 'rules', text: node }, ipset: { name: 'sets', text: ipset }, ipVersion: 4 },
    report,
  )
  t.strictSame(report.placed(), [])
  const rules = tables.tables.flatMap(({ userChains }) => [...userChains.values()].flatMap(({ rules: own }) => own))
  const matches = rules.flatMap(rule => rule.matches)
  t.strictSame(
    matches.filter(({ kind }) => kind === ('length' as string) || kind === 'unknown'),
    [{ kind: 'length', first: 64, last: 65535, negated: true }],
  )

  const packet = trace(compiled.output, { from: '192.0.2.9', to: 'pod/default/web', dport: '80' })
  t.match(packet, { ok: true, verdict: 'unknown' }, 'nobody said how long the packet is')
  t.match(JSON.stringify(explain(compiled.output, { policy: 'sizes' })), /the packet is 1400 bytes long/)
})

t.test('a target, a parameter, a release and a lint that were added are read, compiled and told', async t => {
  const { check, compile, readKernelTables, Report } = (await import(
    pathToFileURL(join(copy, 'src/index.ts')).href
  )) as typeof import('../src/index.ts')
  const iptables = '*mangle\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -j TTL --ttl-set 64\nCOMMIT\n'
  const tables = readKernelTables({ iptables: { name: 'rules', text: iptables }, ipVersion: 4 }, new Report())
  const rules = tables.tables.flatMap(({ kernelChains }) => kernelChains.flatMap(({ rules: own }) => own))
  t.match(rules, [{ target: { kind: 'timeToLive', value: 64 } }])

  const settings = '{removeExternalRoutes: false}'
  const text = [
    calico('FelixConfiguration', 'default', settings),
    pod('web', '10.65.0.1'),
    policy('test-1', '{selector: all()}'),
  ].join('\n---\n')
  const input = { files: [{ name: 'a.yaml', text }], node: 'node-1', calicoVersion: 'v3.26' }
  const compiled = compile({ ...input, host: { name: 'host.json', text: hostJson(['eth0', '192.0.2.1/24']) } })
  if (!compiled.ok) return t.fail('it compiles', { found: compiled.diagnostics })
  t.match(compiled.output.plan, { release: { name: 'v3.26.4' }, config: { removeExternalRoutes: false } })
  t.match(
    check(input).diagnostics.filter(({ code }) => code === ('test-policy' as string)),
    [{ message: 'the policy is named for a test' }],
  )
})

t.test('a command and a format that were added are run', async t => {
  const { main } = (await import(
    pathToFileURL(join(copy, 'src/cli/main.ts')).href
  )) as typeof import('../src/cli/main.ts')
  const run = (...args: readonly string[]) => runCommand(args, {}, main)
  t.match(await run('codes'), { code: 0, out: /^test-policy$/m })
  t.match((await run('--help')).out, /codes .*print the codes of all messages/)
  const file = join(copy, 'input.yaml')
  writeFileSync(file, policy('test-1', '{selector: all()}'))
  t.match((await run('check', '-o', 'codes', file)).out, /^test-policy$/m)
})
