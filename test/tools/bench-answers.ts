// npm run bench:answers [-- TABLE...]: how long questions about all packets take, as ratios to `calitables compile` of the same input
// in the same run, how `reach` grows, and how much memory they take. Every figure is the best of several whole processes, of large
// inputs of one or two, in processor time: others disturb it less. A process that takes too much of it is ended, and the row says so, as
// it does of what is refused as too much. Tables: workloads, mixed, one-node; left out: all.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { LOCAL_NODE, SIZES, syntheticCluster } from '../helpers/synthetic-cluster.ts'
import { workloadCluster } from '../helpers/workload-cluster.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const RUNS = 3

/** Of one process, in seconds of processor time. */
const LONGEST = 100
const folder = mkdtempSync(join(tmpdir(), 'calitables-bench-answers-'))

/** Writes what the process has used to the file named by USAGE_FILE when it ends. */
const hook = join(folder, 'usage.mjs')
writeFileSync(
  hook,
  `import { writeFileSync } from 'node:fs'
process.on('exit', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage()
  writeFileSync(process.env.USAGE_FILE, JSON.stringify([userCPUTime + systemCPUTime, maxRSS]))
})
`,
)

interface Measured {
  readonly seconds: number
  readonly mebibytes: number
}

/** Why there is no figure. */
type Missing = 'refused' | 'ended'

/** @param codes of those that say that all went well */
function measure(args: readonly string[], codes: readonly number[] = [0], runs = RUNS): Measured | Missing {
  let best: Measured = { seconds: Infinity, mebibytes: Infinity }
  for (let run = 0; run < runs; run++) {
    const file = join(folder, 'usage.json')
    const limited = ['-c', `ulimit -S -t ${LONGEST}; exec "$0" "$@"`, process.execPath]
    const { status, signal, stderr } = spawnSync('sh', [...limited, '--import', hook, 'bin/calitables.js', ...args], {
      cwd: ROOT,
      encoding: 'utf8',
      maxBuffer: 2 ** 30,
      env: { ...process.env, USAGE_FILE: file },
    })
    if (signal === 'SIGXCPU') return 'ended'
    if (stderr.includes('[too-many-packets]')) return 'refused'
    if (status === null || !codes.includes(status)) throw new Error(stderr)
    const [micros, kibibytes] = JSON.parse(readFileSync(file, 'utf8')) as [number, number]
    best = {
      seconds: Math.min(best.seconds, micros / 1e6),
      mebibytes: Math.min(best.mebibytes, kibibytes / 1024),
    }
  }
  return best
}

/** Cells of a row: seconds of `compile` and of an answer, their ratio and what it may be, the answer's memory. */
function cellsOf(compile: Measured | Missing, answer: Measured | Missing, most: number | undefined): readonly string[] {
  const seconds = (measured: Measured | Missing): string =>
    typeof measured === 'object'
      ? measured.seconds.toFixed(2)
      : measured === 'ended'
        ? `ended after ${LONGEST}`
        : measured
  const areBoth = typeof compile === 'object' && typeof answer === 'object'
  const ratio = areBoth ? (answer.seconds / compile.seconds).toFixed(1) : ''
  const peak = typeof answer === 'object' ? answer.mebibytes.toFixed(0) : ''
  return [seconds(compile), seconds(answer), ratio, String(most ?? ''), peak]
}

function write(name: string, resources: readonly object[]): string {
  const path = join(folder, `${name}.json`)
  writeFileSync(path, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: resources }))
  return path
}

const INPUTS = {
  // Every workload its own policy.
  workloads: (size: number) => workloadCluster(size),
  // Labels that many share, tiers, global policies, host endpoints.
  mixed: (size: number) => {
    const nodes = Math.ceil(size / 30)
    return syntheticCluster({ pods: size, policies: size, nodes, localPods: 30 })
  },
} as const

const wanted = process.argv.slice(2)
const unknown = wanted.filter(name => name !== 'one-node' && !Object.hasOwn(INPUTS, name))
if (unknown.length > 0) throw new Error(`no table is called ${unknown.join(', ')}`)
const names = (Object.keys(INPUTS) as (keyof typeof INPUTS)[]).filter(
  name => wanted.length === 0 || wanted.includes(name),
)
interface SamplePolicy {
  readonly apiVersion?: string
  readonly metadata?: { readonly namespace?: string }
  readonly spec?: { readonly ingress?: readonly object[] }
}

/** The same with one rule more in one policy that selects pods of the node. */
function edited(resources: readonly object[]): readonly object[] {
  const isEdited = ({ apiVersion, metadata, spec }: SamplePolicy): boolean =>
    apiVersion === 'networking.k8s.io/v1' && metadata?.namespace === 'ns-0' && spec?.ingress !== undefined
  const index = resources.findIndex(isEdited)
  if (index < 0) throw new Error('no policy to edit')
  const rule = { from: [{ ipBlock: { cidr: '203.0.113.0/24' } }], ports: [{ port: 8443 }] }
  return resources.map((one: SamplePolicy, place) =>
    place === index ? { ...one, spec: { ...one.spec, ingress: [...(one.spec?.ingress ?? []), rule] } } : one,
  )
}

/** The same with a policy that lets nothing in and out of the pods of a namespace. */
function shut(resources: readonly object[]): readonly object[] {
  const spec = { podSelector: {}, policyTypes: ['Ingress', 'Egress'] }
  const metadata = { name: 'shut', namespace: 'ns-0' }
  return [...resources, { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata, spec }]
}

/** Questions about one node of a large cluster. Nothing is said of what there is not: exit code 1 is an answer. */
function oneNode(): void {
  console.log('| question | compile, s | answer, s | ratio | at most | peak, MiB |')
  console.log('|---|---|---|---|---|---|')
  for (const size of ['M', 'L'] as const) {
    const resources = syntheticCluster(SIZES[size])
    const [old, next] = [write(size, resources), write(`${size}-edited`, edited(resources))]
    const closed = write(`${size}-shut`, shut(resources))
    const runs = size === 'L' ? 2 : RUNS
    const node = ['-q', '--node', LOCAL_NODE]
    const compile = measure(['compile', ...node, '-f', old], [0], runs)
    const questions = [
      ['diff, one policy edited', ['diff', ...node, old, next], [1], { M: 3, L: 4 }],
      ['diff, a namespace shut', ['diff', ...node, old, closed], [1], { M: undefined, L: undefined }],
      ['dead rules', ['check', '--exact', ...node, '-f', old], [0, 1], { M: 5, L: undefined }],
      ['reach by the rules of the node', ['reach', ...node, '-f', old], [0], { M: undefined, L: undefined }],
      ['reach by the rules of all nodes', ['reach', '-q', '-f', old], [0], { M: undefined, L: undefined }],
    ] as const
    for (const [name, args, codes, bounds] of questions) {
      const cells = [`${name}, ${size}`, ...cellsOf(compile, measure(args, codes, runs), bounds[size])]
      console.log(`| ${cells.join(' | ')} |`)
    }
  }
}

if (names.length > 0) console.log('| input | compile, s | reach, s | ratio | at most | peak, MiB |')
if (names.length > 0) console.log('|---|---|---|---|---|---|')
for (const name of names) {
  const times = new Map<number, number>()
  for (const size of [100, 300, 1_000, 2_000]) {
    const path = write(`${name}-${size}`, INPUTS[name](size))
    const runs = size >= 1_000 ? 1 : RUNS
    const compile = measure(['compile', '-q', '-f', path, '--node', 'node-0'], [0], runs)
    const reach = measure(['reach', '-q', '-f', path], [0], runs)
    if (typeof reach === 'object') times.set(size, reach.seconds)
    const cells = [`${name}, ${size} and ${size}`, ...cellsOf(compile, reach, size === 300 ? 10 : undefined)]
    console.log(`| ${cells.join(' | ')} |`)
  }
  const [few, many] = [times.get(300), times.get(2_000)]
  const exponent = few === undefined || many === undefined ? NaN : Math.log(many / few) / Math.log(2_000 / 300)
  console.log(`growth of reach from 300 to 2,000, ${name}: exponent ${exponent.toFixed(2)}, at most 1.3`)
}
if (wanted.length === 0 || wanted.includes('one-node')) oneNode()
rmSync(folder, { recursive: true })
