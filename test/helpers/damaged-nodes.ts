// Damage to whole recorded nodes, kube-proxy's rules included: each must be named, have a cause and an effect, and be repaired.

import { effectOf } from '../../src/audit-effect.ts'
import { repairsOf } from '../../src/audit-repair.ts'
import { singleEffects } from '../../src/audit-single-effects.ts'
import { Report } from '../../src/diagnostics/diagnostic.ts'
import { auditNode } from '../../src/node-audit.ts'
import { readNodeState } from '../../src/node-text.ts'
import { samplePackets } from './damage-packets.ts'
import type { NodeDamage } from './node-damage/damage.ts'
import { doDamage, NODE_DAMAGE_KINDS } from './node-damage/kinds.ts'
import type { Random } from './probes/random.ts'
import { auditInputOf, filesOf, readNode } from './recorded-nodes.ts'

export interface DamagedNode {
  /** `01-shop/legacy v4: a rule deleted: -t filter -D cali-INPUT 3` */
  readonly name: string
  readonly problems: readonly string[]
  /** Of the packets that were walked, those that get another verdict. */
  readonly changed: number
}

/**
 * One damage, or two: the second one to a node that has the first already.
 * Undefined where the node has nothing to do the drawn damage to, or nothing comes of it.
 */
export function damageNode(
  folder: string,
  seed: Random,
  kinds: readonly string[] = [0, 1].slice(0, seed.below(2) + 1).map(() => seed.pick(NODE_DAMAGE_KINDS) ?? ''),
): DamagedNode | undefined {
  const clean = readNode(folder)
  const version = seed.pick(['v4', 'v4', 'v6'] as const) ?? 'v4'
  const done: NodeDamage[] = []
  for (const kind of kinds) {
    const damage = doDamage(kind, done.at(-1)?.node ?? clean, version, seed)
    if (damage !== undefined) done.push(damage)
  }
  const last = done.at(-1)
  if (last === undefined) return undefined
  const what = done.map(damage => `${damage.kind}: ${damage.what}`).join(' + ')
  const name = `${clean.name} ${version}: ${what}`
  const result = auditNode(auditInputOf(last.node, clean.release))
  if (!result.ok) {
    const problems = result.diagnostics.map(({ message }) => message)
    return { name, problems, changed: 0 }
  }
  const { audit } = result
  const findings = audit.versions.flatMap(one => one.audit.findings)
  // An edit of the input that makes no difference on this node.
  if (findings.length === 0 && audit.causes.length === 0 && last.wants.length === 0) return undefined
  const named = audit.causes.map(({ kind }) => kind)
  const found = [
    // A second damage may undo what the first one did.
    ...(last.wants.some(want => !findings.some(want)) ? [`${last.kind} is not named`] : []),
    ...(done.length === 1 && !last.causes.some(cause => cause === named[0])
      ? [`the first cause is ${named[0] ?? 'none'} and not ${last.causes.join(' or ')}`]
      : []),
  ]
  const failures = [
    ...effectOf(audit, true, 3).versions.flatMap(({ failure }) => failure ?? []),
    ...[...singleEffects(audit, true).values()].flatMap(({ failure }) => failure ?? []),
  ]
  // What kube-proxy had in a table that was emptied nobody knows.
  const isTextOnly = done.every(
    ({ node, isForeignLost }) =>
      isForeignLost !== true && node.input === clean.input && node.host === clean.host && node.node === clean.node,
  )
  const before = isTextOnly ? readNodeState(filesOf(clean), true, new Report()).versions : []
  const walked = audit.versions
    .filter(one => one.audit.findings.length > 0)
    .map(one => {
      const right = before.find(({ tables }) => tables.ipVersion === one.audit.ipVersion)?.tables
      return samplePackets(audit, one, named.includes('environment') ? undefined : right, seed, 150)
    })
  return {
    name,
    changed: walked.reduce((sum, { changed }) => sum + changed, 0),
    problems: [
      ...found,
      ...(named.length > 0 ? [] : ['no cause is told']),
      ...failures.filter(failure => !failure.startsWith('of ')),
      ...walked.flatMap(({ problems }) => problems),
      ...repairsOf(audit, true).flatMap(({ left }) => (left > 0 ? [`the repair leaves ${left} differences`] : [])),
    ],
  }
}
