// Calico v3.31: the last release that knows a policy by one string, and the last one with AdminNetworkPolicy.

import { DEFAULT_TIER, DEFAULT_TIER_ORDER } from '../tiers.ts'
import { type MinorRelease, type ReleaseFacts, withFields } from './release.ts'
import { V3_32 } from './v3-32.ts'

const facts: ReleaseFacts = {
  ...V3_32.facts,
  policyChainId: 'tierAndInternalName',
  policyIdentity: 'internalName',
  policyGroups: 'tierAndNames',
  tierOfPolicy: 'namePrefix',
  policyNames: 'tierPrefix',
  builtInTiers: [
    { name: 'adminnetworkpolicy', order: 1000, defaultAction: 'Pass' },
    { name: DEFAULT_TIER, order: DEFAULT_TIER_ORDER, defaultAction: 'Deny' },
    { name: 'baselineadminnetworkpolicy', order: 10_000_000, defaultAction: 'Pass' },
  ],
  endpointMarkChains: 'shared',
  portNamesNeedProtocol: true,
  unconvertiblePolicy: 'missing',
  missingKinds: ['policy.networking.k8s.io/v1alpha2 ClusterNetworkPolicy'],
  missingFields: {
    Tier: ['status'],
    FelixConfiguration: [
      'spec.bpfMaglevMaxEndpointsPerService',
      'spec.bpfMaglevMaxServices',
      'spec.ipv4ElevatedRoutePriority',
      'spec.ipv4NormalRoutePriority',
      'spec.ipv6ElevatedRoutePriority',
      'spec.ipv6NormalRoutePriority',
      'spec.istioAmbientMode',
      'spec.istioDSCPMark',
      'spec.liveMigrationRouteConvergenceTime',
      'spec.nodeSelector',
      'spec.prometheusMetricsCAFile',
      'spec.prometheusMetricsCertFile',
      'spec.prometheusMetricsClientAuth',
      'spec.prometheusMetricsKeyFile',
    ],
  },
  missingValues: { FelixConfiguration: { 'spec.bpfKubeProxyHealthzPort': ['0'] } },
  felixDefaults: { nftablesMode: 'Disabled' },
  felixUnknownValues: { nftablesMode: ['Auto'] },
}

/** They came in the middle of v3.30 and v3.31. */
export const LOG_RATE_FIELDS = {
  FelixConfiguration: ['spec.logActionRateLimit', 'spec.logActionRateLimitBurst'],
} as const

export const V3_31: MinorRelease = {
  minor: 31,
  lastPatch: 7,
  facts,
  before: [
    {
      patch: 6,
      facts: { poolSetId: 'all-ipam-pools', loadBalancerPools: 'inPoolSet', suppressesCoveredNets: false },
    },
    {
      patch: 4,
      facts: { hasLogSpecifiers: false, missingFields: withFields(facts.missingFields, LOG_RATE_FIELDS) },
    },
    { patch: 1, facts: { splitsExemptionsByVersion: false } },
  ],
}
