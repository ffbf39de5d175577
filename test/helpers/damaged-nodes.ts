// Damage to whole recorded nodes, kube-proxy's rules included: each must be named, have a cause and an effect, and be repaired.

import { effectOf } from '../../src/audit-effect.ts'
import { repairsOf } from '../../src/audit-repair.ts'
import { singleEffects } from '../../src/audit-single-effects.ts'
import { auditNode } from '../../src/node-audit.ts'
import type { Random } from './probes/random.ts'
import { auditInputOf, readNode, type RecordedNode } from './recorded-nodes.ts'
import { type Damage, DAMAGE_KINDS, damageText } from './seeded-damage.ts'

export interface DamagedNode {
  /** `01-shop/legacy v4: a rule deleted + a rule twice` */
  readonly name: string
  readonly problems: readonly string[]
}

/** Undefined where the node has nothing to do the drawn damage to. */
export function damageNode(folder: string, seed: Random): DamagedNode | undefined {
  const node = readNode(folder)
  const version = seed.pick(['v4', 'v6']) ?? 'v4'
  const kinds = [0, 1].slice(0, seed.below(2) + 1).map(() => seed.pick(DAMAGE_KINDS) ?? '')
  const done: Damage[] = []
  const files = node.files.map(file => {
    if (!file.name.endsWith(`${version}.save`)) return file
    // Without counters, which hide where a line begins.
    const plain = file.text.replace(/^\[[0-9:]+\] /gm, '')
    const text = kinds.reduce((before, kind) => {
      const damage = damageText(kind, before, () => seed.below(2 ** 20) / 2 ** 20)
      const after = damage?.lines.join('\n') ?? before
      if (damage !== undefined && after !== before) done.push(damage)
      return after
    }, plain)
    return text === plain ? file : { ...file, text }
  })
  if (done.length === 0 || files.every((file, index) => file === node.files[index])) return undefined
  return { name: `${node.name} ${version}: ${kinds.join(' + ')}`, problems: problemsOf({ ...node, files }, done) }
}

function problemsOf(node: RecordedNode, done: readonly Damage[]): readonly string[] {
  const result = auditNode(auditInputOf(node, node.release))
  if (!result.ok) return result.diagnostics.map(({ message }) => message)
  const { audit } = result
  const findings = audit.versions.flatMap(one => one.audit.findings)
  const failures = [
    ...effectOf(audit, true, 3).versions.flatMap(({ failure }) => failure ?? []),
    ...[...singleEffects(audit, true).values()].flatMap(({ failure }) => failure ?? []),
  ]
  return [
    ...(done.at(-1)?.isNamed(findings) === true ? [] : [`not named: ${findings.map(({ kind }) => kind).join(', ')}`]),
    ...(audit.causes.length > 0 ? [] : ['no cause is told']),
    ...failures.filter(failure => !failure.startsWith('of ')),
    ...repairsOf(audit, true).flatMap(({ left }) => (left > 0 ? [`the repair leaves ${left} differences`] : [])),
  ]
}
