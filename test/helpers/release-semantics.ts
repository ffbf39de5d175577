// What decides over packets and is not the same in every release of Calico, in the words of the history of its releases. Written
// down a second time, apart from calico/releases/, so that the plain reading of policy shares nothing with the compiler.

import type { PolicyId } from '../../src/calico/policy-names.ts'
import type { Policy } from '../../src/model/ast/policy.ts'
import type { Tier } from '../../src/model/ast/resources.ts'

export interface ReleaseSemantics {
  /** Tiers that are there without anybody making them. */
  readonly tiers: readonly Tier[]
  /** Policies of equal order go by this text. */
  readonly tieOf: (policy: Policy) => string
  /** Traffic that a host forwards is allowed where no applyOnForward policy selects it: for this direction, or for any. */
  readonly forwardDefault: 'each direction' | 'either direction'
  /** The node's own VXLAN packets belong to no connection. */
  readonly leavesVxlanUntracked: boolean
}

const tier = (name: string, order: number, defaultAction: 'Deny' | 'Pass'): Tier => ({
  kind: 'tier',
  name,
  order,
  defaultAction,
})
const DEFAULT = tier('default', 1_000_000, 'Deny')
const ADMIN = tier('adminnetworkpolicy', 1000, 'Pass')
const BASELINE = tier('baselineadminnetworkpolicy', 10_000_000, 'Pass')

const V3_32: ReleaseSemantics = {
  tiers: [tier('kube-admin', 1000, 'Pass'), DEFAULT, tier('kube-baseline', 10_000_000, 'Pass')],
  tieOf: ({ id }) => `${id.name}/${id.namespace}/${id.kind}`,
  forwardDefault: 'either direction',
  leavesVxlanUntracked: true,
}
/** A policy had one name then, which began with its namespace. */
const V3_31: ReleaseSemantics = { ...V3_32, tiers: [ADMIN, DEFAULT, BASELINE], tieOf: ({ id }) => storedName(id) }
const V3_29: ReleaseSemantics = { ...V3_31, tiers: [ADMIN, DEFAULT] }
/** Without tiers all policies are one list, which denies what nobody allows. */
const V3_28: ReleaseSemantics = {
  ...V3_29,
  tiers: [DEFAULT],
  forwardDefault: 'each direction',
  leavesVxlanUntracked: false,
}

const BY_MINOR: Readonly<Record<string, ReleaseSemantics>> = {
  'v3.27': V3_28,
  'v3.28': V3_28,
  'v3.29': V3_29,
  'v3.30': V3_31,
  'v3.31': V3_31,
  'v3.32': V3_32,
}

/** @param name `v3.29.7` @throws for a release that nobody wrote down here */
export function semanticsOf(name: string): ReleaseSemantics {
  const found = BY_MINOR[name.replace(/\.[0-9]+$/, '')]
  if (found === undefined) throw new Error(`what ${name} does is not written down`)
  return found
}

const CONVERTED: Readonly<Record<string, string>> = {
  KubernetesNetworkPolicy: 'knp.default.',
  StagedKubernetesNetworkPolicy: 'knp.default.',
  AdminNetworkPolicy: 'kanp.adminnetworkpolicy.',
  BaselineAdminNetworkPolicy: 'kbanp.baselineadminnetworkpolicy.',
}

function storedName({ kind, namespace, name }: PolicyId): string {
  const staged = kind.startsWith('Staged') ? 'staged:' : ''
  const prefix = CONVERTED[kind] ?? (name.includes('.') ? '' : 'default.')
  return `${namespace === '' ? '' : `${namespace}/`}${staged}${prefix}${name}`
}
