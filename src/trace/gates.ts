// Where rules of policies and profiles decided on a way, and at whose endpoint.

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
  const accept = scene.acceptMark
  for (const step of walk.steps) {
    if (step.kind !== 'rule') continue
    const origin = scene.originOf(step.rule)
    if (!isOfPolicy(origin)) continue
    const { target } = step.rule
    const allows =
      target?.kind === 'accept' || (target?.kind === 'setMark' && accept !== 0 && (target.value & accept) !== 0)
    if (!allows) continue
    const gate = { step, origin, endpoint: endpointBefore(step, walk, scene) }
    gates.set(gatePlace(gate), gate)
  }
  return [...gates.values()]
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

/** Whose policy was asked when a step was taken. */
export function endpointBefore(step: RuleStep, { steps }: Walk, scene: Scene): EndpointRef | undefined {
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
