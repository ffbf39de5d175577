// Where rules of policies and profiles decided on a way, and at whose endpoint.

import { isCalicoChain } from '../calico/read-chain-name.ts'
import type { EndpointRef, Origin } from '../model/origin.ts'
import type { RuleStep, Walk } from '../walk/steps.ts'
import { describeOriginAt } from '../words/origin.ts'
import { isOfPolicy } from './decision.ts'
import type { Scene } from './scene.ts'

/** A place where a rule of a policy or profile decided. */
export interface Gate {
  readonly step: RuleStep
  readonly origin: Origin
  readonly endpoint: EndpointRef | undefined
}

/** Every rule of a policy or profile that accepted the packet, in order. */
export function gatesOf(walk: Walk, scene: Scene): readonly Gate[] {
  const gates = new Map<string, Gate>()
  for (const step of walk.steps) {
    if (step.kind !== 'rule') continue
    const origin = scene.originOf(step.rule)
    if (!isOfPolicy(origin) || !letsThrough(step, scene)) continue
    const gate = { step, origin, endpoint: endpointBefore(step, walk, scene) }
    gates.set(gatePlace(gate), gate)
  }
  return [...gates.values()]
}

/** Whether a rule of a policy allows what fits it: a rule of somebody else may still drop what has its mark. */
export function letsThrough({ rule: { target } }: RuleStep, { acceptMark }: Scene): boolean {
  return (
    target?.kind === 'accept' || (target?.kind === 'setMark' && acceptMark !== 0 && (target.value & acceptMark) !== 0)
  )
}

export function gateWords(gate: Gate, scene: Scene): string {
  return `${describeOriginAt(gate.origin, scene.sources)}, allows the ${gatePlace(gate)}`
}

/** `ingress of pod/shop/web`. */
export function gatePlace({ origin, endpoint, step }: Gate): string {
  const told = origin.kind === 'read' ? origin.meaning?.direction : undefined
  const direction = 'direction' in origin ? origin.direction : (told ?? step.hook)
  return endpoint === undefined ? direction : `${direction} of ${endpointWords(endpoint)}`
}

/** Whose policy was asked when a step was taken; rules of others than Calico come after that, and are nobody's. */
export function endpointBefore(step: RuleStep, { steps }: Walk, scene: Scene): EndpointRef | undefined {
  if (!isCalicoChain(step.chain)) return undefined
  for (let index = steps.indexOf(step); index >= 0; index--) {
    const found = steps[index]
    if (found?.kind !== 'rule' || found.table !== step.table || found.hook !== step.hook) continue
    const origin = scene.originOf(found.rule)
    if (origin.kind === 'tier' || origin.kind === 'endpoint') return origin.endpoint
  }
  return undefined
}

/** `pod/shop/web`, `host/node-1-eth0`. */
export function endpointWords({ kind, name }: Pick<EndpointRef, 'kind' | 'name'>): string {
  return `${kind === 'workload' ? 'pod' : 'host'}/${name}`
}
