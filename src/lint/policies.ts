// What several lints need to know of a policy.

import { at, type Location } from '../diagnostics/source.ts'
import type { Direction, EntityRule, Policy, PolicyRule } from '../model/ast/policy.ts'
import type { Resource } from '../model/ast/resources.ts'

export const DIRECTIONS: readonly Direction[] = ['ingress', 'egress']

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
