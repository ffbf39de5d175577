// All kinds of targets, and what is asked of any of them.

import type { Target } from '../model/ruleset.ts'
import type { KernelTableName } from './kernel-tables.ts'
import type { TargetFacets, TargetOf } from './target-facets.ts'
import { goto, jump } from './targets/chain.ts'
import { dscp } from './targets/dscp.ts'
import { log } from './targets/log.ts'
import { clearMark, setMark, xorMark } from './targets/mark.ts'
import { dnat, masquerade, snat } from './targets/nat.ts'
import { nflog } from './targets/nflog.ts'
import { notrack } from './targets/notrack.ts'
import { unknown } from './targets/unknown.ts'
import { accept, drop, reject, returnTarget } from './targets/verdict.ts'

export const TARGETS: { readonly [K in Target['kind']]: TargetFacets<TargetOf<K>> } = {
  jump,
  goto,
  accept,
  drop,
  return: returnTarget,
  notrack,
  reject,
  log,
  setMark,
  clearMark,
  xorMark,
  dnat,
  snat,
  masquerade,
  nflog,
  dscp,
  unknown,
}

function facetsOf(target: Target): TargetFacets<Target> {
  return TARGETS[target.kind] as TargetFacets<Target>
}

/** One target as Felix writes it. */
export function printTarget(target: Target): string {
  return facetsOf(target).print(target)
}

/** What the kernel makes of it. */
export function kernelTarget(target: Target): Target {
  return facetsOf(target).kernelForm(target)
}

/** The packet's mark after it. */
export function nextMark(target: Target, mark: number): number {
  return facetsOf(target).nextMark(target, mark)
}

/** Whether the kernel has the target in this table. */
export function isInTable(target: Target, table: KernelTableName): boolean {
  const { tables } = facetsOf(target)
  return tables === 'all' || tables.includes(table)
}
