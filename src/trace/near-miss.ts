// Of the rules that would have allowed a packet, the one that comes nearest, and what stands in its way.

import { isStaged } from '../calico/policy-kinds.ts'
import type { PolicyId } from '../calico/policy-names.ts'
import type { Direction, Policy, PolicyRule } from '../model/ast/policy.ts'
import type { Packet } from '../netfilter/packet.ts'
import type { Owner } from './owners.ts'
import { type Miss, type MissContext, missesOf } from './rule-misses.ts'
import { selects, whyNot } from './why-not.ts'

export interface NearMiss {
  readonly policy: Policy
  readonly direction: Direction
  readonly rule: PolicyRule
  /** From 0, among Calico's rules of the direction. */
  readonly index: number
  /** Why the policy as a whole is not asked; absent where it is. */
  readonly unasked?: string
  readonly misses: readonly Miss[]
}

/** A policy that selects nobody like the endpoint is farther than any of its rules. */
const UNASKED = 1.5

/** Ports are written wrong less often than labels, and protocols hardly ever. */
const WEIGHTS: Readonly<Partial<Record<Miss['criterion'], number>>> = {
  selector: 0.9,
  ports: 1,
  notPorts: 1,
  icmp: 1,
  nets: 1.1,
  notNets: 1.1,
}
const ANY_OTHER = 1.2

/**
 * Undefined where no policy of the tier has a rule that allows anything in the direction.
 *
 * @param endpoint whose policies are asked
 * @param asked those that select it
 */
export function nearestMiss(
  packet: Packet,
  direction: Direction,
  endpoint: Owner | undefined,
  asked: readonly PolicyId[],
  policies: readonly Policy[],
  context: MissContext,
): NearMiss | undefined {
  let nearest: NearMiss | undefined
  let least = Infinity
  for (const policy of policies) {
    const isAsked = asked.some(id => isSameId(id, policy.id))
    const unasked = isAsked ? undefined : whyUnasked(policy, direction, endpoint, context)
    if (!isAsked && unasked === undefined) continue
    for (const [index, rule] of policy[direction].entries()) {
      if (rule.action !== 'Allow') continue
      const misses = missesOf(rule, packet, context)
      // Somebody else's policy is of interest only where it would have let the packet through.
      if (unasked !== undefined && misses.length > 0) continue
      const far = misses.reduce(
        (sum, { criterion }) => sum + (WEIGHTS[criterion] ?? ANY_OTHER),
        unasked === undefined ? 0 : UNASKED,
      )
      if (far >= least) continue
      nearest = { policy, direction, rule, index, misses, ...(unasked === undefined ? {} : { unasked }) }
      least = far
    }
  }
  return nearest
}

function isSameId(a: PolicyId, b: PolicyId): boolean {
  return a.kind === b.kind && a.namespace === b.namespace && a.name === b.name
}

function whyUnasked(
  policy: Policy,
  direction: Direction,
  endpoint: Owner | undefined,
  { owners }: MissContext,
): string | undefined {
  if (endpoint === undefined) return undefined
  if (selects(policy.selector, endpoint)) {
    if (isStaged(policy.id.kind)) return 'it is staged, so never enforced'
    return policy.types.includes(direction) ? undefined : `its types leave ${direction} out`
  }
  if (policy.id.namespace !== '' && policy.id.namespace !== endpoint.namespace) return undefined
  return `it does not select ${endpoint.name}: ${whyNot(policy.selector, endpoint, owners)}`
}
