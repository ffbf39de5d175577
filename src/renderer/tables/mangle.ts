// The mangle table: preDNAT policy, DSCP marking, and host endpoints' egress policy for packets that were DNATed.

import { EGRESS_DSCP, FROM_HOST_ENDPOINT, TO_HOST_ENDPOINT } from '../../calico/chains.ts'
import { DSCP_ANNOTATION } from '../../calico/labels.ts'
import type { Chain, Rule } from '../../model/ruleset.ts'
import { renderFailsafeChains } from '../chains/failsafe-chain.ts'
import { byDefault, bySetting, jump, mangleAllow, markIsNotClear, type RenderContext } from '../context.ts'
import { setMatch } from '../rules/matches.ts'
import { mangleHostChains } from './host-endpoints.ts'
import { chain, clearAllMarks, forEachPrefix, isAccepted, outInterface, protocol, rule, netMatch } from './parts.ts'
import type { PolicyChains } from './policy-chains.ts'
import { hook, type OfferedTable } from './table.ts'

export function renderMangle(policyChains: PolicyChains, context: RenderContext): OfferedTable {
  return {
    name: 'mangle',
    chains: [
      preroutingChain(context),
      postroutingChain(context),
      egressDscpChain(context),
      ...mangleHostChains(context),
      ...renderFailsafeChains('mangle', context),
      ...policyChains.policies,
      ...policyChains.profilesEgress,
    ],
    hooks: [hook('PREROUTING', context), hook('POSTROUTING', context)],
  }
}

/** After conntrack and before DNAT: the destination is still what the sender wrote. */
function preroutingChain(context: RenderContext): Chain {
  const allow = mangleAllow(context)
  const bySender = bySetting(context, 'iptablesMangleAllowAction', 'policy allowed the packet')
  return chain('cali-PREROUTING', byDefault('preDNAT policy'), [
    rule([{ kind: 'conntrackState', states: ['RELATED', 'ESTABLISHED'], negated: false }], allow, bySender),
    rule([isAccepted(context)], allow, bySender),
    rule([], jump(FROM_HOST_ENDPOINT), byDefault('preDNAT policy of host endpoints')),
    rule([isAccepted(context)], allow, bySender, 'Host endpoint policy accepted packet.'),
  ])
}

function postroutingChain(context: RenderContext): Chain {
  const { marks, plan, release } = context
  const set = (id: string, side: 'source' | 'destination', negated: boolean): ReturnType<typeof setMatch> =>
    setMatch(id, side, { withPort: false, negated }, context)
  return chain('cali-POSTROUTING', byDefault('the last chain that a packet meets'), [
    ...istioRules(context),
    ...(release.hasDscp
      ? [
          rule(
            [
              set('dscp-src-net', 'source', false),
              set(release.poolSetId, 'destination', true),
              set('this-host', 'destination', true),
            ],
            jump(EGRESS_DSCP),
            byDefault('endpoints may ask for a DSCP value on what leaves the cluster'),
            'set dscp for traffic leaving cluster.',
          ),
        ]
      : []),
    rule([isAccepted(context)], { kind: 'return' }, byDefault('the packet was forwarded or allowed already')),
    ...(plan.network.isIpvs
      ? [rule([markIsNotClear(marks.endpointMask)], { kind: 'return' }, byDefault('IPVS: the packet was forwarded'))]
      : []),
    clearAllMarks(context, byDefault('no verdict yet')),
    rule(
      [{ kind: 'conntrackState', states: ['DNAT'], negated: false }],
      jump(TO_HOST_ENDPOINT),
      byDefault('egress policy of host endpoints, for packets of the node whose destination was changed'),
    ),
    rule(
      [isAccepted(context)],
      { kind: 'return' },
      byDefault('policy allowed the packet'),
      'Host endpoint policy accepted packet.',
    ),
  ])
}

function istioRules(context: RenderContext): readonly Rule[] {
  const { config } = context
  if (config.istioAmbientMode !== 'Enabled') return []
  const set = (side: 'source' | 'destination'): ReturnType<typeof setMatch> =>
    setMatch('all-istio-weps', side, { withPort: false, negated: false }, context)
  return forEachPrefix(context, pattern => [
    rule(
      [
        protocol('tcp'),
        { kind: 'conntrackState', states: ['NEW'], negated: false },
        outInterface(pattern),
        set('destination'),
        set('source'),
      ],
      { kind: 'dscp', value: config.istioDSCPMark },
      bySetting(context, 'istioAmbientMode', 'traffic between workloads of the Istio mesh'),
    ),
  ])
}

function egressDscpChain({ plan, ipVersion }: RenderContext): Chain {
  return chain(
    EGRESS_DSCP,
    byDefault('endpoints may ask for a DSCP value on what leaves the cluster'),
    plan.network.dscp[ipVersion].map(({ addresses, value, location }) =>
      rule(
        [netMatch('source', addresses)],
        { kind: 'dscp', value },
        { kind: 'resource', because: `annotation ${DSCP_ANNOTATION}`, location },
      ),
    ),
  )
}
