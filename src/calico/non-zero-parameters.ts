// Parameters of Felix that decide nothing about rules, and that keep it from starting all the same where they are set to `none`.

import type { Release } from './releases/release.ts'

/** Those that may not be zero (felix/config/config_params.go), by Felix's own names. */
const NON_ZERO: readonly string[] = [
  ...['AWSSrcDstCheck', 'DatastoreType', 'FelixHostname', 'TyphaK8sNamespace'],
  ...['BPFAttachType', 'BPFConnectTimeLoadBalancing', 'BPFConntrackLogLevel', 'BPFEnforceRPF', 'BPFExportBufferSizeMB'],
  ...['BPFExternalServiceMode', 'BPFHostNetworkedNATWithoutCTLB', 'BPFJITHardening', 'BPFLogLevel', 'BPFProfiling'],
  ...['BPFMapSizeConntrack', 'BPFMapSizeConntrackCleanupQueue', 'BPFMapSizeConntrackScaling', 'BPFMapSizeIPSets'],
  ...['BPFMapSizeIfState', 'BPFMapSizeNATAffinity', 'BPFMapSizeNATBackend', 'BPFMapSizeNATFrontend', 'BPFMapSizeRoute'],
  'BPFRedirectToPeer',
]

/** Felix's own name of such a parameter, written in any case; undefined for others. */
export function nonZeroParameter(written: string): string | undefined {
  return NON_ZERO.find(name => name.toLowerCase() === written.toLowerCase())
}

/** A parameter that the release does not know is ignored. @param name as Felix has it */
export function isParameterOf({ missingFields }: Release, name: string): boolean {
  const field = name.replace(/^(?:BPF|AWS)/, prefix => prefix.toLowerCase())
  return missingFields['FelixConfiguration']?.includes(`spec.${field}`) !== true
}
