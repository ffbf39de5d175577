// calitables explain --members: who is in the source and destination of the rules of the policy that is asked about.

import type { Explainer } from '../explain/explainer.ts'
import { allPolicies, findPolicies, fullPolicyName } from '../explain/names.ts'
import type { Location } from '../diagnostics/source.ts'
import type { Policy } from '../model/ast/policy.ts'
import { chosenRules, peerLines } from '../trace/describe-members.ts'
import { peersOf, type RulePeers } from '../trace/members.ts'

export interface PolicyMembers {
  readonly policy: Policy
  readonly rules: readonly RulePeers[]
}

/**
 * Of a policy all its rules, of a line the rule that it is in, or all where it is in none; empty where neither is of a policy.
 *
 * @param asked.place `FILE:LINE` or `FILE:LINE:COLUMN`
 */
export function membersAsked(
  asked: { readonly place?: string | undefined; readonly policy?: string; readonly namespace?: string },
  explainer: Explainer,
): readonly PolicyMembers[] {
  const { plan, resources } = explainer
  if (asked.policy !== undefined) {
    const found = findPolicies(asked.policy, allPolicies(plan), asked.namespace)
    return found.map(policy => ({ policy, rules: peersOf(policy, plan, resources) }))
  }
  const [, file, line] = /^(.+?):([1-9][0-9]{0,8})(?::[1-9][0-9]{0,8})?$/.exec(asked.place ?? '') ?? []
  if (file === undefined) return []
  const isAt = (location: Location | undefined): boolean =>
    location !== undefined && holdsLine(location, file, Number(line), explainer)
  return resources.flatMap(policy => {
    if (policy.kind !== 'policy' || !isAt(policy.location)) return []
    const rules = peersOf(policy, plan, resources)
    const own = rules.find(({ location }) => isAt(location))
    return [{ policy, rules: chosenRules(rules, own?.rule) }]
  })
}

function holdsLine({ document, path }: Location, file: string, line: number, { sources }: Explainer): boolean {
  const span = sources.spanOf({ document, path })
  const { name } = span.file
  if (name !== file && !name.endsWith(`/${file}`)) return false
  // A whole document goes to its end; its span may be its first key alone.
  const { start, end } = path.length === 0 ? sources.document(document) : span
  return (
    sources.lines.at(span.file, start).line <= line &&
    line <= sources.lines.at(span.file, Math.max(start, end - 1)).line
  )
}

export function membersText(members: readonly PolicyMembers[], { sources }: Explainer): readonly string[] {
  return members.flatMap(({ policy, rules }) => ['', ...peerLines(policy, rules, sources)])
}

export function membersJson(members: readonly PolicyMembers[]): readonly object[] {
  return members.map(({ policy, rules }) => ({
    policy: fullPolicyName(policy.id),
    rules: rules.map(({ location: _, ...rest }) => rest),
  }))
}
