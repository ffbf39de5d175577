// Calico v3.30: without DSCP marking, and with an older idea of which pools and hosts its sets hold.

import { type MinorRelease, type ReleaseFacts, withFields } from './release.ts'
import { LOG_RATE_FIELDS, V3_31 } from './v3-31.ts'

const facts: ReleaseFacts = {
  ...V3_31.facts,
  hasDscp: false,
  poolSetId: 'all-ipam-pools',
  loadBalancerPools: 'inPoolSet',
  hostNets: 'anyIpv4',
  suppressesCoveredNets: false,
  refusesGlobalInPools: false,
  missingFields: withFields(V3_31.facts.missingFields, {
    IPPool: ['spec.namespaceSelector'],
    KubeControllersConfiguration: ['spec.controllers.node.hostEndpoint.templates.*.interfacePattern'],
    FelixConfiguration: [
      'spec.bpfAttachType',
      'spec.bpfJITHardening',
      'spec.natOutgoingExclusions',
      'spec.programClusterRoutes',
      'spec.requireMTUFile',
    ],
  }),
}

export const V3_30: MinorRelease = {
  minor: 30,
  lastPatch: 7,
  facts,
  before: [
    {
      patch: 6,
      facts: { hasLogSpecifiers: false, missingFields: withFields(facts.missingFields, LOG_RATE_FIELDS) },
    },
    { patch: 5, facts: { splitsExemptionsByVersion: false } },
    { patch: 4, facts: { forcesAssumedPolicies: false } },
    { patch: 3, facts: { dropsExcludedEverything: false } },
    { patch: 2, facts: { podLimits: 'withoutBurst' } },
  ],
}
