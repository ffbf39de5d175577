// Causes of what is wrong with the members of IP sets.

import { NAT_OUTGOING } from '../calico/chains.ts'
import { addressOfMember } from '../netfilter/set-member.ts'
import type { Cause } from './cause.ts'
import { type Finding, isSetFinding } from './finding.ts'
import { isWrittenByFelix } from './finding-subjects.ts'

/** Whichever release gave them their names. */
function isPoolSet(name: string): boolean {
  return /^cali[46]0(masq-ipam|all-ipam|network-ip)-pools$/.test(name)
}

/** Sets of IP pools differ in one and the same net: a pool came, went or changed. */
export function poolCauses(left: readonly Finding[]): readonly Cause[] {
  const sets = left.filter(isSetFinding).filter(({ set, kind }) => kind === 'set-members' && isPoolSet(set))
  const nets = (of: (typeof sets)[number]): string => JSON.stringify([of.missing, of.extra])
  // By hand it would be one of them, and no rule.
  const pools = sets.filter(one => sets.some(other => other !== one && nets(other) === nets(one)))
  const rules = left.filter(one => 'chain' in one && one.chain === NAT_OUTGOING && isWrittenByFelix(one))
  const findings = [...(pools.length > 0 ? pools : rules.length > 0 ? sets : []), ...(sets.length > 0 ? rules : [])]
  if (findings.length === 0) return []
  const [missing, extra] = [new Set(sets.flatMap(one => one.missing)), new Set(sets.flatMap(one => one.extra))]
  return [
    {
      kind: 'input-changed',
      title: 'the IP pools of the input are not those that are programmed: a pool was added, deleted or edited since',
      evidence: [
        ...[...missing].map(net => `${net} is a pool of the input, and sets of the node lack it`),
        ...[...extra].map(net => `${net} is in sets of the node, and no pool of the input`),
        ...(rules.length === 0 ? [] : [`${NAT_OUTGOING} is as Felix writes it for other pools`]),
      ],
      findings,
      orElse: ['Felix has not run since', 'the dump is older than the input'],
    },
  ]
}

/** Members that are missing or too many while the rules are right. */
export function setCauses(left: readonly Finding[], local: ReadonlySet<string>): readonly Cause[] {
  return [...memberCauses(left, local), ...makingCauses(left)]
}

/** Sets that Felix would make anew. */
function makingCauses(left: readonly Finding[]): readonly Cause[] {
  const findings = left.filter(isSetFinding).filter(({ kind }) => kind === 'set-type' || kind === 'set-size')
  if (findings.length === 0) return []
  const sizes = findings.flatMap(({ size }) => (size === undefined ? [] : [size.found]))
  const isSetting = sizes.length === findings.length && new Set(sizes).size === 1
  return [
    {
      kind: 'set-changed-by-hand',
      title: `${findings.map(({ set }) => set).join(', ')} ${findings.length === 1 ? 'was' : 'were'} made by hand`,
      evidence: ['Felix makes a set anew that has another type or size'],
      findings,
      orElse: [...(isSetting ? ['maxIpsetSize was changed since'] : []), 'Felix has not run since'],
    },
  ]
}

function memberCauses(left: readonly Finding[], local: ReadonlySet<string>): readonly Cause[] {
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
      orElse: [isLocal ? 'labels or selectors were changed since' : other, 'the dump is older than the input'],
    },
  ]
}

function changes(missing: readonly string[], extra: readonly string[]): string {
  const list = (what: string, members: readonly string[]): readonly string[] =>
    members.length === 0 ? [] : [`${members.slice(0, 5).join(', ')}${members.length > 5 ? ', …' : ''} ${what}`]
  return [...list('missing', missing), ...list('too many', extra)].join('; ')
}
