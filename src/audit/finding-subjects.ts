// What a finding is about, in the terms of the input: a policy, a profile, an endpoint.

import { readChainName } from '../calico/read-chain-name.ts'
import type { Origin } from '../model/origin.ts'
import { endpointName, policyName } from '../words/origin.ts'
import { isSetFinding, type Finding, type FoundRule, type WantedRule } from './finding.ts'

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

/** What the input says of what rules are made for. */
export interface KnownSubjects {
  /** Names of policies, by what Felix writes into the comment of their first rule. */
  readonly policies: ReadonlyMap<string, string>
  /** Interfaces of endpoints that the node should have. */
  readonly interfaces: ReadonlySet<string>
  /** What a chain that the node should have is made for. */
  readonly ofChain: (chain: string) => Subject | undefined
}

/** What a chain was made for that the node should not have: Felix writes names of policies into comments. */
export function subjectOfLeftOver(
  chain: string,
  rules: readonly FoundRule[],
  { policies, interfaces }: KnownSubjects,
): Subject | undefined {
  const { bearer, direction, subject } = readChainName(chain) ?? {}
  if (bearer === 'policy') {
    const comment = rules.flatMap(({ text }) => [...text.matchAll(/--comment "([^"]*) (?:in|e)gress"/g)]).at(0)?.[1]
    const known = comment === undefined ? undefined : policies.get(comment)
    return {
      kind: 'policy',
      name: known ?? comment?.replace(/^Policy /, 'policy ') ?? `the policy of chain ${subject}`,
    }
  }
  const isOfEndpoint = (bearer === 'workload' || bearer === 'host') && direction !== undefined
  // An endpoint has a chain in each table that its policies need.
  return isOfEndpoint && !interfaces.has(subject ?? '') ? { kind: 'endpoint', name: `interface ${subject}` } : undefined
}

/** Whether Felix wrote it for something else, rather than somebody changed it after Felix. */
export function isWrittenByFelix(finding: Finding): boolean {
  if (isSetFinding(finding)) return false
  switch (finding.kind) {
    case 'rule-changed':
      return !finding.isHashKept && finding.found.hash !== undefined
    case 'rule-extra':
      return finding.writer !== 'hand'
    case 'rule-missing':
    case 'rule-moved':
      return finding.writer === 'felix'
    case 'hashes-differ':
    case 'chain-left-over':
    case 'chain-missing':
      return true
    default:
      return false
  }
}

/** The chain that the rule of a finding leads to. */
export function leadsTo(finding: Finding): string | undefined {
  if ('found' in finding) return finding.found.leadsTo
  return finding.kind === 'rule-missing' || finding.kind === 'hook-missing' ? finding.wanted.leadsTo : undefined
}

/** A rule of Calico's in a chain of the kernel's: the way to its own chains, or what it has at the end. */
export function hookWords({ leadsTo }: WantedRule): string {
  return leadsTo === undefined ? 'what Calico has at its end' : "Calico's hook"
}

/** Findings of one chain belong together. */
export function placeKey(finding: Finding): string {
  return isSetFinding(finding)
    ? `${finding.ipVersion} ${finding.set}`
    : `${finding.ipVersion} ${finding.table} ${finding.chain}`
}
