// A node's text against the input, on one page: which rules it should have, what differs, and what explains it.

import { auditVersion } from './audit/audit-version.ts'
import type { Cause } from './audit/cause.ts'
import { distanceOf } from './audit/distance.ts'
import { findCauses } from './audit/find-causes.ts'
import type { VersionAudit } from './audit/finding.ts'
import { type KnownSubjects, subjectOfOrigin } from './audit/finding-subjects.ts'
import { policyTitle } from './calico/policy-names.ts'
import { isCalicoChain } from './calico/read-chain-name.ts'
import { ownerOfChain } from './audit/owners.ts'
import { ownAddressSet, withOwnAddresses } from './audit/own-addresses.ts'
import type { Assumption, NodeRules } from './cluster-rules.ts'
import type { Diagnostic } from './diagnostics/diagnostic.ts'
import { allHostEndpoints } from './model/plan.ts'
import type { Ruleset } from './model/ruleset.ts'
import { ruleCountOf } from './netfilter/chain-outline.ts'
import { hasCalicoChain, type KernelTables } from './netfilter/kernel-tables.ts'
import type { IpVersion } from './net/cidr.ts'
import type { NodeState, NodeTables } from './node-text.ts'
import { policyName } from './words/origin.ts'
import { betterAssumption, type NodeAuditInput } from './audit-assumptions.ts'

/** One IP version in one back end. */
export interface AuditedTables {
  readonly found: NodeTables
  readonly wanted: Ruleset
  readonly audit: VersionAudit
}

export interface NodeAudit {
  /** The one that was asked for; where the text is another one's, `rules` are those of that one. */
  readonly node: string
  readonly rules: NodeRules
  readonly isSame: boolean
  readonly versions: readonly AuditedTables[]
  /** What another back end of the kernel still has: the kernel asks both. */
  readonly others: readonly AuditedTables[]
  readonly causes: readonly Cause[]
  /** What could not be compared, each in a line. */
  readonly notCompared: readonly string[]
}

export type NodeAuditResult =
  | { readonly ok: true; readonly audit: NodeAudit; readonly diagnostics: readonly Diagnostic[] }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] }

export function auditNode(input: NodeAuditInput): NodeAuditResult {
  const { cluster, node, host, state } = input
  const asked: Assumption = { node }
  const told = cluster.rulesFor(asked, host)
  if (!told.ok) return told
  // Several questions are asked about the same rules.
  const known = new WeakMap<NodeRules, readonly AuditedTables[]>()
  const compared = (rules: NodeRules): readonly AuditedTables[] => {
    const before = known.get(rules) ?? compareAll(rules, state)
    known.set(rules, before)
    return before
  }
  const { rules, causes } = betterAssumption(input, { ...asked, node: told.rules.plan.nodeName }, told.rules, one =>
    chooseBackends(compared(one)).versions.map(({ audit }) => audit),
  )
  const { versions, others } = chooseBackends(compared(rules))
  const found = findCauses({
    audits: versions.map(({ audit, found: { tables } }) => ({ audit, tables })),
    hasSets: state.hasSets,
    nftables: state.nftables.map(({ text }) => text),
    localAddresses: localAddresses(rules),
    subjects: subjectsOf(rules),
    explained: new Set(causes.flatMap(({ findings }) => findings)),
  })
  const all = [...causes, ...(others.length === 0 ? [] : [otherBackend(others)]), ...found]
  const isSame =
    others.length === 0 &&
    versions.every(({ audit }) => audit.findings.length === 0) &&
    !causes.some(({ kind }) => kind === 'wrong-node')
  const audit = {
    node: told.rules.plan.nodeName,
    rules,
    isSame,
    versions,
    others,
    causes: all,
    notCompared: notCompared(state, rules),
  }
  return { ok: true, audit, diagnostics: told.diagnostics }
}

function compareAll(rules: NodeRules, { versions, hasSets }: NodeState): readonly AuditedTables[] {
  return versions.map(found => {
    const { ipVersion } = found.tables
    const told = rules.rulesets[ipVersion] ?? { ipVersion, tables: [], ipSets: [] }
    const wanted = knowsAddresses(rules) ? told : withOwnAddresses(told, found.tables)
    return { found, wanted, audit: auditVersion(wanted, found.tables, hasSets) }
  })
}

/** Of two back ends the one that Felix works with is the nearer one; where both are alike, the newer. */
function chooseBackends(all: readonly AuditedTables[]): {
  readonly versions: readonly AuditedTables[]
  readonly others: readonly AuditedTables[]
} {
  const versions: AuditedTables[] = []
  const others: AuditedTables[] = []
  for (const ipVersion of [4, 6] satisfies IpVersion[]) {
    const found = all.filter(({ audit }) => audit.ipVersion === ipVersion)
    const [first, ...rest] = [...found].sort(
      (a, b) =>
        distanceOf([a.audit]) - distanceOf([b.audit]) ||
        Number(b.found.backend === 'nft') - Number(a.found.backend === 'nft'),
    )
    if (first !== undefined) versions.push(first)
    others.push(...rest.filter(hasCalico))
  }
  return { versions, others }
}

function hasCalico({ found }: AuditedTables): boolean {
  return found.tables.tables.some(hasCalicoChain)
}

function otherBackend(others: readonly AuditedTables[]): Cause {
  const names = others.map(({ found }) => `${found.backend ?? 'unnamed'} IPv${found.tables.ipVersion}`)
  const stale = others.filter(({ audit }) => audit.findings.length > 0)
  const differences = stale.map(
    ({ found, audit }) =>
      `${found.backend ?? 'unnamed'} IPv${found.tables.ipVersion}: ${audit.findings.length} differences from what it should be`,
  )
  return {
    kind: 'other-backend',
    title: `the other back end of the kernel still has Calico's rules (${names.join(', ')}), and the kernel asks both`,
    evidence: [
      ...others.map(({ found }) => `${found.files.join(', ')} has chains of Calico's`),
      ...(differences.length === 0 ? ['they say the same as those of the other back end'] : differences),
    ],
    findings: others.flatMap(({ audit }) => audit.findings),
    orElse: [],
  }
}

function subjectsOf({ resources, release, rulesets, plan }: NodeRules): KnownSubjects {
  const policies = resources.flatMap(one => (one.kind === 'policy' ? [one.id] : []))
  const origins = new Map(
    ([4, 6] as const).flatMap(ipVersion =>
      (rulesets[ipVersion]?.tables ?? []).flatMap(({ chains }) =>
        chains.map(({ name, origin }) => [name, origin] as const),
      ),
    ),
  )
  const endpoints = [...plan.workloads, ...allHostEndpoints(plan)]
  return {
    interfaces: new Set(endpoints.map(({ interfaceName }) => interfaceName)),
    policies: new Map(policies.map(id => [policyTitle(id, release), policyName(id)])),
    ofChain: chain => {
      const origin = origins.get(chain)
      return origin && subjectOfOrigin(origin)
    },
  }
}

function localAddresses({ plan, resources }: NodeRules): ReadonlySet<string> {
  const addresses = resources.flatMap(resource =>
    resource.kind === 'workloadEndpoint' && resource.node === plan.nodeName
      ? resource.addresses.map(({ text }) => text)
      : [],
  )
  return new Set(addresses)
}

function knowsAddresses({ host }: NodeRules): boolean {
  return host?.interfaces !== undefined
}

function notCompared({ versions, hasSets, nftables, warnings }: NodeState, rules: NodeRules): readonly string[] {
  const { rulesets } = rules
  const has = (ipVersion: IpVersion): boolean => versions.some(({ tables }) => tables.ipVersion === ipVersion)
  const own = versions.map(({ tables }) => ownAddressSet(tables.ipVersion))
  return [
    ...(knowsAddresses(rules) || !hasSets || own.length === 0
      ? []
      : [
          `members that ${[...new Set(own)].join(' and ')} have besides those of the input: the addresses of the node are known only with --host`,
        ]),
    ...(hasSets ? [] : ['IP sets: no output of `ipset save` was given, so what is in them is not known']),
    ...(has(4) ? [] : ['IPv4: no output of iptables-save was given']),
    ...(has(6) || rulesets[6] === undefined ? [] : ['IPv6: no output of ip6tables-save was given']),
    ...versions.flatMap(({ tables }) => [...emptied(tables), ...withoutKubeProxy(tables)]),
    ...nftables.map(({ name }) => `\`${name}\`: rules of nftables are not compared`),
    ...warnings.map(line => `what the tool warned of: ${line}`),
  ]
}

/** kube-proxy works in both of these; where one of them has nothing of it, that was lost with what else is missing there. */
function withoutKubeProxy({ ipVersion, tables }: KernelTables): readonly string[] {
  const isThere = (table: string): boolean =>
    tables.some(({ name, userChains }) => name === table && [...userChains.keys()].some(chain => /^KUBE-S/.test(chain)))
  const pairs = [
    ['filter', 'nat'],
    ['nat', 'filter'],
  ] as const
  return pairs.flatMap(([table, other]) =>
    isThere(other) && !isThere(table)
      ? [
          `IPv${ipVersion} ${table}: kube-proxy has rules in table ${other} and none here: what they did is not part of the effect`,
        ]
      : [],
  )
}

/** Chains of others in a table without a single rule: what they did before nobody can tell. */
function emptied({ ipVersion, tables }: KernelTables): readonly string[] {
  return tables.flatMap(({ name, kernelChains, userChains }) => {
    const owners = new Set([...userChains.keys()].filter(chain => !isCalicoChain(chain)).map(ownerOfChain))
    // Canaries are empty by themselves.
    owners.delete('kubelet')
    const isEmpty = [...kernelChains, ...userChains.values()].every(chain => ruleCountOf(chain) === 0)
    if (!isEmpty || owners.size === 0 || userChains.size < 4) return []
    return [
      `IPv${ipVersion} ${name}: chains of ${[...owners].join(' and ')} are empty, and what they did is not known: what it means for services and host ports is not part of the effect`,
    ]
  })
}
