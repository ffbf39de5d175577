// Chains of host endpoints in each table, and the dispatch chains that lead to them.

import {
  FROM_HOST_ENDPOINT,
  TO_HOST_ENDPOINT,
  FROM_HOST_FORWARD,
  TO_HOST_FORWARD,
  FAILSAFE_IN,
  FAILSAFE_OUT,
} from '../../calico/chains.ts'
import { chainName, type NamedChainKind } from '../../calico/names.ts'
import type { Direction } from '../../model/ast/policy.ts'
import { allHostEndpoints, type EndpointChainType, type PlannedHostEndpoint } from '../../model/plan.ts'
import type { EndpointRef } from '../../model/origin.ts'
import type { Chain, Rule, TableName, Target } from '../../model/ruleset.ts'
import { type DispatchEntry, renderDispatchChains } from '../chains/dispatch-chain.ts'
import { renderEndpointChain } from '../chains/endpoint-chain.ts'
import { byDefault, filterAllow, mangleAllow, type RenderContext } from '../context.ts'
import { forEachPrefix, outInterface, rule } from './parts.ts'

interface HostChainKind {
  readonly table: TableName
  readonly name: NamedChainKind
  readonly chainType: EndpointChainType
  readonly direction: Direction
  readonly allow: Target
}

function hostChain(endpoint: PlannedHostEndpoint, kind: HostChainKind, context: RenderContext): Chain {
  const { interfaceName, location, profiles } = endpoint
  const { table, chainType, direction, allow } = kind
  const isForward = chainType === 'forward'
  return renderEndpointChain(
    {
      table,
      name: chainName(kind.name, interfaceName),
      endpoint: endpointRef(endpoint),
      location,
      chainType,
      direction,
      tiers: endpoint.tiers[chainType],
      allow,
      ...(isForward ? {} : { failsafeChain: direction === 'ingress' ? FAILSAFE_IN : FAILSAFE_OUT }),
      ...(chainType === 'normal' ? { profiles } : {}),
    },
    context,
  )
}

export function endpointRef({ name, interfaceName }: PlannedHostEndpoint): EndpointRef {
  return { kind: 'host', name, interfaceName }
}

/** "To" a host endpoint is out through its interface: egress. */
const TO: Pick<HostChainKind, 'name' | 'direction'> = { name: 'toHostEndpoint', direction: 'egress' }
const FROM: Pick<HostChainKind, 'name' | 'direction'> = { name: 'fromHostEndpoint', direction: 'ingress' }

export function filterHostChains(context: RenderContext): readonly Chain[] {
  const allow = filterAllow(context)
  const { wildcardHostEndpoint: wildcard } = context.plan
  const endChain = (kind: NamedChainKind): readonly Rule[] =>
    wildcard === undefined ? [] : [gotoEndpoint(wildcard, kind)]
  return [
    ...allHostEndpoints(context.plan).flatMap(endpoint => [
      hostChain(endpoint, { ...TO, table: 'filter', chainType: 'normal', allow }, context),
      hostChain(endpoint, { ...FROM, table: 'filter', chainType: 'normal', allow }, context),
      hostChain(
        endpoint,
        { name: 'toHostEndpointForward', table: 'filter', direction: 'egress', chainType: 'forward', allow },
        context,
      ),
      hostChain(
        endpoint,
        { name: 'fromHostEndpointForward', table: 'filter', direction: 'ingress', chainType: 'forward', allow },
        context,
      ),
    ]),
    ...dispatch(
      FROM_HOST_ENDPOINT,
      'inInterface',
      'fromHostEndpoint',
      context.plan.hostEndpoints,
      endChain('fromHostEndpoint'),
    ),
    ...dispatch(
      TO_HOST_ENDPOINT,
      'outInterface',
      'toHostEndpoint',
      context.plan.hostEndpoints,
      endChain('toHostEndpoint'),
    ),
    ...dispatch(
      FROM_HOST_FORWARD,
      'inInterface',
      'fromHostEndpointForward',
      context.plan.hostEndpoints,
      endChain('fromHostEndpointForward'),
    ),
    ...dispatch(
      TO_HOST_FORWARD,
      'outInterface',
      'toHostEndpointForward',
      context.plan.hostEndpoints,
      endChain('toHostEndpointForward'),
    ),
  ]
}

export function mangleHostChains(context: RenderContext): readonly Chain[] {
  const { hostEndpoints, wildcardHostEndpoint: wildcard } = context.plan
  const hasPreDnat = ({ tiers }: PlannedHostEndpoint): boolean => tiers.preDNAT.length > 0
  const wildcardEgress: readonly Rule[] =
    wildcard === undefined
      ? []
      : [
          ...forEachPrefix(context, (pattern, origin) => [
            rule(
              [outInterface(pattern)],
              { kind: 'return' },
              origin,
              'Skip egress WHEP policy for traffic to local workload',
            ),
          ]),
          gotoEndpoint(wildcard, 'toHostEndpoint'),
        ]
  const wildcardPreDnat =
    wildcard !== undefined && hasPreDnat(wildcard) ? [gotoEndpoint(wildcard, 'fromHostEndpoint')] : []
  return [
    ...allHostEndpoints(context.plan).flatMap(endpoint => [
      // Accepting here would end the packet's way through the table, and with it other people's rules.
      hostChain(endpoint, { ...TO, table: 'mangle', chainType: 'normal', allow: { kind: 'return' } }, context),
      ...(hasPreDnat(endpoint)
        ? [
            hostChain(
              endpoint,
              { ...FROM, table: 'mangle', chainType: 'preDNAT', allow: mangleAllow(context) },
              context,
            ),
          ]
        : []),
    ]),
    ...dispatch(
      FROM_HOST_ENDPOINT,
      'inInterface',
      'fromHostEndpoint',
      hostEndpoints.filter(hasPreDnat),
      wildcardPreDnat,
    ),
    ...dispatch(TO_HOST_ENDPOINT, 'outInterface', 'toHostEndpoint', hostEndpoints, wildcardEgress),
  ]
}

/** Untracked policy on the wildcard endpoint is ignored. */
export function rawHostChains(context: RenderContext): readonly Chain[] {
  const untracked = context.plan.hostEndpoints.filter(({ tiers }) => tiers.untracked.length > 0)
  const allow: Target = { kind: 'accept' }
  return [
    ...untracked.flatMap(endpoint => [
      hostChain(endpoint, { ...TO, table: 'raw', chainType: 'untracked', allow }, context),
      hostChain(endpoint, { ...FROM, table: 'raw', chainType: 'untracked', allow }, context),
    ]),
    ...dispatch(FROM_HOST_ENDPOINT, 'inInterface', 'fromHostEndpoint', untracked, []),
    ...dispatch(TO_HOST_ENDPOINT, 'outInterface', 'toHostEndpoint', untracked, []),
  ]
}

function gotoEndpoint(endpoint: PlannedHostEndpoint, kind: NamedChainKind): Rule {
  const { interfaceName, location } = endpoint
  return rule(
    [],
    { kind: 'goto', chain: chainName(kind, interfaceName) },
    {
      kind: 'endpoint',
      endpoint: endpointRef(endpoint),
      because: 'the wildcard host endpoint governs every interface that has none of its own',
      location,
    },
  )
}

function dispatch(
  root: string,
  side: 'inInterface' | 'outInterface',
  kind: NamedChainKind,
  endpoints: readonly PlannedHostEndpoint[],
  endRules: readonly Rule[],
): readonly Chain[] {
  const entries = endpoints.map((endpoint): DispatchEntry => ({
    interfaceName: endpoint.interfaceName,
    chain: chainName(kind, endpoint.interfaceName),
    origin: {
      kind: 'endpoint',
      endpoint: endpointRef(endpoint),
      because: 'the host endpoint governs this interface',
      location: endpoint.location,
    },
  }))
  return renderDispatchChains({
    root,
    side,
    entries,
    endRules,
    origin: byDefault('from an interface to its host endpoint'),
  })
}
