// What a change does, for programs. `version` goes up when a field changes its meaning or goes away.

import type { Journey } from '../walk/packet.ts'
import type { Decided } from './decided.ts'
import { countChanges, type NodeDiff } from './node-diff.ts'

export function diffToJson(diffs: readonly NodeDiff[]): unknown {
  return {
    version: 1,
    isSame: diffs.every(({ isSame }) => isSame),
    counts: countChanges(diffs),
    nodes: diffs.map(({ node, versions, text, isSame }) => ({
      node,
      isSame,
      text,
      versions: versions.map(({ ipVersion, diff }) => ({
        ipVersion,
        isUndecided: diff.isUndecided,
        groups: diff.groups.map(({ change, way, cubes, hasMore }) => ({
          change,
          way,
          hasMore,
          cubes: cubes.map(({ cube, journey, before, after }) => ({
            ...cube,
            example: journeyJson(journey),
            before: decidedJson(before),
            after: decidedJson(after),
          })),
        })),
      })),
    })),
  }
}

/** Sets are nothing to JSON. */
function decidedJson({ ends, goals, ...decided }: Decided): unknown {
  return { ...decided, ends: [...ends], goals: [...goals] }
}

/** A packet, and where it enters and leaves. */
export function journeyJson({ packet, inInterface, outInterface, state }: Journey): unknown {
  return { ...packet, state, ...(inInterface === undefined ? {} : { inInterface }), outInterface }
}
