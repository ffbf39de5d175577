// A v3 policy -> AST policy. Kubernetes policies come through here too, once they have v3 form.

import { at, type Location } from '../../diagnostics/source.ts'
import type { PolicyId } from '../../calico/policy-names.ts'
import type { Direction, Policy } from '../../model/ast/policy.ts'
import { ALL } from '../../selector/ast.ts'
import { composePolicySelector } from '../compose-selectors.ts'
import type { ParseContext } from '../context.ts'
import { convertRule, type LocatedRule, parseComposed } from './convert-rule.ts'

export interface PolicySource {
  readonly id: PolicyId
  readonly tier: string
  readonly order: number | undefined
  /** Empty: the API fills in what the rules suggest. */
  readonly types: readonly Direction[]
  readonly selector: string
  readonly namespaceSelector: string
  readonly serviceAccountSelector: string
  readonly ingress: readonly LocatedRule[]
  readonly egress: readonly LocatedRule[]
  readonly doNotTrack: boolean
  readonly preDNAT: boolean
  readonly applyOnForward: boolean
  readonly isAssumedNeeded: boolean
  readonly isWithoutSelector?: true
  readonly location: Location
}

export function convertPolicy(source: PolicySource, context: ParseContext): Policy | undefined {
  const { id, order, types, selector, namespaceSelector, serviceAccountSelector, ingress, egress, ...rest } = source
  const { namespace } = id
  const composed = composePolicySelector(
    { namespace, selector, namespaceSelector, serviceAccountSelector },
    context.selectors,
  )
  const parsed =
    composed === ''
      ? { selector: ALL, canonical: 'all()' }
      : parseComposed(composed, at(source.location, 'spec', 'selector'), context)
  if (parsed === undefined) return undefined
  return {
    kind: 'policy',
    id,
    ...(order === undefined ? {} : { order }),
    types: types.length > 0 ? types : defaultTypes(ingress.length > 0, egress.length > 0),
    selector: parsed,
    ingress: ingress.map(rule => convertRule(rule, namespace, context)),
    egress: egress.map(rule => convertRule(rule, namespace, context)),
    ...rest,
  }
}

/** What the API fills in for `types`: a policy without any rules is an ingress policy. */
function defaultTypes(hasIngress: boolean, hasEgress: boolean): readonly Direction[] {
  if (!hasEgress) return ['ingress']
  return hasIngress ? ['ingress', 'egress'] : ['egress']
}
