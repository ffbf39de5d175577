// npm run test:audit -- [--texts=N] [--seed=N] [--nodes=DIR --of-nodes=N] DIR...: recorded texts of every case must be the same as the compiled rules; then so
// many damaged texts, one or two kinds of damage each, must be named. With `--nodes`, recorded nodes are damaged as well, and must have
// cause, effect and repair. Ends with `named: N of M texts, K kinds`.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { auditVersion } from '../../src/audit/audit-version.ts'
import { compile } from '../../src/compile.ts'
import { Report } from '../../src/diagnostics/diagnostic.ts'
import type { Ruleset } from '../../src/model/ruleset.ts'
import { readKernelTables } from '../../src/reader/read-kernel-tables.ts'
import { findCases, readCase } from '../helpers/cases.ts'
import { damageNode } from '../helpers/damaged-nodes.ts'
import { Random } from '../helpers/probes/random.ts'
import { findNodes } from '../helpers/recorded-nodes.ts'
import { DAMAGE_KINDS, damageText } from '../helpers/seeded-damage.ts'

const args = process.argv.slice(2)
const option = (name: string, otherwise: number): number =>
  Number(args.find(arg => arg.startsWith(`--${name}=`))?.slice(name.length + 3) ?? otherwise)
const seed = new Random(option('seed', 1))
const random = (): number => seed.below(2 ** 20) / 2 ** 20
const wanted = option('texts', 300)

function findingsOf(ruleset: Ruleset, text: string, ipset?: string): ReturnType<typeof auditVersion>['findings'] {
  const { ipVersion } = ruleset
  const sets = ipset === undefined ? {} : { ipset: { name: 'sets', text: ipset } }
  const tables = readKernelTables({ iptables: { name: 'rules', text }, ...sets, ipVersion }, new Report())
  return auditVersion(ruleset, tables, ipset !== undefined).findings
}

const folders = args.filter(arg => !arg.startsWith('--')).flatMap(findCases)
let [same, texts, damaged, named] = [0, 0, 0, 0]
const kinds = new Set<string>()
for (const [index, folder] of folders.entries()) {
  if (existsSync(join(folder, 'reason.txt'))) continue
  const { files, host, node, calicoVersion, environment, expected } = readCase(folder)
  const result = compile({ files, host, node, calicoVersion, environment })
  if (!result.ok) continue
  for (const ipVersion of [4, 6] as const) {
    const ruleset = result.output.versions[ipVersion]?.ruleset
    const text = expected[`v${ipVersion}.iptables`]
    if (ruleset === undefined || text === undefined) continue
    texts++
    const found = findingsOf(ruleset, text, expected[`v${ipVersion}.ipset`])
    if (found.length === 0) same++
    else console.log(`${folder} v${ipVersion}: ${JSON.stringify(found[0]).slice(0, 300)}`)
    // Spread over all cases.
    const due = Math.ceil(((index + 1) / folders.length) * wanted)
    while (damaged < due) {
      const picked = [0, 1].slice(0, seed.below(2) + 1).map(() => seed.pick(DAMAGE_KINDS) ?? '')
      let lines: string = text
      const done = picked.flatMap(kind => {
        const damage = damageText(kind, lines, random)
        if (damage !== undefined) lines = damage.lines.join('\n')
        return damage ?? []
      })
      // A second one may undo the first.
      if (done.length === 0 || lines === text) continue
      damaged++
      for (const { kind } of done) kinds.add(kind)
      const findings = findingsOf(ruleset, lines)
      // Of two in one place the second may hide the first.
      const [last] = done.slice(-1)
      if (last?.isNamed(findings) === true && findings.length >= 1) named++
      else console.log(`${folder} v${ipVersion}: not named: ${picked.join(', ')}`)
    }
  }
}
const nodes = args.find(arg => arg.startsWith('--nodes='))?.slice('--nodes='.length)
const clean =
  nodes === undefined ? [] : findNodes(nodes).filter(one => !/\/(damage|extra|kube-proxy-nftables)\b/.test(one))
let [wrong, tried] = [0, 0]
while (clean.length > 0 && tried < option('of-nodes', 100)) {
  const found = damageNode(seed.pick(clean) ?? '', seed)
  if (found === undefined) continue
  tried++
  if (found.problems.length > 0) wrong++
  for (const problem of found.problems) console.log(`${found.name}: ${problem}`)
}
if (nodes !== undefined) console.log(`damaged nodes: ${tried - wrong} of ${tried} named, with cause, effect and repair`)
console.log(`same: ${same} of ${texts} texts`)
console.log(`named: ${named} of ${damaged} texts, ${kinds.size} kinds`)
if (wrong > 0 || (nodes !== undefined && tried === 0)) process.exitCode = 1
if (same < texts || named < damaged || damaged < wanted || texts === 0) process.exitCode = 1
