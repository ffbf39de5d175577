// The mark bits that a plan's configuration leaves to Calico.

import { allocateMarks, type Marks } from '../calico/marks.ts'
import type { NodePlan } from './plan.ts'

/** The marks of a plan. INVARIANT: the planner has refused masks with too few bits. */
export function marksOfPlan({ config, release }: Pick<NodePlan, 'config' | 'release'>): Marks {
  const marks = allocateMarks(config.iptablesMarkMask, config.wireguardEnabled || config.wireguardEnabledV6, release)
  if (marks === undefined) throw new Error(`too few bits in mark mask ${config.iptablesMarkMask}`)
  return marks
}
