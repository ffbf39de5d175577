// What explains the findings of a node: each finding goes to the first cause that explains it, with its evidence.

import { hasCalicoChain, type KernelTables } from '../netfilter/kernel-tables.ts'
import { policyChange } from './change-causes.ts'
import { poolCauses, setCauses } from './set-causes.ts'
import { flushedTables, lostTables } from './table-causes.ts'
import { countedWords } from './counted.ts'
import { type Cause, REPAIRS } from './cause.ts'
import { byHand } from './hand-causes.ts'
import { type Finding, type FoundRule, type Owner, type VersionAudit } from './finding.ts'
import type { KnownSubjects } from './finding-subjects.ts'
import { isCalicoSet, isClusterOwner } from './owners.ts'

export interface CauseInput {
  readonly audits: readonly { readonly audit: VersionAudit; readonly tables: KernelTables }[]
  readonly hasSets: boolean
  /** Text of `nft list ruleset`, where somebody saved it. */
  readonly nftables: readonly string[]
  /** Interfaces of the node that the input names a workload for. */
  readonly localAddresses: ReadonlySet<string>
  readonly subjects: KnownSubjects
  /** Findings of which the cause is known. */
  readonly explained: ReadonlySet<Finding>
}

/** Causes of what was found, the one that explains most first. */
export function findCauses(input: CauseInput): readonly Cause[] {
  const causes: Cause[] = []
  let left: readonly Finding[] = input.audits
    .flatMap(({ audit }) => audit.findings)
    .filter(finding => !input.explained.has(finding))
  if (left.length === 0) return []
  const take = (found: readonly Cause[]): void => {
    causes.push(...found)
    const taken = new Set(found.flatMap(({ findings }) => findings))
    left = left.filter(finding => !taken.has(finding))
  }
  const tables = input.audits.map(one => one.tables)
  take(withoutCalico(input))
  take(flushedTables(tables, left))
  take(lostTables(tables, left))
  take(foreignRules(left))
  take(policyChange(left, input.subjects, tables))
  take(poolCauses(left))
  take(byHand(left, tables))
  take(setCauses(left, input.localAddresses))
  take(leftOver(left))
  if (left.length > 0) take([stopped(left)])
  return causes.sort((a, b) => b.findings.length - a.findings.length)
}

/** An IP version without a single chain of Calico's. */
function withoutCalico({ audits, hasSets, nftables }: CauseInput): readonly Cause[] {
  const bare = audits.filter(
    ({ audit, tables }) => audit.findings.length > 0 && !tables.tables.some(hasCalicoChain) && audit.counts.chains > 0,
  )
  if (bare.length === 0) return []
  const findings = bare.flatMap(({ audit }) => audit.findings)
  const versions = bare.map(({ audit }) => `IPv${audit.ipVersion}`).join(' and ')
  const none = `there is no chain of Calico's in the text of ${versions}`
  const sets = [...(bare[0]?.tables.ipSets.values() ?? [])].filter(({ name }) => isCalicoSet(name))
  const inNft = nftables.some(text => /^table (ip|ip6|inet) calico\b/m.test(text))
  const nftTitle = 'Felix runs in nftables mode, whose rules iptables-save does not show'
  if (inNft) {
    const evidence = [none, 'the text of nft has the table `calico`']
    return [{ kind: 'nftables-mode', title: nftTitle, evidence, findings, orElse: [] }]
  }
  if (hasSets && sets.length > 0) {
    const names = sets.slice(0, 3).map(({ name }) => name)
    const evidence = [none, `${sets.length} of its IP sets are still there: ${names.join(', ')}`]
    const title = "Calico's rules were removed from the node: its chains and hooks are gone, its IP sets are not"
    return [{ kind: 'calico-removed', title, evidence, findings, orElse: [] }]
  }
  const kube = bare.some(({ tables }) =>
    tables.tables.some(table => table.userChains.has('KUBE-SERVICES') || table.userChains.has('KUBE-FORWARD')),
  )
  const evidence = [
    none,
    hasSets ? "there is no IP set of Calico's either" : 'no text says which IP sets there are',
    kube ? 'kube-proxy has its rules here' : 'kube-proxy has no rules here either, as in its own nftables mode',
  ]
  const never = 'Felix has never programmed this node, or was removed with everything it had'
  return [
    kube
      ? { kind: 'never-programmed', title: never, evidence, findings, orElse: [nftTitle] }
      : { kind: 'nftables-mode', title: nftTitle, evidence, findings, orElse: [never] },
  ]
}

/** Rules of others in front of Calico's, or among them, by whose they are. */
function foreignRules(left: readonly Finding[]): readonly Cause[] {
  const owners = new Set(
    left.flatMap(one =>
      one.kind === 'hook-not-first' || one.kind === 'hook-not-last' ? one.rules.map(({ owner }) => owner) : [],
    ),
  )
  // What belongs to the cluster comes and goes together.
  const oneProgram = (['kube-proxy', 'portmap', 'kubelet'] as const).find(owner => owners.has(owner))
  const byOwner = new Map<Owner, { findings: Finding[]; rules: FoundRule[] }>()
  const add = (owner: Owner, finding: Finding, rule?: FoundRule): void => {
    const clusterOwner = isClusterOwner(owner) ? oneProgram : undefined
    const key = clusterOwner ?? owner
    const known = byOwner.get(key) ?? { findings: [], rules: [] }
    byOwner.set(key, known)
    if (!known.findings.includes(finding)) known.findings.push(finding)
    if (rule !== undefined) known.rules.push(rule)
  }
  for (const finding of left) {
    if (finding.kind === 'foreign-in-chain') add('own', finding, finding.found)
    if (finding.kind !== 'hook-not-first' && finding.kind !== 'hook-not-last') continue
    for (const rule of finding.rules) add(rule.owner ?? 'own', finding, rule)
  }
  const managers = [...byOwner.keys()].filter(owner => owner !== 'own' && !isClusterOwner(owner))
  for (const finding of left) {
    if (finding.kind === 'policy-changed') add(managers[0] ?? 'own', finding)
  }
  return [...byOwner].map(([owner, { findings, rules }]) => causeOf(owner, findings, rules))
}

function causeOf(owner: Owner, findings: readonly Finding[], rules: readonly FoundRule[]): Cause {
  const shown = rules.slice(0, 4).map(({ file, line, text }) => `${file}:${line}: ${text}`)
  const more = rules.length > shown.length ? [`and ${rules.length - shown.length} more rules`] : []
  const policies = findings.flatMap(one =>
    one.kind === 'policy-changed' ? [`the policy of ${one.table} ${one.chain} is ${one.policy}`] : [],
  )
  const kept = policies.length === 0 ? [] : ["Felix leaves the policies of the kernel's chains as they are"]
  const evidence = [
    ...shown,
    ...more,
    ...countedWords(rules),
    ...policies,
    ...kept,
    ...(rules.length > 0 ? [REPAIRS] : []),
  ]
  const isBefore = findings.some(({ kind }) => kind === 'hook-not-first')
  const where = isBefore ? "in front of Calico's" : 'behind what Calico has at the end'
  if (owner === 'own') {
    const count = rules.length === 1 ? 'a rule' : `${rules.length} rules`
    const inside = findings.every(({ kind }) => kind === 'foreign-in-chain') ? "among Calico's" : where
    const title =
      rules.length === 0
        ? 'somebody changed the policy of a chain by hand'
        : `somebody put ${count} ${inside}: ${rules.length === 1 ? 'it is' : 'they are'} no program's that is known here`
    return { kind: 'admin-rule', title, evidence, findings, orElse: [] }
  }
  if (isClusterOwner(owner)) {
    const title = `${owner} was started again while Felix did not run: its rules stand ${where}`
    return {
      kind: 'program-restarted',
      title,
      evidence,
      findings,
      orElse: [`somebody moved Calico's hooks behind those of ${owner} by hand`],
    }
  }
  return { kind: 'firewall-manager', title: `${owner} has put its rules ${where}`, evidence, findings, orElse: [] }
}

function leftOver(left: readonly Finding[]): readonly Cause[] {
  const findings = left.filter(({ kind }) => kind === 'chain-unreferenced' || kind === 'set-left-over')
  if (findings.length === 0) return []
  const title = 'chains or sets are left over that nothing leads to'
  const evidence = ['Felix deletes what it does not need any more', REPAIRS]
  const orElse = ['somebody made them by hand, with names like those of Felix']
  return [{ kind: 'left-over', title, evidence, findings, orElse }]
}

function stopped(findings: readonly Finding[]): Cause {
  const title = 'Felix has not brought the node up to date with this input'
  const orElse = [
    'the input is newer or older than the dump',
    'Felix has settings that the input does not tell (FelixConfiguration, environment)',
    'it is not the input of this node',
  ]
  return { kind: 'felix-stopped', title, evidence: [REPAIRS], findings, orElse }
}
