// What each difference of a node does to packets by itself, were everything else as it should be.

import { alikeDestinations } from './analysis/sets/alike-destinations.ts'
import { TooManyNodesError } from './analysis/sets/bdd.ts'
import { CHANGES, Contradiction, diffBase, diffTables, type Way } from './answers/diff-tables.ts'
import { cubeWords } from './answers/cube-words.ts'
import { effectFailure, type EffectSides, effectSide, effectSidesOf } from './audit-effect.ts'
import type { Finding } from './audit/finding.ts'
import { withOneDifference } from './audit/one-difference.ts'
import type { OwnEffect } from './audit/report.ts'
import type { AuditedTables, NodeAudit } from './node-audit.ts'
import { packetWords } from './words/packet.ts'

/** So many of one IP version are tried; of the others it is said that they are not. */
const MOST_TRIED = 24

const SHOWN = 4

const OUTSIDE_FIRST: readonly Way[] = [
  'to the node',
  'through the node',
  'to pods',
  'from pods',
  'from the node',
  'with spoofed sources',
]

const NOTHING: OwnEffect = { isSame: true, changes: [] }

export function singleEffects(audit: NodeAudit, hasSets: boolean): ReadonlyMap<Finding, OwnEffect> {
  return new Map(audit.versions.flatMap(one => [...ofVersion(audit, one, hasSets)]))
}

function ofVersion(audit: NodeAudit, one: AuditedTables, hasSets: boolean): ReadonlyMap<Finding, OwnEffect> {
  const { findings } = one.audit
  let sides: EffectSides
  try {
    sides = effectSidesOf(audit, one, hasSets)
  } catch (error) {
    if (!(error instanceof TooManyNodesError)) throw error
    const unknown: OwnEffect = { isSame: false, changes: [], failure: effectFailure(error) }
    return new Map(findings.map(finding => [finding, unknown]))
  }
  const { right, should, does } = sides
  let { base } = sides
  const effects = new Map<Finding, OwnEffect>()
  let tried = 0
  let failure: string | undefined
  for (const finding of findings) {
    const makeTables = withOneDifference(right, one.found.tables, finding)
    if (makeTables === undefined) {
      effects.set(finding, NOTHING)
      continue
    }
    if (failure !== undefined || tried >= MOST_TRIED) {
      const why = failure ?? `of ${findings.length} differences the first ${MOST_TRIED} are tried by themselves`
      effects.set(finding, { isSame: false, changes: [], failure: why })
      continue
    }
    tried++
    try {
      effects.set(finding, ownEffect(diffTables(should, effectSide(audit, one, makeTables()), 1, CHANGES, base)))
    } catch (error) {
      if (!(error instanceof TooManyNodesError) && !(error instanceof Contradiction)) throw error
      const why = effectFailure(error)
      effects.set(finding, { isSame: false, changes: [], failure: why })
      // What was kept of those before it may have filled the store; when nothing was, the next one would take as long to fail.
      if (error instanceof TooManyNodesError && tried === 1) failure = why
      base = diffBase(should, [does], alikeDestinations)
    }
  }
  return effects
}

function ownEffect({ groups, isSame, isUndecided }: ReturnType<typeof diffTables>): OwnEffect {
  if (isSame && groups.length === 0) return NOTHING
  const [first] = groups
  const [worst] = first?.cubes ?? []
  if (first === undefined || worst === undefined) {
    return { isSame: false, changes: [], ...(isUndecided ? { isUndecided } : {}) }
  }
  const { cube, journey, before, after } = worst
  return {
    isSame,
    changes: CHANGES.filter(change => groups.some(group => group.change === change)),
    way: first.way,
    rank: CHANGES.indexOf(first.change) * OUTSIDE_FIRST.length + OUTSIDE_FIRST.indexOf(first.way),
    packets: cubeWords(cube, SHOWN),
    example: packetWords(journey.packet),
    should: `${before.verdict}, ${before.because}`,
    does: `${after.verdict}, ${after.because}`,
  }
}
