// What each parameter of FelixConfiguration changes in the rules.

import type { FelixConfig, FelixField } from '../calico/felix-config.ts'
import type { Match, Rule } from '../model/ruleset.ts'

/** A sentence for each, without its full stop. */
export const SETTINGS: Readonly<Record<FelixField, string>> = {
  ipv6Support: 'whether the node gets IPv6 rules and sets at all',
  bpfEnabled: 'whether Felix uses eBPF instead of iptables',
  nftablesMode:
    'whether Felix writes nftables instead of iptables; unless it is Disabled, sets also leave out nets that a larger one of theirs covers',
  useInternalDataplaneDriver: 'whether Felix programs the kernel itself or leaves that to another program',
  dataplaneDriver: 'which program takes the place of Felix at programming the kernel',
  nftablesMarkMask: 'which bits of the packet mark nftables rules may use; nothing here depends on it',
  nftablesFilterAllowAction: 'what becomes of allowed packets under nftables; nothing here depends on it',
  nftablesMangleAllowAction: 'what becomes of allowed packets under nftables; nothing here depends on it',
  nftablesFilterDenyAction: 'what becomes of denied packets under nftables; nothing here depends on it',
  clusterType: 'what kind of cluster Felix takes this for: `openstack` in it turns on rules for virtual machines',
  chainInsertMode: "whether Calico's jumps stand at the top of the kernel's own chains or at their end",
  interfacePrefix: 'by which prefixes Calico tells the interfaces of workloads from those of the node',
  interfaceExclude: 'which interfaces of the node are left out of account: those that no host endpoint governs',
  iptablesMarkMask: 'which bits of the packet mark Calico may use: every rule that sets or tests a mark depends on it',
  iptablesFilterAllowAction: 'what becomes of allowed packets in table filter: ACCEPT ends the table, RETURN goes on',
  iptablesMangleAllowAction: 'what becomes of allowed packets in table mangle: ACCEPT ends the table, RETURN goes on',
  iptablesFilterDenyAction: 'what becomes of denied packets: dropped without a word, or rejected with an answer',
  defaultEndpointToHostAction: 'what becomes of packets from a workload to its own node that its egress policy allows',
  disableConntrackInvalidCheck:
    'whether packets that belong to no connection are let through to policy instead of being dropped first',
  failsafeInboundHostPorts: 'ports of the node that stay open whatever policy of host endpoints says',
  failsafeOutboundHostPorts: 'ports that the node may always reach whatever policy of host endpoints says',
  logPrefix: 'the start of the lines that rules with action Log write to the kernel log',
  logActionRateLimit: 'how often a rule with action Log writes a line at most',
  logActionRateLimitBurst: 'how many lines a rule with action Log may write before logActionRateLimit holds',
  ipipEnabled: 'whether the node takes part in the IP-in-IP tunnel, whatever the IP pools say',
  vxlanEnabled: 'whether the node takes part in the VXLAN tunnel, whatever the IP pools say',
  vxlanPort: 'the UDP port of the VXLAN tunnel: other nodes are let in by it, and workloads may not send to it',
  allowVXLANPacketsFromWorkloads: 'whether workloads may send VXLAN packets of their own',
  allowIPIPPacketsFromWorkloads: 'whether workloads may send IP-in-IP packets of their own',
  wireguardEnabled: 'whether the node encrypts IPv4 between pods with WireGuard',
  wireguardEnabledV6: 'whether the node encrypts IPv6 between pods with WireGuard',
  wireguardListeningPort: 'the UDP port of the IPv4 WireGuard tunnel, let in from other nodes',
  wireguardListeningPortV6: 'the UDP port of the IPv6 WireGuard tunnel, let in from other nodes',
  wireguardInterfaceName: 'the name of the IPv4 WireGuard interface',
  wireguardInterfaceNameV6: 'the name of the IPv6 WireGuard interface',
  wireguardHostEncryptionEnabled: 'whether packets of the nodes themselves go through WireGuard too',
  natPortRange: 'which source ports masqueraded connections get',
  natOutgoingAddress: 'the source address that packets leaving the IP pools get instead of that of the interface',
  natOutgoingExclusions: 'whether packets to nodes are masqueraded like those that leave the cluster',
  iptablesNATOutgoingInterfaceFilter: 'by which interfaces packets have to leave to be masqueraded',
  externalNodesList: 'further addresses that count as nodes: their IP-in-IP and VXLAN packets are let in',
  maxIpsetSize: 'how many members an IP set may have',
  featureDetectOverride:
    'what Felix believes of the iptables of the node, such as whether masquerading can use random ports',
  floatingIPs: 'whether pods with the annotation floatingIPs get them',
  serviceLoopPrevention: 'what becomes of packets for service addresses that no service has',
  workloadSourceSpoofing: 'whether workloads may ask to send from other addresses than their own',
  kubeNodePortRanges: 'which ports are node ports: under IPVS these count as service traffic',
  istioAmbientMode: 'whether pods of an Istio ambient mesh get rules of their own',
  istioDSCPMark: 'the DSCP value by which packets of the Istio ambient mesh are told',
  metadataAddr: 'where requests to the metadata service 169.254.169.254 are sent; of use with OpenStack',
  metadataPort: 'the port of the metadata service; of use with OpenStack',
  routeTableRange: 'nothing in the rules: it is about routing tables',
  routeTableRanges: 'nothing in the rules: it is about routing tables',
  openstackRegion: 'nothing in the rules: it is about where Felix looks for its endpoints',
  flowLogsGoldmaneServer: 'whether rules report what they decide (NFLOG), for flow logs',
  flowLogsLocalReporter: 'whether rules report what they decide (NFLOG), for flow logs',
}

/** Whether a rule carries the value of a setting although something else caused the rule. */
export function carriesSetting(field: FelixField, { matches, target }: Rule, config: FelixConfig): boolean {
  switch (field) {
    case 'vxlanPort':
      return matches.some(match => hasDestinationPort(match, config.vxlanPort))
    case 'wireguardListeningPort':
      return config.wireguardEnabled && matches.some(match => hasDestinationPort(match, config.wireguardListeningPort))
    case 'wireguardListeningPortV6':
      return (
        config.wireguardEnabledV6 && matches.some(match => hasDestinationPort(match, config.wireguardListeningPortV6))
      )
    case 'logPrefix':
      return target?.kind === 'log'
    case 'logActionRateLimit':
    case 'logActionRateLimitBurst':
      return target?.kind === 'log' && matches.some(({ kind }) => kind === 'limit')
    case 'interfacePrefix':
      return matches.some(
        match =>
          (match.kind === 'inInterface' || match.kind === 'outInterface') &&
          config.interfacePrefix.some(prefix => match.name === `${prefix}+`),
      )
    case 'iptablesFilterDenyAction':
      return config.iptablesFilterDenyAction === 'REJECT' && target?.kind === 'reject'
    case 'flowLogsGoldmaneServer':
    case 'flowLogsLocalReporter':
      return target?.kind === 'nflog'
    case 'natPortRange':
      return target?.kind === 'masquerade' && target.ports !== undefined
    case 'natOutgoingAddress':
      return target?.kind === 'snat' && target.to.written === config.natOutgoingAddress
    case 'istioDSCPMark':
      return target?.kind === 'dscp' && target.value === config.istioDSCPMark
    default:
      return false
  }
}

function hasDestinationPort(match: Match, port: number): boolean {
  if (match.kind === 'destinationPort') return match.port === port
  return (
    match.kind === 'ports' &&
    match.side === 'destination' &&
    match.ranges.some(({ first, last }) => first === port && last === port)
  )
}
