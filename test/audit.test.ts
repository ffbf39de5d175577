// What an audit finds: recorded nodes, and texts of compiled rules that were damaged on purpose.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { auditNode, type NodeAudit } from '../src/node-audit.ts'
import { expectedCause, expectedFindings } from './helpers/damage-notes.ts'
import { auditInputOf, NODES_FOLDER, readNode } from './helpers/recorded-nodes.ts'

function audit(name: string, release?: string): NodeAudit {
  const result = auditNode(auditInputOf(readNode(join(NODES_FOLDER, name)), release))
  if (!result.ok) throw new Error(`${name}: ${result.diagnostics.map(({ message }) => message).join('; ')}`)
  return result.audit
}

/** One of each kind; all of them are in `npm run conformance:audit`. */
const CLEAN = ['10-dual-stack/legacy', '10-dual-stack/nft', '01-shop/felix-v3.29.7']
const DAMAGED = [
  '02-ibm/legacy/damage/predNAT-chain-flushed',
  '02-ibm/legacy/damage/leftover-policy',
  '03-lb-allow-list/legacy/damage/rule-replaced',
  '03-lb-allow-list/legacy/damage/ufw',
  '07-wildcard/legacy/damage/hook-below-kube',
  '01-shop/legacy/damage/member-deleted',
  'extra/felix-v3.31.7-then-v3.32.1',
  'extra/both-backends-stale',
]

const skip = existsSync(NODES_FOLDER) ? false : `there are no recorded nodes in ${NODES_FOLDER}: set CORPUS`

t.test('recorded nodes', { skip }, async t => {
  for (const name of CLEAN) {
    const found = audit(name)
    t.equal(found.isSame, true, name)
    t.ok(
      found.versions.every(({ audit: { counts } }) => counts.rules > 100 && counts.members > 0),
      `${name}: something was compared`,
    )
  }
  for (const name of DAMAGED) {
    const notes = readNode(join(NODES_FOLDER, name)).damage ?? ''
    const found = audit(name)
    const findings = found.versions.flatMap(one => one.audit.findings)
    t.equal(found.causes[0]?.kind, expectedCause(notes), `${name}: the cause`)
    for (const { command, matches } of expectedFindings(notes)) t.ok(findings.some(matches), `${name}: ${command}`)
  }
})

t.test('the text of an older release', { skip }, async t => {
  const found = audit('02-ibm/felix-v3.30.7')
  t.equal(found.isSame, true)
  t.equal(found.rules.release.name, 'v3.30.7')
  t.match(found.causes, [{ kind: 'other-release' }])
  const asked = audit('02-ibm/felix-v3.30.7', 'v3.32.1')
  t.equal(asked.isSame, false, 'a release that was asked for is kept')
  t.match(asked.causes[0], { kind: 'other-release', evidence: [/not those of v3\.30\.7|v3\.30/, /as asked/] })
})

t.test('the text of another node', { skip }, async t => {
  const node = readNode(join(NODES_FOLDER, '03-lb-allow-list/legacy/damage/other-node'))
  const clean = readNode(join(NODES_FOLDER, '03-lb-allow-list/legacy'))
  const result = auditNode(auditInputOf({ ...node, node: clean.node }))
  t.ok(result.ok)
  if (result.ok) t.match(result.audit.causes[0], { kind: 'wrong-node', title: /text of node node-2, not of node-1/ })
})
