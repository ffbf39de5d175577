// npm run bench [-- SIZE...]: how long it takes and how much memory, beside what JSON.parse and js-yaml alone take on the same
// files in the same run. Machines are noisy: compare the ratios. Every figure is the best of several whole processes.

import { spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { dump } from 'js-yaml'
import { hostJson } from '../helpers/build.ts'
import { type ClusterSize, LOCAL_NODE, type SizeName, SIZES, syntheticCluster } from '../helpers/synthetic-cluster.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'calitables-bench-'))

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
      env: { ...process.env, PEAK_FILE: peakFile },
    })
    const seconds = Number(process.hrtime.bigint() - started) / 1e9
    if (status !== 0) throw new Error(stderr)
    const mebibytes = Number(readFileSync(peakFile, 'utf8')) / 1024
    best = { seconds: Math.min(best.seconds, seconds), mebibytes: Math.min(best.mebibytes, mebibytes) }
  }
  return best
}

/** One list for JSON, as `kubectl get -o json` prints it; one document after another for YAML. */
function writeCluster(size: ClusterSize): { readonly json: string; readonly yaml: string } {
  const resources = syntheticCluster(size)
  const paths = { json: join(folder, 'cluster.json'), yaml: join(folder, 'cluster.yaml') }
  const jsonFile = openSync(paths.json, 'w')
  writeSync(jsonFile, '{"apiVersion":"v1","items":[')
  resources.forEach((resource, index) => writeSync(jsonFile, `${index === 0 ? '' : ','}${JSON.stringify(resource)}`))
  writeSync(jsonFile, '],"kind":"List"}\n')
  closeSync(jsonFile)
  const yamlFile = openSync(paths.yaml, 'w')
  for (const resource of resources) writeSync(yamlFile, `---\n${dump(resource, { noRefs: true, lineWidth: -1 })}`)
  closeSync(yamlFile)
  return paths
}

const baselines = {
  json: `JSON.parse((await import('node:fs')).readFileSync(process.argv[1], 'utf8'))`,
  yaml: `(await import('js-yaml')).loadAll((await import('node:fs')).readFileSync(process.argv[1], 'utf8'), null)`,
}

const host = join(folder, 'host.json')
writeFileSync(host, hostJson(['eth0', '172.16.0.0/16']))

function phases(path: string): string {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [join(ROOT, 'dist/tools/phases.js'), path, host, LOCAL_NODE],
    { encoding: 'utf8' },
  )
  if (status !== 0) throw new Error(stderr)
  return stdout.trim()
}

interface Cost {
  /** Processor time, and time on the clock, in milliseconds. */
  readonly cpu: number
  readonly wall: number
}

/** Runs of all programs in turn, so that what else the machine does falls on all of them; the least of each counts. */
function leastOf(programs: ReadonlyMap<string, readonly string[]>, runs: number): ReadonlyMap<string, Cost> {
  const least = new Map<string, Cost>()
  const costFile = join(folder, 'cost')
  const hook = join(folder, 'cost.cjs')
  writeFileSync(
    hook,
    `process.on('exit',()=>{const{user,system}=process.cpuUsage();require('fs').writeFileSync(process.env.COST_FILE,String(user+system))})`,
  )
  for (let run = 0; run < runs; run++) {
    for (const [name, args] of programs) {
      const started = process.hrtime.bigint()
      const { status, stderr } = spawnSync(process.execPath, ['--require', hook, ...args], {
        cwd: ROOT,
        encoding: 'utf8',
        env: { ...process.env, COST_FILE: costFile },
      })
      const wall = Number(process.hrtime.bigint() - started) / 1e6
      if (status !== 0) throw new Error(stderr)
      const cpu = Number(readFileSync(costFile, 'utf8')) / 1e3
      const known = least.get(name) ?? { cpu: Infinity, wall: Infinity }
      least.set(name, { cpu: Math.min(known.cpu, cpu), wall: Math.min(known.wall, wall) })
    }
  }
  return least
}

const TINY = `apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: { name: web }
spec:
  selector: all()
  ingress:
    - action: Allow
      protocol: TCP
      destination: { ports: [80] }
---
apiVersion: projectcalico.org/v3
kind: HostEndpoint
metadata: { name: node-1-eth0 }
spec: { node: node-1, interfaceName: eth0 }
`

/** Whole processes as multiples of `node -e 0`: what people run most. */
function startUp(): void {
  const tiny = join(folder, 'tiny.yaml')
  writeFileSync(tiny, TINY)
  const clusters = (['S', 'M'] as const).map(name => {
    const path = join(folder, `${name}.yaml`)
    const resources = syntheticCluster(SIZES[name])
    writeFileSync(path, resources.map(resource => `---\n${dump(resource, { noRefs: true, lineWidth: -1 })}`).join(''))
    return [
      `${name}, compile`,
      ['bin/calitables.js', 'compile', '-f', path, '--node', LOCAL_NODE, '--host', host],
    ] as const
  })
  const empty = 'node -e 0'
  const costs = leastOf(
    new Map<string, readonly string[]>([
      [empty, ['-e', '0']],
      ['--version', ['bin/calitables.js', '--version']],
      ['--help', ['bin/calitables.js', '--help']],
      ['import the library', ['--input-type=module', '-e', `import ${JSON.stringify(join(ROOT, 'dist/index.js'))}`]],
      ['tiny, check', ['bin/calitables.js', 'check', tiny]],
      ['tiny, compile', ['bin/calitables.js', 'compile', tiny]],
      ...clusters,
    ]),
    15,
  )
  const base = costs.get(empty)
  if (base === undefined) return
  console.log('| start-up | processor, ms | ratio | clock, ms | ratio |')
  console.log('|---|---|---|---|---|')
  for (const [name, { cpu, wall }] of costs) {
    const cells = [name, cpu.toFixed(0), (cpu / base.cpu).toFixed(2), wall.toFixed(0), (wall / base.wall).toFixed(2)]
    console.log(`| ${cells.join(' | ')} |`)
  }
  console.log()
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

const wanted = process.argv.slice(2) as SizeName[]
const names = wanted.length > 0 ? wanted : (Object.keys(SIZES) as SizeName[])
startUp()
console.log(`node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? ''}`)
console.log(
  '| cluster | form | MiB | read / parse / plan / render / print, s | whole, s | baseline, s | ratio | peak, MiB | rules / members |',
)
console.log('|---|---|---|---|---|---|---|---|---|')
const audits: string[] = []
/** Whole times by form and size, for the exponent of growth. */
const wholes = new Map<string, number>()
for (const name of names) {
  const size: ClusterSize = SIZES[name]
  const runs = size.pods > 50_000 ? 2 : 5
  const paths = writeCluster(size)
  for (const form of ['json', 'yaml'] as const) {
    const path = paths[form]
    const out = join(folder, 'out')
    const ours = measure(
      ['bin/calitables.js', 'compile', '-f', path, '--node', LOCAL_NODE, '--host', host, '-o', out],
      runs,
    )
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
rmSync(folder, { recursive: true })
