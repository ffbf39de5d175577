// Times of the phases of one compilation, for the bench: PATH HOST NODE -> "read / parse / plan / render / print;rules / members".

import { readFileSync } from 'node:fs'
import { printRuleset } from '../../src/backend/iptables/print-ruleset.ts'
import { Report } from '../../src/diagnostics/diagnostic.ts'
import type { Chain } from '../../src/model/ruleset.ts'
import { parseHost } from '../../src/reader/parse-host.ts'
import { parseResources } from '../../src/parser/parse-resources.ts'
import { planNode } from '../../src/planner/plan-node.ts'
import { renderRuleset } from '../../src/renderer/render-ruleset.ts'

const [path = '', hostPath = '', node = ''] = process.argv.slice(2)
const times: number[] = []
let last = process.hrtime.bigint()

function lap<T>(value: T): T {
  const now = process.hrtime.bigint()
  times.push(Number(now - last) / 1e9)
  last = now
  return value
}

const report = new Report()
const file = lap({ name: path, text: readFileSync(path, 'utf8') })
const { release, resources } = lap(parseResources([file], report))
const host = parseHost({ name: hostPath, text: readFileSync(hostPath, 'utf8') }, report)
const plan = lap(planNode({ resources, release, nodeName: node, host }, report))
if (plan === undefined || report.hasErrors) throw new Error(report.diagnostics.map(({ message }) => message).join('\n'))
const shared = new Map<string, Chain>()
const rulesets = lap([renderRuleset(plan, 4, shared), renderRuleset(plan, 6, shared)])
const printed = new Map<Chain, string>()
lap(rulesets.map(ruleset => printRuleset(ruleset, printed)))
const rules = rulesets
  .flatMap(({ tables }) => tables.flatMap(({ chains }) => chains.map(chain => chain.rules.length)))
  .reduce((a, b) => a + b, 0)
const members = rulesets.flatMap(({ ipSets }) => ipSets.map(set => set.members.length)).reduce((a, b) => a + b, 0)
console.log(`${times.map(time => time.toFixed(2)).join(' / ')};${rules} / ${members}`)
