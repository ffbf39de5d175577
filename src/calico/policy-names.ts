// By which names releases know a policy: in chain names, comments, flow logs, log prefixes, groups and ties.

import { policyGroupDigest } from './hash.ts'
import { CHAIN_PREFIXES, chainName } from './names.ts'
import { isStaged, type PolicyKind, SHORT_KINDS } from './policy-kinds.ts'
import type { Release } from './releases/release.ts'
import { DEFAULT_TIER } from './tiers.ts'

/** A policy as its owner calls it. */
export interface PolicyId {
  readonly kind: PolicyKind
  /** Empty for cluster-wide kinds. */
  readonly namespace: string
  readonly name: string
  /** The name in Calico's datastore, where that is another: up to v3.31 `default.web` for `web`. */
  readonly storedName?: string
}

/** `np/prod/web`, `gnp/deny`: a policy in one word, for people and programs; also what v3.32 makes chain names of. */
export function formatPolicyId({ kind, namespace, name }: PolicyId): string {
  const short = SHORT_KINDS[kind]
  return namespace === '' ? `${short}/${name}` : `${short}/${namespace}/${name}`
}

/** Kinds that are kept as policies of Calico's own, and what then stands in front of their names. */
const STORED_PREFIXES: { readonly [K in PolicyKind]?: string } = {
  KubernetesNetworkPolicy: 'knp.default.',
  StagedKubernetesNetworkPolicy: 'knp.default.',
  AdminNetworkPolicy: 'kanp.adminnetworkpolicy.',
  BaselineAdminNetworkPolicy: 'kbanp.baselineadminnetworkpolicy.',
}

/** Names that begin so are stored as they are, and tell the tier. */
export const RESERVED_PREFIXES: readonly (readonly [prefix: string, tier: string])[] = [
  ['knp.default.', DEFAULT_TIER],
  ['ossg.', DEFAULT_TIER],
  ['kanp.adminnetworkpolicy.', 'adminnetworkpolicy'],
  ['kbanp.baselineadminnetworkpolicy.', 'baselineadminnetworkpolicy'],
]

/** The id of a policy that was written with that kind and name. */
export function policyId(kind: PolicyKind, namespace: string, name: string, release: Release): PolicyId {
  if (release.policyIdentity === 'kindAndName') return { kind, namespace, name }
  const prefix = STORED_PREFIXES[kind] ?? (name.includes('.') ? '' : `${DEFAULT_TIER}.`)
  return { kind, namespace, name, storedName: prefix + name }
}

function storedName({ name, storedName: stored }: PolicyId): string {
  return stored ?? name
}

/** The one string by which releases up to v3.31 know a policy: `shop/default.web`. */
function internalName(id: PolicyId): string {
  const name = `${isStaged(id.kind) ? 'staged:' : ''}${storedName(id)}`
  return id.namespace === '' ? name : `${id.namespace}/${name}`
}

/** The tier that the name of a stored policy tells. */
export function tierOfName(id: PolicyId): string {
  const name = storedName(id)
  const reserved = RESERVED_PREFIXES.find(([prefix]) => name.startsWith(prefix))
  if (reserved !== undefined) return reserved[1]
  return name.includes('.') ? name.slice(0, name.indexOf('.')) : DEFAULT_TIER
}

/** What two policies cannot have in common. */
export function policyIdentity(id: PolicyId, { policyIdentity: identity }: Release): string {
  if (identity === 'internalName') return internalName(id)
  const { kind, namespace, name } = id
  return `${kind} ${namespace === '' ? name : `${namespace}/${name}`}`
}

/** The name of a policy's own chain. */
export function policyChainName(id: PolicyId, direction: 'ingress' | 'egress', release: Release): string {
  return chainName(direction === 'ingress' ? 'policyIngress' : 'policyEgress', policyChainId(id, release))
}

function policyChainId(id: PolicyId, { policyChainId: form }: Release): string {
  switch (form) {
    case 'internalName':
      return internalName(id)
    case 'tierAndInternalName':
      return `${tierOfName(id)}/${internalName(id)}`
    case 'kindAndName':
      return formatPolicyId(id)
  }
}

/** Who a policy is in the comment of its chain's first rule. */
export function policyTitle(id: PolicyId, { policyIdentity: identity }: Release): string {
  if (identity === 'internalName') return `Policy ${internalName(id)}`
  const { kind, namespace, name } = id
  return `${kind} ${namespace === '' ? name : `${namespace}/${name}`}`
}

/** Who a policy is in the prefix of an NFLOG rule. */
export function policyLogId(id: PolicyId, { policyIdentity: identity }: Release): string {
  return identity === 'internalName' ? internalName(id) : formatPolicyId(id)
}

/** Of policies of one order, the smaller of these comes first, in bytes. */
export function policyTieBreak(id: PolicyId, { policyIdentity: identity }: Release): string {
  // One text, so `p-a` comes before `p`: the `/` behind a name sorts after a dash.
  return identity === 'internalName' ? internalName(id) : `${id.name}/${id.namespace}/${id.kind}`
}

/** What `%k` and `%n` of a log prefix stand for. */
export function logPrefixNames(
  id: PolicyId,
  { policyIdentity: identity }: Release,
): { readonly kind: string; readonly name: string } {
  if (identity === 'kindAndName') return { kind: SHORT_KINDS[id.kind], name: id.name }
  const stored = storedName(id)
  const dot = stored.indexOf('.')
  return { kind: id.namespace === '' ? 'gnp' : 'np', name: dot < 0 ? 'unknown' : stored.slice(dot + 1) }
}

export interface PolicyGroupName {
  readonly tier: string
  readonly canonicalSelector: string
  readonly direction: 'ingress' | 'egress'
  readonly policies: readonly PolicyId[]
}

/** Group chains are named for the selector, direction and policies of the group (felix/rules/policy_group.go). */
export function policyGroupChainName(group: PolicyGroupName, release: Release): string {
  const { tier, canonicalSelector, direction, policies } = group
  const common = [canonicalSelector, direction === 'ingress' ? 'inbound' : 'outbound', String(policies.length)]
  const lines =
    release.policyGroups === 'tierAndNames'
      ? [tier, ...common, ...policies.map(internalName)]
      : [
          ...common,
          ...policies.map(({ name, namespace, kind }) => `{Name: ${name}, Namespace: ${namespace}, Kind: ${kind}}`),
        ]
  const digest = policyGroupDigest(lines.map(line => `${line}\n`).join(''))
  return CHAIN_PREFIXES[direction === 'ingress' ? 'groupIngress' : 'groupEgress'] + digest
}
