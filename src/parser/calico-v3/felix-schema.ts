// Fields of a FelixConfiguration, with the limits that Calico's own validator sets. Most do not change rules and are only checked.

import { parseRegularExpression } from '../../text/regular-expression.ts'
import * as z from 'zod'
import { parseNet } from '../../net/cidr.ts'
import {
  boolean,
  Fault,
  field,
  integer,
  integerBetween,
  list,
  numberOrText,
  oneOf,
  optional,
  readText,
  selector,
  text,
} from '../fields.ts'
import { anything } from '../metadata.ts'

const word = <const T extends string>(...words: T[]) => oneOf(words, 'bad-value', 'value')

const between = (min: number, max: number) => integerBetween(min, max, 'bad-value', 'value')

function matching(pattern: RegExp, what: string) {
  return field((value): string | Fault => {
    const read = readText(value)
    if (read instanceof Fault) return read
    return pattern.test(read) ? read : new Fault('bad-value', `\`${read}\` is not ${what}`)
  })
}

const regularExpression = field((value): string | Fault => {
  const read = readText(value)
  if (read instanceof Fault) return read
  if (parseRegularExpression(read) !== undefined) return read
  return new Fault('bad-value', `\`${read}\` is not a regular expression as Go reads it (RE2)`)
})

const net = field((value): string | Fault => {
  const read = readText(value)
  if (read instanceof Fault) return read
  return parseNet(read) === undefined ? new Fault('bad-net', `\`${read}\` is not a net or address`) : read
})

const logLevel = word('Trace', 'Debug', 'Info', 'Warning', 'Error', 'Fatal')
const interfaceName = matching(/^(\*|[a-zA-Z0-9_.-]{1,15})$/, 'an interface name')
const interfaceFilter = matching(/^[a-zA-Z0-9:._+-]{1,15}$/, 'an interface filter')
const keyValueList = matching(/^(([a-zA-Z0-9_-]+=[^=,]*,)*([a-zA-Z0-9_-]+=[^=,]*)?)$/, 'a list of key=value pairs')

const failsafePort = z.strictObject({
  protocol: optional(text),
  port: optional(between(0, 65535)),
  net: optional(text),
})

const tableRange = z.strictObject({ min: integer, max: integer })

const fields = <const K extends string, S extends z.ZodType>(schema: S, names: readonly K[]) =>
  Object.fromEntries(names.map(name => [name, optional(schema)])) as Record<K, ReturnType<typeof optional<S>>>

export const felixSpecSchema = z.strictObject({
  ...fields(boolean, [
    'allowIPIPPacketsFromWorkloads',
    'allowVXLANPacketsFromWorkloads',
    'bpfConnectTimeLoadBalancingEnabled',
    'bpfDisableUnprivileged',
    'bpfEnabled',
    'bpfHostConntrackBypass',
    'bpfKubeProxyEndpointSlicesEnabled',
    'bpfKubeProxyIptablesCleanupEnabled',
    'bpfPolicyDebugEnabled',
    'debugDisableLogDropping',
    'disableConntrackInvalidCheck',
    'endpointReportingEnabled',
    'flowLogsCollectorDebugTrace',
    'genericXDPEnabled',
    'healthEnabled',
    'ipipEnabled',
    'ipv6Support',
    'prometheusGoMetricsEnabled',
    'prometheusMetricsEnabled',
    'prometheusProcessMetricsEnabled',
    'prometheusWireGuardMetricsEnabled',
    'removeExternalRoutes',
    'requireMTUFile',
    'routeSyncDisabled',
    'sidecarAccelerationEnabled',
    'usageReportingEnabled',
    'useInternalDataplaneDriver',
    'vxlanEnabled',
    'wireguardEnabled',
    'wireguardEnabledV6',
    'wireguardHostEncryptionEnabled',
    'wireguardThreadingEnabled',
    'xdpEnabled',
  ]),
  ...fields(integer, [
    'bpfExportBufferSizeMB',
    'bpfMapSizeConntrack',
    'bpfMapSizeIPSets',
    'bpfMapSizeIfState',
    'bpfMapSizeNATAffinity',
    'bpfMapSizeNATBackend',
    'bpfMapSizeNATFrontend',
    'bpfMapSizePerCpuConntrack',
    'bpfMapSizeRoute',
    'deviceRouteProtocol',
    'healthPort',
    'ipipMTU',
    'logActionRateLimitBurst',
    'maxIpsetSize',
    'metadataPort',
    'prometheusMetricsPort',
    'vxlanMTU',
    'vxlanMTUV6',
    'vxlanPort',
    'vxlanVNI',
    'wireguardMTU',
    'wireguardMTUV6',
  ]),
  ...fields(between(0, 0xffffffff), ['iptablesMarkMask', 'nftablesMarkMask', 'bpfExtToServiceConnmark']),
  ...fields(between(1, 32765), ['wireguardRoutingRulePriority']),
  ...fields(between(1, 3000), ['bpfMaglevMaxEndpointsPerService', 'bpfMaglevMaxServices']),
  ...fields(between(1, 65535), ['wireguardListeningPort', 'wireguardListeningPortV6']),
  ...fields(between(0, 65535), ['bpfKubeProxyHealthzPort', 'debugPort']),
  ...fields(between(1, 2147483646), [
    'ipv4ElevatedRoutePriority',
    'ipv4NormalRoutePriority',
    'ipv6ElevatedRoutePriority',
    'ipv6NormalRoutePriority',
  ]),
  ...fields(between(-1, Number.MAX_SAFE_INTEGER), ['goGCThreshold', 'goMaxProcs', 'goMemoryLimitMB']),
  ...fields(between(1, Number.MAX_SAFE_INTEGER), ['bpfMapSizeConntrackCleanupQueue']),
  ...fields(numberOrText, ['bpfPSNATPorts', 'istioDSCPMark', 'natPortRange']),
  ...fields(word('Accept', 'Return'), [
    'iptablesFilterAllowAction',
    'iptablesMangleAllowAction',
    'nftablesFilterAllowAction',
    'nftablesMangleAllowAction',
  ]),
  ...fields(word('Drop', 'Reject'), ['iptablesFilterDenyAction', 'nftablesFilterDenyAction']),
  ...fields(word('Drop', 'Accept', 'Return'), ['defaultEndpointToHostAction']),
  ...fields(word('Off', 'Info', 'Debug'), ['bpfLogLevel']),
  ...fields(word('Tunnel', 'DSR'), ['bpfExternalServiceMode']),
  ...fields(word('Legacy', 'NFT', 'Auto'), ['iptablesBackend']),
  ...fields(word('Auto', 'Strict'), ['bpfJITHardening']),
  ...fields(word('Auto', 'Userspace', 'BPFProgram'), ['bpfConntrackMode']),
  ...fields(word('Disabled', 'Any'), ['workloadSourceSpoofing']),
  ...fields(word('DoNothing', 'Enable', 'Disable'), ['awsSrcDstCheck']),
  ...fields(word('Drop', 'Reject', 'Disabled'), ['serviceLoopPrevention']),
  ...fields(word('Enabled', 'Disabled'), ['bpfHostNetworkedNATWithoutCTLB', 'windowsManageFirewallRules']),
  ...fields(word('IPPoolsOnly', 'IPPoolsAndHostIPs'), ['natOutgoingExclusions']),
  ...fields(word('Off', 'Debug'), ['bpfConntrackLogLevel']),
  ...fields(word('RequireAndVerifyClientCert', 'RequireAnyClientCert', 'VerifyClientCertIfGiven', 'NoClientCert'), [
    'prometheusMetricsClientAuth',
  ]),
  ...fields(word('TC', 'TCX'), ['bpfAttachType']),
  ...fields(word('TCP', 'Enabled', 'Disabled'), ['bpfConnectTimeLoadBalancing']),
  ...fields(word('WorkloadIPs', 'CalicoIPAM'), ['routeSource']),
  ...fields(logLevel, ['logSeverityFile', 'logSeverityScreen', 'logSeveritySys']),
  ...fields(regularExpression, [
    'bpfDataIfacePattern',
    'bpfDisableGROForIfaces',
    'bpfL3IfacePattern',
    'logDebugFilenameRegex',
    'mtuIfacePattern',
  ]),
  ...fields(interfaceFilter, ['iptablesNATOutgoingInterfaceFilter']),
  ...fields(interfaceName, ['wireguardInterfaceName', 'wireguardInterfaceNameV6']),
  ...fields(keyValueList, ['featureDetectOverride', 'featureGates']),
  ...fields(text, [
    'bpfCTLBLogFilter',
    'bpfEnforceRPF',
    'bpfKubeProxyMinSyncPeriod',
    'bpfMapSizeConntrackScaling',
    'bpfProfiling',
    'bpfRedirectToPeer',
    'cgroupV2Path',
    'chainInsertMode',
    'dataplaneDriver',
    'dataplaneWatchdogTimeout',
    'debugHost',
    'debugMemoryProfilePath',
    'debugSimulateCalcGraphHangAfter',
    'debugSimulateDataplaneApplyDelay',
    'debugSimulateDataplaneHangAfter',
    'deviceRouteSourceAddress',
    'deviceRouteSourceAddressIPv6',
    'endpointReportingDelay',
    'endpointStatusPathPrefix',
    'floatingIPs',
    'flowLogsFlushInterval',
    'flowLogsGoldmaneServer',
    'flowLogsLocalReporter',
    'flowLogsPolicyEvaluationMode',
    'healthHost',
    'interfaceExclude',
    'interfacePrefix',
    'interfaceRefreshInterval',
    'ipForwarding',
    'ipsetsRefreshInterval',
    'iptablesLockFilePath',
    'iptablesLockProbeInterval',
    'iptablesLockTimeout',
    'iptablesPostWriteCheckInterval',
    'iptablesRefreshInterval',
    'istioAmbientMode',
    'liveMigrationRouteConvergenceTime',
    'logActionRateLimit',
    'logFilePath',
    'logPrefix',
    'metadataAddr',
    'natOutgoingAddress',
    'netlinkTimeout',
    'nftablesMode',
    'nftablesRefreshInterval',
    'openstackRegion',
    'policySyncPathPrefix',
    'programClusterRoutes',
    'prometheusMetricsCAFile',
    'prometheusMetricsCertFile',
    'prometheusMetricsHost',
    'prometheusMetricsKeyFile',
    'reportingInterval',
    'reportingTTL',
    'routeRefreshInterval',
    'usageReportingInitialDelay',
    'usageReportingInterval',
    'wireguardKeepAlive',
    'xdpRefreshInterval',
  ]),
  ...fields(selector, ['nodeSelector']),
  failsafeInboundHostPorts: list(failsafePort),
  failsafeOutboundHostPorts: list(failsafePort),
  kubeNodePortRanges: list(numberOrText),
  externalNodesList: list(text),
  bpfDSROptoutCIDRs: list(net),
  bpfExcludeCIDRsFromNAT: list(net),
  bpfForceTrackPacketsFromIfaces: list(interfaceFilter),
  routeTableRange: optional(tableRange),
  routeTableRanges: list(tableRange),
  healthTimeoutOverrides: anything,
  bpfLogFilters: anything,
  bpfConntrackTimeouts: anything,
})

export type V3FelixSpec = z.infer<typeof felixSpecSchema>
