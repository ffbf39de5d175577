// Inputs that once did harm, kept beside the repository: what each of them gives now. A file that no row names fails.

import { spawnSync } from 'node:child_process'
import { existsSync, lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { CORPUS_FOLDER } from './helpers/cases.ts'
import { GOLDEN_FOLDER } from './helpers/golden.ts'
import { type CommandRun, runCommand } from './helpers/run-command.ts'

const FOLDER = join(CORPUS_FOLDER, '../cases/hostile')
const PROJECT = fileURLToPath(new URL('..', import.meta.url))
const why = existsSync(FOLDER) ? undefined : `there is no folder ${FOLDER}`
if (why !== undefined) console.error(`\n*** HOSTILE CASES ARE NOT TRIED: ${why} ***\n`)

const scratch = mkdtempSync(join(tmpdir(), 'calitables-cases-'))
t.teardown(() => rmSync(scratch, { recursive: true }))

const at = (name: string): string => join(FOLDER, name)
const read = (name: string): string => readFileSync(at(name), 'utf8')
const compiled = (name: string, ...more: readonly string[]): Promise<CommandRun> =>
  runCommand(['compile', '-f', at(name), '--felix-env', 'none', ...more])
const PACKET = ['--from', '198.51.100.7', '--to', 'host', '--dport', '80', '--in-interface', 'eth0']

/** Behind `env -i`: tap would otherwise load itself into the child. */
function python(args: readonly string[]): { readonly status: number | null; readonly stdout: string } {
  const kept = [`PATH=${process.env['PATH'] ?? ''}`, `PROJECT=${PROJECT.replace(/\/$/, '')}`]
  const options = { cwd: scratch, encoding: 'utf8', maxBuffer: 2 ** 28 } as const
  return spawnSync('env', ['-i', ...kept, 'python3', ...args], options)
}

function generated(script: string, kind: string, count: number): string {
  const { status, stdout } = python([at(script), kind, String(count)])
  if (status !== 0) throw new Error(`${script} ${kind} ends with ${status}`)
  const path = join(scratch, `${kind}.${count}`)
  writeFileSync(path, stdout)
  return path
}

function isQuiet(t: Test, { out, err }: CommandRun): void {
  for (const line of `${out}\n${err}`.split('\n'))
    if (/^\s*::|##(vso)?\[|[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/i.test(line)) t.fail(encodeURI(line))
  t.notMatch(err, /this is a bug/)
}

/** Rules of the text are those that were planned: as many, each with its target. */
function hasWholeRules(t: Test, { code, out, err }: CommandRun): void {
  if (code === 2) {
    t.match({ out, err }, { out: '', err: /error: / })
    return
  }
  t.notMatch(out, /[\u0000\u001b]/)
  for (const line of out.split('\n')) if (/^-[AI] /.test(line)) t.match(line, / (--jump|-j|--goto|-g) \S+/)
}

const ROWS: Readonly<Record<string, (t: Test) => Promise<void>>> = {
  'convert-bad-name.yaml': async t => {
    t.match(await runCommand(['convert', '-f', at('convert-bad-name.yaml')]), { code: 2, out: '', err: /`Big`/ })
  },
  'convert-grows.yaml': async t => {
    const once = await runCommand(['convert', '-f', at('convert-grows.yaml')])
    t.equal(once.code, 0)
    t.equal((await runCommand(['convert', '-f', '-'], { input: once.out })).out, once.out)
  },
  'crash-label-list.yaml': async t => {
    t.match(await compiled('crash-label-list.yaml'), { code: 2, out: '', err: /:6:\d+: error: / })
  },
  'crash-tostring.yaml': async t => {
    t.match(await runCommand(['check', '-f', at('crash-tostring.yaml')]), {
      code: 1,
      out: /crash-tostring\.yaml:5:\d+: error: /,
    })
  },
  'esc-logprefix.yaml': async t => {
    const refused = await compiled('esc-logprefix.yaml')
    t.match(refused, { code: 2, out: '', err: /steering-text/ })
    isQuiet(t, refused)
  },
  'esc-service-cidr.json': async t => hasWholeRules(t, await compiled('esc-service-cidr.json')),
  'nul-refused-by-iptables.json': async t => hasWholeRules(t, await compiled('nul-refused-by-iptables.json')),
  'nul-drops-target.yaml': async t => hasWholeRules(t, await compiled('nul-drops-target.yaml')),
  'gh-command-dry-run.yaml': async t => {
    isQuiet(t, await runCommand(['check', '-f', at('gh-command-dry-run.yaml'), '--dry-run']))
    isQuiet(t, await runCommand(['check', '-f', at('gh-command-dry-run.yaml')]))
  },
  'gh-command-logprefix-explain.yaml': async t => {
    const file = ['-f', at('gh-command-logprefix-explain.yaml')]
    isQuiet(t, await runCommand(['explain', ...file, '--policy', 'x']))
    isQuiet(t, await runCommand(['which', 'policies', ...file, '--endpoint', 'h', '--all']))
    isQuiet(t, await runCommand(['trace', ...file, ...PACKET]))
    // In the middle of a line nobody obeys it.
    isQuiet(t, await compiled('gh-command-logprefix-explain.yaml'))
    isQuiet(t, await compiled('gh-command-logprefix-explain.yaml', '--annotate'))
  },
  'gh-command-trace-excerpt.yaml': async t => {
    const file = ['-f', at('gh-command-trace-excerpt.yaml'), '--host', at('host.json')]
    isQuiet(t, await runCommand(['trace', ...file, ...PACKET]))
    isQuiet(t, await runCommand(['explain', ...file, '--policy', 'x']))
  },
  'host.json': async t => {
    t.match(await runCommand(['check', '-f', at('gh-command-trace-excerpt.yaml'), '--host', at('host.json')]), {
      code: 0,
    })
  },
  'redos-interface-exclude.yaml': async t => {
    t.match(await compiled('redos-interface-exclude.yaml'), { code: 0, out: /\*filter/ })
  },
  'jump-fan-24.iptables-save': async t => {
    t.match(await traced(at('jump-fan-24.iptables-save')), { code: 0, out: /no rule stands in its way/ })
  },
  'unknown-fan-12.iptables-save': async t => {
    const { out } = await traced(at('unknown-fan-12.iptables-save'))
    t.match(out, /^unknown: accept, and more ways than are followed/)
    t.ok(out.length < 10_000, `${out.length} characters: each condition is said once`)
  },
  'quadratic-failsafe-blanks.json': async t => hasWholeRules(t, await compiled('quadratic-failsafe-blanks.json')),
  'quadratic-failsafe-brackets.json': async t => hasWholeRules(t, await compiled('quadratic-failsafe-brackets.json')),
  'gen-iptables-save.py': async t => {
    // Each kind once: none may be a bug, hang or exhaust the stack.
    for (const kind of [
      'deep',
      'deepgoto',
      'fan',
      'circ',
      'unk',
      'unkmark',
      'unkfan',
      'longline',
      'longquote',
      'openquotes',
      'multi',
      'tables',
      'insert',
      'dupchain',
      'undef',
      'manychains',
    ]) {
      const run = await traced(generated('gen-iptables-save.py', kind, kind === 'unkmark' ? 20 : 1200))
      isQuiet(t, run)
      t.ok(run.code === 2 ? run.out === '' : run.out !== '', `${kind}: exit code ${run.code}`)
    }
    const { code, err } = await runCommand([
      'explain',
      '--rules',
      generated('gen-iptables-save.py', 'deep', 1200),
      '--chain',
      'c0',
    ])
    t.equal(code, 0, err)
  },
  'gen-packets.py': async t => {
    // What it makes; the script itself wants a module that is not there.
    const path = join(scratch, 'packets.csv')
    writeFileSync(
      path,
      `from,to,proto,dport,expect\n${'192.0.2.70,host,tcp,30080,drop\n'.repeat(5_000)}${','.repeat(5_000)}\n`,
    )
    const input = join(GOLDEN_FOLDER, 'host-endpoint/ibm-deny-nodeports')
    const run = await runCommand([
      'trace',
      '-f',
      join(input, 'input'),
      '--host',
      join(input, 'host.json'),
      '--packets',
      path,
    ])
    isQuiet(t, run)
    t.match(run, { code: 2, out: '', err: /packets\.csv:5002:/ })
  },
  'gen-resources.py': async t => {
    // Growth is counted in test/bounds.test.ts and test/stability.test.ts; here none may be a bug.
    for (const kind of [
      'y_anchalias',
      'y_tags',
      'y_openbr',
      'y_merge2',
      'j_1e999',
      'r_selparen',
      'r_selnot',
      'r_types',
      'r_wepips',
      'r_podann',
      'r_dupvals',
      'r_annots',
      'r_labels',
    ]) {
      const file = generated('gen-resources.py', kind, 1500)
      for (const args of [['compile'], ['check'], ['convert'], ['check', '--dry-run']])
        isQuiet(t, await runCommand([...args, '-f', file]))
    }
  },
  'symlink-plant.py': async t => {
    const { stdout } = python([at('symlink-plant.py')])
    t.equal(stdout.match(/victim now: victim original/g)?.length, 2, stdout)
    t.equal(stdout.match(/is link: False/g)?.length, 2, stdout)
    t.ok(lstatSync(join(scratch, 'pl2/out/v4.iptables')).isFile())
  },
  'symlink-plant-to-code.py': async t => {
    t.match(read('symlink-plant-to-code.py'), /\.p\.yaml\.\{i\}\.tmp/, 'the same with more links: names are random now')
  },
  // The steps of a write, one after the other refused or ended: test/writing.test.ts does so for each call, these for some.
  'killtest.py': async t => void t.match(read('killtest.py'), /KILL_AT/),
  'pre.mjs': async t => void t.match(read('pre.mjs'), /SIGKILL/),
  // What it counts in a kernel is counted in test/hostile.test.ts.
  'load-in-netns.py': async t => void t.match(read('load-in-netns.py'), /iptables/),
}

function traced(rules: string): Promise<CommandRun> {
  return runCommand(['trace', '--rules', rules, '--host', at('host.json'), ...PACKET])
}

t.test('every case has a row', { skip: why ?? false }, async t => {
  t.strictSame(readdirSync(FOLDER).sort(), Object.keys(ROWS).sort())
})

for (const [name, row] of Object.entries(ROWS)) t.test(name, { skip: why ?? false }, row)
