// What a finding is about, in the terms of the input: a policy, a profile, an endpoint.

import { CHAIN_PREFIXES } from '../calico/names.ts'
import type { Origin } from '../model/ruleset.ts'
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

const POLICY_CHAINS = [CHAIN_PREFIXES.policyIngress, CHAIN_PREFIXES.policyEgress]
const WORKLOAD_CHAINS = [CHAIN_PREFIXES.toWorkload, CHAIN_PREFIXES.fromWorkload]

/** What a chain was made for that nothing of the input asks for: Felix writes names of policies into comments. */
export function subjectOfLeftOver(chain: string, rules: readonly FoundRule[]): Subject | undefined {
  if (POLICY_CHAINS.some(prefix => chain.startsWith(prefix))) {
    const comment = rules.flatMap(({ text }) => [...text.matchAll(/--comment "([^"]*) (?:in|e)gress"/g)]).at(0)?.[1]
    const prefix = POLICY_CHAINS.find(one => chain.startsWith(one)) ?? ''
    return {
      kind: 'policy',
      name: comment?.replace(/^Policy /, 'policy ') ?? `the policy of chain ${chain.slice(prefix.length)}`,
    }
  }
  const workload = WORKLOAD_CHAINS.find(prefix => chain.startsWith(prefix))
  if (workload !== undefined) return { kind: 'endpoint', name: `interface ${chain.slice(workload.length)}` }
  return undefined
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
