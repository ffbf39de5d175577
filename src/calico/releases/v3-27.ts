// Calico v3.27: the oldest release here. No policy groups, and nothing is trimmed.

import { type MinorRelease, type ReleaseFacts, withFields } from './release.ts'
import { V3_28 } from './v3-28.ts'

const facts: ReleaseFacts = {
  ...V3_28.facts,
  policyGroups: 'none',
  keepsTrailingReturns: true,
  endpointChainClears: 'accept',
  policiesStart: 'startOfPolicies',
  natPostroutingHook: 'insert',
  manglesPercentSigns: true,
  missingFields: withFields(V3_28.facts.missingFields, {
    FelixConfiguration: [
      'spec.debugHost',
      'spec.debugPort',
      'spec.debugSimulateDataplaneApplyDelay',
      'spec.endpointStatusPathPrefix',
      'spec.wireguardThreadingEnabled',
    ],
  }),
}

export const V3_27: MinorRelease = { minor: 27, lastPatch: 5, facts, before: [] }
