// The Calico version whose output we reproduce, and the facts that have changed between versions.

export interface CalicoVersion {
  readonly name: string
  /** Short kinds in policy ids: `gnp/name` in chain names and `%k` of log prefixes (felix/types: PolicyID). */
  readonly policyKinds: Readonly<Record<PolicyKind, string>>
}

/** The kind under which Felix knows a policy. */
export type PolicyKind =
  | 'GlobalNetworkPolicy'
  | 'NetworkPolicy'
  | 'KubernetesNetworkPolicy'
  | 'KubernetesClusterNetworkPolicy'
  | StagedPolicyKind

export type StagedPolicyKind = 'StagedGlobalNetworkPolicy' | 'StagedNetworkPolicy' | 'StagedKubernetesNetworkPolicy'

export const CALICO_3_32: CalicoVersion = {
  name: 'v3.32.1',
  policyKinds: {
    GlobalNetworkPolicy: 'gnp',
    NetworkPolicy: 'np',
    KubernetesNetworkPolicy: 'knp',
    KubernetesClusterNetworkPolicy: 'kcnp',
    StagedGlobalNetworkPolicy: 'sgnp',
    StagedNetworkPolicy: 'snp',
    StagedKubernetesNetworkPolicy: 'sknp',
  },
}

export function isStaged(kind: PolicyKind): kind is StagedPolicyKind {
  return kind.startsWith('Staged')
}
