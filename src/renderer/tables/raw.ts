// The raw table: untracked policy, before connection tracking sees a packet, and the check for spoofed sources.

import { FROM_HOST_ENDPOINT, RPF_SKIP, TO_HOST_ENDPOINT, WIREGUARD_MARK } from '../../calico/chains.ts'
import { ALLOWED_SOURCE_PREFIXES_ANNOTATION } from '../../calico/labels.ts'
import type { Chain } from '../../model/ruleset.ts'
import { renderFailsafeChains } from '../chains/failsafe-chain.ts'
import {
  byDefault,
  bySetting,
  denyTarget,
  jump,
  markIsClear,
  markIsSet,
  portOf,
  type RenderContext,
  setMark,
} from '../context.ts'
import { isOpenStackActive } from '../../calico/felix-config.ts'
import { rawHostChains } from './host-endpoints.ts'
import {
  becauseOf,
  chain,
  clearAllMarks,
  destinationPorts,
  forEachPrefix,
  inInterface,
  isAccepted,
  protocol,
  rule,
  sourcePorts,
  netMatch,
} from './parts.ts'
import type { PolicyChains } from './policy-chains.ts'
import { hook, type OfferedTable } from './table.ts'

export function renderRaw(policyChains: PolicyChains, context: RenderContext): OfferedTable {
  return {
    name: 'raw',
    chains: [
      preroutingChain(context),
      outputChain(context),
      rpfSkipChain(context),
      wireguardMarkChain(context),
      ...rawHostChains(context),
      ...renderFailsafeChains('raw', context),
      ...policyChains.policies,
    ],
    hooks: [hook('PREROUTING', context), hook('OUTPUT', context)],
  }
}

/** Before conntrack all that arrives: marks are cleared, workloads are checked, host endpoints' untracked policy decides. */
function preroutingChain(context: RenderContext): Chain {
  const { config, marks, ipVersion } = context
  const origin = byDefault('the first chain that a packet meets')
  const fromWorkload = markIsSet(marks.scratch0)
  const hasWireguard = config.wireguardEnabled || config.wireguardEnabledV6
  return chain('cali-PREROUTING', origin, [
    clearAllMarks(context, byDefault('verdicts start from nothing here')),
    ...(hasWireguard && config.wireguardHostEncryptionEnabled
      ? [
          rule(
            [],
            jump(WIREGUARD_MARK),
            bySetting(context, 'wireguardHostEncryptionEnabled', 'host traffic goes through WireGuard'),
          ),
        ]
      : []),
    ...vxlanNotrack(context),
    ...forEachPrefix(context, (pattern, why) => [rule([inInterface(pattern)], setMark(marks.scratch0), why)]),
    rule([fromWorkload], jump(RPF_SKIP), byDefault('workloads that may send from other addresses')),
    ...(isOpenStackActive(config) && ipVersion === 4
      ? [
          rule(
            [protocol('udp'), netMatch('source', '0.0.0.0'), sourcePorts(68), destinationPorts(67)],
            { kind: 'accept' },
            bySetting(context, 'metadataAddr', 'OpenStack: DHCP requests have no source address yet'),
          ),
        ]
      : []),
    rule(
      [fromWorkload, { kind: 'reversePathFails' }],
      denyTarget(context),
      bySetting(context, 'iptablesFilterDenyAction', 'a workload may only send from its own addresses'),
    ),
    rule(
      [markIsClear(marks.scratch0)],
      jump(FROM_HOST_ENDPOINT),
      byDefault('untracked policy of host endpoints, ingress'),
    ),
    rule([isAccepted(context)], { kind: 'accept' }, byDefault('untracked policy allowed the packet')),
  ])
}

function outputChain(context: RenderContext): Chain {
  return chain('cali-OUTPUT', byDefault('what the node itself sends'), [
    clearAllMarks(context, byDefault('verdicts start from nothing here')),
    rule([], jump(TO_HOST_ENDPOINT), byDefault('untracked policy of host endpoints, egress')),
    ...vxlanNotrack(context),
    rule([isAccepted(context)], { kind: 'accept' }, byDefault('untracked policy allowed the packet')),
  ])
}

/** Tunnel packets would each take a conntrack entry for nothing. */
function vxlanNotrack({ plan, config, release, ipVersion }: RenderContext): Chain['rules'] {
  const reason = plan.network.vxlan[ipVersion]
  if (reason === undefined || !release.hasVxlanNotrack) return []
  const port = portOf(config.vxlanPort)
  return [rule([protocol('udp'), { kind: 'destinationPort', port }], { kind: 'notrack' }, becauseOf(reason))]
}

function rpfSkipChain({ plan, release, ipVersion }: RenderContext): Chain {
  const exemptions = plan.network.spoofingExemptions.filter(
    ({ prefix }) => !release.splitsExemptionsByVersion || prefix.ipVersion === ipVersion,
  )
  return chain(
    RPF_SKIP,
    byDefault('exemptions from the check for spoofed sources'),
    exemptions.map(({ interfaceName, prefix, location }) =>
      rule(
        [inInterface(interfaceName), { kind: 'net', side: 'source', nets: [prefix], negated: false }],
        { kind: 'accept' },
        { kind: 'resource', because: `annotation ${ALLOWED_SOURCE_PREFIXES_ANNOTATION}`, location },
      ),
    ),
  )
}

/** Marks what arrives outside the tunnel, so that routing sends the answers into it. */
function wireguardMarkChain(context: RenderContext): Chain {
  const { config, marks } = context
  const origin = bySetting(context, 'wireguardHostEncryptionEnabled', 'host traffic goes through WireGuard')
  const skip = (name: string): Chain['rules'][number] => rule([inInterface(name)], { kind: 'return' }, origin)
  return chain(WIREGUARD_MARK, origin, [
    skip('lo'),
    skip(config.wireguardInterfaceName),
    skip(config.wireguardInterfaceNameV6),
    ...forEachPrefix(context, pattern => [skip(pattern)]),
    rule([], setMark(marks.wireguard), origin),
  ])
}
