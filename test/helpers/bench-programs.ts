// What the bench runs, as whole processes, and the inputs that it writes for them. Used by test/tools/bench.ts.

import { spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dump } from 'js-yaml'
import { hostJson } from './build.ts'
import { type ClusterSize, LOCAL_NODE, type SizeName, SIZES, syntheticCluster } from './synthetic-cluster.ts'

export const folder = mkdtempSync(join(tmpdir(), 'calitables-bench-'))

export const host = join(folder, 'host.json')
writeFileSync(host, hostJson(['eth0', '172.16.0.0/16']))

export interface Cost {
  /** Processor time, and time on the clock, in milliseconds. */
  readonly cpu: number
  readonly wall: number
}

/** What is given to Node, in a folder that has `bin` and `dist`. */
export interface Program {
  readonly root: string
  readonly args: readonly string[]
}

/** Runs of all programs in turn, so that what else the machine does falls on all of them; the least of each counts. */
export function leastOf<Name extends string>(
  programs: ReadonlyMap<Name, Program>,
  runs: number,
): ReadonlyMap<Name, Cost> {
  const least = new Map<Name, Cost>()
  const costFile = join(folder, 'cost')
  const hook = join(folder, 'cost.cjs')
  writeFileSync(
    hook,
    `process.on('exit',()=>{const{user,system}=process.cpuUsage();require('fs').writeFileSync(process.env.COST_FILE,String(user+system))})`,
  )
  for (let run = 0; run < runs; run++) {
    for (const [name, { root, args }] of programs) {
      const started = process.hrtime.bigint()
      const { status, stderr } = spawnSync(process.execPath, ['--require', hook, ...args], {
        cwd: root,
        encoding: 'utf8',
        env: { ...process.env, COST_FILE: costFile },
        maxBuffer: 2 ** 30,
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

/** One list for JSON, as `kubectl get -o json` prints it; one document after another for YAML. */
export function writeCluster(size: ClusterSize): { readonly json: string; readonly yaml: string } {
  const resources = syntheticCluster(size)
  const paths = { json: join(folder, 'cluster.json'), yaml: join(folder, 'cluster.yaml') }
  const jsonFile = openSync(paths.json, 'w')
  writeSync(jsonFile, '{"apiVersion":"v1","items":[')
  resources.forEach((resource, index) => writeSync(jsonFile, `${index === 0 ? '' : ','}${JSON.stringify(resource)}`))
  writeSync(jsonFile, '],"kind":"List"}\n')
  closeSync(jsonFile)
  const yamlFile = openSync(paths.yaml, 'w')
  for (const resource of resources) writeSync(yamlFile, yamlOf(resource))
  closeSync(yamlFile)
  return paths
}

function yamlOf(resource: object): string {
  return `---\n${dump(resource, { noRefs: true, lineWidth: -1 })}`
}

/** How often a cluster of this size is compiled. */
export function runsFor(size: ClusterSize): number {
  return size.pods > 50_000 ? 2 : 5
}

export function compileArgs(path: string): readonly string[] {
  return ['bin/calitables.js', 'compile', '-f', path, '--node', LOCAL_NODE, '--host', host]
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

/** What start-up is measured by. */
export const EMPTY = 'node -e 0'

/** What people run most, by what the row is called. */
export function startUpArgs(): ReadonlyMap<string, readonly string[]> {
  const tiny = join(folder, 'tiny.yaml')
  writeFileSync(tiny, TINY)
  return new Map<string, readonly string[]>([
    [EMPTY, ['-e', '0']],
    ['--version', ['bin/calitables.js', '--version']],
    ['--help', ['bin/calitables.js', '--help']],
    ['import the library', ['--input-type=module', '-e', 'import "./dist/index.js"']],
    ['tiny, check', ['bin/calitables.js', 'check', tiny]],
    ['tiny, compile', ['bin/calitables.js', 'compile', tiny]],
    ...(['S', 'M'] as const).map(name => [`${name}, compile`, compileArgs(kept(name))] as const),
  ])
}

/** A file that stays when the next cluster is written. */
function kept(name: SizeName): string {
  const path = join(folder, `${name}.yaml`)
  const resources = syntheticCluster(SIZES[name])
  writeFileSync(path, resources.map(yamlOf).join(''))
  return path
}
