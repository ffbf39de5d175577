// Which chain types a policy acts in, and in which directions.

import type { Direction, Policy } from '../model/ast/policy.ts'
import type { EndpointChainType } from '../model/plan.ts'

/** applyOnForward adds the forward chains; doNotTrack and preDNAT take the policy out of the normal ones. */
export function actsIn(policy: Policy, chainType: EndpointChainType): boolean {
  const { doNotTrack, preDNAT, applyOnForward } = policy
  switch (chainType) {
    case 'untracked':
      return doNotTrack
    case 'preDNAT':
      return preDNAT && !doNotTrack
    case 'forward':
      return applyOnForward && !doNotTrack && !preDNAT
    case 'normal':
      return !doNotTrack && !preDNAT
  }
}

/** Policy of preDNAT chains is for incoming packets only. */
export function governs(policy: Policy, direction: Direction, chainType: EndpointChainType): boolean {
  if (chainType === 'preDNAT' && direction === 'egress') return false
  return policy.types.includes(direction)
}

/** Untracked and preDNAT chains never drop at the end of a tier. */
export function endsTiers(chainType: EndpointChainType): boolean {
  return chainType === 'normal' || chainType === 'forward'
}
