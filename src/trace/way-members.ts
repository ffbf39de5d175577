// Who is in the source and destination of the rule that decides a way, or that comes nearest to it, and why its parties are not.

import type { Policy } from '../model/ast/policy.ts'
import { ruleName } from '../words/origin.ts'
import type { WayAnswer } from './explain-way.ts'
import { type PeerSide, peersOf, type RulePeers } from './members.ts'
import { createOwners } from './owners.ts'
import { decidingLeg, type Way } from './way.ts'

export interface WayMembers {
  readonly policy: Policy
  readonly rules: readonly RulePeers[]
}

/** Undefined where no rule of a policy decides, or resources do not say who there is. */
export function membersOfWay(way: Way, answer: WayAnswer): WayMembers | undefined {
  const { plan, resources } = decidingLeg(way)?.scene ?? {}
  const chosen = plan === undefined || resources === undefined ? undefined : ruleOf(answer, resources)
  if (chosen === undefined || plan === undefined || resources === undefined) return undefined
  const { policy, rule } = chosen
  const owners = createOwners(plan, resources)
  const all = peersOf(policy, plan, resources)
  const rules = all.flatMap((found, index) => {
    if (found.rule !== rule) return []
    const sides = found.sides.map(side => {
      const parties = new Set(partiesOf(way, side.side).flatMap(address => owners.of(address).map(({ name }) => name)))
      const asked = peersOf(policy, plan, resources, name => parties.has(name))[index]?.sides ?? []
      return withAsked(side, asked.find(other => other.side === side.side)?.outside ?? [])
    })
    return [{ ...found, sides }]
  })
  return { policy, rules }
}

type Resources = NonNullable<NonNullable<ReturnType<typeof decidingLeg>>['scene']['resources']>

function ruleOf(
  { nearest, gate, allowedBy }: WayAnswer,
  resources: Resources,
): { readonly policy: Policy; readonly rule: string } | undefined {
  if (nearest !== undefined) {
    const { policy, direction, index, rule } = nearest
    return { policy, rule: ruleName({ direction, index, location: rule.location }) }
  }
  const origin = (gate ?? allowedBy)?.origin
  if (origin?.kind !== 'policyRule') return undefined
  const { kind, namespace, name } = origin.policy
  const policy = resources.find(
    (found): found is Policy =>
      found.kind === 'policy' && found.id.kind === kind && found.id.namespace === namespace && found.id.name === name,
  )
  return policy && { policy, rule: ruleName(origin) }
}

/** One end, as it is sent and as it arrives. */
function partiesOf(way: Way, side: PeerSide['side']): readonly string[] {
  return way.legs.flatMap(({ journey, walk }) => [journey.packet[side], walk.packet[side]])
}

/** Those that are asked about and are not in it stand first. */
function withAsked(side: PeerSide, asked: PeerSide['outside']): PeerSide {
  const rest = side.outside.filter(({ name }) => !asked.some(found => found.name === name))
  return { ...side, outside: [...asked, ...rest] }
}
