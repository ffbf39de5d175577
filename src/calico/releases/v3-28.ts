// Calico v3.28: no tiers. All policies are one list.

import { DEFAULT_TIER, DEFAULT_TIER_ORDER } from '../tiers.ts'
import { type MinorRelease, type ReleaseFacts, withFields } from './release.ts'
import { V3_29 } from './v3-29.ts'

const facts: ReleaseFacts = {
  ...V3_29.facts,
  policyChainId: 'internalName',
  tierOfPolicy: 'none',
  policyNames: 'oneLabel',
  builtInTiers: [{ name: DEFAULT_TIER, order: DEFAULT_TIER_ORDER, defaultAction: 'Deny' }],
  policiesStart: 'none',
  forwardDefault: 'eachDirection',
  dropsExcludedEverything: false,
  hasVxlanNotrack: false,
  splitsExemptionsByVersion: false,
  missingKinds: [
    ...V3_29.facts.missingKinds,
    'policy.networking.k8s.io/v1alpha1 AdminNetworkPolicy',
    'projectcalico.org/v3 Tier',
  ],
  missingFields: withFields(V3_29.facts.missingFields, {
    GlobalNetworkPolicy: ['spec.tier'],
    NetworkPolicy: ['spec.tier'],
    FelixConfiguration: [
      'spec.bpfRedirectToPeer',
      'spec.goGCThreshold',
      'spec.goMaxProcs',
      'spec.goMemoryLimitMB',
      'spec.ipForwarding',
      'spec.nftablesFilterAllowAction',
      'spec.nftablesFilterDenyAction',
      'spec.nftablesMangleAllowAction',
      'spec.nftablesMarkMask',
      'spec.nftablesMode',
      'spec.nftablesRefreshInterval',
    ],
  }),
}

export const V3_28: MinorRelease = {
  minor: 28,
  lastPatch: 5,
  facts,
  before: [
    { patch: 4, facts: { manglesPercentSigns: true } },
    { patch: 2, facts: { natPostroutingHook: 'insert' } },
  ],
}
