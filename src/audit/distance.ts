// How far the rules of a node are from those that it should have, as one number: what fits best is nearest.

import type { Finding, VersionAudit } from './finding.ts'

/** Rules and members that would have to be written, deleted or changed. */
export function distanceOf(audits: readonly VersionAudit[]): number {
  return audits.reduce((sum, { findings }) => sum + findings.reduce((all, one) => all + weight(one), 0), 0)
}

function weight(finding: Finding): number {
  switch (finding.kind) {
    case 'chain-missing':
    case 'chain-flushed':
      return 1 + finding.wanted.length
    case 'chain-left-over':
    case 'chain-unreferenced':
    case 'hook-not-first':
    case 'hook-not-last':
    case 'hashes-differ':
      return 1 + finding.rules.length
    case 'set-missing':
    case 'set-left-over':
    case 'set-members':
    case 'set-type':
    case 'set-size':
      return 1 + finding.missing.length + finding.extra.length
    default:
      return 1
  }
}
