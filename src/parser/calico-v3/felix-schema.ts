// Fields of a FelixConfiguration, with the limits that Calico's own validator sets. Most do not change rules and are only checked.

import * as z from 'zod'
import { boolean, emptyAsMissing, Fault, field, integer, item, list, optional, readText, text } from '../fields.ts'
import {
  between,
  byteOrText,
  crashing,
  duration,
  logLevel,
  looseNetText,
  matching,
  portSetting,
  regularExpression,
  strictWord,
  word,
} from './setting-schema.ts'

const interfaceName = emptyAsMissing(matching(/^(\*|[a-zA-Z0-9_.-]{1,15})$/, 'an interface name'))
const interfaceFilter = matching(/^[a-zA-Z0-9:._+-]{1,15}$/, 'an interface filter')
const keyValueList = matching(/^(?:\s*|(?:\s*\w+=[^,\n]*)?(?:,(?:\s*\w+=[^,\n]*)?)*)$/, 'a list of key=value pairs')

/** Calico's own tools print the field with nothing in it where nobody has set it, and its validator leaves that alone. */
const unlessEmpty = <S extends z.ZodType>(schema: S) =>
  z.preprocess(value => (value === '' ? undefined : value), optional(schema))

const failsafePort = z.strictObject({
  protocol: optional(text),
  port: optional(between(0, 65535)),
  net: optional(text),
})

/** Filters by interface. */
const logFilters = z
  .record(
    z.string(),
    field((value): string | Fault => (value === null ? '' : readText(value))),
  )
  .superRefine((value, context) => {
    for (const key of Object.keys(value)) {
      if (/^[a-zA-Z0-9_.-]{1,15}$/.test(key)) continue
      const fault = new Fault('bad-value', `\`${key}\` is not an interface name`)
      context.addIssue({ code: 'custom', message: fault.message, params: { fault } })
    }
  })

const tableRange = z.strictObject({ min: integer, max: integer })

const fields = <const K extends string, S extends z.ZodType>(schema: S, names: readonly K[]) =>
  Object.fromEntries(names.map(name => [name, optional(schema)])) as Record<K, ReturnType<typeof optional<S>>>

/** Made when it is asked for: it has more fields than all others together. */
export const felixSpecSchema = () =>
  z.strictObject({
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
    ...fields(crashing, ['bpfExportBufferSizeMB']),
    ...fields(portSetting, ['bpfPSNATPorts', 'natPortRange']),
    ...fields(byteOrText, ['istioDSCPMark']),
    ...fields(word('Accept', 'Return'), [
      'iptablesFilterAllowAction',
      'iptablesMangleAllowAction',
      'nftablesFilterAllowAction',
      'nftablesMangleAllowAction',
    ]),
    ...fields(word('Drop', 'Reject'), ['iptablesFilterDenyAction', 'nftablesFilterDenyAction']),
    ...fields(word('Drop', 'Accept', 'Return'), ['defaultEndpointToHostAction']),
    ...fields(unlessEmpty(word('Off', 'Info', 'Debug')), ['bpfLogLevel']),
    ...fields(word('Tunnel', 'DSR'), ['bpfExternalServiceMode']),
    ...fields(word('Legacy', 'NFT', 'Auto'), ['iptablesBackend']),
    ...fields(strictWord('Auto', 'Strict'), ['bpfJITHardening']),
    ...fields(strictWord('Auto', 'Userspace', 'BPFProgram'), ['bpfConntrackMode']),
    ...fields(word('Disabled', 'Any'), ['workloadSourceSpoofing']),
    ...fields(strictWord('DoNothing', 'Enable', 'Disable'), ['awsSrcDstCheck']),
    ...fields(word('Drop', 'Reject', 'Disabled'), ['serviceLoopPrevention']),
    ...fields(strictWord('Enabled', 'Disabled'), ['bpfHostNetworkedNATWithoutCTLB', 'windowsManageFirewallRules']),
    ...fields(strictWord('IPPoolsOnly', 'IPPoolsAndHostIPs'), ['natOutgoingExclusions']),
    ...fields(word('Off', 'Debug'), ['bpfConntrackLogLevel']),
    ...fields(
      strictWord('RequireAndVerifyClientCert', 'RequireAnyClientCert', 'VerifyClientCertIfGiven', 'NoClientCert'),
      ['prometheusMetricsClientAuth'],
    ),
    ...fields(strictWord('TC', 'TCX'), ['bpfAttachType']),
    ...fields(strictWord('TCP', 'Enabled', 'Disabled'), ['bpfConnectTimeLoadBalancing']),
    ...fields(logLevel, ['logSeverityFile', 'logSeverityScreen', 'logSeveritySys']),
    ...fields(regularExpression, [
      'bpfDataIfacePattern',
      'bpfDisableGROForIfaces',
      'bpfL3IfacePattern',
      'logDebugFilenameRegex',
      'mtuIfacePattern',
      'routeSource', // Two words are meant; Calico's validator asks no more of it.
    ]),
    ...fields(emptyAsMissing(interfaceFilter), ['iptablesNATOutgoingInterfaceFilter']),
    ...fields(interfaceName, ['wireguardInterfaceName', 'wireguardInterfaceNameV6']),
    ...fields(keyValueList, ['featureDetectOverride', 'featureGates']),
    ...fields(duration, [
      'bpfKubeProxyMinSyncPeriod',
      'dataplaneWatchdogTimeout',
      'debugSimulateCalcGraphHangAfter',
      'debugSimulateDataplaneApplyDelay',
      'debugSimulateDataplaneHangAfter',
      'endpointReportingDelay',
      'flowLogsFlushInterval',
      'interfaceRefreshInterval',
      'ipsetsRefreshInterval',
      'iptablesLockProbeInterval',
      'iptablesPostWriteCheckInterval',
      'iptablesRefreshInterval',
      'liveMigrationRouteConvergenceTime',
      'netlinkTimeout',
      'nftablesRefreshInterval',
      'reportingInterval',
      'reportingTTL',
      'routeRefreshInterval',
      'usageReportingInitialDelay',
      'usageReportingInterval',
      'wireguardKeepAlive',
      'xdpRefreshInterval',
    ]),
    ...fields(text, [
      'nodeSelector',
      'bpfCTLBLogFilter',
      'bpfEnforceRPF',
      'bpfMapSizeConntrackScaling',
      'bpfProfiling',
      'bpfRedirectToPeer',
      'cgroupV2Path',
      'chainInsertMode',
      'dataplaneDriver',
      'debugHost',
      'debugMemoryProfilePath',
      'deviceRouteSourceAddress',
      'deviceRouteSourceAddressIPv6',
      'endpointStatusPathPrefix',
      'floatingIPs',
      'flowLogsGoldmaneServer',
      'flowLogsLocalReporter',
      'flowLogsPolicyEvaluationMode',
      'healthHost',
      'interfaceExclude',
      'interfacePrefix',
      'ipForwarding',
      'iptablesLockFilePath',
      'iptablesLockTimeout',
      'istioAmbientMode',
      'logActionRateLimit',
      'logFilePath',
      'logPrefix',
      'metadataAddr',
      'natOutgoingAddress',
      'nftablesMode',
      'openstackRegion',
      'policySyncPathPrefix',
      'programClusterRoutes',
      'prometheusMetricsCAFile',
      'prometheusMetricsCertFile',
      'prometheusMetricsKeyFile',
    ]),
    prometheusMetricsHost: emptyAsMissing(matching(/^[a-zA-Z0-9:._+-]{1,64}$/, 'a host name or address')),
    failsafeInboundHostPorts: list(item(failsafePort)),
    failsafeOutboundHostPorts: list(item(failsafePort)),
    kubeNodePortRanges: list(portSetting),
    externalNodesList: list(text),
    bpfDSROptoutCIDRs: list(looseNetText),
    bpfExcludeCIDRsFromNAT: list(looseNetText),
    bpfForceTrackPacketsFromIfaces: list(interfaceFilter),
    routeTableRange: optional(tableRange),
    routeTableRanges: list(tableRange),
    healthTimeoutOverrides: list(
      item(
        z.strictObject({
          name: matching(/^[a-zA-Z0-9_ -]+$/, 'a name of letters, digits, blanks, `_` and `-`'),
          timeout: optional(duration),
        }),
      ),
    ),
    bpfLogFilters: optional(logFilters),
    bpfConntrackTimeouts: optional(
      z.strictObject(
        fields(text, [
          'creationGracePeriod',
          'genericTimeout',
          'icmpTimeout',
          'tcpEstablished',
          'tcpFinsSeen',
          'tcpResetSeen',
          'tcpSynSent',
          'udpTimeout',
        ]),
      ),
    ),
  })

export type V3FelixSpec = z.infer<ReturnType<typeof felixSpecSchema>>
