// Names of tiers that Calico itself knows.

/** The tier of policies that name none, and of Kubernetes policies. */
export const DEFAULT_TIER = 'default'

/** Tiers of ClusterNetworkPolicies, since v3.32. */
export const KUBE_ADMIN_TIER = 'kube-admin'
export const KUBE_BASELINE_TIER = 'kube-baseline'

/** Order of a tier that names none, as the API fills it in. */
export const DEFAULT_TIER_ORDER = 1_000_000
