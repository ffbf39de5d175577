// npm run test:analysis -- [--worlds=N] [--packets=N] [--seed=N] DIR...: first N random rulesets of a world so small that every
// packet is enumerated; then packets through the compiled rules of every case below the folders, one by one and as sets, half of
// them from the borders of the sets. Ends with `worlds: …` and `packets: N (M from borders), differences: D over C cases`; exit
// code 1 unless D = 0.

import { compile } from '../../src/compile.ts'
import { kernelTablesOf } from '../../src/netfilter/kernel-tables.ts'
import { compareWithWalker } from '../helpers/analysis/compare-with-walker.ts'
import { nodeNetsOf } from '../helpers/analysis/node-nets.ts'
import { compareWorld, randomWorld } from '../helpers/analysis/small-world.ts'
import { findCases, readCase } from '../helpers/cases.ts'
import { randomNumbers } from '../helpers/sample-packets.ts'

const args = process.argv.slice(2)
const option = (name: string, fallback: number): number => {
  const found = args.find(arg => arg.startsWith(`--${name}=`))
  return found === undefined ? fallback : Number(found.slice(name.length + 3))
}
const folders = args.filter(arg => !arg.startsWith('--')).flatMap(findCases)
const random = randomNumbers(option('seed', 1))
let enumerated = 0
const worlds = option('worlds', 10_000)
let wrong = 0
for (let world = 0; world < worlds; world++) {
  const { packets, differences } = compareWorld(randomWorld(random))
  enumerated += packets
  wrong += differences.length
  for (const text of differences.slice(0, 1)) console.log(`world ${world}: ${text}`)
}
console.log(`worlds: ${worlds}, packets: ${enumerated}, differences: ${wrong}`)
const share = Math.ceil(option('packets', 1_000_000) / Math.max(1, folders.length) / 2)
const totals = { packets: 0, fromBorders: 0, differences: 0, cases: 0, nodes: 0 }
const verdicts = new Map<string, number>()
for (const folder of folders) {
  const { files, host, node } = readCase(folder)
  const result = compile({ files, host, node })
  if (!result.ok) throw new Error(`${folder} does not compile`)
  totals.cases++
  for (const version of [4, 6] as const) {
    const ruleset = result.output.versions[version]?.ruleset
    if (ruleset === undefined) continue
    const tables = kernelTablesOf(ruleset)
    const found = compareWithWalker(tables, nodeNetsOf(tables, result.output.host), { count: share, random })
    totals.packets += found.packets
    totals.fromBorders += found.fromBorders
    totals.differences += found.differences.length
    totals.nodes = Math.max(totals.nodes, found.nodes)
    for (const [verdict, count] of found.verdicts) verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + count)
    for (const text of found.differences.slice(0, 3)) console.log(`${folder} IPv${version}: ${text}`)
  }
}
for (const verdict of [...verdicts.keys()].sort()) console.log(`  ${verdict}: ${verdicts.get(verdict)}`)
console.log(`  largest store: ${totals.nodes} nodes`)
console.log(
  `packets: ${totals.packets} (${totals.fromBorders} from borders), differences: ${totals.differences} over ${totals.cases} cases`,
)
if (wrong > 0 || totals.differences > 0 || totals.packets === 0) process.exitCode = 1
