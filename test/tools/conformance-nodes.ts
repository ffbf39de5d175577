// npm run conformance:nodes -- DIR...: every attempt that was recorded on real nodes, traced over compiled rules and over the
// text of the node. Prints what is not as it happened; exit code 1 where any answer is wrong, or more than 2 % are open.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Io } from '../../src/cli/io.ts'
import { readWorlds, type WorldOf } from '../../src/cli/trace-world.ts'
import { findRecordedNodes, readRecordedNode, type RecordedNode } from '../helpers/recorded-attempts.ts'
import { compareHits } from '../helpers/compare-hits.ts'
import { SILENT } from '../helpers/run-command.ts'
import { judgeAttempts } from '../helpers/trace-recorded.ts'

const MODES = ['compiled', 'rules'] as const

/** Messages are for people: an error ends the run, the rest is not looked at. */
const UNTIL_ERROR: Io = {
  ...SILENT,
  writeError: text => (/^error|: error:/m.test(text) ? Promise.reject(new Error(text)) : Promise.resolve()),
}

/** The other nodes of the recordings only route: they have no rules, though the input would give them some. */
function withoutRules(folder: string, input: string, node: string): readonly string[] {
  const path = join(folder, 'none.save')
  const tables = ['raw', 'mangle', 'nat', 'filter'].map(table => `*${table}\n:cali-FORWARD - [0:0]\nCOMMIT\n`)
  writeFileSync(path, tables.join(''))
  const names = new Set([...input.matchAll(/^ +nodeName: (\S+)$/gm)].map(([, name]) => name))
  return [...names].filter(name => name !== node).map(name => `${name}=${path}`)
}

async function worldOf(recorded: RecordedNode, mode: (typeof MODES)[number]): Promise<WorldOf> {
  const { input, node, host, rules, sets } = recorded
  const given =
    mode === 'compiled'
      ? { filename: [input.name], node, rules: withoutRules(scratch, input.text, node) }
      : { rules: rules.map(({ name }) => name), sets: [sets.name] }
  const found = await readWorlds({ ...given, host: host.map(({ name }) => name) }, UNTIL_ERROR)
  if (found === undefined) throw new Error(`${recorded.folder} cannot be read`)
  return found
}

const scratch = mkdtempSync(join(tmpdir(), 'conformance-nodes-'))
let wrong = 0
let possible = 0
let compared = 0
let differing = 0
let further = 0
let total = 0
const folders = process.argv.slice(2)
for (const folder of folders.flatMap(findRecordedNodes)) {
  const recorded = readRecordedNode(folder)
  for (const mode of MODES) {
    // What somebody changed on the node is not in the input.
    if (mode === 'compiled' && !recorded.isClean) continue
    const judged = judgeAttempts(recorded, await worldOf(recorded, mode), mode !== 'rules')
    const bad = judged.filter(({ judgement }) => judgement === 'wrong')
    const open = judged.filter(({ judgement }) => judgement === 'possible')
    total += judged.length
    wrong += bad.length
    possible += open.length
    console.log(
      `${folder}, ${mode}: ${judged.length - bad.length - open.length} equal, ${open.length} open, ${bad.length} wrong`,
    )
    if (mode === 'rules') {
      let before: ReadonlySet<string> = new Set()
      for (const { attempt, result } of judged) {
        const hits = recorded.hits.get(attempt.id)
        if (hits === undefined || result === undefined) continue
        const { missing, extra } = compareHits(result, attempt.outcome, hits, before)
        before = hits
        compared++
        if (extra.length > 0) further++
        if (missing.length === 0) continue
        differing++
        console.log(
          `  #${attempt.id} ${attempt.via} ${attempt.outcome}: no hit at ${missing.join(', ')}; other hits ${extra.join(', ')}`,
        )
      }
    }
    for (const { attempt, said, judgement } of [...bad, ...open]) {
      const { id, from, to, proto, dport, via, outcome } = attempt
      console.log(`  #${id} ${judgement}: ${from} -> ${to} ${proto} ${dport} (${via}): ${outcome}; trace says ${said}`)
    }
  }
}
console.log(`equal: ${total - wrong - possible} of ${total} attempts; ${possible} open, ${wrong} wrong`)
console.log(`rules on the way: ${compared - differing} of ${compared} counted, ${further} of them with further counts`)
process.exitCode = wrong === 0 && possible * 50 <= total && total > 0 ? 0 : 1
rmSync(scratch, { recursive: true })
