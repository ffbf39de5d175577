// The kinds under which Felix knows policies.

export type PolicyKind =
  | 'GlobalNetworkPolicy'
  | 'NetworkPolicy'
  | 'KubernetesNetworkPolicy'
  | 'KubernetesClusterNetworkPolicy'
  | 'AdminNetworkPolicy'
  | 'BaselineAdminNetworkPolicy'
  | StagedPolicyKind

export type StagedPolicyKind = 'StagedGlobalNetworkPolicy' | 'StagedNetworkPolicy' | 'StagedKubernetesNetworkPolicy'

/** Short kinds: `gnp/name` in chain names and in names that users write (felix/types: PolicyID). */
export const SHORT_KINDS: Readonly<Record<PolicyKind, string>> = {
  GlobalNetworkPolicy: 'gnp',
  NetworkPolicy: 'np',
  KubernetesNetworkPolicy: 'knp',
  KubernetesClusterNetworkPolicy: 'kcnp',
  AdminNetworkPolicy: 'kanp',
  BaselineAdminNetworkPolicy: 'kbanp',
  StagedGlobalNetworkPolicy: 'sgnp',
  StagedNetworkPolicy: 'snp',
  StagedKubernetesNetworkPolicy: 'sknp',
}

export function isStaged(kind: PolicyKind): kind is StagedPolicyKind {
  return kind.startsWith('Staged')
}
