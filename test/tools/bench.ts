// npm run bench [-- SIZE...]: how long it takes and how much memory, beside what JSON.parse and js-yaml alone take on the same
// files in the same run. Machines are noisy: compare the ratios. Every figure is the best of several whole processes.
//
// npm run bench -- traces: files of packets and dumps of nodes alone, which a run without sizes has at its end.
//
// npm run bench -- --against DIR [SIZE...]: every row of another checkout, built, and of this one, run in turn.

import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  compileArgs,
  EMPTY,
  folder,
  host,
  leastOf,
  runsFor,
  startUpArgs,
  writeCluster,
} from '../helpers/bench-programs.ts'
import { writeDump, writePackets } from '../helpers/bench-traces.ts'
import { type ClusterSize, LOCAL_NODE, type SizeName, SIZES } from '../helpers/synthetic-cluster.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

interface Measured {
  readonly seconds: number
  readonly mebibytes: number
}

/** Writes the process's peak memory to the file named by PEAK_FILE when it ends. */
const peakHook = join(folder, 'peak.mjs')
writeFileSync(
  peakHook,
  `import { writeFileSync } from 'node:fs'\nprocess.on('exit', () => writeFileSync(process.env.PEAK_FILE, String(process.resourceUsage().maxRSS)))\n`,
)

function measure(args: readonly string[], runs: number): Measured {
  let best: Measured = { seconds: Infinity, mebibytes: Infinity }
  for (let run = 0; run < runs; run++) {
    const peakFile = join(folder, 'peak')
    const started = process.hrtime.bigint()
    const { status, stderr } = spawnSync(process.execPath, ['--import', peakHook, ...args], {
      cwd: ROOT,
      encoding: 'utf8',
      // Nobody reads what it prints, of which there may be a lot.
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, PEAK_FILE: peakFile },
    })
    const seconds = Number(process.hrtime.bigint() - started) / 1e9
    if (status !== 0) throw new Error(stderr)
    const mebibytes = Number(readFileSync(peakFile, 'utf8')) / 1024
    best = { seconds: Math.min(best.seconds, seconds), mebibytes: Math.min(best.mebibytes, mebibytes) }
  }
  return best
}

const baselines = {
  json: `JSON.parse((await import('node:fs')).readFileSync(process.argv[1], 'utf8'))`,
  yaml: `(await import('js-yaml')).loadAll((await import('node:fs')).readFileSync(process.argv[1], 'utf8'), null)`,
}

function phases(path: string): string {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [join(ROOT, 'dist/tools/phases.js'), path, host, LOCAL_NODE],
    { encoding: 'utf8' },
  )
  if (status !== 0) throw new Error(stderr)
  return stdout.trim()
}

/** Turns of the quick rows. */
const TURNS = 15

/** Whole processes as multiples of `node -e 0`: what people run most. */
function startUp(): void {
  const costs = leastOf(new Map([...startUpArgs()].map(([name, args]) => [name, { root: ROOT, args }])), TURNS)
  const base = costs.get(EMPTY)
  if (base === undefined) return
  console.log('| start-up | processor, ms | ratio | clock, ms | ratio |')
  console.log('|---|---|---|---|---|')
  for (const [name, { cpu, wall }] of costs) {
    const cells = [name, cpu.toFixed(0), (cpu / base.cpu).toFixed(2), wall.toFixed(0), (wall / base.wall).toFixed(2)]
    console.log(`| ${cells.join(' | ')} |`)
  }
  console.log()
}

/** The other checkout's processes and ours in turn, row by row. */
function against(other: string, names: readonly SizeName[]): void {
  if (!existsSync(join(other, 'dist'))) throw new Error(`${other} has no dist: npm run build makes it`)
  console.log(`| row | ${other}, processor, ms | here | ratio | clock, ms | here | ratio |`)
  console.log('|---|---|---|---|---|---|---|')
  for (const [name, args] of startUpArgs()) pair(name, other, args, TURNS)
  for (const name of names) {
    const paths = writeCluster(SIZES[name])
    for (const form of ['json', 'yaml'] as const)
      pair(`${name} ${form}, compile`, other, compileArgs(paths[form]), runsFor(SIZES[name]))
  }
}

function pair(name: string, other: string, args: readonly string[], runs: number): void {
  const costs = leastOf(
    new Map([
      ['there', { root: other, args }],
      ['here', { root: ROOT, args }],
    ]),
    runs,
  )
  const [there, here] = [costs.get('there'), costs.get('here')]
  if (there === undefined || here === undefined) return
  const cells = (['cpu', 'wall'] as const).flatMap(unit => [
    there[unit].toFixed(0),
    here[unit].toFixed(0),
    (here[unit] / there[unit]).toFixed(3),
  ])
  console.log(`| ${[name, ...cells].join(' | ')} |`)
}

function seconds(value: number): string {
  return value.toFixed(2)
}

/** The text that was compiled is what is found on the node: the audit says "same", and exits with 0. */
function auditLine(name: string, path: string, out: string, compiled: Measured): string {
  const texts = ['v4.iptables', 'v6.iptables', 'v4.ipset', 'v6.ipset'].map(file => join(out, file))
  const lines = texts.reduce((sum, file) => sum + readFileSync(file, 'utf8').split('\n').length - 1, 0)
  const input = ['-f', path, '--node', LOCAL_NODE, '--host', host]
  const audit = measure(['bin/calitables.js', 'audit', '-q', ...input, '--rules', ...texts], 2)
  const ratio = (audit.seconds / compiled.seconds).toFixed(2)
  return `audit, ${name}, ${lines} lines on the node: ${seconds(audit.seconds)} s, ${audit.mebibytes.toFixed(0)} MiB, ${ratio} of compiling`
}

/** Lengths of files of packets between the pods of M, and of dumps of a node. */
const PACKETS = [1, 100_000, 1_000_000]
const DUMP_LINES = [100_000, 700_000]

/** `trace` beside `compile` of the same cluster, and over text of a node. */
function traces(): void {
  const { json } = writeCluster(SIZES.M)
  const compiled = measure([...compileArgs(json), '-o', join(folder, 'out')], 3)
  console.log('| trace | whole, s | of compiling M | peak, MiB |')
  console.log('|---|---|---|---|')
  const row = (name: string, args: readonly string[], runs: number): void => {
    const found = measure(['bin/calitables.js', 'trace', ...args, '--verdict-only'], runs)
    const cells = [
      name,
      seconds(found.seconds),
      (found.seconds / compiled.seconds).toFixed(1),
      found.mebibytes.toFixed(0),
    ]
    console.log(`| ${cells.join(' | ')} |`)
  }
  for (const count of PACKETS) {
    const packets = writePackets(SIZES.M, count)
    row(`${count} packets over M`, ['-f', json, '--felix-env', 'none', '--packets', packets], count > 1 ? 1 : 3)
  }
  const packet = ['--from', '198.51.100.7', '--to', '10.96.0.1', '--dport', '80', '--host', host]
  for (const count of DUMP_LINES) row(`a dump of ${count} lines`, ['--rules', writeDump(count), ...packet], 2)
}

/** Each size in both forms: time, memory, phases, baselines. */
function measureHere(names: readonly SizeName[]): void {
  startUp()
  console.log(
    '| cluster | form | MiB | read / parse / plan / render / print, s | whole, s | baseline, s | ratio | peak, MiB | rules / members |',
  )
  console.log('|---|---|---|---|---|---|---|---|---|')
  const audits: string[] = []
  /** Whole times by form and size, for the exponent of growth. */
  const wholes = new Map<string, number>()
  for (const name of names) {
    const size: ClusterSize = SIZES[name]
    const runs = runsFor(size)
    const paths = writeCluster(size)
    for (const form of ['json', 'yaml'] as const) {
      const path = paths[form]
      const out = join(folder, 'out')
      const ours = measure([...compileArgs(path), '-o', out], runs)
      const baseline = measure(['--input-type=module', '-e', baselines[form], path], runs)
      const [times, counts] = phases(path).split(';')
      const cells = [
        name,
        form,
        (statSync(path).size / 2 ** 20).toFixed(1),
        times,
        seconds(ours.seconds),
        seconds(baseline.seconds),
        (ours.seconds / baseline.seconds).toFixed(2),
        ours.mebibytes.toFixed(0),
        counts,
      ]
      console.log(`| ${cells.join(' | ')} |`)
      wholes.set(`${name} ${form}`, ours.seconds)
      if (form === 'json') audits.push(auditLine(name, path, out, ours))
    }
  }
  for (const line of audits) console.log(line)
  for (const form of ['json', 'yaml']) {
    const [small, large] = [wholes.get(`M ${form}`), wholes.get(`XL ${form}`)]
    if (small === undefined || large === undefined) continue
    const exponent = Math.log(large / small) / Math.log(SIZES.XL.pods / SIZES.M.pods)
    console.log(`growth from M to XL, ${form}: exponent ${exponent.toFixed(2)}`)
  }
}

const given = process.argv.slice(2)
const other = given[0] === '--against' ? resolve(given[1] ?? '') : undefined
const wanted = other === undefined ? given : given.slice(2)
const TRACES = 'traces'
const sizes = wanted.filter((name): name is SizeName => Object.hasOwn(SIZES, name))
const known = [...Object.keys(SIZES), ...(other === undefined ? [TRACES] : [])]
const unknown = wanted.filter(name => !known.includes(name))
if (unknown.length > 0) throw new Error(`no size is called ${unknown.join(', ')}: there are ${known.join('; ')}`)
const names = wanted.length > 0 ? sizes : (Object.keys(SIZES) as SizeName[])
console.log(`node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? ''}`)
if (other !== undefined) against(other, names)
else {
  if (names.length > 0) measureHere(names)
  if (wanted.length === 0 || wanted.includes(TRACES)) traces()
}
rmSync(folder, { recursive: true })
