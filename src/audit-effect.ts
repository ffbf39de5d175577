// What the differences of a node do to packets: its tables against those that it would have were everything put right.

import { alikeDestinations } from './analysis/sets/alike-destinations.ts'
import { TooManyNodesError } from './analysis/sets/bdd.ts'
import { DeepJumpsError } from './analysis/sets/jump-depth.ts'
import { cubeWords } from './answers/cube-words.ts'
import type { EffectBase } from './analysis/effect.ts'
import { CHANGES, Contradiction, diffBase, type DiffSide, diffTables, type TablesDiff } from './answers/diff-tables.ts'
import { IPTABLES } from './backend/iptables/iptables-backend.ts'
import type { EffectGroup, EffectReport, VersionEffect } from './audit/report.ts'
import { repairedTables, withSetsOf } from './audit/repaired-tables.ts'
import type { KernelTables } from './netfilter/kernel-tables.ts'
import type { AuditedTables, NodeAudit } from './node-audit.ts'
import { createScene } from './trace/scene.ts'
import { packetWords } from './words/packet.ts'

/** @param most cubes of each way that packets take */
export function effectOf(audit: NodeAudit, hasSets: boolean, most: number): EffectReport {
  return { versions: audit.versions.map(one => versionEffect(audit, one, hasSets, most)) }
}

/** The node as it would be and as it is, of one IP version. */
export interface EffectSides {
  /** Tables of the node were everything put right. */
  readonly right: KernelTables
  readonly should: DiffSide
  readonly does: DiffSide
  /** What is worked out of the right side, for every comparison with it. */
  readonly base: EffectBase
}

/** Whoever asks for the whole effect asks for that of single differences as well. */
const known = new WeakMap<AuditedTables, EffectSides>()

/** @throws TooManyNodesError where the sets grow over all bounds */
export function effectSidesOf(audit: NodeAudit, one: AuditedTables, hasSets: boolean): EffectSides {
  const before = known.get(one)
  if (before !== undefined) return before
  const { wanted, found, audit: version } = one
  const right = repairedTables(wanted, found.tables, version, hasSets)
  const should = effectSide(audit, one, right)
  const does = effectSide(audit, one, hasSets ? found.tables : withSetsOf(found.tables, right))
  const sides = { right, should, does, base: diffBase(should, [does], alikeDestinations) }
  known.set(one, sides)
  return sides
}

export function effectSide(audit: NodeAudit, { wanted }: AuditedTables, tables: KernelTables): DiffSide {
  return sideOf(audit, wanted, tables)
}

function sideOf({ rules }: NodeAudit, ruleset: AuditedTables['wanted'], tables: KernelTables): DiffSide {
  const { plan, resources, sources, host } = rules
  return { scene: createScene({ backend: IPTABLES, tables, ruleset, plan, resources, host, sources }), resources, host }
}

function versionEffect(audit: NodeAudit, one: AuditedTables, hasSets: boolean, most: number): VersionEffect {
  const { ipVersion } = one.audit
  const other = audit.others.find(({ found }) => found.tables.ipVersion === ipVersion)
  try {
    const { should, does, base } = effectSidesOf(audit, one, hasSets)
    const own = one.audit.findings.length === 0 ? SAME : diffTables(should, does, most, CHANGES, base)
    // The kernel asks both back ends: what the other one loses is lost.
    const more =
      other === undefined || other.audit.findings.length === 0
        ? SAME
        : diffTables(does, sideOf(audit, other.wanted, other.found.tables), most)
    const groups = [...own.groups, ...more.groups.filter(({ change }) => change === 'closed')]
    const described = groups.map(describeGroup)
    return {
      ipVersion,
      isSame: own.isSame && groups.every(({ change }) => change === 'translated'),
      isUndecided: own.isUndecided || more.isUndecided,
      groups: described.filter(({ change }) => change !== 'translated'),
      translated: described.filter(({ change }) => change === 'translated'),
    }
  } catch (error) {
    if (!(error instanceof TooManyNodesError) && !(error instanceof Contradiction)) throw error
    // Everything else that the audit has to say holds.
    return { ipVersion, isSame: false, isUndecided: true, groups: [], translated: [], failure: effectFailure(error) }
  }
}

function describeGroup({ change, way, cubes, hasMore }: TablesDiff['groups'][number]): EffectGroup {
  return {
    change,
    way,
    hasMore,
    cubes: cubes.map(({ cube, journey, before, after }) => ({
      packets: cubeWords(cube, SHOWN),
      example: packetWords(journey.packet),
      should: `${before.verdict}, ${before.because}`,
      does: `${after.verdict}, ${after.because}`,
    })),
  }
}

/** Why nothing can be said of packets. */
export function effectFailure(error: TooManyNodesError | Contradiction): string {
  if (error instanceof Contradiction) {
    return 'the walk of one packet contradicts the sets of packets, which is a bug of calitables'
  }
  return error instanceof DeepJumpsError ? error.message : 'the sets of packets grow beyond what can be kept'
}

const SHOWN = 6

const SAME: TablesDiff = { groups: [], isUndecided: false, isSame: true }
