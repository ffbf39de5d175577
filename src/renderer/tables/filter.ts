// The filter table: policy of workloads and, after DNAT, of host endpoints.

import {
  FROM_HOST_ENDPOINT,
  TO_HOST_ENDPOINT,
  FROM_HOST_FORWARD,
  TO_HOST_FORWARD,
  FROM_WORKLOAD_DISPATCH,
  TO_WORKLOAD_DISPATCH,
  WORKLOAD_TO_HOST,
  CIDR_BLOCK,
  FORWARD_CHECK,
  FORWARD_ENDPOINT_MARK,
} from '../../calico/chains.ts'
import { isOpenStackActive, metadataAddress } from '../../calico/felix-config.ts'
import type { Chain, Match, Rule, Target } from '../../model/ruleset.ts'
import { renderFailsafeChains } from '../chains/failsafe-chain.ts'
import {
  byDefault,
  bySetting,
  clearMark,
  denyTarget,
  denyWord,
  filterAllow,
  jump,
  markIsClear,
  portOf,
  type RenderContext,
  setMark,
} from '../context.ts'
import { combine } from '../../calico/marks.ts'
import { setMatch } from '../rules/matches.ts'
import { filterHostChains } from './host-endpoints.ts'
import { renderIpvsChains } from './ipvs.ts'
import {
  becauseOf,
  chain,
  clearAllMarks,
  destinationPorts,
  forEachPrefix,
  inInterface,
  IPIP,
  isAccepted,
  isLocal,
  outInterface,
  protocol,
  rule,
  sourcePorts,
  UDP,
  netMatch,
} from './parts.ts'
import type { PolicyChains } from './policy-chains.ts'
import { hook, type OfferedTable } from './table.ts'
import { renderWorkloadChains } from './workloads.ts'

const ACCEPTED_BY_HOST_POLICY = 'Host endpoint policy accepted packet.'

export function renderFilter(policyChains: PolicyChains, context: RenderContext): OfferedTable {
  return {
    name: 'filter',
    chains: [
      inputChain(context),
      forwardChain(context),
      outputChain(context),
      workloadToHostChain(context),
      cidrBlockChain(context),
      ...(context.plan.network.isIpvs ? renderIpvsChains(context) : []),
      ...renderWorkloadChains(context),
      ...filterHostChains(context),
      ...renderFailsafeChains('filter', context),
      ...policyChains.policies,
      ...policyChains.profilesIngress,
      ...policyChains.profilesEgress,
    ],
    hooks: [hook('INPUT', context), hook('FORWARD', context, forwardEnd(context)), hook('OUTPUT', context)],
    forced: policyChains.forced,
  }
}

/** What policy allowed is accepted only after everybody else's rules in FORWARD had their say. */
function forwardEnd(context: RenderContext): readonly Rule[] {
  const origin = bySetting(context, 'iptablesFilterAllowAction', 'policy allowed the packet')
  return [
    rule([isAccepted(context)], filterAllow(context), origin, 'Policy explicitly accepted packet.'),
    rule([], setMark(context.marks.accept), byDefault('mangle POSTROUTING is not to look at forwarded packets')),
  ]
}

function inputChain(context: RenderContext): Chain {
  const { plan, marks } = context
  const allow = filterAllow(context)
  return chain('cali-INPUT', byDefault('packets for the node itself'), [
    ...encapsulationInput(context),
    ...(plan.network.isIpvs
      ? [
          rule([], clearMark(marks.endpointMask), byDefault('IPVS')),
          rule([], jump(FORWARD_CHECK), byDefault('IPVS: is this service traffic that will be forwarded?')),
          rule(
            [{ kind: 'markClear', mask: marks.endpointMask, negated: true }],
            { kind: 'return' },
            byDefault('IPVS: it is'),
          ),
        ]
      : []),
    ...forEachPrefix(context, (pattern, origin) => [
      rule([inInterface(pattern)], { kind: 'goto', chain: WORKLOAD_TO_HOST }, origin),
    ]),
    rule([isAccepted(context)], allow, byDefault('untracked or preDNAT policy allowed the packet')),
    clearAllMarks(context, byDefault('no verdict yet')),
    rule([], jump(FROM_HOST_ENDPOINT), byDefault('ingress policy of host endpoints')),
    rule([isAccepted(context)], allow, byDefault('policy allowed the packet'), ACCEPTED_BY_HOST_POLICY),
  ])
}

/** Tunnel packets are taken from nodes of the cluster only. */
function encapsulationInput(context: RenderContext): readonly Rule[] {
  const { plan, config, ipVersion } = context
  const { ipip } = plan.network
  const vxlan = plan.network.vxlan[ipVersion]
  const allow = filterAllow(context)
  const from = (id: string): Match => setMatch(id, 'source', { withPort: false, negated: false }, context)
  const toLocal = isLocal('dst')
  const rules: Rule[] = []
  if (ipip !== undefined && ipVersion === 4) {
    rules.push(
      rule(
        [protocol(IPIP), from('all-hosts-net'), toLocal],
        allow,
        becauseOf(ipip),
        'Allow IPIP packets from Calico hosts',
      ),
      rule(
        [protocol(IPIP)],
        denyTarget(context),
        becauseOf(ipip),
        `${denyWord(context)} IPIP packets from non-Calico hosts`,
      ),
    )
  }
  if (vxlan !== undefined) {
    const port = destinationPorts(portOf(config.vxlanPort))
    // Felix has the IPv4 rule drop even where packets are otherwise rejected.
    const isPlainDrop = ipVersion === 4
    const deny: Target = isPlainDrop ? { kind: 'drop' } : denyTarget(context)
    const word = isPlainDrop ? 'Drop' : denyWord(context)
    rules.push(
      rule(
        [protocol(UDP), port, from('all-vxlan-net'), toLocal],
        allow,
        becauseOf(vxlan),
        `Allow IPv${ipVersion} VXLAN packets from allowed hosts`,
      ),
      rule(
        [protocol(UDP), port, toLocal],
        deny,
        becauseOf(vxlan),
        `${word} IPv${ipVersion} VXLAN packets from non-allowed hosts`,
      ),
    )
  }
  const wireguard = wireguardPort(context)
  if (wireguard !== undefined) {
    rules.push(
      rule(
        [protocol(UDP), destinationPorts(wireguard.port), toLocal],
        allow,
        bySetting(context, wireguard.field, 'WireGuard'),
        `Allow incoming IPv${ipVersion} Wireguard packets`,
      ),
    )
  }
  return rules
}

function wireguardPort({
  config,
  ipVersion,
}: RenderContext): { readonly port: number; readonly field: 'wireguardEnabled' | 'wireguardEnabledV6' } | undefined {
  if (ipVersion === 4) {
    return config.wireguardEnabled
      ? { port: portOf(config.wireguardListeningPort), field: 'wireguardEnabled' }
      : undefined
  }
  return config.wireguardEnabledV6
    ? { port: portOf(config.wireguardListeningPortV6), field: 'wireguardEnabledV6' }
    : undefined
}

function outputChain(context: RenderContext): Chain {
  const { plan, marks } = context
  const allow = filterAllow(context)
  return chain('cali-OUTPUT', byDefault('packets from the node itself'), [
    rule([isAccepted(context)], allow, byDefault('untracked policy allowed the packet')),
    ...(plan.network.isIpvs
      ? [
          rule(
            [{ kind: 'markClear', mask: marks.endpointMask, negated: true }],
            { kind: 'goto', chain: FORWARD_ENDPOINT_MARK },
            byDefault('IPVS: forwarded service traffic'),
          ),
        ]
      : []),
    ...forEachPrefix(context, (pattern, origin) => [rule([outInterface(pattern)], { kind: 'return' }, origin)]),
    ...encapsulationOutput(context),
    clearAllMarks(context, byDefault('no verdict yet')),
    rule(
      [{ kind: 'conntrackState', states: ['DNAT'], negated: true }],
      jump(TO_HOST_ENDPOINT),
      byDefault('egress policy of host endpoints; packets with a changed destination meet it in mangle POSTROUTING'),
    ),
    rule([isAccepted(context)], allow, byDefault('policy allowed the packet'), ACCEPTED_BY_HOST_POLICY),
  ])
}

function encapsulationOutput(context: RenderContext): readonly Rule[] {
  const { plan, config, ipVersion } = context
  const { ipip } = plan.network
  const vxlan = plan.network.vxlan[ipVersion]
  const allow = filterAllow(context)
  const to = (id: string): Match => setMatch(id, 'destination', { withPort: false, negated: false }, context)
  const fromLocal = isLocal('src')
  const rules: Rule[] = []
  if (ipip !== undefined && ipVersion === 4) {
    rules.push(
      rule(
        [protocol(IPIP), to('all-hosts-net'), fromLocal],
        allow,
        becauseOf(ipip),
        'Allow IPIP packets to other Calico hosts',
      ),
    )
  }
  if (vxlan !== undefined) {
    const port = destinationPorts(portOf(config.vxlanPort))
    rules.push(
      rule(
        [protocol(UDP), port, fromLocal, to('all-vxlan-net')],
        allow,
        becauseOf(vxlan),
        `Allow IPv${ipVersion} VXLAN packets to other allowed hosts`,
      ),
    )
  }
  const wireguard = wireguardPort(context)
  if (wireguard !== undefined) {
    rules.push(
      rule(
        [protocol(UDP), destinationPorts(wireguard.port), fromLocal],
        allow,
        bySetting(context, wireguard.field, 'WireGuard'),
        `Allow outgoing IPv${ipVersion} Wireguard packets`,
      ),
    )
  }
  return rules
}

function forwardChain(context: RenderContext): Chain {
  const { marks } = context
  return chain('cali-FORWARD', byDefault('packets that pass through the node'), [
    rule(
      [],
      clearMark(combine(marks.pass, marks.scratch0, marks.scratch1)),
      byDefault('what untracked and preDNAT policy accepted stays accepted'),
    ),
    rule(
      [markIsClear(marks.accept)],
      jump(FROM_HOST_FORWARD),
      byDefault('forward policy of the host endpoint they came in by'),
    ),
    ...forEachPrefix(context, (pattern, origin) => [
      rule([inInterface(pattern)], jump(FROM_WORKLOAD_DISPATCH), origin),
      rule([outInterface(pattern)], jump(TO_WORKLOAD_DISPATCH), origin),
    ]),
    rule([], jump(TO_HOST_FORWARD), byDefault('forward policy of the host endpoint they leave by')),
    rule([], jump(CIDR_BLOCK), byDefault('service addresses that no service has')),
  ])
}

/** ICMPv6 that a workload needs to find its router and neighbours; router advertisements (134) are not for it to send. */
const NEIGHBOUR_TYPES = [130, 131, 132, 133, 135, 136]
const ICMPV6 = 58

function workloadToHostChain(context: RenderContext): Chain {
  const { config, ipVersion } = context
  const allow = filterAllow(context)
  const actions: Readonly<Record<typeof config.defaultEndpointToHostAction, Target>> = {
    DROP: { kind: 'drop' },
    RETURN: { kind: 'return' },
    ACCEPT: { kind: 'accept' },
  }
  const because = 'a workload that talks to its own node'
  const neighbours =
    ipVersion === 6
      ? NEIGHBOUR_TYPES.map(type =>
          rule(
            [protocol(ICMPV6), { kind: 'icmp', ipVersion: 6, type, negated: false }],
            allow,
            byDefault('IPv6 needs neighbour discovery'),
          ),
        )
      : []
  return chain(WORKLOAD_TO_HOST, byDefault(because), [
    ...neighbours,
    ...openStackRules(context),
    rule([], jump(FROM_WORKLOAD_DISPATCH), byDefault('egress policy of the workload')),
    rule(
      [],
      actions[config.defaultEndpointToHostAction],
      bySetting(context, 'defaultEndpointToHostAction', because),
      'Configured DefaultEndpointToHostAction',
    ),
  ])
}

function openStackRules(context: RenderContext): readonly Rule[] {
  const { config, ipVersion } = context
  if (!isOpenStackActive(config)) return []
  const allow = filterAllow(context)
  const origin = bySetting(context, 'metadataAddr', 'OpenStack: metadata, DHCP and DNS')
  const isIpv4 = ipVersion === 4
  const address = metadataAddress(config)
  const metadata: readonly Rule[] =
    isIpv4 && address !== undefined
      ? [
          rule(
            [protocol('tcp'), netMatch('destination', address), destinationPorts(config.metadataPort)],
            allow,
            origin,
          ),
        ]
      : []
  return [
    ...metadata,
    rule([protocol('udp'), sourcePorts(isIpv4 ? 68 : 546), destinationPorts(isIpv4 ? 67 : 547)], allow, origin),
    rule([protocol('udp'), destinationPorts(53)], allow, origin),
  ]
}

/** Packets to a service address that no service has would otherwise go back and forth between node and router. */
function cidrBlockChain(context: RenderContext): Chain {
  const { config, plan, ipVersion } = context
  const mode = config.serviceLoopPrevention
  const cidrs = mode === 'Disabled' ? [] : plan.network.blockedServiceCidrs.filter(cidr => cidr.ipVersion === ipVersion)
  return chain(
    CIDR_BLOCK,
    bySetting(context, 'serviceLoopPrevention', 'service addresses that no service has'),
    cidrs.map(({ text, location }) =>
      rule([netMatch('destination', text)], mode === 'Drop' ? { kind: 'drop' } : { kind: 'reject' }, {
        kind: 'resource',
        because: 'a service CIDR of the BGPConfiguration',
        location,
      }),
    ),
  )
}
