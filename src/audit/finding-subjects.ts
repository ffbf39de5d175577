// What a finding is about, in the terms of the input: a policy, a profile, an endpoint.

import { readChainName } from '../calico/read-chain-name.ts'
import type { Origin } from '../model/origin.ts'
import { endpointName, policyName } from '../words/origin.ts'
import { isSetFinding, type Finding, type FoundRule } from './finding.ts'

export interface Subject {
  readonly kind: 'policy' | 'profile' | 'endpoint'
  /** `GlobalNetworkPolicy deny-nodeports`, `workload default/web (cali123)`. */
  readonly name: string
}

/** What a compiled rule or chain is made for. */
export function subjectOfOrigin(origin: Origin): Subject | undefined {
  switch (origin.kind) {
    case 'policyRule':
    case 'policy':
      return { kind: 'policy', name: policyName(origin.policy) }
    case 'profileRule':
    case 'profile':
      return { kind: 'profile', name: `profile ${origin.profile}` }
    case 'tier':
    case 'endpoint':
      return { kind: 'endpoint', name: endpointName(origin.endpoint) }
    default:
      return undefined
  }
}

/** What a chain was made for that nothing of the input asks for: Felix writes names of policies into comments. */
export function subjectOfLeftOver(chain: string, rules: readonly FoundRule[]): Subject | undefined {
  const { bearer, direction, subject } = readChainName(chain) ?? {}
  if (bearer === 'policy') {
    const comment = rules.flatMap(({ text }) => [...text.matchAll(/--comment "([^"]*) (?:in|e)gress"/g)]).at(0)?.[1]
    return {
      kind: 'policy',
      name: comment?.replace(/^Policy /, 'policy ') ?? `the policy of chain ${subject}`,
    }
  }
  const isOfWorkload = bearer === 'workload' && direction !== undefined
  return isOfWorkload ? { kind: 'endpoint', name: `interface ${subject}` } : undefined
}

/** Whether the rules were written by Felix for something else, rather than changed by somebody after Felix. */
export function isWrittenByFelix(finding: Finding): boolean {
  if (isSetFinding(finding)) return false
  switch (finding.kind) {
    case 'rule-changed':
      return !finding.isHashKept && finding.found.hash !== undefined
    case 'rule-extra':
    case 'hashes-differ':
    case 'chain-left-over':
      return true
    default:
      return false
  }
}

/** Findings of one chain belong together. */
export function placeKey(finding: Finding): string {
  return isSetFinding(finding)
    ? `${finding.ipVersion} ${finding.set}`
    : `${finding.ipVersion} ${finding.table} ${finding.chain}`
}
