// npm run test:audit:kernel -- [--every=N] DIR...: recorded texts are loaded into a real kernel, by both back ends, and what it prints
// then must be the same as the compiled rules. Ends with `same: N of M texts after the kernel`; exit code 1 unless all are.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { findCases } from '../helpers/cases.ts'
import { BACKENDS, whyNoKernel } from '../helpers/kernel.ts'
import { auditAfterKernel } from '../helpers/audit-after-kernel.ts'

const args = process.argv.slice(2)
const every = Number(args.find(arg => arg.startsWith('--every='))?.slice('--every='.length) ?? 1)
const why = whyNoKernel()
if (why !== undefined) throw new Error(why)
let [same, texts] = [0, 0]
const folders = args.filter(arg => !arg.startsWith('--')).flatMap(findCases)
for (const folder of folders.filter((_, index) => index % every === 0)) {
  if (existsSync(join(folder, 'reason.txt'))) continue
  for (const backend of BACKENDS) {
    for (const { ipVersion, problem } of auditAfterKernel(folder, backend)) {
      texts++
      if (problem === undefined) same++
      else console.log(`${folder} v${ipVersion} ${backend}: ${problem}`)
    }
  }
}
console.log(`same: ${same} of ${texts} texts after the kernel`)
if (same < texts || texts === 0) process.exitCode = 1
