// Chains of the filter table that exist only under IPVS, where service traffic passes INPUT and OUTPUT instead of FORWARD.

import {
  TO_HOST_FORWARD,
  TO_WORKLOAD_DISPATCH,
  FORWARD_CHECK,
  FORWARD_ENDPOINT_MARK,
  SET_ENDPOINT_MARK,
  FROM_ENDPOINT_MARK,
} from '../../calico/chains.ts'
import { chainName } from '../../calico/names.ts'
import { allHostEndpoints } from '../../model/plan.ts'
import type { Chain } from '../../model/ruleset.ts'
import { compareBytes } from '../../text/bytes.ts'
import { type MarkedEndpoint, renderEndpointMarkChains } from '../chains/endpoint-marks.ts'
import { byDefault, bySetting, clearMark, filterAllow, jump, type RenderContext } from '../context.ts'
import { portsMatch, setMatch } from '../rules/matches.ts'
import { splitPorts } from '../rules/split-ports.ts'
import { endpointRef } from './host-endpoints.ts'
import { chain, forEachPrefix, isAccepted, outInterface, protocol, rule } from './parts.ts'
import { workloadRef } from './workloads.ts'

export function renderIpvsChains(context: RenderContext): readonly Chain[] {
  return [
    forwardCheckChain(context),
    forwardEndpointMarkChain(context),
    ...renderEndpointMarkChains(markedEndpoints(context), context),
  ]
}

/** Service traffic in INPUT gets the mark of the endpoint that it came in by. */
function forwardCheckChain(context: RenderContext): Chain {
  const { config } = context
  const origin = byDefault('IPVS: is this service traffic that will be forwarded?')
  const toHost = (negated: boolean): ReturnType<typeof setMatch> =>
    setMatch('this-host', 'destination', { withPort: false, negated }, context)
  return chain(FORWARD_CHECK, origin, [
    rule([{ kind: 'conntrackState', states: ['RELATED', 'ESTABLISHED'], negated: false }], { kind: 'return' }, origin),
    ...splitPorts(config.kubeNodePortRanges).flatMap(ranges =>
      (['tcp', 'udp'] as const).map(name =>
        rule(
          [protocol(name), portsMatch(ranges, 'destination', false), toHost(false)],
          { kind: 'goto', chain: SET_ENDPOINT_MARK },
          bySetting(context, 'kubeNodePortRanges', 'ports of services on the node'),
          'To kubernetes NodePort service',
        ),
      ),
    ),
    rule([toHost(true)], jump(SET_ENDPOINT_MARK), origin, 'To kubernetes service'),
  ])
}

/** Marked packets in OUTPUT meet the policy that FORWARD would have applied. */
function forwardEndpointMarkChain(context: RenderContext): Chain {
  const { marks } = context
  const origin = byDefault('IPVS: forwarded service traffic')
  return chain(FORWARD_ENDPOINT_MARK, origin, [
    rule(
      [{ kind: 'mark', value: marks.nonCaliEndpoint, mask: marks.endpointMask, negated: true }],
      jump(FROM_ENDPOINT_MARK),
      origin,
    ),
    ...forEachPrefix(context, (pattern, why) => [rule([outInterface(pattern)], jump(TO_WORKLOAD_DISPATCH), why)]),
    rule([], jump(TO_HOST_FORWARD), origin),
    rule([], clearMark(marks.endpointMask), origin),
    rule(
      [isAccepted(context)],
      filterAllow(context),
      bySetting(context, 'iptablesFilterAllowAction', 'policy allowed the packet'),
      'Policy explicitly accepted packet.',
    ),
  ])
}

/**
 * In the order in which marks are given out. Felix takes the pods, then the host endpoints, each kind in the order of a
 * map; the order in which the API server lists them is the one that such a map keeps most often when it is small.
 */
function markedEndpoints(context: RenderContext): readonly MarkedEndpoint[] {
  const { plan } = context
  const workloads = plan.workloads
    .toSorted((a, b) => compareBytes(a.name, b.name))
    .map((workload): MarkedEndpoint => ({
      interfaceName: workload.interfaceName,
      isWorkload: true,
      isWildcard: false,
      fromChain: chainName('fromWorkload', workload.interfaceName),
      origin: {
        kind: 'endpoint',
        endpoint: workloadRef(workload),
        because: 'mark of the endpoint under IPVS',
        location: workload.location,
      },
    }))
  const hosts = allHostEndpoints(plan).map((host): MarkedEndpoint => ({
    interfaceName: host.interfaceName,
    isWorkload: false,
    isWildcard: host === plan.wildcardHostEndpoint,
    fromChain: chainName('fromHostEndpointForward', host.interfaceName),
    origin: {
      kind: 'endpoint',
      endpoint: endpointRef(host),
      because: 'mark of the endpoint under IPVS',
      location: host.location,
    },
  }))
  return [...workloads, ...hosts]
}
