// What each of Calico's chains is for, by its name or the prefix of it.

import {
  CIDR_BLOCK,
  EGRESS_DSCP,
  FAILSAFE_IN,
  FAILSAFE_OUT,
  FLOATING_DNAT,
  FLOATING_SNAT,
  FORWARD_CHECK,
  FORWARD_ENDPOINT_MARK,
  FROM_ENDPOINT_MARK,
  FROM_HOST_ENDPOINT,
  FROM_HOST_FORWARD,
  FROM_WORKLOAD_DISPATCH,
  NAT_OUTGOING,
  RPF_SKIP,
  SET_ENDPOINT_MARK,
  TO_HOST_ENDPOINT,
  TO_HOST_FORWARD,
  TO_WORKLOAD_DISPATCH,
  WIREGUARD_MARK,
  WORKLOAD_TO_HOST,
} from '../calico/chains.ts'
import type { NamedChainKind } from '../calico/names.ts'
import type { KernelTableName } from '../netfilter/kernel-tables.ts'

/** Chains of one name mean different things in different tables; `*` stands for the others. */
export type Purpose = Readonly<Partial<Record<KernelTableName | '*', string>>>

/** In a few words, then in a sentence for each table. */
export const FIXED_CHAINS: Readonly<Record<string, readonly [short: string, purpose: Purpose]>> = {
  'cali-PREROUTING': [
    'what arrives',
    {
      raw: 'The first chain that an arriving packet meets, before connection tracking: marks are cleared, workloads that send from an address not theirs are dropped, and untracked policy (doNotTrack) of host endpoints decides.',
      mangle:
        'After connection tracking and before DNAT: preDNAT policy of host endpoints sees the destination that the sender wrote. Known connections skip it.',
      nat: 'Destinations that are changed on arrival: floating IPs, and the metadata service of OpenStack.',
    },
  ],
  'cali-OUTPUT': [
    'what the node itself sends',
    {
      raw: 'What the node itself sends, before connection tracking: untracked policy (doNotTrack) of host endpoints, egress.',
      nat: 'Destinations of what the node itself sends: floating IPs.',
      filter:
        'What the node itself sends: egress policy of host endpoints. Packets for workloads leave it at once, since their own chains decide; those whose destination was changed meet it in mangle POSTROUTING instead.',
    },
  ],
  'cali-INPUT': [
    'packets for the node itself',
    {
      '*': 'Packets for the node itself: tunnel packets of other nodes, then what workloads send to their node, then ingress policy of host endpoints.',
    },
  ],
  'cali-FORWARD': [
    'packets that pass through the node',
    {
      '*': 'Packets that pass through the node: forward policy of the host endpoint they came in by, policy of the workloads at either end, forward policy of the host endpoint they leave by.',
    },
  ],
  'cali-POSTROUTING': [
    'what leaves',
    {
      mangle:
        'The last look at what leaves: DSCP values are set, and packets of the node whose destination was changed (DNAT) meet egress policy of host endpoints here.',
      nat: 'Sources that are changed on leaving: floating IPs, masquerading of IP pools with natOutgoing, and addresses of tunnels.',
    },
  ],
  [RPF_SKIP]: [
    'workloads that may send from other addresses',
    {
      '*': 'Exemptions from the check for spoofed sources: source prefixes that workloads asked for and workloadSourceSpoofing allows. Empty for most nodes.',
    },
  ],
  [WIREGUARD_MARK]: [
    'what came in outside WireGuard',
    {
      '*': 'With host encryption of WireGuard: marks what came in outside the tunnel, so that routing sends the answers into it.',
    },
  ],
  [FROM_HOST_ENDPOINT]: [
    'from the incoming interface to its host endpoint',
    {
      '*': 'Dispatch: from the interface by which the packet came in to the chain of the host endpoint that governs it.',
    },
  ],
  [TO_HOST_ENDPOINT]: [
    'from the outgoing interface to its host endpoint',
    {
      '*': 'Dispatch: from the interface by which the packet leaves to the chain of the host endpoint that governs it.',
    },
  ],
  [FROM_HOST_FORWARD]: [
    'forward policy of the host endpoint it came in by',
    {
      '*': 'Dispatch for forwarded packets: from the incoming interface to the applyOnForward policy of its host endpoint.',
    },
  ],
  [TO_HOST_FORWARD]: [
    'forward policy of the host endpoint it leaves by',
    {
      '*': 'Dispatch for forwarded packets: from the outgoing interface to the applyOnForward policy of its host endpoint.',
    },
  ],
  [FROM_WORKLOAD_DISPATCH]: [
    'from the incoming interface to its workload',
    {
      '*': 'Dispatch: from the interface by which the packet came in to the egress chain of its workload. A workload interface without workload is dropped.',
    },
  ],
  [TO_WORKLOAD_DISPATCH]: [
    'from the outgoing interface to its workload',
    {
      '*': 'Dispatch: from the interface by which the packet leaves to the ingress chain of its workload. A workload interface without workload is dropped.',
    },
  ],
  [WORKLOAD_TO_HOST]: [
    'from a workload to its own node',
    {
      '*': 'What a workload sends to its own node: egress policy of the workload first, then defaultEndpointToHostAction.',
    },
  ],
  [CIDR_BLOCK]: [
    'service addresses that no service has',
    {
      '*': 'Stops packets for service addresses that no service has: they would otherwise go back and forth between node and router (serviceLoopPrevention). Empty without service CIDRs in the BGPConfiguration.',
    },
  ],
  [FAILSAFE_IN]: [
    'fail-safe ports, incoming',
    {
      '*': 'Ports of the node that stay open whatever policy says, so that nobody is locked out: failsafeInboundHostPorts.',
      raw: 'Ports of the node that stay open whatever policy says (failsafeInboundHostPorts), and the answers to what it may always send: here connections are not known yet.',
    },
  ],
  [FAILSAFE_OUT]: [
    'fail-safe ports, outgoing',
    {
      '*': 'Ports that the node may always reach whatever policy says: failsafeOutboundHostPorts.',
      raw: 'Ports that the node may always reach whatever policy says (failsafeOutboundHostPorts), and the answers from its own fail-safe ports: here connections are not known yet.',
    },
  ],
  [EGRESS_DSCP]: [
    'DSCP values of endpoints',
    { '*': 'Sets the DSCP value that an endpoint asked for on what leaves the cluster.' },
  ],
  [NAT_OUTGOING]: [
    'masquerading',
    { '*': 'Masquerades what leaves the IP pools that have natOutgoing. Empty where no pool has.' },
  ],
  [FLOATING_DNAT]: ['floating IPs, incoming', { '*': 'Floating IPs: from the external address to the workload.' }],
  [FLOATING_SNAT]: [
    'floating IPs, outgoing',
    { '*': 'Floating IPs: a workload that talks to its own floating IP gets the answer back the same way.' },
  ],
  [FORWARD_CHECK]: [
    'is this service traffic?',
    {
      '*': 'Only under IPVS: tells in INPUT what is service traffic that will be forwarded, and has it marked with the endpoint it came in by.',
    },
  ],
  [FORWARD_ENDPOINT_MARK]: [
    'policy of forwarded service traffic',
    {
      '*': 'Only under IPVS: packets that carry an endpoint mark meet in OUTPUT the policy that FORWARD would have applied.',
    },
  ],
  [SET_ENDPOINT_MARK]: [
    'from the incoming interface to its endpoint mark',
    { '*': 'Only under IPVS: from the incoming interface to the mark of its endpoint.' },
  ],
  [FROM_ENDPOINT_MARK]: [
    'from the endpoint mark to its endpoint',
    { '*': "Only under IPVS: from the mark back to the endpoint's chain." },
  ],
}

/** Chains whose names carry a policy, profile or interface. */
export const NAMED_CHAINS: Readonly<Record<NamedChainKind, readonly [short: string, purpose: string]>> = {
  policyIngress: [
    'ingress rules of a policy',
    'The ingress rules of one policy. What a rule denies ends here; for the rest it sets marks (accepted, passed), and the chain that called it acts on them.',
  ],
  policyEgress: [
    'egress rules of a policy',
    'The egress rules of one policy. What a rule denies ends here; for the rest it sets marks (accepted, passed), and the chain that called it acts on them.',
  ],
  groupIngress: [
    'a group of policies, ingress',
    'A group: policies that follow one another in a tier and have the same selector share one chain, so that endpoints jump once instead of once for each policy.',
  ],
  groupEgress: [
    'a group of policies, egress',
    'A group: policies that follow one another in a tier and have the same selector share one chain, so that endpoints jump once instead of once for each policy.',
  ],
  profileIngress: [
    'ingress rules of a profile',
    'The ingress rules of a profile. Profiles decide what no policy has decided: for pods, those of the namespace and the service account.',
  ],
  profileEgress: [
    'egress rules of a profile',
    'The egress rules of a profile. Profiles decide what no policy has decided: for pods, those of the namespace and the service account.',
  ],
  toHostEndpointForward: [
    'forwarded out by a host endpoint',
    'What is forwarded out by the interface of a host endpoint: egress policy with applyOnForward. Without any, forwarded packets are let through.',
  ],
  fromHostEndpointForward: [
    'forwarded from a host endpoint',
    'What came in by the interface of a host endpoint and is forwarded: ingress policy with applyOnForward. Without any, forwarded packets are let through.',
  ],
  toWorkload: [
    'to a workload',
    'What goes to one workload: its ingress policy, tier by tier, then its profiles, then drop.',
  ],
  fromWorkload: [
    'from a workload',
    'What one workload sends: its egress policy, tier by tier, then its profiles, then drop.',
  ],
  toHostEndpoint: [
    'out by a host endpoint',
    'What the node sends by the interface of one host endpoint: fail-safe ports, then its egress policy.',
  ],
  fromHostEndpoint: [
    'in by a host endpoint',
    'What comes in by the interface of one host endpoint: fail-safe ports, then its ingress policy.',
  ],
  setEndpointMark: ['mark of an endpoint', 'Only under IPVS: gives the packet the mark of one endpoint.'],
}
