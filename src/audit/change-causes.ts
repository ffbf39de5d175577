// Causes that lie in the input: policies and endpoints that came, went or changed since Felix wrote the rules.

import { addressOfMember } from '../netfilter/set-member.ts'
import type { Cause, CauseKind } from './cause.ts'
import { type Finding, isSetFinding, type SetFinding } from './finding.ts'
import { isWrittenByFelix, placeKey, type Subject, subjectOfLeftOver, subjectOfOrigin } from './finding-subjects.ts'

type Change = 'deleted' | 'added' | 'edited'

interface Changed {
  readonly subject: Subject
  readonly change: Change
  readonly findings: Finding[]
}

const KINDS: Readonly<Record<'policy' | 'profile' | 'endpoint', Readonly<Record<Change, CauseKind>>>> = {
  policy: { deleted: 'policy-deleted', added: 'policy-added', edited: 'policy-edited' },
  profile: { deleted: 'input-changed', added: 'input-changed', edited: 'input-changed' },
  endpoint: { deleted: 'endpoint-deleted', added: 'endpoint-added', edited: 'input-changed' },
}

/** Rules that Felix wrote, hashes and all, for an input that is not this one. */
export function policyChange(left: readonly Finding[]): readonly Cause[] {
  const written = new Set(left.filter(isWrittenByFelix).map(placeKey))
  const groups = new Map<string, Changed>()
  const rest: Finding[] = []
  const missing = left.filter(({ kind }) => kind === 'chain-missing')
  if (written.size === 0 && missing.length === 0) return []
  for (const finding of left) {
    if (isSetFinding(finding)) continue
    const isStale =
      finding.kind === 'chain-missing' || finding.kind === 'chain-left-over' || written.has(placeKey(finding))
    if (!isStale) continue
    const changed = changeOf(finding)
    if (changed === undefined) {
      rest.push(finding)
      continue
    }
    const [subject, change] = changed
    const known = groups.get(subject.name)
    if (known === undefined) groups.set(subject.name, { subject, change, findings: [finding] })
    else known.findings.push(finding)
  }
  const found = [...groups.values()].filter(({ subject }) => subject.kind !== 'endpoint')
  const endpoints = [...groups.values()].filter(({ subject }) => subject.kind === 'endpoint')
  // An endpoint's chains change with the policies that apply to it.
  const isNew = (one: Changed): boolean => one.change !== 'edited'
  const main = found.length > 0 ? [...found, ...endpoints.filter(isNew)] : endpoints
  const more = [...(found.length > 0 ? endpoints.filter(one => !isNew(one)).flatMap(one => one.findings) : []), ...rest]
  // Sets come and go with the rules that name them.
  more.push(...left.filter(({ kind }) => kind === 'set-missing' || kind === 'set-left-over'))
  const [first, ...others] = main
  if (first === undefined) return []
  return [causeOf({ ...first, findings: [...first.findings, ...more] }), ...others.map(causeOf)]
}

function changeOf(finding: Exclude<Finding, SetFinding>): readonly [Subject, Change] | undefined {
  switch (finding.kind) {
    case 'chain-missing': {
      const subject = subjectOfOrigin(finding.origin)
      return subject === undefined ? undefined : [subject, 'added']
    }
    case 'chain-left-over': {
      const subject = subjectOfLeftOver(finding.chain, finding.rules)
      return subject === undefined ? undefined : [subject, 'deleted']
    }
    case 'rule-changed':
    case 'rule-missing':
    case 'rule-moved': {
      const subject = subjectOfOrigin(finding.wanted.origin)
      // A jump to a policy says that it applies, not what it says.
      return subject === undefined || (subject.kind === 'policy' && finding.wanted.leadsOn)
        ? undefined
        : [subject, 'edited']
    }
    default:
      return undefined
  }
}

function causeOf({ subject, change, findings }: Changed): Cause {
  const { name } = subject
  const titles: Readonly<Record<Change, readonly [string, string]>> = {
    deleted: [
      `${name} is still programmed and not in the input: it was deleted since`,
      'a chain of it is left, with rules that lead there',
    ],
    added: [`${name} is in the input and not programmed: it was added since`, 'there is no chain of it on the node'],
    edited: [
      `${name} is programmed in another version: it was edited since`,
      'the hashes are those of the rules on the node: Felix wrote them so',
    ],
  }
  const [title, why] = titles[change]
  const versions = [...new Set(findings.map(({ ipVersion }) => `IPv${ipVersion}`))].join(' and ')
  const evidence = [why, `${findings.length} ${findings.length === 1 ? 'difference' : 'differences'}, in ${versions}`]
  const orElse = ['Felix has not run since', 'the dump is older than the input']
  return { kind: KINDS[subject.kind][change], title, evidence, findings, orElse }
}

/** Members that are missing or too many while the rules are right. */
export function setCauses(left: readonly Finding[], local: ReadonlySet<string>): readonly Cause[] {
  const findings = left.filter(isSetFinding).filter(({ kind }) => kind === 'set-members' || kind === 'set-missing')
  if (findings.length === 0) return []
  const members = findings.flatMap(({ missing, extra }) => [...missing, ...extra])
  const isLocal = members.length > 0 && members.every(member => local.has(addressOfMember(member)))
  const gone = findings.every(({ extra }) => extra.length === 0)
  const names = findings.map(({ set }) => set).join(', ')
  const title = findings.every(({ kind }) => kind === 'set-missing')
    ? `${names} ${findings.length === 1 ? 'was' : 'were'} destroyed by hand`
    : gone
      ? `members were deleted from ${names} by hand`
      : `members of ${names} are not those of the input`
  const evidence = [
    ...findings.slice(0, 4).map(({ set, missing, extra }) => `${set}: ${changes(missing, extra)}`),
    ...(isLocal ? ['the members are workloads of this node, and Felix has programmed their chains'] : []),
  ]
  const other = 'Felix has not run since the input got them'
  return [
    {
      kind: 'set-changed-by-hand',
      title,
      evidence,
      findings,
      orElse: isLocal && gone ? [] : [other, 'the dump is older than the input'],
    },
  ]
}

function changes(missing: readonly string[], extra: readonly string[]): string {
  const list = (what: string, members: readonly string[]): readonly string[] =>
    members.length === 0 ? [] : [`${members.slice(0, 5).join(', ')}${members.length > 5 ? ', …' : ''} ${what}`]
  return [...list('missing', missing), ...list('too many', extra)].join('; ')
}
