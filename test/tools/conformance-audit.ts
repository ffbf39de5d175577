// npm run conformance:audit -- DIR...: audits every recorded node below the folders. Clean ones must be the same; of damaged ones
// everything that their notes say must be found, with its cause first. Ends with `audited: N of M nodes`; exit code 1 unless N = M, or N is at
// least `--at-least=N`.

import { join } from 'node:path'
import { effectOf } from '../../src/audit-effect.ts'
import { singleEffects } from '../../src/audit-single-effects.ts'
import { repairsOf } from '../../src/audit-repair.ts'
import { auditNode } from '../../src/node-audit.ts'
import { expectedCause, expectedFindings } from '../helpers/damage-notes.ts'
import { type Attempt, comparePackets, readAttempts } from '../helpers/recorded-packets.ts'
import { auditInputOf, findNodes, readNode, type RecordedNode } from '../helpers/recorded-nodes.ts'

function problemsOf(node: RecordedNode): readonly string[] {
  const result = auditNode(auditInputOf(node, node.release))
  if (!result.ok) return result.diagnostics.filter(({ severity }) => severity === 'error').map(one => one.message)
  const { audit } = result
  const findings = audit.versions.flatMap(one => one.audit.findings)
  const isNftables = node.name.endsWith('kube-proxy-nftables')
  const notes = node.damage ?? (isNftables ? 'nftables mode' : undefined)
  if (notes === undefined) return audit.isSame ? [] : findings.map(one => JSON.stringify(one).slice(0, 300))
  const cause = expectedCause(notes)
  const first = audit.causes[0]?.kind
  const packets = comparePackets(audit, cleanAttempts(node), readAttempts(node.folder))
  compared += packets.compared
  changed += packets.changed
  const repairs = repairsOf(audit, true).filter(({ left }) => left > 0)
  const failures = effectOf(audit, true, 5).versions.flatMap(({ failure }) => failure ?? [])
  const alone = singleEffects(audit, true)
  const unsaid = findings
    .filter(finding => alone.get(finding) === undefined)
    .map(({ kind }) => `no effect is told of ${kind}`)
  const isEmptied = audit.notCompared.some(what => /are empty/.test(what))
  return [
    ...repairs.map(({ ipVersion, left }) => `the repair of IPv${ipVersion} leaves ${left} differences`),
    ...failures,
    ...unsaid,
    ...[...alone.values()].flatMap(({ failure }) => (failure?.includes('a bug') === true ? [failure] : [])),
    // What kube-proxy had in a table that was flushed nobody knows.
    ...packets.problems.filter(problem => !isEmptied && KNOWN[node.name] !== problem.split(' ')[0]),
    ...(cause === first ? [] : [`the cause is ${cause ?? 'none'}, and the first one told is ${first ?? 'none'}`]),
    ...expectedFindings(notes)
      .filter(({ matches }) => !findings.some(matches))
      .map(({ command }) => `nothing found of: ${command}`),
  ]
}

/** Timeouts that are no denial: the address has nobody behind it (README of the recorded nodes). */
const KNOWN: Readonly<Record<string, string>> = { '03-lb-allow-list/legacy/damage/rule-replaced': '#5' }

let [compared, changed] = [0, 0]

/** Of the state before the damage; states of their own in `extra` have none. */
function cleanAttempts(node: RecordedNode): readonly Attempt[] {
  return node.name.includes('/damage/') ? readAttempts(join(node.folder, '../..')) : []
}

const args = process.argv.slice(2)
const atLeast = args.find(arg => arg.startsWith('--at-least='))
const folders = args.filter(arg => !arg.startsWith('--')).flatMap(findNodes)
let fine = 0
for (const folder of folders) {
  const problems = problemsOf(readNode(folder))
  if (problems.length === 0) fine++
  else console.log(`${folder}\n${problems.map(line => `  ${line}`).join('\n')}`)
}
console.log(
  `packets whose outcome is as told: of ${compared} attempts on damaged nodes, ${changed} of which end otherwise`,
)
console.log(`audited: ${fine} of ${folders.length} nodes`)
const needed = atLeast === undefined ? folders.length : Number(atLeast.slice('--at-least='.length))
if (fine < needed || folders.length === 0) process.exitCode = 1
