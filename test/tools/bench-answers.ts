// npm run bench:answers: how long questions about all packets take, as ratios to `calitables compile` of the same input in the same
// run, and how `reach` grows. Every figure is the best of several whole processes, in processor time: others disturb it less.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { syntheticCluster } from '../helpers/synthetic-cluster.ts'
import { workloadCluster } from '../helpers/workload-cluster.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const RUNS = 3
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

function measure(args: readonly string[]): Measured {
  let best: Measured = { seconds: Infinity, mebibytes: Infinity }
  for (let run = 0; run < RUNS; run++) {
    const file = join(folder, 'usage.json')
    const { status, stderr } = spawnSync(process.execPath, ['--import', hook, 'bin/calitables.js', ...args], {
      cwd: ROOT,
      encoding: 'utf8',
      maxBuffer: 2 ** 30,
      env: { ...process.env, USAGE_FILE: file },
    })
    if (status !== 0) throw new Error(stderr)
    const [micros, kibibytes] = JSON.parse(readFileSync(file, 'utf8')) as [number, number]
    best = {
      seconds: Math.min(best.seconds, micros / 1e6),
      mebibytes: Math.min(best.mebibytes, kibibytes / 1024),
    }
  }
  return best
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
const names = (Object.keys(INPUTS) as (keyof typeof INPUTS)[]).filter(
  name => wanted.length === 0 || wanted.includes(name),
)
console.log('| input | compile, s | reach, s | ratio | peak, MiB |')
console.log('|---|---|---|---|---|')
for (const name of names) {
  const times = new Map<number, number>()
  for (const size of [100, 300, 1_000, 2_000]) {
    const path = write(`${name}-${size}`, INPUTS[name](size))
    const compile = measure(['compile', '-q', '-f', path, '--node', 'node-0'])
    const reach = measure(['reach', '-q', '-f', path])
    times.set(size, reach.seconds)
    const cells = [
      `${name}, ${size} and ${size}`,
      compile.seconds.toFixed(2),
      reach.seconds.toFixed(2),
      (reach.seconds / compile.seconds).toFixed(1),
      reach.mebibytes.toFixed(0),
    ]
    console.log(`| ${cells.join(' | ')} |`)
  }
  const exponent = Math.log((times.get(2_000) ?? 0) / (times.get(300) ?? 1)) / Math.log(2_000 / 300)
  console.log(`growth of reach from 300 to 2,000, ${name}: exponent ${exponent.toFixed(2)}`)
}
rmSync(folder, { recursive: true })
