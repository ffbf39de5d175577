// Calico v3.29: no mark bit for Deny, no staged policies, no flow logs, no limits of pods.

import { DEFAULT_TIER, DEFAULT_TIER_ORDER } from '../tiers.ts'
import { type MinorRelease, type ReleaseFacts, withFields } from './release.ts'
import { V3_30 } from './v3-30.ts'
import { LOG_RATE_FIELDS } from './v3-31.ts'

/** `Trace` is a log level since v3.30. */
const LOG_LEVELS = {
  'spec.logSeverityFile': ['Trace'],
  'spec.logSeverityScreen': ['Trace'],
  'spec.logSeveritySys': ['Trace'],
}

const facts: ReleaseFacts = {
  ...V3_30.facts,
  builtInTiers: [
    { name: 'adminnetworkpolicy', order: 1000, defaultAction: 'Pass' },
    { name: DEFAULT_TIER, order: DEFAULT_TIER_ORDER, defaultAction: 'Deny' },
  ],
  hasDropMark: false,
  namesTierAtEnd: false,
  podLimits: 'none',
  hasLogSpecifiers: false,
  forcesAssumedPolicies: false,
  refusesNegatedGlobal: false,
  missingKinds: [
    ...V3_30.facts.missingKinds,
    'policy.networking.k8s.io/v1alpha1 BaselineAdminNetworkPolicy',
    'projectcalico.org/v3 StagedGlobalNetworkPolicy',
    'projectcalico.org/v3 StagedNetworkPolicy',
    'projectcalico.org/v3 StagedKubernetesNetworkPolicy',
  ],
  missingFields: withFields(withFields(V3_30.facts.missingFields, LOG_RATE_FIELDS), {
    IPPool: ['spec.assignmentMode'],
    KubeControllersConfiguration: [
      'spec.controllers.node.hostEndpoint.createDefaultHostEndpoint',
      'spec.controllers.node.hostEndpoint.templates',
    ],
    FelixConfiguration: [
      'spec.bpfConntrackLogLevel',
      'spec.bpfConntrackMode',
      'spec.bpfConntrackTimeouts',
      'spec.bpfExportBufferSizeMB',
      'spec.bpfKubeProxyHealthzPort',
      'spec.bpfMapSizeConntrackCleanupQueue',
      'spec.bpfMapSizeConntrackScaling',
      'spec.bpfMapSizePerCpuConntrack',
      'spec.bpfProfiling',
      'spec.cgroupV2Path',
      'spec.flowLogsCollectorDebugTrace',
      'spec.flowLogsFlushInterval',
      'spec.flowLogsGoldmaneServer',
      'spec.flowLogsLocalReporter',
      'spec.flowLogsPolicyEvaluationMode',
    ],
  }),
  missingValues: { IPPool: { 'spec.allowedUses': ['LoadBalancer'] }, FelixConfiguration: LOG_LEVELS },
}

export const V3_29: MinorRelease = {
  minor: 29,
  lastPatch: 7,
  facts,
  before: [
    { patch: 7, facts: { splitsExemptionsByVersion: false } },
    { patch: 6, facts: { dropsExcludedEverything: false } },
  ],
}
