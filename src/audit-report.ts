// An audit as a report: findings by chain and set, in words, with their places in the input.

import { describeFinding, lookedAt } from './audit/describe-finding.ts'
import { type Finding, type FindingKind, isSetFinding } from './audit/finding.ts'
import { namePlaces, type PlaceNames } from './audit/names-of-places.ts'
import { worstFirst } from './audit/effect-order.ts'
import type { AuditReport, Compared, OwnEffect, PlaceReport } from './audit/report.ts'
import { groupBy } from './text/group-by.ts'
import type { LinePlace } from './words/place.ts'
import type { AuditedTables, NodeAudit } from './node-audit.ts'

/** What a report is made of besides the audit itself is added by whoever asks for it: effect, repair. @param effects of each difference by itself */
export function reportOf(
  { node, rules, isSame, versions, others, causes, notCompared }: NodeAudit,
  effects: ReadonlyMap<Finding, OwnEffect> = new Map(),
): AuditReport {
  const places = versions.map(one => placesOf(one, namePlaces(one.wanted, rules), rules.sources, effects))
  const findings = versions.flatMap(({ audit }) => audit.findings)
  return {
    version: 1,
    node,
    ...(rules.plan.nodeName === node ? {} : { textOf: rules.plan.nodeName }),
    release: rules.release.name,
    isSame,
    compared: [...versions, ...others].map(comparedOf),
    notCompared,
    causes: causes.map(({ kind, title, evidence, orElse, findings: explained }) => {
      return { kind, title, evidence, orElse, explains: explained.length }
    }),
    chains: worstFirst(places.flatMap(({ chains }) => chains)),
    sets: worstFirst(places.flatMap(({ sets }) => sets)),
    foreign: versions.flatMap(({ audit: { ipVersion, foreign } }) =>
      [...foreign].map(([owner, count]) => ({ ipVersion, owner, rules: count })),
    ),
    counts: countKinds(findings),
  }
}

function comparedOf({ found: { backend, files }, audit: { ipVersion, counts } }: AuditedTables): Compared {
  return { ipVersion, ...(backend === undefined ? {} : { backend }), files, ...counts }
}

function countKinds(findings: readonly Finding[]): Readonly<Partial<Record<FindingKind, number>>> {
  const counts: Partial<Record<FindingKind, number>> = {}
  for (const { kind } of findings) counts[kind] = (counts[kind] ?? 0) + 1
  return counts
}

function placesOf(
  { audit: { ipVersion, findings } }: AuditedTables,
  names: PlaceNames,
  sources: NodeAudit['rules']['sources'],
  effects: ReadonlyMap<Finding, OwnEffect>,
): { readonly chains: readonly PlaceReport[]; readonly sets: readonly PlaceReport[] } {
  const ofChains = findings.filter(finding => !isSetFinding(finding))
  const chains = groupBy(ofChains, ({ table, chain }) => JSON.stringify([table, chain]))
  const sets = groupBy(findings.filter(isSetFinding), ({ set }) => set)
  /** @param place of the chain: to look at where nothing says better */
  const described = (found: readonly Finding[], place?: LinePlace): PlaceReport['findings'] =>
    found.map(finding => {
      const effect = effects.get(finding)
      const at = lookedAt(finding, sources) ?? place
      return {
        ...describeFinding(finding, sources, names.member),
        ...(at === undefined ? {} : { at }),
        ...(effect === undefined ? {} : { effect }),
      }
    })
  return {
    chains: [...chains.values()].flatMap(found => {
      const [first] = found
      if (first === undefined) return []
      const { table, chain } = first
      const { words, at, yaml } = names.chain(chain)
      return [
        {
          ipVersion,
          table,
          name: chain,
          words,
          ...(at === undefined ? {} : { place: `${at.file}:${at.line}` }),
          ...(yaml === undefined ? {} : { yaml }),
          findings: described(found, at),
        },
      ]
    }),
    sets: [...sets].map(([name, found]) => {
      return { ipVersion, name, words: names.set(name), findings: described(found) }
    }),
  }
}
