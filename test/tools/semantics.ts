// npm run test:semantics -- [--packets=N] [--seed=N] DIR...: sends packets through the compiled rules of every case below the
// folders and compares each verdict with a plain reading of the policies. Ends with `packets: N, differences: M over C cases`;
// exit code 1 unless M = 0.

import { findCases, readCase } from '../helpers/cases.ts'
import { compareVerdicts } from '../helpers/compare-verdicts.ts'

const args = process.argv.slice(2)
const option = (name: string, fallback: number): number => {
  const found = args.find(arg => arg.startsWith(`--${name}=`))
  return found === undefined ? fallback : Number(found.slice(name.length + 3))
}
const folders = args.filter(arg => !arg.startsWith('--')).flatMap(findCases)
const wanted = option('packets', 100_000)
const seed = option('seed', 1)
const share = Math.ceil(wanted / Math.max(1, folders.length))
let packets = 0
let cases = 0
let differences = 0
const verdicts = { accept: 0, drop: 0, none: 0 }
const left: string[] = []
for (const [index, folder] of folders.entries()) {
  const comparison = compareVerdicts(readCase(folder), share, seed * 1_000_003 + index)
  if (comparison === undefined) {
    left.push(folder)
    continue
  }
  cases++
  packets += comparison.packets
  differences += comparison.differences.length
  for (const verdict of ['accept', 'drop', 'none'] as const) verdicts[verdict] += comparison.verdicts[verdict]
  for (const difference of comparison.differences.slice(0, 3)) console.log(`${folder}\n  ${JSON.stringify(difference)}`)
}
if (left.length > 0) console.log(`left out, for they are for IPVS: ${left.length} cases`)
console.log(
  `verdicts of the policies: ${verdicts.accept} accepted, ${verdicts.drop} dropped, ${verdicts.none} left to others`,
)
console.log(`packets: ${packets}, differences: ${differences} over ${cases} cases`)
if (differences > 0 || packets === 0) process.exitCode = 1
