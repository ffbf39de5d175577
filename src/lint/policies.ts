// What several lints need to know of a policy.

import { at, type Location } from '../diagnostics/source.ts'
import type { Direction, EntityRule, Policy, PolicyRule } from '../model/ast/policy.ts'
import type { Resource } from '../model/ast/resources.ts'
import type { Selector } from '../selector/ast.ts'

export function policiesOf(resources: readonly Resource[]): readonly Policy[] {
  return resources.filter(resource => resource.kind === 'policy')
}

/** `Ingress`, as a policy writes it among its types. */
export function typeName(direction: Direction): string {
  return direction === 'ingress' ? 'Ingress' : 'Egress'
}

/** Where the types of a policy stand, in the API that it is written in. */
export function typesField({ id }: Policy): string {
  return id.kind.includes('Kubernetes') ? 'policyTypes' : 'types'
}

export function ofSpec({ location }: Policy, field: string): Location {
  return { ...at(location, 'spec', field), target: 'key' }
}

export interface Side {
  readonly entity: EntityRule
  readonly location: Location
  readonly rule: PolicyRule
}

/** Both sides of every rule, in the order of the file where that is known. */
export function sidesOf({ ingress, egress, location }: Policy): readonly Side[] {
  return [...ingress, ...egress].flatMap(rule =>
    (['source', 'destination'] as const).map(side => ({
      entity: rule[side],
      location: at(rule.location ?? location, side),
      rule,
    })),
  )
}

export interface PlacedSelector {
  readonly selector: Selector
  /** The text that it is written in: the policy's `spec`, a side of a rule, or a whole rule where sides have no field. */
  readonly location: Location
  /** Absent for the policy's own selector. */
  readonly side?: Side
}

/** The policy's own selector, then those of its rules. A peer that stands for several rules counts once. */
export function selectorsOf(policy: Policy): readonly PlacedSelector[] {
  const found: PlacedSelector[] = [{ selector: policy.selector.selector, location: at(policy.location, 'spec') }]
  const seen = new Set<string>()
  for (const side of sidesOf(policy)) {
    const { entity, rule, location } = side
    if (entity.selector === undefined) continue
    const key = `${entity.selector.canonical} ${(rule.location ?? policy.location).path.join(' ')} ${location.path.at(-1) ?? ''}`
    if (seen.has(key)) continue
    seen.add(key)
    found.push({ selector: entity.selector.selector, location: textOf(policy, side), side })
  }
  return found
}

/** What sides of rules exclude, as selectors for what is left. */
export function exclusionsOf(policy: Policy): readonly PlacedSelector[] {
  return sidesOf(policy).flatMap(side => {
    const { notSelector } = side.entity
    if (notSelector === undefined) return []
    return [{ selector: { kind: 'not', operand: notSelector.selector }, location: textOf(policy, side), side }]
  })
}

/** Where a side of a rule is written: rules of Kubernetes have no such field, so it is the whole rule. */
export function textOf({ id, location }: Policy, side: Side): Location {
  return isKubernetes(id.kind) ? (side.rule.location ?? location) : side.location
}

/** Kinds whose rules have `from`, `to` and `ports`. */
export function isKubernetes(kind: Policy['id']['kind']): boolean {
  return kind.includes('Kubernetes') || kind.endsWith('AdminNetworkPolicy')
}
