// Chains of workload endpoints and the dispatch chains that lead to them.

import { FROM_WORKLOAD_DISPATCH, TO_WORKLOAD_DISPATCH } from '../../calico/chains.ts'
import { chainName } from '../../calico/names.ts'
import type { PlannedWorkload } from '../../model/plan.ts'
import type { EndpointRef } from '../../model/origin.ts'
import type { Chain, Rule } from '../../model/ruleset.ts'
import { type DispatchEntry, renderDispatchChains } from '../chains/dispatch-chain.ts'
import { renderEndpointChain } from '../chains/endpoint-chain.ts'
import { byDefault, denyTarget, filterAllow, type RenderContext } from '../context.ts'
import { rule } from './parts.ts'

export function workloadRef({ name, interfaceName }: PlannedWorkload): EndpointRef {
  return { kind: 'workload', name, interfaceName }
}

export function renderWorkloadChains(context: RenderContext): readonly Chain[] {
  const { workloads } = context.plan
  const allow = filterAllow(context)
  return [
    ...workloads.flatMap((workload): readonly Chain[] => {
      const { interfaceName, tiers, profiles, location, ingressLimits, egressLimits } = workload
      const common = {
        table: 'filter',
        endpoint: workloadRef(workload),
        location,
        chainType: 'normal',
        tiers,
        profiles,
        allow,
      } as const
      return [
        renderEndpointChain(
          { ...common, name: chainName('toWorkload', interfaceName), direction: 'ingress', limits: ingressLimits },
          context,
        ),
        renderEndpointChain(
          {
            ...common,
            name: chainName('fromWorkload', interfaceName),
            direction: 'egress',
            limits: egressLimits,
            dropsEncapsulated: true,
          },
          context,
        ),
      ]
    }),
    ...dispatch(FROM_WORKLOAD_DISPATCH, 'inInterface', 'fromWorkload', context),
    ...dispatch(TO_WORKLOAD_DISPATCH, 'outInterface', 'toWorkload', context),
  ]
}

function dispatch(
  root: string,
  side: 'inInterface' | 'outInterface',
  kind: 'fromWorkload' | 'toWorkload',
  context: RenderContext,
): readonly Chain[] {
  const entries = context.plan.workloads.map((workload): DispatchEntry => ({
    interfaceName: workload.interfaceName,
    chain: chainName(kind, workload.interfaceName),
    origin: {
      kind: 'endpoint',
      endpoint: workloadRef(workload),
      because: 'the interface of the workload',
      location: workload.location,
    },
  }))
  const unknown: Rule = rule(
    [],
    denyTarget(context),
    byDefault('a workload interface without a workload'),
    'Unknown interface',
  )
  return renderDispatchChains({
    root,
    side,
    entries,
    endRules: [unknown],
    origin: byDefault('from an interface to its workload'),
  })
}
