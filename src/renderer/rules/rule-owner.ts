// Who a policy rule belongs to.

import type { PlannedPolicy, PlannedProfile } from '../../model/plan.ts'

/** Whose rule it is. */
export type RuleOwner =
  | { readonly kind: 'policy'; readonly policy: PlannedPolicy }
  | { readonly kind: 'profile'; readonly name: string; readonly profile: PlannedProfile }
