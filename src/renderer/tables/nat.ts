// The nat table: floating IPs, masquerading of what leaves the pools, and source addresses of tunnels.

import { readNatAddress } from '../../netfilter/nat-address.ts'
import { FLOATING_DNAT, FLOATING_SNAT, NAT_OUTGOING } from '../../calico/chains.ts'
import { FLOATING_IPS_ANNOTATION } from '../../calico/labels.ts'
import { isOpenStackActive, metadataAddress } from '../../calico/felix-config.ts'
import type { Origin } from '../../model/origin.ts'
import type { Chain, Match, Rule, Target } from '../../model/ruleset.ts'
import type { PortRange } from '../../net/port.ts'
import { byDefault, bySetting, jump, type RenderContext } from '../context.ts'
import { setMatch } from '../rules/matches.ts'
import { becauseOf, chain, destinationPorts, isLocal, outInterface, protocol, rule, netMatch } from './parts.ts'
import { appendedHook, hook, type OfferedTable } from './table.ts'

export function renderNat(context: RenderContext): OfferedTable {
  const floating = byDefault('floating IPs')
  return {
    name: 'nat',
    chains: [
      chain('cali-PREROUTING', byDefault('destinations that are changed on arrival'), [
        rule([], jump(FLOATING_DNAT), floating),
        ...metadataRules(context),
      ]),
      chain('cali-OUTPUT', byDefault('destinations of what the node itself sends'), [
        rule([], jump(FLOATING_DNAT), floating),
      ]),
      chain('cali-POSTROUTING', byDefault('sources that are changed on leaving'), [
        rule([], jump(FLOATING_SNAT), floating),
        rule([], jump(NAT_OUTGOING), byDefault('masquerading of what leaves the pools')),
        ...tunnelRules(context),
      ]),
      natOutgoingChain(context),
      ...floatingIpChains(context),
    ],
    // Last in POSTROUTING, so that kube-proxy's own masquerading goes first.
    hooks: [hook('PREROUTING', context), hook('OUTPUT', context), postroutingHook(context)],
  }
}

function postroutingHook(context: RenderContext): OfferedTable['hooks'][number] {
  return context.release.natPostroutingHook === 'append'
    ? appendedHook('POSTROUTING', context)
    : hook('POSTROUTING', context)
}

function metadataRules(context: RenderContext): readonly Rule[] {
  const { config, ipVersion } = context
  const address = metadataAddress(config)
  if (!isOpenStackActive(config) || address === undefined || ipVersion !== 4) return []
  return [
    rule(
      [protocol('tcp'), destinationPorts(80), netMatch('destination', '169.254.169.254/32')],
      // Port 0 stands for none: the packet keeps its own.
      { kind: 'dnat', to: readNatAddress(config.metadataPort === 0 ? address : `${address}:${config.metadataPort}`) },
      bySetting(context, 'metadataAddr', 'OpenStack: where workloads find their metadata'),
    ),
  ]
}

/** A packet of the node that is routed into a tunnel gets the tunnel's address, unless it has it already. */
function tunnelRules(context: RenderContext): readonly Rule[] {
  const notOfInterface: Match = {
    kind: 'addressType',
    side: 'src',
    type: 'LOCAL',
    negated: true,
    limitToOutInterface: true,
  }
  return tunnels(context).map(({ name, origin }) =>
    rule([outInterface(name), notOfInterface, isLocal('src')], masquerade(context, undefined), origin),
  )
}

function tunnels(context: RenderContext): readonly { readonly name: string; readonly origin: Origin }[] {
  const { config, plan, ipVersion } = context
  const { ipip, vxlan, tunnelAddresses } = plan.network
  const found: { readonly name: string; readonly origin: Origin }[] = []
  const vxlanReason = vxlan[ipVersion]
  if (ipVersion === 4) {
    if (ipip !== undefined && tunnelAddresses.ipip !== undefined) found.push({ name: 'tunl0', origin: becauseOf(ipip) })
    if (vxlanReason !== undefined && tunnelAddresses.vxlan4 !== undefined) {
      found.push({ name: 'vxlan.calico', origin: becauseOf(vxlanReason) })
    }
    if (config.wireguardEnabled) {
      found.push({ name: config.wireguardInterfaceName, origin: bySetting(context, 'wireguardEnabled', 'WireGuard') })
    }
  } else {
    if (vxlanReason !== undefined && tunnelAddresses.vxlan6 !== undefined) {
      found.push({ name: 'vxlan-v6.calico', origin: becauseOf(vxlanReason) })
    }
    if (config.wireguardEnabledV6) {
      found.push({
        name: config.wireguardInterfaceNameV6,
        origin: bySetting(context, 'wireguardEnabledV6', 'WireGuard'),
      })
    }
  }
  return found
}

function natOutgoingChain(context: RenderContext): Chain {
  const { config, plan, release, ipVersion } = context
  const reason = plan.network.natOutgoing[ipVersion]
  const origin = byDefault('masquerading of what leaves the pools')
  if (reason === undefined) return chain(NAT_OUTGOING, origin, [])
  const set = (id: string, side: 'source' | 'destination', negated: boolean): Match =>
    setMatch(id, side, { withPort: false, negated }, context)
  const matches = (port: 'tcp' | 'udp' | undefined): readonly Match[] => [
    set('masq-ipam-pools', 'source', false),
    set(release.poolSetId, 'destination', true),
    ...(config.natOutgoingExclusions === 'IPPoolsAndHostIPs' ? [set('all-hosts-net', 'destination', true)] : []),
    ...(port === undefined ? [] : [protocol(port)]),
    ...(config.iptablesNATOutgoingInterfaceFilter === ''
      ? []
      : [outInterface(config.iptablesNATOutgoingInterfaceFilter)]),
  ]
  const why = becauseOf(reason)
  const ports = config.natPortRange
  const withPorts =
    ports === undefined || ports.last === 0
      ? []
      : (['tcp', 'udp'] as const).flatMap(port => [
          rule(matches(port), natTarget(context, ports), why),
          rule(matches(port), { kind: 'return' }, why),
        ])
  return chain(NAT_OUTGOING, origin, [...withPorts, rule(matches(undefined), natTarget(context, undefined), why)])
}

function natTarget(context: RenderContext, ports: PortRange | undefined): Target {
  const { natOutgoingAddress } = context.config
  if (natOutgoingAddress === undefined) return masquerade(context, ports)
  const to = ports === undefined ? natOutgoingAddress : `${natOutgoingAddress}:${ports.first}-${ports.last}`
  return { kind: 'snat', to: readNatAddress(to), randomFully: context.features.snatFullyRandom }
}

function masquerade({ features }: RenderContext, ports: PortRange | undefined): Target {
  const randomFully = features.masqueradeFullyRandom
  return ports === undefined ? { kind: 'masquerade', randomFully } : { kind: 'masquerade', ports, randomFully }
}

function floatingIpChains({ plan, ipVersion, features }: RenderContext): readonly Chain[] {
  const { dnat, snat } = plan.network.floatingIps[ipVersion]
  const origin = byDefault('floating IPs')
  const because = `annotation ${FLOATING_IPS_ANNOTATION}`
  return [
    chain(
      FLOATING_DNAT,
      origin,
      dnat.map(({ external, internal, location }) =>
        rule(
          [netMatch('destination', external)],
          { kind: 'dnat', to: readNatAddress(internal) },
          { kind: 'resource', because, location },
        ),
      ),
    ),
    chain(
      FLOATING_SNAT,
      origin,
      // Only a workload that talks to its own floating IP needs it: the answer must come back the same way.
      snat.map(({ external, internal, location }) =>
        rule(
          [netMatch('destination', internal), netMatch('source', internal)],
          { kind: 'snat', to: readNatAddress(external), randomFully: features.snatFullyRandom },
          { kind: 'resource', because, location },
        ),
      ),
    ),
  ]
}
