// The parameters of FelixConfiguration that decide what Felix programs, with the defaults of v3.32.1
// (felix/config/config_params.go). Keys are the field names of the resource.

import type { Release } from './releases/release.ts'
import { type Cidr, parseAddress } from '../net/cidr.ts'
import type { PortRange } from '../net/port.ts'
import {
  type FailsafePort,
  type Parameter,
  type ParameterResult,
  parseBoolean,
  parseCidrList,
  parseDscpParameter,
  parseFailsafePorts,
  parseHostName,
  parseInteger,
  parseInterfaceList,
  parseInterfaceParameter,
  parseInterfacePatterns,
  parseIpv4Address,
  parseKeyValues,
  parseMarkMask,
  parseMatching,
  parseOneOf,
  parsePortRange,
  parsePortRanges,
  parseProgram,
  parseString,
  parseTableRange,
  parseTableRanges,
} from './felix-parameters.ts'

const tcp = (port: number): FailsafePort => ({ protocol: 'tcp', port })
const udp = (port: number): FailsafePort => ({ protocol: 'udp', port })

const DEFAULT_FAILSAFE_TCP = [179, 2379, 2380, 5473, 6443, 6666, 6667].map(tcp)

/** `fatal` parameters make Felix refuse to start; `nonZero` ones refuse `none`. */
function parameter<T>(
  name: string,
  parse: (text: string) => ParameterResult<T>,
  defaultValue: T,
  zero: T,
  ...flags: ('fatal' | 'nonZero')[]
): Parameter<T> {
  return {
    name,
    parse,
    default: defaultValue,
    zero: flags.includes('nonZero') ? undefined : zero,
    isFatal: flags.includes('fatal'),
  }
}

/** For parameters that may be unset: `unset(parse)` reads text, the default is undefined. */
function optional<T>(parse: (text: string) => ParameterResult<T>): (text: string) => ParameterResult<T | undefined> {
  return parse
}

const flag = (name: string, defaultValue: boolean): Parameter<boolean> =>
  parameter(name, parseBoolean, defaultValue, false)

/** One of several targets, of which the first is the default. */
function actionOf<const T extends string>(name: string, actions: readonly [T, ...T[]]): Parameter<T> {
  return parameter<T>(name, parseOneOf(actions), actions[0], actions[0], 'fatal', 'nonZero')
}

const anyInteger = parseInteger(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)

const switchOf = parseOneOf(['Enabled', 'Disabled'])

export const FELIX_PARAMETERS = {
  ipv6Support: flag('Ipv6Support', true),
  useInternalDataplaneDriver: flag('UseInternalDataplaneDriver', true),
  dataplaneDriver: parameter('DataplaneDriver', parseProgram, '', '', 'fatal', 'nonZero'),
  bpfEnabled: flag('BPFEnabled', false),
  nftablesMode: parameter('NFTablesMode', parseOneOf(['Enabled', 'Disabled', 'Auto']), 'Auto', 'Auto'),

  chainInsertMode: parameter(
    'ChainInsertMode',
    parseOneOf(['insert', 'append']),
    'insert',
    'insert',
    'fatal',
    'nonZero',
  ),
  interfacePrefix: parameter<readonly string[]>(
    'InterfacePrefix',
    parseInterfaceList,
    ['cali'],
    [],
    'fatal',
    'nonZero',
  ),
  interfaceExclude: parameter<readonly string[]>('InterfaceExclude', parseInterfacePatterns, ['kube-ipvs0'], []),
  iptablesMarkMask: parameter('IptablesMarkMask', parseMarkMask, 0xffff0000, 0, 'fatal', 'nonZero'),
  // Without effect on iptables rules; bad ones keep Felix from starting all the same.
  nftablesMarkMask: parameter('NftablesMarkMask', parseMarkMask, 0xffff0000, 0, 'fatal', 'nonZero'),
  nftablesFilterAllowAction: actionOf('NftablesFilterAllowAction', ['ACCEPT', 'RETURN']),
  nftablesMangleAllowAction: actionOf('NftablesMangleAllowAction', ['ACCEPT', 'RETURN']),
  nftablesFilterDenyAction: actionOf('NftablesFilterDenyAction', ['DROP', 'REJECT']),
  iptablesFilterAllowAction: actionOf('IptablesFilterAllowAction', ['ACCEPT', 'RETURN']),
  iptablesMangleAllowAction: actionOf('IptablesMangleAllowAction', ['ACCEPT', 'RETURN']),
  iptablesFilterDenyAction: actionOf('IptablesFilterDenyAction', ['DROP', 'REJECT']),
  defaultEndpointToHostAction: actionOf('DefaultEndpointToHostAction', ['DROP', 'RETURN', 'ACCEPT']),
  disableConntrackInvalidCheck: flag('DisableConntrackInvalidCheck', false),

  failsafeInboundHostPorts: parameter<readonly FailsafePort[]>(
    'FailsafeInboundHostPorts',
    parseFailsafePorts,
    [tcp(22), udp(68), ...DEFAULT_FAILSAFE_TCP],
    [],
    'fatal',
  ),
  failsafeOutboundHostPorts: parameter<readonly FailsafePort[]>(
    'FailsafeOutboundHostPorts',
    parseFailsafePorts,
    [udp(53), udp(67), ...DEFAULT_FAILSAFE_TCP],
    [],
    'fatal',
  ),

  logPrefix: parameter('LogPrefix', parseString, 'calico-packet', ''),
  logActionRateLimit: parameter(
    'LogActionRateLimit',
    parseMatching(/^([1-9][0-9]{0,3}\/(?:second|minute|hour|day))?$/, 'invalid log rate limit'),
    '',
    '',
  ),
  // Felix declares its range as `int(0,9999)`, which by its own grammar means "at least 0 or at least 9999".
  logActionRateLimitBurst: parameter('LogActionRateLimitBurst', parseInteger(0, Number.MAX_SAFE_INTEGER), 5, 0),

  ipipEnabled: parameter<boolean | undefined>('IpInIpEnabled', optional(parseBoolean), undefined, undefined),
  vxlanEnabled: parameter<boolean | undefined>('VXLANEnabled', optional(parseBoolean), undefined, undefined),
  vxlanPort: parameter('VXLANPort', anyInteger, 4789, 0),
  allowVXLANPacketsFromWorkloads: flag('AllowVXLANPacketsFromWorkloads', false),
  allowIPIPPacketsFromWorkloads: flag('AllowIPIPPacketsFromWorkloads', false),
  wireguardEnabled: flag('WireguardEnabled', false),
  wireguardEnabledV6: flag('WireguardEnabledV6', false),
  wireguardListeningPort: parameter('WireguardListeningPort', anyInteger, 51820, 0),
  wireguardListeningPortV6: parameter('WireguardListeningPortV6', anyInteger, 51821, 0),
  wireguardInterfaceName: parameter('WireguardInterfaceName', parseInterfaceParameter, 'wireguard.cali', '', 'nonZero'),
  wireguardInterfaceNameV6: parameter('WireguardInterfaceNameV6', parseInterfaceParameter, 'wg-v6.cali', '', 'nonZero'),
  wireguardHostEncryptionEnabled: flag('WireguardHostEncryptionEnabled', false),

  natPortRange: parameter<PortRange | undefined>('NATPortRange', optional(parsePortRange), undefined, undefined),
  natOutgoingAddress: parameter<string | undefined>(
    'NATOutgoingAddress',
    optional(parseIpv4Address),
    undefined,
    undefined,
  ),
  natOutgoingExclusions: parameter(
    'NATOutgoingExclusions',
    parseOneOf(['IPPoolsOnly', 'IPPoolsAndHostIPs']),
    'IPPoolsOnly',
    'IPPoolsOnly',
  ),
  iptablesNATOutgoingInterfaceFilter: parameter('IptablesNATOutgoingInterfaceFilter', parseInterfaceParameter, '', ''),
  externalNodesList: parameter<readonly Cidr[]>('ExternalNodesCIDRList', parseCidrList, [], [], 'fatal'),
  maxIpsetSize: parameter('MaxIpsetSize', anyInteger, 1048576, 0, 'nonZero'),
  featureDetectOverride: parameter<Readonly<Record<string, string>>>('FeatureDetectOverride', parseKeyValues, {}, {}),

  floatingIPs: parameter('FloatingIPs', switchOf, 'Disabled', 'Disabled'),
  serviceLoopPrevention: parameter(
    'ServiceLoopPrevention',
    parseOneOf(['Drop', 'Reject', 'Disabled']),
    'Drop',
    'Disabled',
  ),
  workloadSourceSpoofing: parameter('WorkloadSourceSpoofing', parseOneOf(['Disabled', 'Any']), 'Disabled', 'Disabled'),
  kubeNodePortRanges: parameter<readonly PortRange[]>(
    'KubeNodePortRanges',
    parsePortRanges,
    [{ first: 30000, last: 32767 }],
    [],
  ),
  istioAmbientMode: parameter('IstioAmbientMode', switchOf, 'Disabled', 'Disabled'),
  istioDSCPMark: parameter('IstioDSCPMark', parseDscpParameter, 23, 0),

  metadataAddr: parameter('MetadataAddr', parseHostName, '127.0.0.1', '', 'fatal'),
  metadataPort: parameter('MetadataPort', parseInteger(0, 65535), 8775, 0, 'fatal'),
  routeTableRange: parameter('RouteTableRange', parseTableRange, '', '', 'fatal'),
  routeTableRanges: parameter('RouteTableRanges', parseTableRanges, '', '', 'fatal'),
  openstackRegion: parameter(
    'OpenstackRegion',
    parseMatching(/^[a-z0-9]([-a-z0-9]{0,44}[a-z0-9])?$/, 'The value of OpenstackRegion must be a valid DNS label'),
    '',
    '',
    'fatal',
  ),

  /** Not a field of FelixConfiguration: set by its annotation. */
  clusterType: parameter('ClusterType', parseString, '', ''),

  flowLogsGoldmaneServer: parameter('FlowLogsGoldmaneServer', parseString, '', ''),
  flowLogsLocalReporter: parameter('FlowLogsLocalReporter', switchOf, 'Disabled', 'Disabled'),
} as const

export type FelixField = keyof typeof FELIX_PARAMETERS

type ParameterValue<P> = P extends Parameter<infer T> ? T : never

/** The settings in force on a node. */
export type FelixConfig = { readonly [F in FelixField]: ParameterValue<(typeof FELIX_PARAMETERS)[F]> }

export const FELIX_FIELDS = Object.keys(FELIX_PARAMETERS) as readonly FelixField[]

/** Felix does not mind the case of a name. */
const FIELDS_BY_NAME: ReadonlyMap<string, FelixField> = new Map(
  FELIX_FIELDS.map(field => [FELIX_PARAMETERS[field].name.toLowerCase(), field]),
)

/** Felix's own names of the parameters, in lower case. */
export const FELIX_NAMES: readonly string[] = [...FIELDS_BY_NAME.keys()]

/** The parameter that Felix knows by a name, in any case; undefined for those that change no rules. */
export function felixFieldNamed(name: string): FelixField | undefined {
  return FIELDS_BY_NAME.get(name.toLowerCase())
}

const DEFAULT_FELIX_CONFIG = Object.fromEntries(
  FELIX_FIELDS.map(field => [field, FELIX_PARAMETERS[field].default]),
) as FelixConfig

/** What Felix takes where nothing is configured. INVARIANT: the texts are ours, and can be read. */
export function defaultFelixConfig({ felixDefaults }: Release): FelixConfig {
  const config: Record<string, unknown> = { ...DEFAULT_FELIX_CONFIG }
  for (const [field, text] of Object.entries(felixDefaults)) {
    const result = FELIX_PARAMETERS[field as FelixField].parse(text)
    if (!result.ok) throw new Error(`default of ${field}: ${text}`)
    config[field] = result.value
  }
  return config as FelixConfig
}

/** Whether Felix of a release knows a parameter at all. */
export function isFelixFieldOf({ missingFields }: Release, field: FelixField): boolean {
  return missingFields['FelixConfiguration']?.includes(`spec.${field}`) !== true
}

/** A value as Felix of a release reads it. */
export function parseFelixParameter(
  field: FelixField,
  text: string,
  { felixUnknownValues }: Release,
): ParameterResult<unknown> {
  const unknown = felixUnknownValues[field]?.some(value => value.toLowerCase() === text.toLowerCase()) === true
  return unknown ? { ok: false, reason: 'unknown option' } : FELIX_PARAMETERS[field].parse(text)
}

export function areFlowLogsEnabled(config: FelixConfig): boolean {
  return config.flowLogsGoldmaneServer !== '' || config.flowLogsLocalReporter === 'Enabled'
}

/**
 * OpenStack special cases are on when the cluster type names it, or a metadata setting or interface prefix suggests it
 * (felix/config: OpenstackActive).
 */
export function isOpenStackActive(config: FelixConfig): boolean {
  const { clusterType, metadataAddr, metadataPort, interfacePrefix } = config
  if (clusterType.toLowerCase().includes('openstack')) return true
  if (metadataAddr !== '' && metadataAddr !== '127.0.0.1') return true
  if (metadataPort !== 0 && metadataPort !== 8775) return true
  return interfacePrefix.includes('tap')
}

/** Where OpenStack's metadata service is. Felix reads the setting as an IP address: a host name turns OpenStack on, and gets no rules. */
export function metadataAddress({ metadataAddr }: FelixConfig): string | undefined {
  return parseAddress(metadataAddr)?.text
}

/** Whether a workload gets the floating IPs that it asks for: those of OpenStack always do. */
export function hasFloatingIps({ floatingIPs }: FelixConfig, orchestrator: string): boolean {
  return floatingIPs === 'Enabled' || orchestrator === 'openstack'
}
