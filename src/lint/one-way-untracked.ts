// Untracked policies that allow one direction only: without connection tracking nothing knows that a packet is an answer.

import type { Report } from '../diagnostics/diagnostic.ts'
import type { Policy } from '../model/ast/policy.ts'
import type { Resource } from '../model/ast/resources.ts'
import { DIRECTIONS, ofSpec, policiesOf } from './policies.ts'

/** The answers may be allowed by any untracked policy of the input. */
export function warnOfOneWayUntracked(resources: readonly Resource[], report: Report): void {
  const untracked = policiesOf(resources).filter(({ doNotTrack }) => doNotTrack)
  for (const direction of DIRECTIONS) {
    const back = direction === 'ingress' ? 'egress' : 'ingress'
    if (untracked.some(policy => allows(policy, back))) continue
    for (const policy of untracked) {
      if (!allows(policy, direction)) continue
      report.warn(
        'one-way-untracked',
        `\`doNotTrack\` allows ${direction}, and nothing untracked allows the answers`,
        ofSpec(policy, direction),
        `add ${back} rules for the answers, with source and destination the other way round`,
      )
    }
  }
}

function allows({ types, ...policy }: Policy, direction: (typeof DIRECTIONS)[number]): boolean {
  return types.includes(direction) && policy[direction].some(({ action }) => action === 'Allow')
}
