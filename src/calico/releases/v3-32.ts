// Calico v3.32: the newest release. Older ones are written as what differs from the next newer one.

import { DEFAULT_TIER, DEFAULT_TIER_ORDER, KUBE_ADMIN_TIER, KUBE_BASELINE_TIER } from '../tiers.ts'
import type { MinorRelease, ReleaseFacts } from './release.ts'

const facts: ReleaseFacts = {
  policyChainId: 'kindAndName',
  policyIdentity: 'kindAndName',
  policyGroups: 'selectorAndKinds',
  tierOfPolicy: 'field',
  policyNames: 'oneDot',
  builtInTiers: [
    { name: KUBE_ADMIN_TIER, order: 1000, defaultAction: 'Pass' },
    { name: DEFAULT_TIER, order: DEFAULT_TIER_ORDER, defaultAction: 'Deny' },
    { name: KUBE_BASELINE_TIER, order: 10_000_000, defaultAction: 'Pass' },
  ],
  hasDropMark: true,
  keepsTrailingReturns: false,
  endpointChainClears: 'acceptAndPass',
  policiesStart: 'startOfTier',
  namesTierAtEnd: true,
  forwardDefault: 'eitherDirection',
  podLimits: 'withBurst',
  hasLogSpecifiers: true,
  forcesAssumedPolicies: true,
  dropsExcludedEverything: true,
  hasVxlanNotrack: true,
  natPostroutingHook: 'append',
  hasDscp: true,
  endpointMarkChains: 'byKind',
  splitsExemptionsByVersion: true,
  manglesPercentSigns: false,
  poolSetId: 'network-ip-pools',
  loadBalancerPools: 'leftOut',
  hostNets: 'bgp',
  suppressesCoveredNets: true,
  portNamesNeedProtocol: false,
  unconvertiblePolicy: 'withoutRule',
  refusesNegatedGlobal: true,
  refusesGlobalInPools: true,
  missingKinds: [
    'policy.networking.k8s.io/v1alpha1 AdminNetworkPolicy',
    'policy.networking.k8s.io/v1alpha1 BaselineAdminNetworkPolicy',
  ],
  missingFields: {
    FelixConfiguration: [
      'spec.bpfKubeProxyEndpointSlicesEnabled',
      'spec.iptablesLockFilePath',
      'spec.iptablesLockTimeout',
    ],
  },
  missingValues: {},
  felixDefaults: {},
  felixUnknownValues: {},
}

export const V3_32: MinorRelease = {
  minor: 32,
  lastPatch: 1,
  facts,
  before: [
    {
      patch: 1,
      facts: { poolSetId: 'all-ipam-pools', loadBalancerPools: 'inPoolSet', suppressesCoveredNets: false },
    },
  ],
}
